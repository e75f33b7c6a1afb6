/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/common/clock.h"
#include "daemon/control/server.h"
#include "daemon/sweepd/entries.h"
#include "daemon/sweepd/status.h"

static const char *state_of(const struct engine *engine)
{
    if (engine->alarm[0] != '\0')
        return "failed";
    if (engine->stopping)
        return "stopping";
    if (engine->draining)
        return "draining";
    if (engine->attached == ATTACH_GONE || engine->pause.why[0] != '\0')
        return "paused";
    return engine->entries != NULL ? "working" : "idle";
}

static const char *reason_of(const struct engine *engine)
{
    if (engine->alarm[0] != '\0')
        return engine->alarm;
    if (engine->attached == ATTACH_GONE)
        return "the directory of specs cannot be used; the log says why";
    return engine->pause.why[0] != '\0' ? engine->pause.why : NULL;
}

static json_t *running(const struct engine *engine)
{
    json_t *list = json_array();
    for (const struct entry *entry = engine->entries; entry != NULL; entry = entry->next) {
        const struct engine_child *child = entry->child;
        if (entry->state == ENTRY_WORKING && child != NULL)
            json_array_append_new(
                list, json_pack("{s:o, s:I}", "name", control_text(entry->claim.name), "elapsed_ms",
                          (json_int_t)(uv_hrtime() / 1000000 - child->runner.started_ms)));
    }
    return list;
}

static json_t *last(const struct engine *engine)
{
    json_t *list = json_array();
    for (uint64_t i = 0; i < ENGINE_RESULTS && i < engine->n_results; i++) {
        const struct engine_result *result =
            &engine->results[(engine->n_results - 1 - i) % ENGINE_RESULTS];
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

json_t *status_of(const struct engine *engine, int64_t started_ms, double loop_max_ms)
{
    size_t ours = entries_count(engine), at_work = entries_busy(engine);
    const char *reason = reason_of(engine);
    json_t *status = json_pack("{s:s, s:o, s:o, s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:f, s:I, s:o}",
        "state", state_of(engine), "specs", control_text(engine->settings->specs), "queue",
        control_text(engine->settings->queue), "waiting", (json_int_t)engine->waiting, "claimed",
        (json_int_t)(ours - at_work), "running", running(engine), "done",
        (json_int_t)engine->metrics.done, "failed", (json_int_t)engine->metrics.failed, "retried",
        (json_int_t)engine->metrics.retried, "free_bytes", (json_int_t)engine->metrics.queue_free,
        "loop_max_ms", loop_max_ms, "uptime_ms", (json_int_t)(clock_ms() - started_ms), "last",
        last(engine));
    if (status != NULL && reason != NULL)
        json_object_set_new(status, "reason", control_text(reason));
    return status;
}
