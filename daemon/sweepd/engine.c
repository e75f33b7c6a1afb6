/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "daemon/common/clock.h"
#include "daemon/common/log.h"
#include "daemon/sweepd/batch.h"
#include "daemon/sweepd/children.h"
#include "daemon/sweepd/engine.h"
#include "daemon/sweepd/entries.h"
#include "daemon/sweepd/step.h"

/* Beyond this many names a scan of the directory is cheaper. */
#define ENGINE_MAX_HINTS 4096

/* After so long without one, a suspect is processed although others are ready. */
#define ENGINE_SUSPECT_MS 60000

/* --- advancing ------------------------------------------------------------------------------ */

static void engine_wake_due(struct engine *engine)
{
    int64_t now = clock_ms();
    for (struct entry *entry = engine->entries, *next; entry != NULL; entry = next) {
        next = entry->next;
        if (!entries_waits_for_time(entry) || entry->due_ms > now)
            continue;
        entry->due_ms = 0;
        step_apply(engine, entry, ENTRY_DUE);
    }
}

/* The specs directory was replaced by another one. Stops what can be stopped in the old one, and
 * scans, which attaches to the new one, when no entry is left. */
static void engine_leave_directory(struct engine *engine)
{
    step_stop_waiting(engine);
    if (engine->entries == NULL)
        engine->scan = true;
}

/* True if it is the suspects' turn: nothing else is ready, or they have waited for long. */
static bool engine_prefers_suspects(const struct engine *engine)
{
    if (entries_next_suspect(engine) == NULL)
        return false;
    if (clock_ms() >= engine->suspect_due_ms)
        return true;
    if (entries_ready(engine) > 0)
        return false;
    return engine->draining || (!engine->more && engine->n_hints == 0 && !engine->scan);
}

/* Starts a suspect when all others have ended. */
static void engine_start_suspect(struct engine *engine)
{
    if (entries_busy(engine) > 0)
        return;
    struct entry *entry = entries_next_suspect(engine);
    engine->suspect_due_ms = clock_ms() + ENGINE_SUSPECT_MS;
    entry->alone = true;
    step_apply(engine, entry, ENTRY_CHILD_FREE);
}

/* Gives claimed entries to free children. */
static void engine_fill_children(struct engine *engine)
{
    if (engine->stopping || engine->alarm[0] != '\0' || step_paused(engine) ||
        engine->attached == ATTACH_BUSY || entries_one_is_alone(engine))
        return;
    if (engine_prefers_suspects(engine)) {
        engine_start_suspect(engine);
        return;
    }
    size_t jobs = engine->pause.probing ? 1 : engine->settings->jobs;
    for (size_t busy = entries_busy(engine); busy < jobs; busy++) {
        struct entry *entry = entries_next_claimed(engine);
        if (entry == NULL)
            return;
        entry->alone = engine->settings->jobs == 1;
        step_apply(engine, entry, ENTRY_CHILD_FREE);
    }
}

/* The next time at which something is due by the clock alone. */
static int64_t engine_next_due_ms(const struct engine *engine)
{
    int64_t due = engine->next_scan_ms;
    if (batch_room(engine) > 0 && engine->claimable_ms < due)
        due = engine->claimable_ms;
    if (engine->probing && engine->probe_ms < due)
        due = engine->probe_ms;
    if (step_paused(engine) && engine->pause.until_ms < due)
        due = engine->pause.until_ms;
    for (const struct entry *entry = engine->entries; entry != NULL; entry = entry->next) {
        if (entries_waits_for_time(entry) && entry->due_ms < due)
            due = entry->due_ms;
    }
    return due;
}

static void engine_on_wake(uv_timer_t *timer)
{
    engine_advance(timer->data);
}

static void engine_set_wake(struct engine *engine)
{
    if (engine->stopping || engine->batch_running) {
        uv_timer_stop(&engine->wake);
        return;
    }
    int64_t wait = engine_next_due_ms(engine) - clock_ms();
    if (wait < 1)
        wait = 1;
    uv_timer_start(&engine->wake, engine_on_wake, (uint64_t)wait, 0);
}

void engine_advance(struct engine *engine)
{
    if (!engine->stopping)
        engine_wake_due(engine);
    if (engine->attached == ATTACH_BUSY && !engine->batch_running)
        engine_leave_directory(engine);
    /* A pause with no held entry has nothing to retry, so end it here. */
    if (engine->pause.why[0] != '\0' && !step_paused(engine) && !engine->probing &&
        engine->entries == NULL)
        step_end_pause(engine);
    engine_fill_children(engine);
    children_start_soon(engine);
    submitter_advance(&engine->submitter);
    batch_start(engine);
    engine_set_wake(engine);
    engine->changed(engine);
}

