/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/plan/formula.h"
#include "lib/plan/growth.h"
#include "lib/plan/resources.h"
#include "lib/plan/space.h"
#include "lib/plan/summary.h"
#include "lib/trainer/embedded.h"
#include "lib/util/cleanup.h"

enum { SUMMARY_BLOCK = 4096 }; /* bytes that a file system allocates at a time, nearly everywhere */

/* null for a number that JSON's integers, or a structure's, do not reach. */
static json_t *summary_number(uint64_t number)
{
    if (number > INT64_MAX)
        return json_null();
    return json_integer((json_int_t)number);
}

/* --- structure ---------------------------------------------------------------------------- */

/* Sets a member and takes the value over; false without memory. */
static bool summary_set(json_t *object, const char *key, json_t *value)
{
    return value != NULL && json_object_set_new(object, key, value) == 0;
}

static json_t *summary_factor(const struct sweep_plan *plan, const struct structure *structure);

static json_t *summary_items(const struct sweep_plan *plan, const struct structure *structure)
{
    json_t *items = json_array();
    for (size_t i = 0; items != NULL && i < structure->n_items; i++)
        if (json_array_append_new(items, summary_factor(plan, structure->items[i])) != 0) {
            json_decref(items);
            return NULL;
        }
    return items;
}

static json_t *summary_factor(const struct sweep_plan *plan, const struct structure *structure)
{
    static const char *const kinds[] = {"axis", "product", "zip", "union", "cases"};
    json_t *factor = json_pack("{s:s, s:s, s:o}", "kind", kinds[structure->kind], "from",
        structure->where, "points", summary_number(structure->size));
    bool good = factor != NULL;
    if (good && structure->kind == STRUCTURE_AXIS) {
        const char *key = plan->spec.axes.items[structure->axis].key;
        good = summary_set(factor, "key", json_string(key));
    }
    if (good && structure->distribution != NULL)
        good = summary_set(factor, "points", json_null());
    if (good && structure->all != structure->size)
        good = summary_set(factor, "all", summary_number(structure->all));
    if (good && structure->n_items > 0)
        good = summary_set(factor, "factors", summary_items(plan, structure));
    if (!good) {
        json_decref(factor);
        return NULL;
    }
    return factor;
}

/* The axes of "grid", and "zip", "cases" and "sweep" as a whole. */
static bool summary_add_factors(
    const struct sweep_plan *plan, const struct structure *product, json_t *factors)
{
    for (size_t i = 0; i < product->n_items; i++) {
        const struct structure *item = product->items[i];
        if (strcmp(item->where, "grid") == 0) {
            for (size_t k = 0; k < item->n_items; k++)
                if (json_array_append_new(factors, summary_factor(plan, item->items[k])) != 0)
                    return false;
        } else if (json_array_append_new(factors, summary_factor(plan, item)) != 0) {
            return false;
        }
    }
    return true;
}

static bool summary_add_filters(const struct structure *structure, json_t *dropped)
{
    for (size_t i = 0; i < structure->filters.count; i++) {
        const struct filter *filter = &structure->filters.items[i];
        const struct sweep_place *place = &filter->place;
        json_t *item = json_pack("{s:s, s:s, s:o, s:s?, s:i, s:i}", "by",
            filter->excludes ? "exclude" : "where", "text", filter->text, "points",
            summary_number(filter->dropped), "file", place->file, "line", (int)place->line,
            "column", (int)place->column);
        if (json_array_append_new(dropped, item) != 0)
            return false;
    }
    for (size_t i = 0; i < structure->n_items; i++)
        if (!summary_add_filters(structure->items[i], dropped))
            return false;
    return true;
}

/* How often each run is repeated, and how many are included. */
static void summary_count(const struct spec *spec, uint64_t *repeat, uint64_t *included)
{
    const struct structure *points = spec->points;
    *repeat = 1;
    *included = 0;
    if (points != spec->product && points->kind == STRUCTURE_PRODUCT) {
        *repeat = points->items[1]->size;
        points = points->items[0];
    }
    if (points != spec->product)
        *included = points->items[1]->size;
}

static bool summary_add_structure(const struct sweep_plan *plan, json_t *out)
{
    const struct spec *spec = &plan->spec;
    uint64_t repeat = 1, included = 0;
    json_t *factors = json_array(), *dropped = json_array(), *sampled = json_null();
    if (!summary_set(out, "factors", factors) || !summary_set(out, "dropped", dropped))
        return false;
    if (spec->is_sampled)
        sampled = summary_number(spec->sample.n);
    if (spec->points != NULL) { /* the spec is JSON */
        summary_count(spec, &repeat, &included);
        if (!summary_add_factors(plan, spec->product, factors) ||
            !summary_add_filters(spec->points, dropped))
            return false;
    }
    return summary_set(out, "sampled", sampled) &&
           summary_set(out, "included", summary_number(included)) &&
           summary_set(out, "repeat", summary_number(repeat)) &&
           summary_set(out, "equal", summary_number(plan->n_equal));
}

