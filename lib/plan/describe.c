/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>

#include "lib/plan/id_pieces.h"
#include "lib/plan/labels.h"
#include "lib/plan/resources.h"
#include "lib/plan/run_id.h"
#include "lib/plan/runs.h"
#include "lib/plan/scope.h"
#include "lib/plan/then.h"
#include "lib/plan/values.h"
#include "lib/util/cleanup.h"

const char *sweep_version(void)
{
    return SWEEP_VERSION;
}

void sweep_plan_free(struct sweep_plan *plan)
{
    if (plan == NULL)
        return;
    pieces_deinit(&plan->pieces);
    for (size_t i = 0; i < plan->n_templates; i++)
        template_deinit(&plan->templates[i]);
    free(plan->templates);
    path_list_deinit(&plan->setters);
    values_free(plan);
    if (plan->scope != NULL)
        scope_deinit(plan->scope);
    free(plan->scope);
    resources_free(plan->resources);
    then_free(plan->then);
    id_pieces_free(plan->ids);
    computed_deinit(&plan->computed);
    extends_deinit(&plan->extends);
    input_files_deinit(&plan->inputs);
    free(plan->output_text);
    free(plan->formula);
    free(plan->order);
    sweep_growth_free(plan->growth);
    yaml_doc_free(plan->doc);
    free(plan->base_path);
    free(plan->base_text);
    spec_deinit(&plan->spec);
    json_source_free(plan->source);
    free(plan);
}

/* --- description -------------------------------------------------------------------------- */

void sweep_plan_describe(const struct sweep_plan *plan, struct sweep_plan_info *out)
{
    assert(plan != NULL && out != NULL);
    const struct spec *spec = &plan->spec;
    *out = (struct sweep_plan_info){
        .name = spec->name,
        .directory = plan->directory,
        .base = plan_base(plan),
        .recipe = plan->recipe,
        .origin = plan->origin,
        .runs = spec->runs,
        .formula = plan->formula,
        .bytes = plan->bytes,
        .n_axes = spec->axes.count,
        .n_fixed = spec->fixed.count,
        .n_arrays = resources_arrays(plan),
        .array_parallelism = spec->slurm.array_parallelism,
        .is_packed = spec->is_packed,
    };
    if (plan->then != NULL)
        out->then = plan->then->recipe;
}

static bool describe_assignment(
    const struct assignments *assignments, size_t index, struct sweep_setting_info *out)
{
    if (index >= assignments->count)
        return false;
    const struct assignment *assignment = &assignments->items[index];
    size_t n_values = assignment->n_choices;
    if (assignment->unset != SIZE_MAX)
        n_values--;
    *out = (struct sweep_setting_info){
        assignment->key, (const char *const *)assignment->paths, assignment->n_paths, n_values};
    return true;
}

bool sweep_plan_axis(const struct sweep_plan *plan, size_t index, struct sweep_setting_info *out)
{
    assert(plan != NULL && out != NULL);
    return describe_assignment(&plan->spec.axes, index, out);
}

bool sweep_plan_fixed(const struct sweep_plan *plan, size_t index, struct sweep_setting_info *out)
{
    assert(plan != NULL && out != NULL);
    return describe_assignment(&plan->spec.fixed, index, out);
}

bool sweep_plan_group(const struct sweep_plan *plan, size_t index, struct sweep_group_info *out)
{
    assert(plan != NULL && out != NULL);
    if (plan->resources == NULL || index >= plan->resources->count)
        return false;
    const struct resource_group *group = &plan->resources->groups[index];
    *out = (struct sweep_group_info){group->runs, group->values};
    return true;
}

const char *sweep_plan_axis_value(const struct sweep_plan *plan, size_t axis, size_t value)
{
    assert(plan != NULL);
    const struct assignments *axes = &plan->spec.axes;
    if (axis >= axes->count)
        return NULL;
    if (value >= axes->items[axis].unset)
        value++;
    if (value >= axes->items[axis].n_choices)
        return NULL;
    return axes->items[axis].choices[value].label;
}

const char *sweep_plan_fixed_value(const struct sweep_plan *plan, size_t index)
{
    assert(plan != NULL);
    const struct assignments *fixed = &plan->spec.fixed;
    if (index >= fixed->count)
        return NULL;
    return fixed->items[index].choices[0].label;
}

/* The number of a choice among those that set something; their count for the one that does not. */
static size_t describe_value(const struct assignment *axis, size_t choice)
{
    if (choice == axis->unset)
        return axis->n_choices - 1;
    if (choice > axis->unset)
        return choice - 1;
    return choice;
}

bool sweep_plan_run(const struct sweep_plan *plan, uint64_t index, char name[32], size_t *values)
{
    assert(plan != NULL && name != NULL);
    if (index >= plan->spec.runs)
        return false;
    plan_run_name(plan, index, name);
    if (values == NULL)
        return true;
    plan_choices(plan, index, values);
    for (size_t i = 0; i < plan->spec.axes.count; i++)
        values[i] = describe_value(&plan->spec.axes.items[i], values[i]);
    return true;
}

/* The label of a choice in run `index`, which has these choices; the caller's. */
static char *describe_label(const struct sweep_plan *plan, uint64_t index, const size_t *choices,
    const struct choice *choice)
{
    struct strbuf label = {0};
    struct run_names names;
    const struct run run = plan_run(plan, index, choices, &names);
    labels_put(plan, &run, choice, &label);
    return strbuf_steal(&label);
}

char *sweep_plan_run_value(const struct sweep_plan *plan, uint64_t index, size_t axis)
{
    assert(plan != NULL);
    const struct assignments *axes = &plan->spec.axes;
    if (index >= plan->spec.runs || axis >= axes->count)
        return NULL;
    CLEANUP_FREE size_t *choices = calloc(axes->count + 1, sizeof *choices);
    if (choices == NULL)
        return NULL;
    plan_choices(plan, index, choices);
    if (choices[axis] == axes->items[axis].unset)
        return NULL;
    return describe_label(plan, index, choices, &axes->items[axis].choices[choices[axis]]);
}

/* True if a value, or one in it, is computed by an expression. */
static bool describe_is_computed(const struct computed_list *computed, const json_t *value)
{
    const char *key;
    json_t *member;
    size_t index;
    if (computed_expression(computed, value) != SIZE_MAX)
        return true;
    json_object_foreach ((json_t *)value, key, member)
        if (describe_is_computed(computed, member))
            return true;
    json_array_foreach (value, index, member)
        if (describe_is_computed(computed, member))
            return true;
    return false;
}

char *sweep_plan_run_fixed_value(const struct sweep_plan *plan, uint64_t index, size_t fixed)
{
    assert(plan != NULL);
    bool is_computed = false;
    if (index >= plan->spec.runs || fixed >= plan->spec.fixed.count)
        return NULL;
    const struct choice *choice = &plan->spec.fixed.items[fixed].choices[0];
    for (size_t i = 0; i < choice->operations.count; i++)
        if (describe_is_computed(&plan->computed, choice->operations.items[i].value))
            is_computed = true;
    CLEANUP_FREE size_t *choices = calloc(plan->spec.axes.count + 1, sizeof *choices);
    if (choices == NULL || !is_computed)
        return NULL;
    plan_choices(plan, index, choices);
    return describe_label(plan, index, choices, choice);
}
