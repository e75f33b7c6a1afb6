/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sweepd/loop_time.h"

/* Called at the end of a round, just before the loop waits. */
static void loop_time_on_prepare(uv_prepare_t *prepare)
{
    struct loop_time *time = prepare->data;
    uint64_t now = uv_hrtime(), idle = uv_metrics_idle_time(prepare->loop);
    uint64_t busy = now - time->last_ns - (idle - time->last_idle_ns);
    if (time->last_ns != 0 && busy > time->longest_ns)
        time->longest_ns = busy;
    time->last_ns = now;
    time->last_idle_ns = idle;
}

void loop_time_start(struct loop_time *time, uv_loop_t *loop)
{
    *time = (struct loop_time){0};
    uv_loop_configure(loop, UV_METRICS_IDLE_TIME);
    uv_prepare_init(loop, &time->prepare);
    time->prepare.data = time;
    uv_prepare_start(&time->prepare, loop_time_on_prepare);
    uv_unref((uv_handle_t *)&time->prepare);
}

void loop_time_close(struct loop_time *time)
{
    uv_close((uv_handle_t *)&time->prepare, NULL);
}
