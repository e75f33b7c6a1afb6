/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>

#include "lib/plan/output_dir.h"
#include "lib/plan/render.h"
#include "lib/plan/run_id.h"
#include "lib/plan/runs.h"
#include "lib/plan/values.h"
#include "lib/util/cleanup.h"

void plan_render(const struct sweep_plan *plan, const struct run *run, struct strbuf *scratch,
    struct strbuf *out)
{
    output_dir_fill(plan, run, scratch);
    out->length = 0;
    if (scratch->oom)
        out->oom = true;
    else
        pieces_render(&plan->pieces, run->choices, scratch, out);
    values_put(plan, run, 0, out);
}

char *sweep_plan_config(const struct sweep_plan *plan, uint64_t index, size_t *length)
{
    assert(plan != NULL && length != NULL);
    CLEANUP_FREE size_t *choices = calloc(plan->spec.axes.count + 1, sizeof *choices);
    CLEANUP_STRBUF struct strbuf scratch = {0};
    struct strbuf out = {0};
    if (choices == NULL || index >= plan->spec.runs)
        return NULL;
    plan_choices(plan, index, choices);
    struct run_names names;
    const struct run run = plan_run(plan, index, choices, &names);
    plan_render(plan, &run, &scratch, &out);
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
    struct run_names names;
    const struct run run = plan_run(plan, index, choices, &names);
    return plan_config_of(plan, &run, out);
}

static enum sweep_code plan_complete(
    const struct sweep_plan *plan, const struct run *run, json_t *tree)
{
    CLEANUP_STRBUF struct strbuf output = {0};
    if (values_replace(plan, run, tree) != SWEEP_OK)
        return SWEEP_NO_MEMORY;
    if (plan->n_templates == 0)
        return SWEEP_OK;
    output_dir_fill(plan, run, &output);
    if (!plan_set_output(plan, tree, &output))
        return SWEEP_NO_MEMORY;
    return SWEEP_OK;
}

enum sweep_code plan_complete_value(
    const struct sweep_plan *plan, uint64_t index, const size_t *choices, json_t *tree)
{
    struct run_names names;
    const struct run run = plan_run(plan, index, choices, &names);
    return plan_complete(plan, &run, tree);
}

enum sweep_code plan_config_of(const struct sweep_plan *plan, const struct run *run, json_t **out)
{
    CLEANUP_JSON json_t *tree = NULL;
    enum sweep_code code = plan_merged(plan, run->choices, &tree);
    if (code == SWEEP_OK)
        code = plan_complete(plan, run, tree);
    if (code != SWEEP_OK)
        return code;
    *out = tree;
    tree = NULL;
    return SWEEP_OK;
}
