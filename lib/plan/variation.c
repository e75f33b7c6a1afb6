/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/plan/output_dir.h"
#include "lib/plan/render.h"
#include "lib/plan/runs.h"
#include "lib/plan/values.h"
#include "lib/plan/variation.h"
#include "lib/util/cleanup.h"

/* --- the paths ---------------------------------------------------------------------------- */

/* True if each choice that sets anything sets the same paths in the same order. */
static bool variation_sets_all(const struct assignment *axis, const struct choice *choice)
{
    if (choice->n_deletions > 0 || choice->operations.count != axis->n_paths)
        return false;
    for (size_t i = 0; i < axis->n_paths; i++)
        if (choice->operations.items[i].value == NULL ||
            strcmp(choice->operations.items[i].path, axis->paths[i]) != 0)
            return false;
    return true;
}

static bool variation_has_interpolation(const struct dialect *dialect, const json_t *node)
{
    const char *key;
    json_t *value;
    size_t index;
    if (node == NULL)
        return false;
    if (json_is_string(node))
        return dialect_is_interpolation(dialect, node) ||
               strcmp(json_string_value(node), "???") == 0;
    json_object_foreach ((json_t *)node, key, value)
        if (variation_has_interpolation(dialect, value))
            return true;
    json_array_foreach (node, index, value)
        if (variation_has_interpolation(dialect, value))
            return true;
    return false;
}

static void variation_scan_values(struct variation *v, const struct assignment *axis)
{
    const struct dialect *dialect = &v->plan->trainer->profile.dialect;
    for (size_t i = 0; i < axis->n_choices && !v->has_interpolations; i++) {
        const struct operations *operations = &axis->choices[i].operations;
        for (size_t k = 0; k < operations->count; k++)
            if (variation_has_interpolation(dialect, operations->items[k].value))
                v->has_interpolations = true;
    }
}

static bool variation_add_axis(struct variation *v, size_t index)
{
    const struct assignment *axis = &v->plan->spec.axes.items[index];
    size_t count = v->n_paths + axis->n_paths;
    struct varied_path *varied = realloc(v->varied, (count + 1) * sizeof *varied);
    if (varied == NULL)
        return false;
    v->varied = varied;
    const char **paths = realloc(v->paths, (count + 1) * sizeof *paths);
    if (paths == NULL)
        return false;
    v->paths = paths;
    for (size_t i = 0; i < axis->n_paths; i++) {
        const json_t *original = path_get(v->plan->doc->tree, axis->paths[i]);
        paths[v->n_paths] = axis->paths[i];
        varied[v->n_paths++] = (struct varied_path){index, i, original};
        if (variation_has_interpolation(&v->plan->trainer->profile.dialect, original))
            v->has_interpolations = true; /* mappings are merged with it */
    }
    variation_scan_values(v, axis);
    return axis->n_paths > 0;
}

/* True if none of the paths is inside another one, or overlaps with those of other axes. */
static bool variation_is_separate(const struct variation *v, const struct axis_set *axes)
{
    const struct assignments *all = &v->plan->spec.axes;
    for (size_t i = 0; i < v->n_paths; i++) {
        for (size_t k = 0; k < i; k++)
            if (path_overlaps(v->paths[i], v->paths[k]))
                return false;
        for (size_t a = 0; a < all->count; a++)
            for (size_t k = 0; k < all->items[a].n_paths && !axes->has[a]; k++)
                if (path_overlaps(v->paths[i], all->items[a].paths[k]))
                    return false;
    }
    return true;
}

bool variation_init(struct variation *v, const struct sweep_plan *plan, const struct axis_set *axes)
{
    *v = (struct variation){.plan = plan, .has_interpolations = plan->n_values > 0};
    for (size_t i = 0; i < axes->size; i++)
        if (axes->has[i] && !variation_add_axis(v, i))
            return false;
    return v->n_paths > 0 && variation_is_separate(v, axes);
}

void variation_deinit(struct variation *v)
{
    json_decref(v->tree);
    operations_deinit(&v->computed);
    free(v->varied);
    free(v->paths);
    *v = (struct variation){0};
}

bool variation_allows(const struct variation *v, const size_t *choices)
{
    for (size_t i = 0; i < v->n_paths; i++) {
        const struct varied_path *varied = &v->varied[i];
        const struct assignment *axis = &v->plan->spec.axes.items[varied->axis];
        size_t choice = choices[varied->axis];
        if (varied->operation == 0 && !variation_sets_all(axis, &axis->choices[choice]))
            return false;
    }
    return true;
}

/* --- the tree ----------------------------------------------------------------------------- */

static bool variation_is_varied(const struct variation *v, const char *path)
{
    for (size_t i = 0; i < v->n_paths; i++)
        if (path_is_inside(path, v->paths[i]))
            return true;
    return false;
}

/* Collects the tokens of computed strings in a tree that has them. */
static enum sweep_code variation_collect(
    struct variation *v, json_t *node, char *path, size_t length)
{
    const char *key;
    json_t *value;
    size_t index, longer, number;
    enum sweep_code code = SWEEP_OK;
    if (variation_is_varied(v, path))
        return SWEEP_OK;
    if (json_is_string(node) &&
        computed_find(&v->plan->computed, json_string_value(node), &number) != NULL)
        return operations_add(&v->computed, path, node);
    json_object_foreach (node, key, value) {
        longer = path_append(path, length, key);
        if (longer > 0 && code == SWEEP_OK)
            code = variation_collect(v, value, path, longer);
    }
    json_array_foreach (node, index, value) {
        longer = path_append_index(path, length, index);
        if (longer > 0 && code == SWEEP_OK)
            code = variation_collect(v, value, path, longer);
    }
    path[length] = '\0';
    return code;
}

enum sweep_code variation_begin(struct variation *v, uint64_t run, const size_t *choices)
{
    char path[PATH_MAX_BYTES] = "";
    CLEANUP_JSON json_t *merged = NULL;
    enum sweep_code code = plan_config_value(v->plan, run, choices, &v->tree);
    if (code != SWEEP_OK || v->plan->n_values == 0)
        return code;
    code = plan_merged(v->plan, choices, &merged);
    if (code == SWEEP_OK)
        code = variation_collect(v, merged, path, 0);
    return code;
}

/* Replaces the value at a path: merges it with what the config has there without the axis. */
static enum sweep_code variation_replace(
    struct variation *v, const struct varied_path *varied, const struct operation *operation)
{
    enum sweep_code code = SWEEP_OK;
    if (!json_is_object(operation->value))
        return merge_apply(v->tree, operation);
    struct operation original = {operation->path, (json_t *)varied->original};
    if (!json_is_object(varied->original))
        original.value = json_null();
    code = merge_apply(v->tree, &original);
    if (code == SWEEP_OK)
        code = merge_operation(v->tree, operation);
    return code;
}

enum sweep_code variation_set(struct variation *v, uint64_t run, const size_t *choices, bool all)
{
    const struct assignments *axes = &v->plan->spec.axes;
    enum sweep_code code = SWEEP_OK;
    for (size_t i = 0; i < v->n_paths && code == SWEEP_OK; i++) {
        const struct varied_path *varied = &v->varied[i];
        const struct choice *choice = &axes->items[varied->axis].choices[choices[varied->axis]];
        code = variation_replace(v, varied, &choice->operations.items[varied->operation]);
    }
    if (!all)
        return code;
    for (size_t i = 0; i < v->computed.count && code == SWEEP_OK; i++)
        code = merge_apply(v->tree, &v->computed.items[i]);
    if (code == SWEEP_OK)
        code = plan_complete_value(v->plan, run, choices, v->tree);
    return code;
}
