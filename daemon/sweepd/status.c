/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/common/clock.h"
#include "daemon/control/server.h"
#include "daemon/sweepd/entries.h"
#include "daemon/sweepd/status.h"

static const char *status_state(const struct engine *engine)
{
    if (engine->alarm[0] != '\0')
        return "failed";
    if (engine->stopping)
        return "stopping";
    if (engine->draining)
        return "draining";
    if (engine->attached == ATTACH_GONE || engine->pause.why[0] != '\0')
        return "paused";
    if (engine->entries != NULL)
        return "working";
    return "idle";
}

const char *status_reason(const struct engine *engine)
{
    if (engine->alarm[0] != '\0')
        return engine->alarm;
    if (engine->attached == ATTACH_GONE)
        return "cannot use the specs directory; see the log for the reason";
    if (engine->pause.why[0] != '\0')
        return engine->pause.why;
    return NULL;
}

static json_t *status_running(const struct engine *engine)
{
    json_t *list = json_array();
    for (const struct entry *entry = engine->entries; entry != NULL; entry = entry->next) {
        const struct engine_child *child = entry->child;
        if (entry->state != ENTRY_WORKING || child == NULL)
            continue;
        json_int_t elapsed_ms = clock_ms() - child->runner.started_ms;
        json_array_append_new(list, json_pack("{s:o, s:I}", "name", control_text(entry->claim.name),
                                        "elapsed_ms", elapsed_ms));
    }
    return list;
}

static json_t *status_result(const struct engine_result *result)
{
    bool done = result->directory[0] != '\0';
    json_t *item = json_pack("{s:o, s:s, s:I, s:o}", "name", control_text(result->name), "result",
        done ? "done" : "failed", "time", (json_int_t)result->unix_s, "line",
        control_text(result->line));
    if (item != NULL && done)
        json_object_set_new(item, "directory", control_text(result->directory));
    return item;
}

static json_t *status_last(const struct engine *engine)
{
    json_t *list = json_array();
    for (uint64_t i = 0; i < ENGINE_RESULTS && i < engine->n_results; i++) {
        uint64_t newest = engine->n_results - 1;
        json_array_append_new(list, status_result(&engine->results[(newest - i) % ENGINE_RESULTS]));
    }
    return list;
}

/* Why nothing is claimed, whatever the spec; NULL: specs are claimed. */
static const char *status_blocked(const struct engine *engine)
{
    if (engine->draining || engine->stopping)
        return "sweepd is stopping";
    if (status_reason(engine) != NULL)
        return status_reason(engine);
    return NULL;
}

/* Adds a spec that waits. */
static void status_add_waiting(
    json_t *list, const char *name, const char *why, int64_t since_ms, bool claimed)
{
    json_int_t elapsed_ms = clock_ms() - since_ms;
    json_array_append_new(
        list, json_pack("{s:o, s:o, s:I, s:b}", "name", control_text(name), "reason",
                  control_text(why), "elapsed_ms", elapsed_ms, "claimed", claimed));
}

/* Specs that wait, each with the reason: some that are not claimed yet, then claimed ones that wait
 * for another attempt. */
static json_t *status_waiting(const struct engine *engine)
{
    const char *blocked = status_blocked(engine);
    json_t *list = json_array();
    for (size_t i = 0; i < engine->n_waiting_first; i++) {
        const struct spool_waiting *waiting = &engine->waiting_first[i];
        const char *why = waiting->why;
        if (why[0] == '\0' && blocked != NULL)
            why = blocked;
        else if (why[0] == '\0')
            why = "other specs are first";
        status_add_waiting(list, waiting->name, why, waiting->since_ms, false);
    }
    for (const struct entry *entry = engine->entries;
         entry != NULL && json_array_size(list) < 2 * SPOOL_WAITING_MAX; entry = entry->next) {
        const char *why = "other specs are first";
        if (entry->state == ENTRY_BACKING_OFF)
            why = entry->summary;
        else if (entry->state != ENTRY_HELD && entry->state != ENTRY_CLAIMED)
            continue;
        else if (blocked != NULL)
            why = blocked;
        else if (entry->state == ENTRY_HELD)
            why = entry_explanation(entry);
        else if (entry->suspect)
            why = "sweepd died while it was in progress; it is retried alone, after all others";
        status_add_waiting(list, entry->claim.name, why, entry->found_ms, true);
    }
    return list;
}

json_t *status_make(const struct engine *engine, int64_t started_ms, double loop_max_ms)
{
    size_t waiting_for_child = entries_count(engine) - entries_busy(engine);
    const char *reason = status_reason(engine);
    json_t *status = json_pack(
        "{s:s, s:o, s:o, s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:f, s:I, s:o, s:o, s:I, s:o}", "state",
        status_state(engine), "specs", control_text(engine->settings->specs), "queue",
        control_text(engine->settings->queue), "waiting", (json_int_t)engine->waiting, "claimed",
        (json_int_t)waiting_for_child, "running", status_running(engine), "done",
        (json_int_t)engine->metrics.done, "failed", (json_int_t)engine->metrics.failed, "retried",
        (json_int_t)engine->metrics.retried, "free_bytes", (json_int_t)engine->metrics.queue_free,
        "loop_max_ms", loop_max_ms, "uptime_ms", (json_int_t)(clock_ms() - started_ms), "last",
        status_last(engine), "waiting_specs", status_waiting(engine), "submitted",
        (json_int_t)engine->submitter.submitted, "submitting",
        submitter_status(&engine->submitter));
    if (status != NULL && reason != NULL)
        json_object_set_new(status, "reason", control_text(reason));
    return status;
}
