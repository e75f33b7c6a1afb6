/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/common/clock.h"
#include "daemon/common/log.h"
#include "daemon/sweepd/engine.h"

/* --- turns ---------------------------------------------------------------------------------- */

/* Specs of the turn that ended: what became of those ordered, and what was claimed. */
static void take_results(struct work *work, struct spool_turn *turn)
{
    for (size_t i = 0; i < turn->n_orders; i++) {
        struct spec *spec = turn->orders[i].spec;
        enum spec_event event = turn->orders[i].event;
        if (spec->state == SPEC_GONE)
            work_forget(work, spec); /* laid back */
        else if (work->stopping && (event == SPEC_OPENED || event == SPEC_HINDERED))
            work_apply(work, spec, SPEC_STOP);
        else {
            if (event == SPEC_UNFIT)
                work_refuse(spec, "refused, 1 error", "unfit-file", spec->refusal);
            spec->why = turn->no_storage != 0 ? strerror(turn->no_storage) : NULL;
            work_apply(work, spec, event);
        }
    }
    for (struct spec *spec = turn->taken, *next; spec != NULL; spec = next) {
        next = spec->next;
        work_add(work, spec);
        work_apply(work, spec, SPEC_TOOK);
        if (spec->refusal[0] != '\0') {
            work_refuse(spec, "refused, 1 error", "unfit-file", spec->refusal);
            work_apply(work, spec, SPEC_UNFIT);
        } else if (spec->claim.attempt >= work->settings->attempts) {
            char line[128];
            snprintf(line, sizeof line, "given up after %u attempts", spec->claim.attempt);
            work_refuse(spec, line, "gave-up",
                "sweepd ended each time while it was working on this spec, or a little later");
            work_apply(work, spec, SPEC_BROKE_LAST);
        } else if (work->stopping || work->alarm[0] != '\0') {
            work_apply(work, spec, SPEC_STOP);
        }
    }
}

static void forget_turn(struct work *work)
{
    for (size_t i = 0; i < work->turn.n_hints; i++)
        free(work->turn.hints[i]);
    free(work->turn.hints);
    free(work->turn.orders);
    work->turn = (struct spool_turn){0};
    work->turning = false;
}

static void on_turned(uv_work_t *request, int status)
{
    struct work *work = request->data;
    struct spool_turn *turn = &work->turn;
    (void)status;
    if (turn->look) {
        if (turn->attached == SPOOL_NEW)
            log_line(LOG_FACT, "%s is watched, sweeps go to %s%s", work->settings->specs,
                work->settings->queue,
                spool_watch(work->spool) < 0 ? " (polling only)"
                : turn->unseen               ? " (no events from other machines)"
                                             : "");
        work->attached = turn->attached;
        work->metrics.queue_free = turn->queue_free;
        work->metrics.queue_used = turn->queue_used;
        work->anew |= turn->anew && turn->attached == SPOOL_BUSY;
        work->rescan_ms = work->settings->rescan_ms >= 0 ? work->settings->rescan_ms
                          : turn->unseen                 ? 5000
                                                         : 30000;
        work->next_look_ms = clock_ms() + work->rescan_ms;
    }
    take_results(work, turn);
    work->more = turn->more;
    work->due_ms = turn->due_ms;
    work->waiting = turn->waiting;
    work->look |= turn->again;
    if (turn->no_storage != 0)
        work_raise_alarm(work, strerror(turn->no_storage));
    else if (turn->hindered != 0)
        work_pause_for(work, strerror(turn->hindered));
    forget_turn(work);
    work_advance(work);
}

static void do_turn(uv_work_t *request)
{
    struct work *work = request->data;
    spool_turn(work->spool, &work->turn);
}

/* How many specs to claim now. */
size_t work_room(const struct work *work)
{
    if (work->stopping || work->draining || work->alarm[0] != '\0' || work->pause.why[0] != '\0' ||
        work->attached == SPOOL_BUSY)
        return 0;
    size_t ahead = work_count(work, SPEC_CLAIMED) + work_count(work, SPEC_OPENING);
    return ahead < WORK_AHEAD && work_count_all(work) < WORK_MOST ? WORK_AHEAD - ahead : 0;
}

/* Collects what the next turn is to do. False when there is nothing, or no memory to say it. */
static bool make_turn(struct work *work)
{
    struct spool_turn *turn = &work->turn;
    size_t wanted = 0;
    for (struct spec *spec = work->specs; spec != NULL; spec = spec->next)
        wanted += spec->wanted;
    bool look = work->look || (clock_ms() >= work->next_look_ms && !work->stopping);
    size_t claims = work_room(work);
    if (claims > 0 && !work->more && work->n_hints == 0 && !look && clock_ms() < work->due_ms)
        claims = 0;
    if (wanted == 0 && !look && claims == 0 && work->n_hints == 0)
        return false;
    *turn = (struct spool_turn){
        .rules = {work->settings->rules, work->settings->fair, work->settings->any_owner},
        .room = claims,
        .look = look,
        .anew = work->anew};
    if (wanted > 0 && (turn->orders = calloc(wanted, sizeof *turn->orders)) == NULL) {
        work->due_ms = clock_ms() + 1000; /* later, then */
        return false;
    }
    for (struct spec *spec = work->specs; spec != NULL; spec = spec->next) {
        if (spec->wanted)
            turn->orders[turn->n_orders++] = (struct spool_order){.spec = spec};
        spec->wanted = false;
    }
    turn->out = work->specs != NULL;
    turn->hints = work->hints;
    turn->n_hints = work->n_hints;
    work->hints = NULL;
    work->n_hints = 0;
    if (look)
        work->look = work->anew = false;
    return true;
}

void work_start_turn(struct work *work)
{
    if (work->turning || !make_turn(work))
        return;
    work->request.data = work;
    work->turning = uv_queue_work(work->loop, &work->request, do_turn, on_turned) == 0;
    if (!work->turning)
        do_turn(&work->request), on_turned(&work->request, 0); /* no threads: here, then */
}
