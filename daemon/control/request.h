/* SPDX-License-Identifier: Apache-2.0
 *
 * Parses the request lines of daemon/control/protocol.h.
 */
#ifndef DAEMON_CONTROL_REQUEST_H
#define DAEMON_CONTROL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/control/protocol.h"

struct control_request {
    enum control_verb verb;
    bool watch; /* only with CONTROL_STATUS */
};

/* False with a message in `error`, which may quote bytes of the line, if it is not a request. */
bool control_request_read(const char *line, size_t length, struct control_request *request,
    char *error, size_t error_size);

#endif
