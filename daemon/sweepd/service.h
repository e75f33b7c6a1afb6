/* SPDX-License-Identifier: Apache-2.0
 *
 * The running daemon: watches the spool, runs generators, and tells the log and the service manager
 * about it.
 */
#ifndef DAEMON_SWEEPD_SERVICE_H
#define DAEMON_SWEEPD_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/spool/owners.h"
#include "daemon/spool/settle.h"

/* All strings are borrowed for the duration of service_run(). */
struct service_settings {
    const char *specs, *queue;
    const char *sweepctl; /* found by PATH unless it has a slash */
    const char *const
        *child_args;            /* what every `sweepctl generate` gets besides; NULL at the end */
    int64_t rescan_ms;          /* < 0: as the file system of `specs` needs it */
    struct settle_policy rules; /* settle_ms < 0: the same */
    struct owner_policy fair;   /* what one user may ask of it */
    int64_t deadline_ms;        /* the time that one child may take */
    int64_t backoff_ms;         /* before the second attempt; doubles with each */
    unsigned jobs;              /* children at once, at least 1 */
    unsigned attempts;          /* children that one spec may break, at least 1 */
    size_t child_output;        /* bytes kept of each of a child's two outputs */
    gid_t group;                /* may drop specs; (gid_t)-1: nobody but us */
    bool any_owner;             /* take specs of other users, too */
    const char *control;        /* path of the control socket; NULL: none */
    const char *metrics;        /* file for Prometheus; NULL: none */
    bool no_inotify;
    bool once; /* do what is there, and end */
};

/* Reads the settings again and puts those that may change while the daemon runs into `settings`;
 * their strings are good until the next call. False (logged): all stays as it was. */
typedef bool service_reload(void *data, struct service_settings *settings);

/* Returns after SIGTERM or SIGINT, when it was told to drain, or at once when the spool cannot be
 * used. The process's exit status. */
int service_run(const struct service_settings *settings, service_reload *reload, void *reload_data);

#endif
