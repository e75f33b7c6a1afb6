/* SPDX-License-Identifier: Apache-2.0
 *
 * The daemon: the event loop with the engine, file events, signals, the control socket, metrics and
 * the service manager.
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

/* Reads the settings again and updates those members that may change while sweepd runs. Their
 * strings are valid until the next call. False (logged): nothing has changed. */
typedef bool service_reload(void *data, struct service_settings *settings);

/* Returns the exit status: after SIGTERM, SIGINT or a drain, or at once if the specs directory
 * cannot be used. */
int service_run(const struct service_settings *settings, service_reload *reload, void *reload_data);

#endif
