/* SPDX-License-Identifier: Apache-2.0
 *
 * The status object that the control socket sends (daemon/control/protocol.h).
 */
#ifndef DAEMON_SWEEPD_STATUS_H
#define DAEMON_SWEEPD_STATUS_H

#include <jansson.h>

#include "daemon/sweepd/state.h"

/* The caller's; NULL: no memory. `loop_max_ms`: the longest time that the loop was busy. */
json_t *status_of(const struct engine *engine, int64_t started_ms, double loop_max_ms);

#endif
