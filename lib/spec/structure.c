/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "lib/findings/findings.h"
#include "lib/spec/structure.h"
#include "lib/util/array.h"

/* --- building ----------------------------------------------------------------------------- */

struct structure *structure_new(
    enum structure_kind kind, const char *where, const struct sweep_place *place)
{
    struct structure *structure = calloc(1, sizeof *structure);
    if (structure != NULL) {
        structure->kind = kind;
        structure->where = where;
        structure->place = *place;
    }
    return structure;
}

void bundle_deinit(struct bundle *bundle)
{
    free(bundle->axes);
    free(bundle->choices);
    *bundle = (struct bundle){0};
}

void structure_free(struct structure *structure)
{
    if (structure == NULL)
        return;
    for (size_t i = 0; i < structure->n_items; i++)
        structure_free(structure->items[i]);
    for (size_t i = 0; i < structure->n_bundles; i++)
        bundle_deinit(&structure->bundles[i]);
    filters_deinit(&structure->filters);
    free(structure->kept);
    free(structure->drawn);
    free(structure->draws);
    free(structure->factors);
    free(structure->distribution);
    free(structure->items);
    free(structure->bundles);
    free(structure->choices);
    free(structure);
}

enum sweep_code structure_add(struct structure *structure, struct structure *item)
{
    struct structure **items =
        realloc(structure->items, (structure->n_items + 1) * sizeof(struct structure *));
    if (items == NULL) {
        structure_free(item);
        return SWEEP_NO_MEMORY;
    }
    structure->items = items;
    items[structure->n_items++] = item;
    item->parent = structure;
    return SWEEP_OK;
}

enum sweep_code structure_add_choice(struct structure *axis, size_t choice)
{
    size_t *choices =
        array_grow(axis->choices, axis->n_choices, &axis->choices_capacity, sizeof *choices);
    if (choices == NULL)
        return SWEEP_NO_MEMORY;
    axis->choices = choices;
    axis->choices[axis->n_choices++] = choice;
    return SWEEP_OK;
}

/* Room for one more: the capacity is the next power of two. */
static bool structure_is_full(size_t count)
{
    return (count & (count - 1)) == 0;
}

enum sweep_code structure_add_bundle(struct structure *cases, struct bundle *bundle)
{
    size_t n = cases->n_bundles;
    if (structure_is_full(n)) {
        struct bundle *bundles = realloc(cases->bundles, (2 * n + 1) * sizeof *bundles);
        if (bundles == NULL) {
            bundle_deinit(bundle);
            return SWEEP_NO_MEMORY;
        }
        cases->bundles = bundles;
    }
    cases->bundles[cases->n_bundles++] = *bundle;
    *bundle = (struct bundle){0};
    return SWEEP_OK;
}

enum sweep_code bundle_set(struct bundle *bundle, size_t axis, size_t choice)
{
    size_t *axes = realloc(bundle->axes, (bundle->count + 1) * sizeof *axes);
    if (axes == NULL)
        return SWEEP_NO_MEMORY;
    bundle->axes = axes;
    size_t *choices = realloc(bundle->choices, (bundle->count + 1) * sizeof *choices);
    if (choices == NULL)
        return SWEEP_NO_MEMORY;
    bundle->choices = choices;
    axes[bundle->count] = axis;
    choices[bundle->count++] = choice;
    return SWEEP_OK;
}

/* --- counting ----------------------------------------------------------------------------- */

static uint64_t structure_size_of_product(const struct structure *product)
{
    uint64_t size = 1;
    for (size_t i = 0; i < product->n_items; i++)
        if (product->items[i]->size == 0)
            return 0;
    for (size_t i = 0; i < product->n_items; i++)
        if (__builtin_mul_overflow(size, product->items[i]->size, &size))
            return UINT64_MAX;
    return size;
}

static uint64_t structure_size_of_zip(const struct structure *zip)
{
    uint64_t size = 1;
    for (size_t i = 0; i < zip->n_items; i++)
        if (zip->items[i]->size != 1)
            size = zip->items[i]->size;
    return size;
}

static uint64_t structure_size_of_union(const struct structure *members)
{
    uint64_t size = 0;
    for (size_t i = 0; i < members->n_items; i++)
        if (__builtin_add_overflow(size, members->items[i]->size, &size))
            return UINT64_MAX;
    return size;
}

