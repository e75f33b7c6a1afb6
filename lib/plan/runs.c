/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/plan/runs.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

void plan_choices(const struct sweep_plan *plan, uint64_t index, size_t *choices)
{
    const struct spec *spec = &plan->spec;
    for (size_t i = 0; i < spec->axes.count; i++)
        choices[i] = spec->axes.items[i].unset;
    if (plan->order != NULL)
        index = plan->order[index];
    structure_choose(spec->points, index, choices);
}

bool plan_is_product(const struct sweep_plan *plan)
{
    return plan->order == NULL && structure_is_product(plan->spec.points);
}

uint64_t plan_run_index(const struct sweep_plan *plan, const size_t *choices)
{
    uint64_t index = 0;
    for (size_t i = 0; i < plan->spec.axes.count; i++)
        index = index * plan->spec.axes.items[i].n_choices + choices[i];
    return index;
}

void plan_run_name(const struct sweep_plan *plan, uint64_t index, char name[32])
{
    memcpy(name, "run_", 4);
    text_number(name + 4, plan->first + index, plan->name_width);
}

int plan_name_width(uint64_t end)
{
    int width = 3;
    for (uint64_t max = 1000; end > max && width < 6; max *= 10)
        width++;
    return width;
}

void run_config_path(uint64_t runs, uint64_t number, const char *name, char path[64])
{
    char *p = stpcpy(path, "configs/");
    if (runs > RUNS_PER_FOLDER) {
        p += text_number(p, number / RUNS_PER_FOLDER, 3);
        *p++ = '/';
    }
    stpcpy(stpcpy(p, name), ".yaml");
}

void plan_config_path(const struct sweep_plan *plan, uint64_t index, char path[64])
{
    char name[32];
    plan_run_name(plan, index, name);
    run_config_path(plan->spec.runs, plan->first + index, name, path);
}

enum sweep_code plan_merged(const struct sweep_plan *plan, const size_t *choices, json_t **out)
{
    CLEANUP_JSON json_t *tree = json_deep_copy(plan->doc->tree);
    if (tree == NULL)
        return SWEEP_NO_MEMORY;
    for (size_t i = 0; i < plan->spec.axes.count; i++) {
        if (choices[i] >= plan->spec.axes.items[i].n_choices)
            continue;
        const struct operations *operations =
            &plan->spec.axes.items[i].choices[choices[i]].operations;
        for (size_t k = 0; k < operations->count; k++) {
            enum sweep_code code = merge_operation(tree, &operations->items[k]);
            if (code != SWEEP_OK)
                return code;
        }
    }
    *out = tree;
    tree = NULL;
    return SWEEP_OK;
}
