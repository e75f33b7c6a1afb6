/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/common/clock.h"
#include "daemon/common/log.h"
#include "daemon/sweepd/batch.h"
#include "daemon/sweepd/entries.h"
#include "daemon/sweepd/step.h"

/* Between two scans, unless the settings say otherwise: when file events cannot be relied on (a
 * network file system), and when they are only a safety net. */
#define BATCH_POLL_MS 5000
#define BATCH_RESCAN_MS 30000

/* Between two looks at an environment that is broken. */
#define BATCH_PROBE_MS 2000

/* After a batch could not be made for lack of memory. */
#define BATCH_RETRY_MS 1000

/* --- results -------------------------------------------------------------------------------- */

/* Everything that a batch does on the file system happens in the specs directory. */
static void batch_explain(int failure, char *out, size_t size)
{
    snprintf(out, size, "%s (specs directory)", strerror(failure));
}

/* Sets entry->why to what the event is about, in `text` unless it is there already. */
static void batch_explain_order(
    const struct engine *engine, struct entry *entry, char *text, size_t size)
{
    const struct spool_batch *batch = &engine->batch;
    bool ending = entry->state == ENTRY_ENDING;
    if (batch->broken.failure != 0 && (ending || entry->state == ENTRY_OPENING)) {
        entry->why = batch->broken.why;
    } else if (ending) {
        entry->why = entry_explanation(entry);
    } else {
        batch_explain(
            batch->storage_error != 0 ? batch->storage_error : entry->failure, text, size);
        entry->why = text;
    }
}

/* The event of an entry that was judged, which may have had its last attempt. */
static enum entry_event batch_count_attempts(
    struct engine *engine, struct entry *entry, enum entry_event event)
{
    unsigned attempts = engine->settings->attempts;
    if (event == ENTRY_REFUSED)
        step_generator_works(engine);
    if (event != ENTRY_CHILD_FAILED || entry->claim.attempt < attempts)
        return event;
    size_t length = strlen(entry->summary);
    snprintf(entry->summary + length, sizeof entry->summary - length, " in attempt %u of %u",
        entry->claim.attempt, attempts);
    return ENTRY_GAVE_UP;
}

static void batch_handle_order(struct engine *engine, const struct spool_order *order)
{
    struct entry *entry = order->entry;
    enum entry_event event = order->event;
    bool ending = entry->state == ENTRY_ENDING;
    char why[128];
    if (entry->state == ENTRY_GONE) { /* it was released */
        entries_forget(engine, entry);
        return;
    }
    if (ending)
        event = batch_count_attempts(engine, entry, event);
    if (engine->stopping &&
        (event == ENTRY_OPENED || event == ENTRY_BLOCKED || event == ENTRY_CHILD_FAILED)) {
        step_apply(engine, entry, ENTRY_STOP);
        return;
    }
    if (event == ENTRY_UNFIT)
        step_refuse(entry, "refused, 1 error", "unfit-file", entry->refusal);
    batch_explain_order(engine, entry, why, sizeof why); /* used by events that report a failure */
    entry->doubted = ending && entry->blames_environment && engine->batch.broken.failure == 0;
    step_apply(engine, entry, event);
}

static void batch_handle_claimed(struct engine *engine, struct entry *entry)
{
    entries_add(engine, entry);
    step_apply(engine, entry, ENTRY_ACQUIRED);
    if (entry->refusal[0] != '\0') {
        step_refuse(entry, "refused, 1 error", "unfit-file", entry->refusal);
        step_apply(engine, entry, ENTRY_UNFIT);
    } else if (entry->claim.attempt >= engine->settings->attempts) {
        char line[128];
        snprintf(line, sizeof line, "given up after %u attempts", entry->claim.attempt);
        step_refuse(entry, line, "gave-up",
            "sweepd was killed or crashed during each attempt to process this spec alone");
        step_apply(engine, entry, ENTRY_GAVE_UP);
    } else if (engine->stopping || engine->alarm[0] != '\0') {
        step_apply(engine, entry, ENTRY_STOP);
    } else if (entry->suspect && entry->claim.attempt > 0) {
        /* If sweepd dies for another reason, again and again, this wait keeps it from counting. */
        snprintf(
            entry->summary, sizeof entry->summary, "sweepd died while only this was processed");
        step_apply(engine, entry, ENTRY_CHILD_FAILED);
    }
}

