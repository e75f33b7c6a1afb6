/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/config/merge.h"
#include "lib/doc/path.h"
#include "lib/doc/scalar.h"
#include "lib/util/array.h"
#include "lib/util/cleanup.h"

enum sweep_code operations_add(struct operations *list, const char *path, json_t *value)
{
    struct operation *items = array_grow(list->items, list->count, &list->capacity, sizeof *items);
    if (items == NULL)
        return SWEEP_NO_MEMORY;
    list->items = items;
    char *copy = strdup(path);
    if (copy == NULL)
        return SWEEP_NO_MEMORY;
    list->items[list->count++] = (struct operation){copy, json_incref(value)};
    return SWEEP_OK;
}

void operations_deinit(struct operations *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].path);
        json_decref(list->items[i].value);
    }
    free(list->items);
    *list = (struct operations){0};
}

static enum sweep_code merge_flatten(
    const json_t *old, const char *path, json_t *value, struct operations *out)
{
    const char *key;
    json_t *item;
    if (json_is_object(value) && json_object_size(value) == 0 && json_is_object(old))
        return SWEEP_OK; /* there is nothing to merge */
    /* An empty mapping has no entry after which a key could be added, so it is replaced. */
    if (!json_is_object(value) || json_object_size(old) == 0)
        return operations_add(out, path, value);
    json_object_foreach (value, key, item) {
        char inner[PATH_MAX_BYTES];
        int length = snprintf(inner, sizeof inner, "%s.%s", path, key);
        if (*key == '\0' || strchr(key, '.') != NULL || length >= (int)sizeof inner)
            return SWEEP_INVALID;
        enum sweep_code code = merge_flatten(json_object_get(old, key), inner, item, out);
        if (code != SWEEP_OK)
            return code;
    }
    return SWEEP_OK;
}

enum sweep_code operations_flatten(
    const json_t *tree, const struct operation *operation, struct operations *out)
{
    if (operation->value == NULL)
        return operations_add(out, operation->path, NULL);
    return merge_flatten(path_get(tree, operation->path), operation->path, operation->value, out);
}

bool merge_allows(const struct dialect *dialect, const json_t *old, const json_t *new)
{
    if (old == NULL || json_is_null(old) || json_is_null(new))
        return true;
    if (dialect_is_interpolation(dialect, old) || dialect_is_interpolation(dialect, new))
        return true;
    if (json_is_boolean(old) || json_is_boolean(new))
        return json_is_boolean(old) && json_is_boolean(new);
    if (json_is_number(old) && json_is_number(new))
        return true;
    return json_typeof(old) == json_typeof(new);
}

static bool merge_is_collection(const json_t *value)
{
    return json_is_object(value) || json_is_array(value);
}

/* Sets the value that a part of a path leads to, in a mapping, or in a list that has such an item.
 * Takes ownership of `value`. */
static enum sweep_code merge_set_step(json_t *node, const char *part, json_t *value)
{
    size_t index;
    int failed;
    if (json_is_object(node)) {
        failed = json_object_set_new(node, part, value);
    } else if (path_step(node, part) == NULL || !path_index(part, &index)) {
        json_decref(value);
        return SWEEP_INVALID;
    } else {
        failed = json_array_set_new(node, index, value);
    }
    return failed == 0 ? SWEEP_OK : SWEEP_NO_MEMORY;
}

/* The mapping or list that contains the last part of a path. With `make`, missing mappings are
 * created. NULL if there is none; *code is set if something is in the way, or without memory. */
static json_t *merge_parent(json_t *tree, const struct path *path, bool make, enum sweep_code *code)
{
    json_t *at = tree;
    for (size_t i = 0; i + 1 < path->n_parts; i++) {
        json_t *next = path_step(at, path->parts[i]);
        if (next != NULL && !merge_is_collection(next) && !json_is_null(next)) {
            *code = SWEEP_INVALID;
            return NULL;
        }
        if (next == NULL || json_is_null(next)) {
            if (!make)
                return NULL;
            next = json_object();
            *code = SWEEP_NO_MEMORY;
            if (next != NULL)
                *code = merge_set_step(at, path->parts[i], next);
            if (*code != SWEEP_OK)
                return NULL;
        }
        at = next;
    }
    return at;
}

enum sweep_code merge_apply(json_t *tree, const struct operation *operation)
{
    struct path path;
    enum sweep_code code = SWEEP_OK;
    if (!path_parse(operation->path, &path))
        return SWEEP_INVALID;
    json_t *parent = merge_parent(tree, &path, operation->value != NULL, &code);
    const char *key = path.parts[path.n_parts - 1];
    if (parent == NULL && operation->value == NULL)
        return SWEEP_OK; /* there is nothing to delete */
    if (parent == NULL)
        return code;
    if (operation->value == NULL) {
        json_object_del(parent, key); /* removing an item of a list would renumber the others */
        return SWEEP_OK;
    }
    json_t *copy = json_deep_copy(operation->value);
    if (copy == NULL)
        return SWEEP_NO_MEMORY;
    return merge_set_step(parent, key, copy);
}

