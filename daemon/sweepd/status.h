/* SPDX-License-Identifier: Apache-2.0
 *
 * Builds the status object of daemon/control/protocol.h.
 */
#ifndef DAEMON_SWEEPD_STATUS_H
#define DAEMON_SWEEPD_STATUS_H

#include <jansson.h>

#include "daemon/sweepd/state.h"

/* Why nothing is processed until something is repaired; NULL: it is. */
const char *status_reason(const struct engine *engine);

/* The caller's; NULL: out of memory. `started_ms` is by clock_ms(); `loop_max_ms` is the longest
 * time that the event loop was blocked. */
json_t *status_make(const struct engine *engine, int64_t started_ms, double loop_max_ms);

#endif
