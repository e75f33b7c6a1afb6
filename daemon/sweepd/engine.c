/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "daemon/common/clock.h"
#include "daemon/common/log.h"
#include "daemon/sweepd/engine.h"

/* More names than this are not worth keeping: everything is looked at instead. */
#define MOST_HINTS 4096

/* --- the list ------------------------------------------------------------------------------- */

void work_add(struct work *work, struct spec *spec)
{
    struct spec **end = &work->specs;
    while (*end != NULL)
        end = &(*end)->next;
    spec->next = NULL;
    *end = spec;
}

void work_forget(struct work *work, struct spec *spec)
{
    struct spec **link = &work->specs;
    while (*link != spec)
        link = &(*link)->next;
    *link = spec->next;
    spec_free(spec);
}

size_t work_count(const struct work *work, enum spec_state state)
{
    size_t count = 0;
    for (const struct spec *spec = work->specs; spec != NULL; spec = spec->next)
        count += spec->state == state;
    return count;
}

size_t work_count_all(const struct work *work)
{
    size_t count = 0;
    for (const struct spec *spec = work->specs; spec != NULL; spec = spec->next)
        count++;
    return count;
}

/* --- advancing ------------------------------------------------------------------------------ */

static void on_wake(uv_timer_t *timer)
{
    work_advance(timer->data);
}

/* The next time at which something is due by the clock alone. */
static int64_t next_due(const struct work *work)
{
    int64_t due = work->next_look_ms;
    if (work_room(work) > 0 && work->due_ms < due)
        due = work->due_ms;
    if (work_paused(work) && work->pause.until_ms < due)
        due = work->pause.until_ms;
    for (const struct spec *spec = work->specs; spec != NULL; spec = spec->next) {
        bool waits = spec->state == SPEC_RESTING || spec->state == SPEC_HELD ||
                     ((spec->state == SPEC_TO_DONE || spec->state == SPEC_TO_FAILED) &&
                         !spec->wanted && spec->due_ms > 0);
        if (waits && spec->due_ms < due)
            due = spec->due_ms;
    }
    return due;
}

static void wake_those_due(struct work *work)
{
    int64_t now = clock_ms();
    for (struct spec *spec = work->specs, *next; spec != NULL; spec = next) {
        next = spec->next;
        bool waits = spec->state == SPEC_RESTING || spec->state == SPEC_HELD ||
                     spec->state == SPEC_TO_DONE || spec->state == SPEC_TO_FAILED;
        if (!waits || spec->due_ms == 0 || spec->due_ms > now)
            continue;
        spec->due_ms = 0;
        work_apply(work, spec, SPEC_DUE);
    }
}

static void fill_slots(struct work *work)
{
    size_t slots = work->pause.probing ? 1 : work->settings->jobs;
    if (work->stopping || work->alarm[0] != '\0' || work_paused(work) ||
        work->attached == SPOOL_BUSY)
        return;
    for (size_t used = work_busy(work); used < slots; used++) {
        struct spec *spec = work_next_claimed(work);
        if (spec == NULL)
            return;
        work_apply(work, spec, SPEC_SLOT);
    }
}

/* A directory of specs that was replaced is left as soon as nothing of it is out. */
static void leave(struct work *work)
{
    for (struct spec *spec = work->specs, *next; spec != NULL; spec = next) {
        next = spec->next;
        if (spec->state == SPEC_CLAIMED || spec->state == SPEC_RESTING || spec->state == SPEC_HELD)
            work_apply(work, spec, SPEC_STOP);
    }
    if (work->specs == NULL)
        work->look = true;
}

void work_advance(struct work *work)
{
    if (!work->stopping)
        wake_those_due(work);
    if (work->attached == SPOOL_BUSY && !work->turning)
        leave(work);
    /* The pause alone may be what was waited for: with nothing held, it just ends. */
    if (work->pause.why[0] != '\0' && !work_paused(work) && work->specs == NULL)
        work_end_pause(work);
    fill_slots(work);
    work_start_turn(work);
    int64_t due = next_due(work), now = clock_ms();
    if (!work->stopping && !work->turning)
        uv_timer_start(&work->wake, on_wake, due > now ? (uint64_t)(due - now) : 1, 0);
    else
        uv_timer_stop(&work->wake);
    work->changed(work->data);
}