/* --- cost --------------------------------------------------------------------------------- */

/* An upper bound; null if the spec does not say how long a run may take, or its GPUs. */
static json_t *summary_gpu_hours(const struct sweep_plan *plan)
{
    double seconds = 0;
    for (size_t i = 0; i < resources_count(plan); i++) {
        const struct slurm_options *slurm = resources_options(plan, i);
        if (slurm->max_gpus == 0 || slurm->seconds == 0)
            return json_null();
        seconds +=
            (double)resources_runs(plan, i) * (double)slurm->max_gpus * (double)slurm->seconds;
    }
    if (plan->then != NULL) {
        const struct slurm_options *slurm = &plan->then->spec.slurm;
        if (slurm->max_gpus == 0 || slurm->seconds == 0)
            return json_null();
        seconds += (double)plan->spec.runs * (double)slurm->max_gpus * (double)slurm->seconds;
    }
    return json_real(seconds / 3600);
}

/* The runs that ask Slurm for the same; none if nothing is computed. */
static json_t *summary_groups(const struct sweep_plan *plan)
{
    json_t *groups = json_array();
    for (size_t i = 0; plan->resources != NULL && i < plan->resources->count; i++) {
        const struct resource_group *group = &plan->resources->groups[i];
        json_t *item =
            json_pack("{s:o, s:O}", "runs", summary_number(group->runs), "options", group->values);
        if (json_array_append_new(groups, item) != 0) {
            json_decref(groups);
            return NULL;
        }
    }
    return groups;
}

static json_t *summary_cost(const struct sweep_plan *plan)
{
    struct sweep_plan_info info;
    struct sweep_space space;
    if (plan->growth != NULL && plan->growth->n_new == 0)
        return json_pack("{s:i, s:i, s:i, s:i, s:i, s:f, s:[]}", "files", 0, "inodes", 0, "bytes",
            0, "config_bytes", 0, "arrays", 0, "gpu_hours", 0.0, "groups");
    sweep_plan_describe(plan, &info);
    plan_space(plan, SUMMARY_BLOCK, &space);
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "files",
        (json_int_t)(space.files - space.directories), "inodes", (json_int_t)space.files, "bytes",
        (json_int_t)space.bytes, "config_bytes", (json_int_t)info.bytes, "arrays",
        (json_int_t)info.n_arrays, "gpu_hours", summary_gpu_hours(plan), "groups",
        summary_groups(plan));
}

json_t *sweep_plan_cost(const struct sweep_plan *plan)
{
    assert(plan != NULL);
    return summary_cost(plan);
}

/* --- all ---------------------------------------------------------------------------------- */

static json_t *summary_axes(const struct sweep_plan *plan)
{
    struct sweep_setting_info axis;
    json_t *axes = json_object();
    for (size_t i = 0; axes != NULL && sweep_plan_axis(plan, i, &axis); i++)
        if (!summary_set(axes, axis.key, json_integer((json_int_t)axis.n_values))) {
            json_decref(axes);
            return NULL;
        }
    return axes;
}

/* The caller's. */
static char *summary_formula(const struct sweep_plan *plan)
{
    if (plan->formula != NULL)
        return strdup(plan->formula);
    if (!plan->spec.is_counted)
        return NULL;
    return formula_of(&plan->spec);
}

json_t *summary_of(
    const struct sweep_plan *plan, const struct sweep_limits *limits, bool is_complete)
{
    const struct spec *spec = &plan->spec;
    uint64_t runs = UINT64_MAX;
    const char *directory = NULL;
    json_t *cost = NULL;
    CLEANUP_FREE char *formula = summary_formula(plan);
    if (spec->is_counted)
        runs = spec->runs;
    if (is_complete) {
        directory = plan->directory;
        cost = summary_cost(plan);
    }
    json_t *out = json_pack("{s:i, s:s?, s:s?, s:o, s:s?, s:I, s:o, s:o?, s:{s:o, s:o}}", "version",
        SUMMARY_VERSION, "name", spec->name, "directory", directory, "runs", summary_number(runs),
        "formula", formula, "bytes", (json_int_t)plan->bytes, "axes", summary_axes(plan), "cost",
        cost, "limits", "runs", summary_number(limits->runs), "output_bytes",
        summary_number(limits->output_bytes));
    if (out == NULL || (is_complete && cost == NULL) || !summary_add_structure(plan, out)) {
        json_decref(out);
        return NULL;
    }
    return out;
}

const char *sweep_output_schema(const char *name)
{
    char file[64];
    assert(name != NULL);
    snprintf(file, sizeof file, "schema/sweep-%.30s.schema.json", name);
    const struct embedded_file *schema = embedded_find(file);
    if (schema == NULL)
        return NULL;
    return schema->data;
}