bool engine_idle(const struct engine *engine)
{
    return !engine->batch_running && engine->entries == NULL &&
           !submitter_is_busy(&engine->submitter);
}

bool engine_finished(const struct engine *engine)
{
    if (engine->batch_running || engine->scan || submitter_is_busy(&engine->submitter))
        return false;
    if (engine->pause.why[0] == '\0' && engine->alarm[0] == '\0' && engine->attached != ATTACH_GONE)
        return engine->entries == NULL && !engine->more && engine->claimable_ms == INT64_MAX &&
               engine->n_hints == 0;
    /* Finished when all entries wait until what blocks them is over. */
    for (const struct entry *entry = engine->entries; entry != NULL; entry = entry->next) {
        if (entry->state == ENTRY_BACKING_OFF || entry->due_ms == 0)
            return false;
    }
    return true;
}

/* --- requests ------------------------------------------------------------------------------- */

static bool engine_add_hint(struct engine *engine, const char *name)
{
    if (engine->n_hints >= ENGINE_MAX_HINTS)
        return false;
    char **grown = realloc(engine->hints, (engine->n_hints + 1) * sizeof *engine->hints);
    if (grown == NULL)
        return false;
    engine->hints = grown;
    char *copy = strdup(name);
    if (copy == NULL)
        return false;
    engine->hints[engine->n_hints++] = copy;
    return true;
}

void engine_hint(struct engine *engine, const char *name)
{
    if (engine->stopping || (name != NULL && !names_may_be_spec(name)))
        return;
    if (name == NULL || !engine_add_hint(engine, name))
        engine->scan = true;
}

void engine_rescan(struct engine *engine)
{
    submitter_retry(&engine->submitter);
    step_retry_all(engine);
    engine_advance(engine);
}

static void engine_configure_submitter(struct engine *engine)
{
    const struct engine_settings *settings = engine->settings;
    submitter_configure(&engine->submitter, &(struct submitter_settings){.specs = settings->specs,
                                                .sweepctl = settings->sweepctl,
                                                .backoff_ms = settings->backoff_ms});
}

void engine_reload(struct engine *engine)
{
    if (!children_make_command(engine))
        log_line(LOG_ERROR, "out of memory");
    engine_configure_submitter(engine);
    engine->environment_changed = true;
    engine_rescan(engine);
}

void engine_stop(struct engine *engine)
{
    engine->stopping = true;
    submitter_stop(&engine->submitter);
    step_stop_waiting(engine);
    for (struct entry *entry = engine->entries, *next; entry != NULL; entry = next) {
        next = entry->next;
        if (entries_waits_for_time(entry)) /* to be filed */
            step_apply(engine, entry, ENTRY_STOP);
    }
    engine_advance(engine);
}

void engine_stop_children(struct engine *engine)
{
    children_stop(engine);
}

void engine_drain(struct engine *engine)
{
    engine->draining = true;
    engine_advance(engine);
}

/* --- start and end -------------------------------------------------------------------------- */

static void engine_on_submitter_changed(void *data)
{
    engine_advance(data);
}

bool engine_init(struct engine *engine, const struct engine_settings *settings, uv_loop_t *loop,
    int inotify, void (*changed)(struct engine *))
{
    struct spool_settings spool = {
        .specs = settings->specs,
        .queue = settings->queue,
        .group = settings->group,
        .inotify = inotify,
    };
    *engine = (struct engine){.settings = settings,
        .loop = loop,
        .advance = engine_advance,
        .changed = changed,
        .environment_changed = true,
        .scan = true,
        .attached = ATTACH_GONE,
        .claimable_ms = INT64_MAX,
        .next_scan_ms = INT64_MAX,
        .suspect_due_ms = clock_ms() + ENGINE_SUSPECT_MS};
    uv_timer_init(loop, &engine->wake);
    uv_timer_init(loop, &engine->start_child);
    engine->wake.data = engine->start_child.data = engine;
    submitter_init(&engine->submitter, loop, engine_on_submitter_changed, engine);
    engine_configure_submitter(engine);
    engine->spool = spool_new(&spool);
    if (engine->spool == NULL || !children_make_command(engine)) {
        log_line(LOG_ERROR, "out of memory");
        return false;
    }
    return true;
}

void engine_close(struct engine *engine)
{
    uv_close((uv_handle_t *)&engine->wake, NULL);
    uv_close((uv_handle_t *)&engine->start_child, NULL);
    submitter_close(&engine->submitter);
}

void engine_free(struct engine *engine)
{
    while (engine->entries != NULL)
        entries_forget(engine, engine->entries);
    for (size_t i = 0; i < engine->n_hints; i++)
        free(engine->hints[i]);
    free(engine->hints);
    spool_free(engine->spool);
    submitter_free(&engine->submitter);
    environment_deinit(&engine->environment);
    children_free(engine);
}
