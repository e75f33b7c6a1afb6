/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/doc/canonical.h"
#include "lib/plan/id_pieces.h"
#include "lib/plan/id_strip.h"
#include "lib/plan/run_id.h"
#include "lib/plan/runs.h"
#include "lib/plan/values.h"
#include "lib/util/cleanup.h"

/* --- digests ------------------------------------------------------------------------------ */

static void run_id_finish(const struct sha256_ctx *state, char id[RUN_ID_BYTES])
{
    struct sha256_ctx last = *state;
    char hex[DIGEST_HEX];
    digest_finish(&last, hex);
    memcpy(id, hex, RUN_ID_BYTES - 1);
    id[RUN_ID_BYTES - 1] = '\0';
}

static void run_id_add(struct sha256_ctx *state, const char *text, size_t length)
{
    sha256_update(state, length, (const uint8_t *)text);
}

/* Adds a text in which tokens stand for computed values. */
static bool run_id_add_computed(const struct sweep_plan *plan, const struct run *run,
    const struct id_text *text, struct sha256_ctx *state)
{
    CLEANUP_STRBUF struct strbuf filled = {0};
    strbuf_append(&filled, text->text, text->length);
    values_put_json(plan, run, 0, &filled);
    if (filled.oom)
        return false;
    run_id_add(state, filled.data, filled.length);
    return true;
}

static bool run_id_add_piece(const struct sweep_plan *plan, const struct run *run,
    const struct id_piece *piece, struct sha256_ctx *state)
{
    const struct id_text *text = id_piece_text(plan, piece, run->choices);
    if (text->is_computed)
        return run_id_add_computed(plan, run, text, state);
    run_id_add(state, text->text, text->length);
    return true;
}

static bool run_id_has_template(const struct template *templates, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (template_has(&templates[i], PART_ID))
            return true;
    return false;
}

enum sweep_code run_ids_prepare(struct sweep_plan *plan)
{
    plan->uses_id = run_id_has_template(plan->values, plan->n_values) ||
                    run_id_has_template(plan->templates, plan->n_templates);
    return id_pieces_cut(plan, &plan->ids);
}

/* --- one run ------------------------------------------------------------------------------ */

enum sweep_code run_id_of(
    const struct sweep_plan *plan, const size_t *choices, char id[RUN_ID_BYTES])
{
    CLEANUP_JSON json_t *tree = NULL;
    CLEANUP_STRBUF struct strbuf text = {0};
    struct sha256_ctx state;
    struct run_names names;
    /* What depends on the number of the run is removed. */
    const struct run run = id_pieces_run(plan, 0, choices, names.name);
    enum sweep_code code = plan_merged(plan, choices, &tree);
    if (code == SWEEP_OK)
        code = id_strip(plan, tree, choices);
    if (code == SWEEP_OK)
        code = values_replace(plan, &run, tree);
    if (code != SWEEP_OK)
        return code;
    id_pieces_put_head(&text);
    canonical_write(&text, tree);
    id_pieces_put_tail(plan, &text);
    if (text.oom)
        return SWEEP_NO_MEMORY;
    sha256_init(&state);
    run_id_add(&state, text.data, text.length);
    run_id_finish(&state, id);
    return SWEEP_OK;
}

static bool run_id_of_run(
    const struct sweep_plan *plan, const struct run *run, char id[RUN_ID_BYTES])
{
    const struct run_ids *ids = plan->ids;
    struct sha256_ctx state;
    if (ids->is_whole)
        return run_id_of(plan, run->choices, id) == SWEEP_OK;
    sha256_init(&state);
    for (size_t i = 0; i < ids->count; i++)
        if (!run_id_add_piece(plan, run, &ids->pieces[i], &state))
            return false;
    run_id_finish(&state, id);
    return true;
}

struct run plan_run(
    const struct sweep_plan *plan, uint64_t index, const size_t *choices, struct run_names *names)
{
    struct run run = id_pieces_run(plan, index, choices, names->name);
    if (plan->uses_id && run_id_of_run(plan, &run, names->id))
        run.id = names->id;
    return run;
}

/* --- many runs ---------------------------------------------------------------------------- */

/* Finds which pieces are the same in all runs, up to the first that is not, and the last piece
 * before which runs can have something in common. */
static void run_id_find_common(struct run_id_cursor *cursor)
{
    const struct run_ids *ids = cursor->plan->ids;
    size_t i = 0;
    for (; i < ids->count && ids->pieces[i].n_axes == 0 && !ids->pieces[i].is_computed; i++) {
        const struct id_text *text = &ids->pieces[i].common;
        run_id_add(&cursor->head.digest, text->text, text->length);
    }
    cursor->n_head = cursor->n_shared = i;
    for (; i < ids->count && !ids->pieces[i].is_computed; i++)
        if (ids->pieces[i].n_axes > 0)
            cursor->n_shared = i;
}

bool run_id_begin(struct run_id_cursor *cursor, const struct sweep_plan *plan)
{
    *cursor = (struct run_id_cursor){.plan = plan};
    cursor->states = calloc(RUN_ID_STATES, sizeof *cursor->states);
    if (cursor->states == NULL)
        return false;
    sha256_init(&cursor->head.digest);
    run_id_find_common(cursor);
    return true;
}

void run_id_end(struct run_id_cursor *cursor)
{
    free(cursor->states);
}

/* The state after the pieces of `before` and one with this text: known from another run, or
 * computed now in place of another state. */
static const struct run_id_state *run_id_share(
    struct run_id_cursor *cursor, const struct run_id_state *before, const struct id_text *text)
{
    uint64_t hash = (before->number ^ (uintptr_t)text) * UINT64_C(0x9e3779b97f4a7c15);
    struct run_id_state *state = &cursor->states[(hash >> 32) % RUN_ID_STATES];
    if (state->text == text && state->before == before->number)
        return state;
    struct run_id_state new = {
        .text = text,
        .before = before->number,
        .number = ++cursor->n_states,
        .digest = before->digest,
    };
    run_id_add(&new.digest, text->text, text->length);
    *state = new; /* which `before` may be */
    return state;
}

static bool run_id_advance(
    struct run_id_cursor *cursor, const struct run *run, char id[RUN_ID_BYTES])
{
    const struct sweep_plan *plan = cursor->plan;
    const struct run_ids *ids = plan->ids;
    const struct run_id_state *shared = &cursor->head;
    size_t i = cursor->n_head;
    for (; i < cursor->n_shared; i++)
        shared = run_id_share(cursor, shared, id_piece_text(plan, &ids->pieces[i], run->choices));
    struct sha256_ctx digest = shared->digest;
    for (; i < ids->count; i++)
        if (!run_id_add_piece(plan, run, &ids->pieces[i], &digest))
            return false;
    run_id_finish(&digest, id);
    return true;
}

struct run run_id_next(
    struct run_id_cursor *cursor, uint64_t index, const size_t *choices, struct run_names *names)
{
    const struct sweep_plan *plan = cursor->plan;
    struct run run = id_pieces_run(plan, index, choices, names->name);
    bool good;
    if (plan->ids->is_whole)
        good = run_id_of(plan, choices, names->id) == SWEEP_OK;
    else
        good = run_id_advance(cursor, &run, names->id);
    if (good)
        run.id = names->id;
    return run;
}
