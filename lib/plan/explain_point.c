/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/plan/explain_point.h"

/* What is found on the way to the point, as structure_choose() goes. */
struct explain_walk {
    json_t *filters;
    const char **axis_keys;
    bool is_included, oom;
    uint64_t sample, draw; /* UINT64_MAX: no sample */
    uint64_t repeat;
};

static void explain_point_add_filters(struct explain_walk *walk, const struct structure *structure)
{
    for (size_t i = 0; i < structure->filters.count; i++) {
        const struct filter *filter = &structure->filters.items[i];
        const struct sweep_place *place = &filter->place;
        json_t *item = json_pack("{s:s, s:s, s:s?, s:i, s:i}", "by",
            filter->excludes ? "exclude" : "where", "text", filter->text, "file", place->file,
            "line", (int)place->line, "column", (int)place->column);
        if (json_array_append_new(walk->filters, item) != 0)
            walk->oom = true;
    }
}

static void explain_point_walk(
    struct explain_walk *walk, const struct structure *structure, uint64_t index);

static void explain_point_walk_drawn(
    struct explain_walk *walk, const struct structure *structure, uint64_t index)
{
    const uint64_t *points = structure->drawn + index * structure->n_factors;
    walk->sample = index;
    walk->draw = structure->draws[index];
    for (size_t i = 0; i < structure->n_factors; i++)
        explain_point_walk(walk, structure->factors[i], points[i]);
}

static void explain_point_walk_items(
    struct explain_walk *walk, const struct structure *structure, uint64_t index)
{
    for (size_t i = structure->n_items; i-- > 0;) {
        const struct structure *item = structure->items[i];
        uint64_t inner = index;
        if (structure->kind == STRUCTURE_PRODUCT) {
            inner = index % item->size;
            index /= item->size;
        } else if (item->size == 1) {
            inner = 0;
        }
        explain_point_walk(walk, item, inner);
    }
}

static void explain_point_walk_bundle(
    struct explain_walk *walk, const struct structure *structure, uint64_t index)
{
    const struct bundle *bundle = &structure->bundles[index];
    for (size_t i = 0; i < bundle->count; i++)
        walk->axis_keys[bundle->axes[i]] = structure->where;
    if (strcmp(structure->where, "include") == 0)
        walk->is_included = true;
}

static void explain_point_walk_union(
    struct explain_walk *walk, const struct structure *structure, uint64_t index)
{
    size_t i = 0;
    while (index >= structure->items[i]->size)
        index -= structure->items[i++]->size;
    explain_point_walk(walk, structure->items[i], index);
}

static void explain_point_walk(
    struct explain_walk *walk, const struct structure *structure, uint64_t index)
{
    explain_point_add_filters(walk, structure);
    if (structure->drawn != NULL) {
        explain_point_walk_drawn(walk, structure, index);
        return;
    }
    if (structure->kept != NULL)
        index = structure->kept[index];
    switch (structure->kind) {
    case STRUCTURE_AXIS:
        walk->axis_keys[structure->axis] = structure->where;
        if (strcmp(structure->where, "repeat") == 0)
            walk->repeat = index;
        break;
    case STRUCTURE_CASES:
        explain_point_walk_bundle(walk, structure, index);
        break;
    case STRUCTURE_UNION:
        explain_point_walk_union(walk, structure, index);
        break;
    case STRUCTURE_PRODUCT:
    case STRUCTURE_ZIP:
        explain_point_walk_items(walk, structure, index);
        break;
    }
}

static bool explain_point_set(json_t *out, const char *key, json_t *value)
{
    return value != NULL && json_object_set_new(out, key, value) == 0;
}

static json_t *explain_point_sample(const struct spec *spec, const struct explain_walk *walk)
{
    if (walk->sample == UINT64_MAX)
        return json_null();
    return json_pack("{s:I, s:I, s:I, s:s, s:I}", "number", (json_int_t)walk->sample, "of",
        (json_int_t)spec->product->size, "draw", (json_int_t)walk->draw, "method",
        sample_methods[spec->sample.method], "seed", (json_int_t)spec->sample.seed);
}

/* The axis that "repeat" makes, or NULL. */
static const struct structure *explain_point_repeat(const struct spec *spec)
{
    const struct structure *points = spec->points;
    if (points == spec->product || points->kind != STRUCTURE_PRODUCT)
        return NULL;
    return points->items[1];
}

bool explain_point(
    const struct sweep_plan *plan, uint64_t index, json_t *out, const char **axis_keys)
{
    const struct spec *spec = &plan->spec;
    const struct structure *repeat = explain_point_repeat(spec);
    struct explain_walk walk = {
        .filters = json_array(), .axis_keys = axis_keys, .sample = UINT64_MAX};
    json_t *repeated = json_null();
    if (plan->order != NULL)
        index = plan->order[index];
    explain_point_walk(&walk, spec->points, index);
    if (repeat != NULL)
        repeated = json_pack(
            "{s:I, s:I}", "number", (json_int_t)walk.repeat, "of", (json_int_t)repeat->size);
    return explain_point_set(out, "kept_by", walk.filters) && !walk.oom &&
           explain_point_set(out, "included", json_boolean(walk.is_included)) &&
           explain_point_set(out, "sample", explain_point_sample(spec, &walk)) &&
           explain_point_set(out, "repeat", repeated);
}
