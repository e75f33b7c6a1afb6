/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/doc/yaml.h"
#include "lib/plan/combinations.h"
#include "lib/plan/prove.h"
#include "lib/plan/render.h"
#include "lib/plan/run_id.h"
#include "lib/plan/runs.h"
#include "lib/util/cleanup.h"

enum { PROVE_MAX_BYTES = 1 << 20 };

struct prover {
    const struct sweep_plan *plan;
    struct sweep_error *error;
    size_t *choices; /* of the run that was read back last */
    /* Of each axis: what it has had in the runs that were read back. */
    struct prove_seen {
        size_t choice; /* the first one */
        bool has_one, has_two;
    } * seen;
    size_t bytes;
};

/* Compares the identity of a run with that of its whole config. */
static enum sweep_code prove_id(
    const struct sweep_plan *plan, uint64_t index, const size_t *choices, bool *same)
{
    struct run_id_cursor cursor;
    struct run_names names;
    char id[RUN_ID_BYTES] = "";
    struct run run = {0};
    enum sweep_code code = run_id_of(plan, choices, id);
    if (run_id_begin(&cursor, plan))
        run = run_id_next(&cursor, index, choices, &names);
    run_id_end(&cursor);
    if (code != SWEEP_OK || run.id == NULL)
        return SWEEP_NO_MEMORY;
    *same = strcmp(run.id, id) == 0;
    return SWEEP_OK;
}

static void prove_note_choices(struct prover *p)
{
    for (size_t i = 0; i < p->plan->spec.axes.count; i++) {
        struct prove_seen *seen = &p->seen[i];
        if (!seen->has_one)
            *seen = (struct prove_seen){.choice = p->choices[i], .has_one = true};
        else if (p->choices[i] != seen->choice)
            seen->has_two = true;
    }
}

/* Parses the config of a run and compares it with the intended value. */
static enum sweep_code prove_run(struct prover *p, uint64_t index)
{
    const struct sweep_plan *plan = p->plan;
    plan_choices(plan, index, p->choices);
    prove_note_choices(p);
    size_t length;
    CLEANUP_JSON json_t *expected = NULL;
    enum sweep_code code = plan_config_value(plan, index, p->choices, &expected);
    CLEANUP_FREE char *text = sweep_plan_config(plan, index, &length);
    if (text == NULL || code == SWEEP_NO_MEMORY)
        return SWEEP_NO_MEMORY;
    p->bytes += length;
    struct yaml_doc *doc = NULL;
    if (code == SWEEP_OK)
        code = yaml_reparse(text, length, plan->doc, &doc);
    bool same = code == SWEEP_OK && json_equal(doc->tree, expected);
    if (same && code == SWEEP_OK)
        code = prove_id(plan, index, p->choices, &same);
    yaml_doc_free(doc);
    if (same || code == SWEEP_NO_MEMORY)
        return code;
    return sweep_error_set(p->error, SWEEP_IO,
        "internal error: a generated config does not read as intended; please report it");
}

/* Reads runs back that have other values of the axis than those before. */
static enum sweep_code prove_axis(
    struct prover *p, size_t axis, const struct combinations *combinations)
{
    const struct prove_seen *seen = &p->seen[axis];
    enum sweep_code code = SWEEP_OK;
    for (size_t k = 0; k < combinations->count && k < 2 && code == SWEEP_OK; k++) {
        if (seen->has_two || p->bytes > PROVE_MAX_BYTES)
            break;
        plan_choices(p->plan, combinations->items[k].first, p->choices);
        if (!seen->has_one || p->choices[axis] != seen->choice)
            code = prove_run(p, combinations->items[k].first);
    }
    return code;
}

/* The first run of a product and its last have every piece between them. */
static enum sweep_code prove_all(struct prover *p)
{
    const struct sweep_plan *plan = p->plan;
    enum sweep_code code = prove_run(p, 0);
    if (code == SWEEP_OK)
        code = prove_run(p, plan->spec.runs - 1);
    if (code != SWEEP_OK || plan_is_product(plan))
        return code;
    struct combinations *each = combinations_find_each(plan);
    if (each == NULL)
        return SWEEP_NO_MEMORY;
    for (size_t i = 0; i < plan->spec.axes.count && code == SWEEP_OK; i++)
        code = prove_axis(p, i, &each[i]);
    combinations_free_each(each, plan);
    return code;
}

enum sweep_code prove_runs(const struct sweep_plan *plan, struct sweep_error *error)
{
    size_t n = plan->spec.axes.count + 1;
    CLEANUP_FREE size_t *choices = calloc(n, sizeof *choices);
    CLEANUP_FREE struct prove_seen *seen = calloc(n, sizeof *seen);
    if (choices == NULL || seen == NULL)
        return SWEEP_NO_MEMORY;
    struct prover p = {.plan = plan, .error = error, .choices = choices, .seen = seen};
    return prove_all(&p);
}
