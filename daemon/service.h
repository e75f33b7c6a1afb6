/* SPDX-License-Identifier: Apache-2.0
 *
 * The running daemon: watches the spool, runs one generator at a time, and tells the log and the
 * service manager about it.
 */
#ifndef DAEMON_SERVICE_H
#define DAEMON_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

/* All strings are borrowed for the duration of service_run(). */
struct service_settings {
    const char *specs, *queue;
    const char *torchtune; /* or NULL: the generator looks for it itself */
    const char *sweepctl;  /* found by PATH unless it has a slash */
    int64_t rescan_ms, settle_ms, deadline_ms;
    bool no_inotify;
};

/* Returns after SIGTERM or SIGINT, or at once when the spool cannot be used. The process's exit
 * status. */
int service_run(const struct service_settings *settings);

#endif