/* Storage errors that end by themselves. To a generator, a file system that was made read-only
 * looks like one that fails, and one that fails becomes read-only. Network file systems report the
 * others while their server is away. It is enough to wait, and then to trust nothing in memory. */
static bool batch_passes(int failure)
{
    switch (failure) {
    case EROFS:
    case ESTALE:
    case ENOTCONN:
    case ESHUTDOWN:
    case ETIMEDOUT:
    case EHOSTDOWN:
    case EHOSTUNREACH:
        return true;
    default:
        return false;
    }
}

static void batch_handle_environment(struct engine *engine)
{
    const struct environment_state *broken = &engine->batch.broken;
    if (!engine->batch.checked)
        return;
    if (broken->failure == 0) {
        step_environment_works(engine);
        return;
    }
    bool passes = batch_passes(broken->failure);
    bool alarmed = engine->alarm[0] != '\0';
    if (!alarmed)
        step_pause(engine, broken->why);
    if (passes)
        engine->was_unreachable = true;
    engine->probing = passes || !alarmed;
    engine->probe_ms = clock_ms() + BATCH_PROBE_MS;
}

static void batch_handle_entries(struct engine *engine)
{
    const struct spool_batch *batch = &engine->batch;
    for (size_t i = 0; i < batch->n_orders; i++)
        batch_handle_order(engine, &batch->orders[i]);
    for (struct entry *entry = batch->claimed, *next; entry != NULL; entry = next) {
        next = entry->next;
        batch_handle_claimed(engine, entry);
    }
}

static void batch_tell_attached(const struct engine *engine)
{
    const char *note = "";
    if (spool_watch(engine->spool) < 0)
        note = " (no file events; polling only)";
    else if (engine->batch.poll)
        note = " (no file events from other machines; polling as well)";
    log_line(LOG_INFO, "watching %s; writing sweeps to %s%s", engine->settings->specs,
        engine->settings->queue, note);
}

static void batch_handle_scan(struct engine *engine)
{
    const struct spool_batch *batch = &engine->batch;
    if (batch->attached == ATTACH_NEW)
        batch_tell_attached(engine);
    engine->attached = batch->attached;
    for (size_t i = 0; i < batch->unsubmitted.count; i++)
        submitter_add(&engine->submitter, batch->unsubmitted.paths[i]);
    engine->metrics.queue_free = batch->queue_free;
    engine->metrics.queue_used = batch->queue_used;
    if (batch->rebuild && batch->attached == ATTACH_BUSY)
        engine->rebuild = true;
    int64_t interval = engine->settings->rescan_ms;
    if (interval < 0)
        interval = batch->poll ? BATCH_POLL_MS : BATCH_RESCAN_MS;
    engine->next_scan_ms = clock_ms() + interval;
}

static void batch_clear(struct engine *engine)
{
    for (size_t i = 0; i < engine->batch.n_hints; i++)
        free(engine->batch.hints[i]);
    free(engine->batch.hints);
    free(engine->batch.orders);
    unsubmitted_deinit(&engine->batch.unsubmitted);
    engine->batch = (struct spool_batch){0};
    engine->batch_running = false;
}

