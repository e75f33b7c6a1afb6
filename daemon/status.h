/* SPDX-License-Identifier: Apache-2.0
 *
 * How things stand, as the object that the control socket gives (daemon/control.h describes it).
 */
#ifndef DAEMON_STATUS_H
#define DAEMON_STATUS_H

#include <jansson.h>

#include "daemon/work.h"

/* The caller's; NULL: no memory. `loop_max_ms`: the longest time that the loop was busy. */
json_t *status_of(const struct work *work, int64_t started_ms, double loop_max_ms);

#endif