void structure_measure(struct structure *structure)
{
    switch (structure->kind) {
    case STRUCTURE_AXIS:
        structure->size = structure->n_choices;
        break;
    case STRUCTURE_PRODUCT:
        structure->size = structure_size_of_product(structure);
        break;
    case STRUCTURE_ZIP:
        structure->size = structure_size_of_zip(structure);
        break;
    case STRUCTURE_UNION:
        structure->size = structure_size_of_union(structure);
        break;
    case STRUCTURE_CASES:
        structure->size = structure->n_bundles;
        break;
    }
    structure->all = structure->size;
}

void structure_measure_all(struct structure *structure)
{
    for (size_t i = 0; i < structure->n_items; i++)
        structure_measure_all(structure->items[i]);
    structure_measure(structure);
}

/* What an item of a zip is called in a message. */
static void structure_describe_item(
    const struct structure *item, const struct assignments *axes, char *out, size_t size)
{
    if (item->kind == STRUCTURE_AXIS)
        snprintf(out, size, "\"%.60s\"", axes->items[item->axis].key);
    else
        snprintf(out, size, "an item");
}

enum sweep_code structure_check_zip(const struct structure *zip, const struct assignments *axes,
    bool are_applied, struct sweep_findings *findings)
{
    const struct structure *longest = NULL;
    for (size_t i = 0; i < zip->n_items; i++) {
        const struct structure *item = zip->items[i];
        bool is_open = !are_applied && structure_is_filtered(item);
        if (item->size == 1 || is_open)
            continue;
        if (longest == NULL)
            longest = item;
        if (item->size == longest->size)
            continue;
        char one[80], other[80];
        structure_describe_item(item, axes, one, sizeof one);
        structure_describe_item(longest, axes, other, sizeof other);
        return FINDING_ERROR(findings, "zip-lengths", item->place, zip->where,
            "give both the same number of values, or one value for all",
            "%s has %llu values, but %s (line %u, column %u), which it is zipped with, has %llu",
            one, (unsigned long long)item->size, other, longest->place.line, longest->place.column,
            (unsigned long long)longest->size);
    }
    return SWEEP_OK;
}

/* --- points ------------------------------------------------------------------------------- */

static void structure_choose_product(
    const struct structure *product, uint64_t index, size_t *choices)
{
    for (size_t i = product->n_items; i-- > 0;) {
        const struct structure *item = product->items[i];
        structure_choose(item, index % item->size, choices);
        index /= item->size;
    }
}

static void structure_choose_zip(const struct structure *zip, uint64_t index, size_t *choices)
{
    for (size_t i = 0; i < zip->n_items; i++) {
        uint64_t inner = index;
        if (zip->items[i]->size == 1)
            inner = 0;
        structure_choose(zip->items[i], inner, choices);
    }
}

static void structure_choose_union(const struct structure *members, uint64_t index, size_t *choices)
{
    size_t i = 0;
    while (index >= members->items[i]->size)
        index -= members->items[i++]->size;
    structure_choose(members->items[i], index, choices);
}

static void structure_choose_bundle(const struct bundle *bundle, size_t *choices)
{
    for (size_t i = 0; i < bundle->count; i++)
        choices[bundle->axes[i]] = bundle->choices[i];
}

static void structure_choose_drawn(
    const struct structure *structure, uint64_t index, size_t *choices)
{
    const uint64_t *points = structure->drawn + index * structure->n_factors;
    for (size_t i = 0; i < structure->n_factors; i++)
        structure_choose(structure->factors[i], points[i], choices);
}

void structure_choose(const struct structure *structure, uint64_t index, size_t *choices)
{
    if (structure->drawn != NULL) {
        structure_choose_drawn(structure, index, choices);
        return;
    }
    if (structure->kept != NULL)
        index = structure->kept[index];
    switch (structure->kind) {
    case STRUCTURE_AXIS:
        choices[structure->axis] = structure->choices[index];
        break;
    case STRUCTURE_PRODUCT:
        structure_choose_product(structure, index, choices);
        break;
    case STRUCTURE_ZIP:
        structure_choose_zip(structure, index, choices);
        break;
    case STRUCTURE_UNION:
        structure_choose_union(structure, index, choices);
        break;
    case STRUCTURE_CASES:
        structure_choose_bundle(&structure->bundles[index], choices);
        break;
    }
}