bool work_idle(const struct work *work)
{
    return !work->turning && work->specs == NULL;
}

bool work_finished(const struct work *work)
{
    bool stuck =
        work->pause.why[0] != '\0' || work->alarm[0] != '\0' || work->attached == SPOOL_GONE;
    size_t held = 0;
    for (const struct spec *spec = work->specs; spec != NULL; spec = spec->next)
        held += spec->state == SPEC_HELD || (spec->due_ms > 0 && spec->state != SPEC_RESTING);
    if (work->turning || work->look || work_count_all(work) > (stuck ? held : 0))
        return false;
    return stuck || (!work->more && work->due_ms == INT64_MAX && work->n_hints == 0);
}

/* --- from outside --------------------------------------------------------------------------- */

void work_hint(struct work *work, const char *name)
{
    if (work->stopping)
        return;
    if (name == NULL || work->n_hints >= MOST_HINTS) {
        work->look = true;
    } else if (names_is_spec(name)) {
        char **grown = realloc(work->hints, (work->n_hints + 1) * sizeof *work->hints);
        char *copy = grown != NULL ? strdup(name) : NULL;
        if (grown != NULL)
            work->hints = grown;
        if (copy != NULL)
            work->hints[work->n_hints++] = copy;
        else
            work->look = true;
    }
}

void work_again(struct work *work)
{
    work->look = true;
    work->anew = work->alarm[0] != '\0';
    work->alarm[0] = '\0';
    work_end_pause(work);
    for (struct spec *spec = work->specs; spec != NULL; spec = spec->next) {
        if (spec->state == SPEC_HELD || spec->state == SPEC_RESTING)
            spec->due_ms = 1;
    }
    work_advance(work);
}

void work_stop(struct work *work)
{
    work->stopping = true;
    for (struct spec *spec = work->specs, *next; spec != NULL; spec = next) {
        next = spec->next;
        if (spec->state == SPEC_CLAIMED || spec->state == SPEC_RESTING ||
            spec->state == SPEC_HELD ||
            ((spec->state == SPEC_TO_DONE || spec->state == SPEC_TO_FAILED) && spec->due_ms > 0))
            work_apply(work, spec, SPEC_STOP);
    }
    work_advance(work);
}

void work_stop_children(struct work *work)
{
    for (size_t i = 0; i < WORK_CHILDREN; i++) {
        if (work->children[i] != NULL)
            runner_stop(&work->children[i]->runner);
    }
}

void work_drain(struct work *work)
{
    work->draining = true;
    work_advance(work);
}

/* --- beginning and end ---------------------------------------------------------------------- */

bool work_init(struct work *work, const struct service_settings *settings, uv_loop_t *loop,
    int inotify, void (*changed)(void *), void *data)
{
    struct spool_settings spool = {
        .specs = settings->specs,
        .queue = settings->queue,
        .group = settings->group,
        .inotify = inotify,
    };
    *work = (struct work){.settings = settings,
        .loop = loop,
        .changed = changed,
        .data = data,
        .look = true,
        .attached = SPOOL_GONE,
        .due_ms = INT64_MAX,
        .next_look_ms = INT64_MAX};
    uv_timer_init(loop, &work->wake); /* our owner closes them in any case */
    uv_timer_init(loop, &work->start);
    work->wake.data = work->start.data = work;
    work->spool = spool_new(&spool);
    if (work->spool == NULL || !work_make_command(work)) {
        log_line(LOG_FAILURE, "out of memory");
        return false;
    }
    return true;
}

void work_free(struct work *work)
{
    while (work->specs != NULL)
        work_forget(work, work->specs);
    for (size_t i = 0; i < work->n_hints; i++)
        free(work->hints[i]);
    free(work->hints);
    spool_free(work->spool);
    for (size_t i = 0; i < WORK_CHILDREN; i++)
        free(work->children[i]);
    free(work->command);
}
