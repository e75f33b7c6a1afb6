/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "daemon/common/clock.h"
#include "daemon/common/log.h"
#include "daemon/sweepd/engine.h"

/* More names than this are not worth keeping: everything is looked at instead. */
#define MAX_HINTS 4096

/* --- the list ------------------------------------------------------------------------------- */

void engine_add(struct engine *engine, struct entry *entry)
{
    struct entry **end = &engine->entries;
    while (*end != NULL)
        end = &(*end)->next;
    entry->next = NULL;
    *end = entry;
}

void engine_forget(struct engine *engine, struct entry *entry)
{
    struct entry **link = &engine->entries;
    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    entry_free(entry);
}

size_t engine_count(const struct engine *engine, enum entry_state state)
{
    size_t count = 0;
    for (const struct entry *entry = engine->entries; entry != NULL; entry = entry->next)
        count += entry->state == state;
    return count;
}

size_t engine_count_all(const struct engine *engine)
{
    size_t count = 0;
    for (const struct entry *entry = engine->entries; entry != NULL; entry = entry->next)
        count++;
    return count;
}

/* --- advancing ------------------------------------------------------------------------------ */

static void on_wake(uv_timer_t *timer)
{
    engine_advance(timer->data);
}

/* The next time at which something is due by the clock alone. */
static int64_t next_due(const struct engine *engine)
{
    int64_t due = engine->next_look_ms;
    if (engine_room(engine) > 0 && engine->due_ms < due)
        due = engine->due_ms;
    if (engine_paused(engine) && engine->pause.until_ms < due)
        due = engine->pause.until_ms;
    for (const struct entry *entry = engine->entries; entry != NULL; entry = entry->next) {
        bool waits = entry->state == ENTRY_RESTING || entry->state == ENTRY_HELD ||
                     ((entry->state == ENTRY_TO_DONE || entry->state == ENTRY_TO_FAILED) &&
                         !entry->wanted && entry->due_ms > 0);
        if (waits && entry->due_ms < due)
            due = entry->due_ms;
    }
    return due;
}

static void wake_those_due(struct engine *engine)
{
    int64_t now = clock_ms();
    for (struct entry *entry = engine->entries, *next; entry != NULL; entry = next) {
        next = entry->next;
        bool waits = entry->state == ENTRY_RESTING || entry->state == ENTRY_HELD ||
                     entry->state == ENTRY_TO_DONE || entry->state == ENTRY_TO_FAILED;
        if (!waits || entry->due_ms == 0 || entry->due_ms > now)
            continue;
        entry->due_ms = 0;
        engine_apply(engine, entry, ENTRY_DUE);
    }
}

static void fill_slots(struct engine *engine)
{
    size_t slots = engine->pause.probing ? 1 : engine->settings->jobs;
    if (engine->stopping || engine->alarm[0] != '\0' || engine_paused(engine) ||
        engine->attached == SPOOL_BUSY)
        return;
    for (size_t used = engine_busy(engine); used < slots; used++) {
        struct entry *entry = engine_next_claimed(engine);
        if (entry == NULL)
            return;
        engine_apply(engine, entry, ENTRY_CHILD_FREE);
    }
}

/* A directory of specs that was replaced is left as soon as nothing of it is out. */
static void leave(struct engine *engine)
{
    for (struct entry *entry = engine->entries, *next; entry != NULL; entry = next) {
        next = entry->next;
        if (entry->state == ENTRY_CLAIMED || entry->state == ENTRY_RESTING ||
            entry->state == ENTRY_HELD)
            engine_apply(engine, entry, ENTRY_STOP);
    }
    if (engine->entries == NULL)
        engine->look = true;
}

void engine_advance(struct engine *engine)
{
    if (!engine->stopping)
        wake_those_due(engine);
    if (engine->attached == SPOOL_BUSY && !engine->batch_running)
        leave(engine);
    /* The pause alone may be what was waited for: with nothing held, it just ends. */
    if (engine->pause.why[0] != '\0' && !engine_paused(engine) && engine->entries == NULL)
        engine_end_pause(engine);
    fill_slots(engine);
    engine_start_batch(engine);
    int64_t due = next_due(engine), now = clock_ms();
    if (!engine->stopping && !engine->batch_running)
        uv_timer_start(&engine->wake, on_wake, due > now ? (uint64_t)(due - now) : 1, 0);
    else
        uv_timer_stop(&engine->wake);
    engine->changed(engine->data);
}