/* --- questions ---------------------------------------------------------------------------- */

bool bundle_has(const struct bundle *bundle, size_t axis)
{
    for (size_t i = 0; i < bundle->count; i++)
        if (bundle->axes[i] == axis)
            return true;
    return false;
}

static bool structure_bundles_set(const struct structure *cases, size_t axis)
{
    for (size_t i = 0; i < cases->n_bundles; i++)
        if (!bundle_has(&cases->bundles[i], axis))
            return false;
    return true;
}

static bool structure_all_set(const struct structure *members, size_t axis)
{
    for (size_t i = 0; i < members->n_items; i++)
        if (!structure_always_sets(members->items[i], axis))
            return false;
    return true;
}

bool structure_always_sets(const struct structure *structure, size_t axis)
{
    if (structure->kind == STRUCTURE_AXIS)
        return structure->axis == axis;
    if (structure->kind == STRUCTURE_CASES)
        return structure_bundles_set(structure, axis);
    if (structure->kind == STRUCTURE_UNION)
        return structure_all_set(structure, axis);
    for (size_t i = 0; i < structure->n_items; i++)
        if (structure_always_sets(structure->items[i], axis))
            return true;
    return false;
}

static bool structure_sets(const struct structure *structure, size_t axis)
{
    if (structure->kind == STRUCTURE_AXIS)
        return structure->axis == axis;
    for (size_t i = 0; i < structure->n_bundles; i++)
        if (bundle_has(&structure->bundles[i], axis))
            return true;
    for (size_t i = 0; i < structure->n_items; i++)
        if (structure_sets(structure->items[i], axis))
            return true;
    return false;
}

static bool structure_bundles_combine(const struct structure *cases, size_t a, size_t b)
{
    for (size_t i = 0; i < cases->n_bundles; i++)
        if (bundle_has(&cases->bundles[i], a) && bundle_has(&cases->bundles[i], b))
            return true;
    return false;
}

bool structure_combines(const struct structure *structure, size_t a, size_t b)
{
    size_t item_a = SIZE_MAX, item_b = SIZE_MAX;
    if (structure->kind == STRUCTURE_CASES)
        return structure_bundles_combine(structure, a, b);
    for (size_t i = 0; i < structure->n_items; i++) {
        bool sets_a = structure_sets(structure->items[i], a);
        bool sets_b = structure_sets(structure->items[i], b);
        if (sets_a && sets_b && structure_combines(structure->items[i], a, b))
            return true;

        if ((sets_a && item_b != SIZE_MAX) || (sets_b && item_a != SIZE_MAX))
            return structure->kind != STRUCTURE_UNION;
        if (sets_a)
            item_a = i;
        if (sets_b)
            item_b = i;
    }
    return false;
}

bool structure_is_filtered(const struct structure *structure)
{
    if (structure->filters.count > 0)
        return true;
    for (size_t i = 0; i < structure->n_items; i++)
        if (structure_is_filtered(structure->items[i]))
            return true;
    return false;
}

/* True if it is the product of the axes from *next on, which is advanced. */
static bool structure_is_product_from(const struct structure *structure, size_t *next)
{
    if (structure->kept != NULL || structure->drawn != NULL)
        return false;
    if (structure->kind == STRUCTURE_AXIS)
        return structure->axis == (*next)++;
    if (structure->kind != STRUCTURE_PRODUCT)
        return false;
    for (size_t i = 0; i < structure->n_items; i++)
        if (!structure_is_product_from(structure->items[i], next))
            return false;
    return true;
}

bool structure_is_product(const struct structure *structure)
{
    size_t next = 0;
    return structure_is_product_from(structure, &next);
}

static size_t structure_depth(const struct structure *structure)
{
    size_t depth = 0;
    while ((structure = structure->parent) != NULL)
        depth++;
    return depth;
}

bool structure_meet(const struct structure *a, const struct structure *b)
{
    size_t depth_a = structure_depth(a), depth_b = structure_depth(b);
    for (; depth_a > depth_b; depth_a--)
        a = a->parent;
    for (; depth_b > depth_a; depth_b--)
        b = b->parent;
    while (a != b) {
        a = a->parent;
        b = b->parent;
    }
    return a != NULL && (a->kind == STRUCTURE_PRODUCT || a->kind == STRUCTURE_ZIP);
}
