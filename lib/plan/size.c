/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "lib/doc/scalar.h"
#include "lib/plan/output_dir.h"
#include "lib/plan/render.h"
#include "lib/plan/run_id.h"
#include "lib/plan/runs.h"
#include "lib/plan/size.h"
#include "lib/util/cleanup.h"

/* The bytes of all configs and the max of one, without output_dir. */
static void size_count_pieces(struct sweep_plan *plan, size_t *choices)
{
    const struct pieces *pieces = &plan->pieces;
    uint64_t bytes = 0;
    if (!plan_is_product(plan)) {
        for (uint64_t i = 0; i < plan->spec.runs; i++) {
            plan_choices(plan, i, choices);
            size_t length = pieces_length(pieces, choices);
            bytes += length;
            if (length > plan->longest)
                plan->longest = length;
        }
        plan->bytes = bytes;
        return;
    }
    /* Each text of a piece is in equally many runs. */
    uint64_t fixed = plan->doc->length, longest = 0;
    for (size_t i = 0; i < pieces->count; i++) {
        const struct piece *piece = &pieces->items[i];
        size_t max = 0;
        fixed -= piece->end - piece->start;
        for (size_t k = 0; k < piece->n_texts; k++) {
            bytes += piece->texts[k].length * (plan->spec.runs / piece->n_texts);
            if (piece->texts[k].length > max)
                max = piece->texts[k].length;
        }
        longest += max;
    }
    plan->bytes = bytes + fixed * plan->spec.runs;
    plan->longest = longest + fixed;
}

/* The same by rendering every config: values that are computed have any length. */
static enum sweep_code size_render(struct sweep_plan *plan, size_t *choices)
{
    CLEANUP_STRBUF struct strbuf scratch = {0}, config = {0};
    plan->bytes = 0;
    for (uint64_t i = 0; i < plan->spec.runs; i++) {
        plan_choices(plan, i, choices);
        struct run_names names;
        const struct run run = plan_run(plan, i, choices, &names);
        plan_render(plan, &run, &scratch, &config);
        if (config.oom)
            return SWEEP_NO_MEMORY;
        plan->bytes += config.length;
        if (config.length > plan->longest)
            plan->longest = config.length;
    }
    return SWEEP_OK;
}

/* Adds what output_dir takes in the configs. */
static enum sweep_code size_add_outputs(struct sweep_plan *plan, size_t *choices)
{
    CLEANUP_STRBUF struct strbuf output = {0}, scalar = {0};
    size_t longest = 0;
    for (uint64_t i = 0; i < plan->spec.runs && plan->n_templates > 0; i++) {
        plan_choices(plan, i, choices);
        struct run_names names;
        const struct run run = plan_run(plan, i, choices, &names);
        output_dir_fill(plan, &run, &output);
        if (output.oom)
            return SWEEP_NO_MEMORY;
        scalar.length = 0;
        string_write(&scalar, output.data, output.length, plan->pieces.output_context);
        plan->bytes += scalar.length;
        if (scalar.length > longest)
            longest = scalar.length;
    }
    plan->longest += longest;
    return scalar.oom ? SWEEP_NO_MEMORY : SWEEP_OK;
}

enum sweep_code plan_measure(struct sweep_plan *plan)
{
    CLEANUP_FREE size_t *choices = calloc(plan->spec.axes.count + 1, sizeof *choices);
    enum sweep_code code;
    if (choices == NULL)
        return SWEEP_NO_MEMORY;
    plan->longest = 0;
    if (plan->n_values > 0) {
        code = size_render(plan, choices);
    } else {
        size_count_pieces(plan, choices);
        code = size_add_outputs(plan, choices);
    }
    if (plan->spec.is_packed)
        plan->bytes = plan->longest * plan->spec.runs;
    return code;
}
