/* SPDX-License-Identifier: Apache-2.0
 *
 * What one line from the control socket asks for; the lines are in daemon/control/server.h.
 */
#ifndef DAEMON_CONTROL_REQUEST_H
#define DAEMON_CONTROL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

enum control_verb { CONTROL_PING, CONTROL_STATUS, CONTROL_RELOAD, CONTROL_RESCAN, CONTROL_DRAIN };

/* False with `error`, a sentence that may hold bytes of the line, when it is no request. `watch`
 * is true only with CONTROL_STATUS. */
bool control_request_read(const char *line, size_t length, enum control_verb *verb, bool *watch,
    char *error, size_t error_size);

#endif