bool engine_idle(const struct engine *engine)
{
    return !engine->batch_running && engine->entries == NULL;
}

bool engine_finished(const struct engine *engine)
{
    bool stuck =
        engine->pause.why[0] != '\0' || engine->alarm[0] != '\0' || engine->attached == SPOOL_GONE;
    size_t held = 0;
    for (const struct entry *entry = engine->entries; entry != NULL; entry = entry->next)
        held += entry->state == ENTRY_HELD || (entry->due_ms > 0 && entry->state != ENTRY_RESTING);
    if (engine->batch_running || engine->look || engine_count_all(engine) > (stuck ? held : 0))
        return false;
    return stuck || (!engine->more && engine->due_ms == INT64_MAX && engine->n_hints == 0);
}

/* --- from outside --------------------------------------------------------------------------- */

void engine_hint(struct engine *engine, const char *name)
{
    if (engine->stopping)
        return;
    if (name == NULL || engine->n_hints >= MAX_HINTS) {
        engine->look = true;
    } else if (names_is_spec(name)) {
        char **grown = realloc(engine->hints, (engine->n_hints + 1) * sizeof *engine->hints);
        char *copy = grown != NULL ? strdup(name) : NULL;
        if (grown != NULL)
            engine->hints = grown;
        if (copy != NULL)
            engine->hints[engine->n_hints++] = copy;
        else
            engine->look = true;
    }
}

void engine_again(struct engine *engine)
{
    engine->look = true;
    engine->anew = engine->alarm[0] != '\0';
    engine->alarm[0] = '\0';
    engine_end_pause(engine);
    for (struct entry *entry = engine->entries; entry != NULL; entry = entry->next) {
        if (entry->state == ENTRY_HELD || entry->state == ENTRY_RESTING)
            entry->due_ms = 1;
    }
    engine_advance(engine);
}

void engine_stop(struct engine *engine)
{
    engine->stopping = true;
    for (struct entry *entry = engine->entries, *next; entry != NULL; entry = next) {
        next = entry->next;
        if (entry->state == ENTRY_CLAIMED || entry->state == ENTRY_RESTING ||
            entry->state == ENTRY_HELD ||
            ((entry->state == ENTRY_TO_DONE || entry->state == ENTRY_TO_FAILED) &&
                entry->due_ms > 0))
            engine_apply(engine, entry, ENTRY_STOP);
    }
    engine_advance(engine);
}

void engine_stop_children(struct engine *engine)
{
    for (size_t i = 0; i < ENGINE_CHILDREN; i++) {
        if (engine->children[i] != NULL)
            runner_stop(&engine->children[i]->runner);
    }
}

void engine_drain(struct engine *engine)
{
    engine->draining = true;
    engine_advance(engine);
}

/* --- beginning and end ---------------------------------------------------------------------- */

bool engine_init(struct engine *engine, const struct service_settings *settings, uv_loop_t *loop,
    int inotify, void (*changed)(void *), void *data)
{
    struct spool_settings spool = {
        .specs = settings->specs,
        .queue = settings->queue,
        .group = settings->group,
        .inotify = inotify,
    };
    *engine = (struct engine){.settings = settings,
        .loop = loop,
        .changed = changed,
        .data = data,
        .look = true,
        .attached = SPOOL_GONE,
        .due_ms = INT64_MAX,
        .next_look_ms = INT64_MAX};
    uv_timer_init(loop, &engine->wake); /* our owner closes them in any case */
    uv_timer_init(loop, &engine->start);
    engine->wake.data = engine->start.data = engine;
    engine->spool = spool_new(&spool);
    if (engine->spool == NULL || !engine_make_command(engine)) {
        log_line(LOG_FAILURE, "out of memory");
        return false;
    }
    return true;
}

void engine_free(struct engine *engine)
{
    while (engine->entries != NULL)
        engine_forget(engine, engine->entries);
    for (size_t i = 0; i < engine->n_hints; i++)
        free(engine->hints[i]);
    free(engine->hints);
    spool_free(engine->spool);
    for (size_t i = 0; i < ENGINE_CHILDREN; i++)
        free(engine->children[i]);
    free(engine->command);
}
