/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "lib/plan/output_dir.h"
#include "lib/plan/render.h"
#include "lib/plan/runs.h"
#include "lib/plan/values.h"
#include "lib/util/cleanup.h"

void plan_render(const struct sweep_plan *plan, uint64_t index, const size_t *choices,
    struct strbuf *scratch, struct strbuf *out)
{
    output_dir_fill(plan, index, choices, scratch);
    out->length = 0;
    if (scratch->oom)
        out->oom = true;
    else
        pieces_render(&plan->pieces, choices, scratch, out);
    char name[32];
    plan_run_name(plan, index, name);
    values_put(plan, &(struct run){index, name, choices, plan->doc->tree, NULL}, 0, out);
}

char *sweep_plan_config(const struct sweep_plan *plan, uint64_t index, size_t *length)
{
    CLEANUP_FREE size_t *choices = calloc(plan->spec.axes.count + 1, sizeof *choices);
    CLEANUP_STRBUF struct strbuf scratch = {0};
    struct strbuf out = {0};
    if (choices == NULL || index >= plan->spec.runs)
        return NULL;
    plan_choices(plan, index, choices);
    plan_render(plan, index, choices, &scratch, &out);
    *length = out.length;
    return strbuf_steal(&out);
}

static bool plan_set_output(
    const struct sweep_plan *plan, json_t *tree, const struct strbuf *directory)
{
    if (directory->oom || directory->data == NULL)
        return false;
    CLEANUP_JSON json_t *value = json_stringn(directory->data, directory->length);
    const struct operation operation = {(char *)profile_output(plan->spec.profile), value};
    return value != NULL && merge_apply(tree, &operation) == SWEEP_OK;
}

enum sweep_code plan_config_value(
    const struct sweep_plan *plan, uint64_t index, const size_t *choices, json_t **out)
{
    char name[32];
    plan_run_name(plan, index, name);
    const struct run run = {index, name, choices, plan->doc->tree, NULL};
    return plan_config_of(plan, &run, out);
}

enum sweep_code plan_config_of(const struct sweep_plan *plan, const struct run *run, json_t **out)
{
    const size_t *choices = run->choices;
    CLEANUP_JSON json_t *tree = json_deep_copy(plan->doc->tree);
    CLEANUP_STRBUF struct strbuf output = {0};
    if (tree == NULL)
        return SWEEP_NO_MEMORY;
    for (size_t i = 0; i < plan->spec.axes.count; i++) {
        const struct operations *operations =
            &plan->spec.axes.items[i].choices[choices[i]].operations;
        for (size_t k = 0; k < operations->count; k++) {
            enum sweep_code code = merge_operation(tree, &operations->items[k]);
            if (code != SWEEP_OK)
                return code;
        }
    }
    if (values_replace(plan, run, tree) != SWEEP_OK)
        return SWEEP_NO_MEMORY;
    output_dir_fill(plan, run->index, choices, &output);
    if (plan->n_templates > 0 && !plan_set_output(plan, tree, &output))
        return SWEEP_NO_MEMORY;
    *out = tree;
    tree = NULL;
    return SWEEP_OK;
}