static void batch_on_done(uv_work_t *work, int status)
{
    struct engine *engine = work->data;
    const struct spool_batch *batch = &engine->batch;
    char why[128];
    (void)status;
    if (batch->scan)
        batch_handle_scan(engine);
    batch_handle_entries(engine);
    batch_handle_environment(engine);
    engine->more = batch->more;
    engine->claimable_ms = batch->due_ms;
    engine->waiting = batch->waiting;
    memcpy(engine->waiting_first, batch->waiting_first, sizeof engine->waiting_first);
    engine->n_waiting_first = batch->n_waiting_first;
    if (batch->rescan)
        engine->scan = true;
    if (batch->storage_error != 0) {
        batch_explain(batch->storage_error, why, sizeof why);
        step_raise_alarm(engine, why);
    } else if (batch->claim_error != 0) {
        batch_explain(batch->claim_error, why, sizeof why);
        step_pause(engine, why);
    }
    batch_clear(engine);
    engine->advance(engine);
}

/* --- work ----------------------------------------------------------------------------------- */

size_t batch_room(const struct engine *engine)
{
    if (engine->stopping || engine->draining || engine->alarm[0] != '\0' ||
        engine->pause.why[0] != '\0' || engine->attached == ATTACH_BUSY)
        return 0;
    size_t ahead = entries_ready(engine) + entries_count_in(engine, ENTRY_OPENING);
    if (ahead >= ENGINE_CLAIM_AHEAD || entries_count(engine) >= ENGINE_MAX_ENTRIES)
        return 0;
    return ENGINE_CLAIM_AHEAD - ahead;
}

/* The entries that the next batch is to open, file or release. False: out of memory. */
static bool batch_make_orders(struct engine *engine, struct spool_batch *batch, size_t wanted)
{
    if (wanted == 0)
        return true;
    batch->orders = calloc(wanted, sizeof *batch->orders);
    if (batch->orders == NULL)
        return false;
    for (struct entry *entry = engine->entries; entry != NULL; entry = entry->next) {
        if (entry->wanted)
            batch->orders[batch->n_orders++] = (struct spool_order){.entry = entry};
        entry->wanted = false;
    }
    return true;
}

/* Collects the work of the next batch. False when there is none, or no memory for it. */
static bool batch_collect(struct engine *engine)
{
    struct spool_batch *batch = &engine->batch;
    int64_t now = clock_ms();
    size_t wanted = 0;
    for (const struct entry *entry = engine->entries; entry != NULL; entry = entry->next) {
        if (entry->wanted)
            wanted++;
    }
    bool scan = engine->scan || (now >= engine->next_scan_ms && !engine->stopping);
    bool probe = engine->probing && now >= engine->probe_ms && !engine->stopping;
    bool claimable = engine->more || engine->n_hints > 0 || scan || now >= engine->claimable_ms;
    size_t room = claimable ? batch_room(engine) : 0;
    if (wanted == 0 && !scan && !probe && room == 0 && engine->n_hints == 0)
        return false;
    /* Not while a batch runs, which uses it. */
    if (engine->environment_changed &&
        environment_set(&engine->environment, &engine->settings->environment))
        engine->environment_changed = false;
    *batch = (struct spool_batch){.policy = engine->settings->policy,
        .environment = &engine->environment,
        .probe = probe,
        .room = room,
        .scan = scan,
        .rebuild = engine->rebuild,
        .in_flight = engine->entries != NULL};
    if (!batch_make_orders(engine, batch, wanted)) {
        engine->claimable_ms = now + BATCH_RETRY_MS;
        return false;
    }
    batch->hints = engine->hints;
    batch->n_hints = engine->n_hints;
    engine->hints = NULL;
    engine->n_hints = 0;
    if (scan)
        engine->scan = engine->rebuild = false;
    return true;
}

/* Runs on another thread. */
static void batch_run(uv_work_t *work)
{
    struct engine *engine = work->data;
    spool_batch(engine->spool, &engine->batch);
}

void batch_start(struct engine *engine)
{
    if (engine->batch_running || !batch_collect(engine))
        return;
    engine->batch_running = true;
    engine->batch_work.data = engine;
    if (uv_queue_work(engine->loop, &engine->batch_work, batch_run, batch_on_done) != 0) {
        /* There are no threads: block the loop. */
        batch_run(&engine->batch_work);
        batch_on_done(&engine->batch_work, 0);
    }
}
