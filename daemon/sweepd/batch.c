/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/common/clock.h"
#include "daemon/common/log.h"
#include "daemon/sweepd/engine.h"

/* --- turns ---------------------------------------------------------------------------------- */

/* Specs of the turn that ended: what became of those ordered, and what was claimed. */
static void take_results(struct engine *engine, struct spool_batch *batch)
{
    for (size_t i = 0; i < batch->n_orders; i++) {
        struct entry *entry = batch->orders[i].entry;
        enum entry_event event = batch->orders[i].event;
        if (entry->state == ENTRY_GONE)
            engine_forget(engine, entry); /* laid back */
        else if (engine->stopping && (event == ENTRY_OPENED || event == ENTRY_HINDERED))
            engine_apply(engine, entry, ENTRY_STOP);
        else {
            if (event == ENTRY_UNFIT)
                engine_refuse(entry, "refused, 1 error", "unfit-file", entry->refusal);
            entry->why = batch->no_storage != 0 ? strerror(batch->no_storage) : NULL;
            engine_apply(engine, entry, event);
        }
    }
    for (struct entry *entry = batch->taken, *next; entry != NULL; entry = next) {
        next = entry->next;
        engine_add(engine, entry);
        engine_apply(engine, entry, ENTRY_TOOK);
        if (entry->refusal[0] != '\0') {
            engine_refuse(entry, "refused, 1 error", "unfit-file", entry->refusal);
            engine_apply(engine, entry, ENTRY_UNFIT);
        } else if (entry->claim.attempt >= engine->settings->attempts) {
            char line[128];
            snprintf(line, sizeof line, "given up after %u attempts", entry->claim.attempt);
            engine_refuse(entry, line, "gave-up",
                "sweepd ended each time while it was working on this spec, or a little later");
            engine_apply(engine, entry, ENTRY_BROKE_LAST);
        } else if (engine->stopping || engine->alarm[0] != '\0') {
            engine_apply(engine, entry, ENTRY_STOP);
        }
    }
}

static void forget_turn(struct engine *engine)
{
    for (size_t i = 0; i < engine->batch.n_hints; i++)
        free(engine->batch.hints[i]);
    free(engine->batch.hints);
    free(engine->batch.orders);
    engine->batch = (struct spool_batch){0};
    engine->batch_running = false;
}

static void on_turned(uv_work_t *request, int status)
{
    struct engine *engine = request->data;
    struct spool_batch *batch = &engine->batch;
    (void)status;
    if (batch->look) {
        if (batch->attached == SPOOL_NEW)
            log_line(LOG_FACT, "%s is watched, sweeps go to %s%s", engine->settings->specs,
                engine->settings->queue,
                spool_watch(engine->spool) < 0 ? " (polling only)"
                : batch->unseen                ? " (no events from other machines)"
                                               : "");
        engine->attached = batch->attached;
        engine->metrics.queue_free = batch->queue_free;
        engine->metrics.queue_used = batch->queue_used;
        engine->anew |= batch->anew && batch->attached == SPOOL_BUSY;
        engine->rescan_ms = engine->settings->rescan_ms >= 0 ? engine->settings->rescan_ms
                            : batch->unseen                  ? 5000
                                                             : 30000;
        engine->next_look_ms = clock_ms() + engine->rescan_ms;
    }
    take_results(engine, batch);
    engine->more = batch->more;
    engine->due_ms = batch->due_ms;
    engine->waiting = batch->waiting;
    engine->look |= batch->again;
    if (batch->no_storage != 0)
        engine_raise_alarm(engine, strerror(batch->no_storage));
    else if (batch->hindered != 0)
        engine_pause_for(engine, strerror(batch->hindered));
    forget_turn(engine);
    engine_advance(engine);
}

static void do_turn(uv_work_t *request)
{
    struct engine *engine = request->data;
    spool_batch(engine->spool, &engine->batch);
}

/* How many specs to claim now. */
size_t engine_room(const struct engine *engine)
{
    if (engine->stopping || engine->draining || engine->alarm[0] != '\0' ||
        engine->pause.why[0] != '\0' || engine->attached == SPOOL_BUSY)
        return 0;
    size_t ahead = engine_count(engine, ENTRY_CLAIMED) + engine_count(engine, ENTRY_OPENING);
    return ahead < ENGINE_AHEAD && engine_count_all(engine) < ENGINE_MAX ? ENGINE_AHEAD - ahead : 0;
}

/* Collects what the next turn is to do. False when there is nothing, or no memory to say it. */
static bool make_turn(struct engine *engine)
{
    struct spool_batch *batch = &engine->batch;
    size_t wanted = 0;
    for (struct entry *entry = engine->entries; entry != NULL; entry = entry->next)
        wanted += entry->wanted;
    bool look = engine->look || (clock_ms() >= engine->next_look_ms && !engine->stopping);
    size_t claims = engine_room(engine);
    if (claims > 0 && !engine->more && engine->n_hints == 0 && !look && clock_ms() < engine->due_ms)
        claims = 0;
    if (wanted == 0 && !look && claims == 0 && engine->n_hints == 0)
        return false;
    *batch = (struct spool_batch){
        .rules = {engine->settings->rules, engine->settings->fair, engine->settings->any_owner},
        .room = claims,
        .look = look,
        .anew = engine->anew};
    if (wanted > 0 && (batch->orders = calloc(wanted, sizeof *batch->orders)) == NULL) {
        engine->due_ms = clock_ms() + 1000; /* later, then */
        return false;
    }
    for (struct entry *entry = engine->entries; entry != NULL; entry = entry->next) {
        if (entry->wanted)
            batch->orders[batch->n_orders++] = (struct spool_order){.entry = entry};
        entry->wanted = false;
    }
    batch->out = engine->entries != NULL;
    batch->hints = engine->hints;
    batch->n_hints = engine->n_hints;
    engine->hints = NULL;
    engine->n_hints = 0;
    if (look)
        engine->look = engine->anew = false;
    return true;
}

void engine_start_batch(struct engine *engine)
{
    if (engine->batch_running || !make_turn(engine))
        return;
    engine->request.data = engine;
    engine->batch_running = uv_queue_work(engine->loop, &engine->request, do_turn, on_turned) == 0;
    if (!engine->batch_running)
        do_turn(&engine->request), on_turned(&engine->request, 0); /* no threads: here, then */
}
