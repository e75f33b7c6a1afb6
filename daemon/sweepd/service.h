/* SPDX-License-Identifier: Apache-2.0
 *
 * The running daemon: watches the spool, runs generators, and tells the log and the service manager
 * about it.
 */
#ifndef DAEMON_SWEEPD_SERVICE_H
#define DAEMON_SWEEPD_SERVICE_H

#include <stdbool.h>

#include "daemon/sweepd/state.h"

/* All strings are borrowed for the duration of service_run(). */
struct service_settings {
    struct engine_settings engine;
    const char *control; /* path of the control socket; NULL: none */
    const char *metrics; /* file for Prometheus; NULL: none */
    bool no_inotify;
    bool once; /* exit when there is nothing left to do */
};

/* Reads the settings again and puts those that may change while the daemon runs into `settings`;
 * their strings are good until the next call. False (logged): all stays as it was. */
typedef bool service_reload(void *data, struct service_settings *settings);

/* Returns after SIGTERM or SIGINT, when it was told to drain, or at once when the spool cannot be
 * used. The process's exit status. */
int service_run(const struct service_settings *settings, service_reload *reload, void *reload_data);

#endif
