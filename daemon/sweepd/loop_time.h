/* SPDX-License-Identifier: Apache-2.0
 *
 * How long the event loop is busy before it waits for events again: nobody else is served for so
 * long.
 */
#ifndef DAEMON_SWEEPD_LOOP_TIME_H
#define DAEMON_SWEEPD_LOOP_TIME_H

#include <uv.h>

struct loop_time {
    uv_prepare_t prepare;
    uint64_t before_ns, idle_ns; /* now and uv_metrics_idle_time() at the last round's end */
    uint64_t longest_ns;         /* of all rounds since the start */
};

/* Before the loop runs for the first time. */
void loop_time_start(struct loop_time *time, uv_loop_t *loop);

/* The memory is in use until the loop has run once more. */
void loop_time_close(struct loop_time *time);

#endif
