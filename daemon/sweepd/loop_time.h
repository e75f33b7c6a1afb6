/* SPDX-License-Identifier: Apache-2.0
 *
 * Measures how long the event loop is blocked, that is busy before it waits for events again.
 */
#ifndef DAEMON_SWEEPD_LOOP_TIME_H
#define DAEMON_SWEEPD_LOOP_TIME_H

#include <uv.h>

struct loop_time {
    uv_prepare_t prepare;
    uint64_t last_ns, last_idle_ns; /* uv_hrtime() and uv_metrics_idle_time() of the last round */
    uint64_t longest_ns;            /* of all rounds since the start */
};

/* Must be called before the loop runs for the first time. */
void loop_time_start(struct loop_time *time, uv_loop_t *loop);

/* Memory is in use until the loop has run once more. */
void loop_time_close(struct loop_time *time);

#endif