/* True if everything on the way to a path is a mapping, an item that a list has, null or absent. */
static bool merge_is_reachable(const json_t *tree, const char *text)
{
    struct path path;
    if (!path_parse(text, &path))
        return false;
    const json_t *at = tree;
    for (size_t i = 0; i < path.n_parts && at != NULL; i++) {
        const json_t *next = path_step(at, path.parts[i]);
        if (next == NULL && json_is_array(at))
            return false;
        if (!merge_is_collection(at) && !json_is_null(at))
            return false;
        at = next;
    }
    return true;
}

/* Checks a flattened operation. */
static enum sweep_code merge_check_one(const struct dialect *dialect, const json_t *tree,
    const struct operation *operation, struct mismatch *mismatch)
{
    struct path path;
    snprintf(mismatch->path, sizeof mismatch->path, "%s", operation->path);
    if (operation->value == NULL)
        return path_parse(operation->path, &path) ? SWEEP_OK : SWEEP_INVALID;
    const json_t *old = path_get(tree, operation->path);
    if (!merge_allows(dialect, old, operation->value)) {
        mismatch->old_type = value_type_name(old);
        mismatch->new_type = value_type_name(operation->value);
        return SWEEP_INVALID;
    }
    return merge_is_reachable(tree, operation->path) ? SWEEP_OK : SWEEP_INVALID;
}

enum sweep_code merge_check(const struct dialect *dialect, const json_t *tree,
    const struct operation *operation, struct mismatch *mismatch)
{
    struct operations flat = {0};
    snprintf(mismatch->path, sizeof mismatch->path, "%s", operation->path);
    mismatch->old_type = mismatch->new_type = NULL;
    enum sweep_code code = operations_flatten(tree, operation, &flat);
    for (size_t i = 0; code == SWEEP_OK && i < flat.count; i++)
        code = merge_check_one(dialect, tree, &flat.items[i], mismatch);
    operations_deinit(&flat);
    return code;
}

enum sweep_code merge_operation(json_t *tree, const struct operation *operation)
{
    struct operations flat = {0};
    enum sweep_code code = operations_flatten(tree, operation, &flat);
    for (size_t i = 0; code == SWEEP_OK && i < flat.count; i++)
        code = merge_apply(tree, &flat.items[i]);
    operations_deinit(&flat);
    return code;
}

/* Writes the path of `key` below `prefix`; false if no path can name the key. */
static bool merge_join(const char *prefix, const char *key, char out[PATH_MAX_BYTES])
{
    int length = snprintf(out, PATH_MAX_BYTES, "%s%s%s", prefix, *prefix != '\0' ? "." : "", key);
    return *key != '\0' && strchr(key, '.') == NULL && length < PATH_MAX_BYTES;
}

/* Two trees being compared. */
struct merge_comparison {
    enum merge_lists lists;
    struct operations *out;
};

static enum sweep_code merge_compare(
    const struct merge_comparison *c, const json_t *from, const json_t *to, const char *prefix);

/* Compares what is at a path in both trees. `key` is the last part of the path. */
static enum sweep_code merge_compare_values(const struct merge_comparison *c, const json_t *old,
    const json_t *value, const char *prefix, const char *key)
{
    char path[PATH_MAX_BYTES];
    size_t index;
    json_t *item;
    enum sweep_code code = SWEEP_OK;
    if (old != NULL && json_equal(old, value))
        return SWEEP_OK;
    if (!merge_join(prefix, key, path))
        return SWEEP_INVALID;
    if (json_is_object(old) && json_is_object(value))
        return merge_compare(c, old, value, path);
    bool by_item = c->lists == MERGE_LIST_ITEMS && json_is_array(old) && json_is_array(value) &&
                   json_array_size(old) == json_array_size(value);
    if (!by_item)
        return operations_add(c->out, path, (json_t *)value);
    json_array_foreach ((json_t *)value, index, item) {
        char number[24];
        snprintf(number, sizeof number, "%zu", index);
        if (code == SWEEP_OK)
            code = merge_compare_values(c, json_array_get(old, index), item, path, number);
    }
    return code;
}

static enum sweep_code merge_compare(
    const struct merge_comparison *c, const json_t *from, const json_t *to, const char *prefix)
{
    const char *key;
    json_t *value;
    char path[PATH_MAX_BYTES];
    enum sweep_code code = SWEEP_OK;
    json_object_foreach ((json_t *)from, key, value) {
        if (code != SWEEP_OK || json_object_get(to, key) != NULL)
            continue;
        code = SWEEP_INVALID;
        if (merge_join(prefix, key, path))
            code = operations_add(c->out, path, NULL);
    }
    json_object_foreach ((json_t *)to, key, value)
        if (code == SWEEP_OK)
            code = merge_compare_values(c, json_object_get(from, key), value, prefix, key);
    return code;
}

enum sweep_code merge_difference(
    const json_t *from, const json_t *to, enum merge_lists lists, struct operations *out)
{
    const struct merge_comparison comparison = {lists, out};
    return merge_compare(&comparison, from, to, "");
}
