/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/common/clock.h"
#include "daemon/control/server.h"
#include "daemon/sweepd/status.h"

static const char *state_of(const struct work *work)
{
    if (work->alarm[0] != '\0')
        return "failed";
    if (work->stopping)
        return "stopping";
    if (work->draining)
        return "draining";
    if (work->attached == SPOOL_GONE || work->pause.why[0] != '\0')
        return "paused";
    return work->specs != NULL ? "working" : "idle";
}

static const char *reason_of(const struct work *work)
{
    if (work->alarm[0] != '\0')
        return work->alarm;
    if (work->attached == SPOOL_GONE)
        return "the directory of specs cannot be used; the log says why";
    return work->pause.why[0] != '\0' ? work->pause.why : NULL;
}

static json_t *running(const struct work *work)
{
    json_t *list = json_array();
    for (const struct spec *spec = work->specs; spec != NULL; spec = spec->next) {
        const struct work_child *child = spec->child;
        if (spec->state == SPEC_WORKING && child != NULL)
            json_array_append_new(
                list, json_pack("{s:o, s:I}", "name", control_text(spec->claim.name), "elapsed_ms",
                          (json_int_t)(uv_hrtime() / 1000000 - child->runner.started_ms)));
    }
    return list;
}

static json_t *last(const struct work *work)
{
    json_t *list = json_array();
    for (uint64_t i = 0; i < WORK_RESULTS && i < work->n_results; i++) {
        const struct work_result *result = &work->results[(work->n_results - 1 - i) % WORK_RESULTS];
        bool done = result->directory[0] != '\0';
        json_t *item = json_pack("{s:o, s:s, s:I, s:o}", "name", control_text(result->name),
            "result", done ? "done" : "failed", "time", (json_int_t)result->unix_s, "line",
            control_text(result->line));
        if (item != NULL && done)
            json_object_set_new(item, "directory", control_text(result->directory));
        json_array_append_new(list, item);
    }
    return list;
}

json_t *status_of(const struct work *work, int64_t started_ms, double loop_max_ms)
{
    size_t ours = work_count_all(work), at_work = work_busy(work);
    const char *reason = reason_of(work);
    json_t *status = json_pack("{s:s, s:o, s:o, s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:f, s:I, s:o}",
        "state", state_of(work), "specs", control_text(work->settings->specs), "queue",
        control_text(work->settings->queue), "waiting", (json_int_t)work->waiting, "claimed",
        (json_int_t)(ours - at_work), "running", running(work), "done",
        (json_int_t)work->metrics.done, "failed", (json_int_t)work->metrics.failed, "retried",
        (json_int_t)work->metrics.retried, "free_bytes", (json_int_t)work->metrics.queue_free,
        "loop_max_ms", loop_max_ms, "uptime_ms", (json_int_t)(clock_ms() - started_ms), "last",
        last(work));
    if (status != NULL && reason != NULL)
        json_object_set_new(status, "reason", control_text(reason));
    return status;
}
