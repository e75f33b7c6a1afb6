/* SPDX-License-Identifier: Apache-2.0
 *
 * Operations change a tree of values, by the plain merge. The text is made when it is asked for,
 * from the difference between that tree and the base. So a value that was changed and changed back
 * leaves no trace in it.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/config/builder.h"
#include "lib/findings/findings.h"
#include "lib/util/cleanup.h"
#include "lib/util/error.h"
#include "lib/util/limits.h"
#include "lib/util/text.h"

struct sweep_builder *builder_fail(
    struct sweep_builder *builder, enum sweep_code code, const char *format, ...)
{
    if (builder->error.code == SWEEP_OK) {
        va_list args;
        va_start(args, format);
        error_format(&builder->error, format, args);
        va_end(args);
        builder->error.code = code;
    }
    return builder;
}

bool builder_is_usable(const struct sweep_builder *builder)
{
    return builder != NULL && builder->error.code == SWEEP_OK;
}

/* --- values of the caller ------------------------------------------------------------------ */

struct builder_walk {
    size_t values; /* so far; what is shared counts each time, as it is copied each time */
    unsigned depth, max_depth;
};

static bool builder_is_utf8(const char *text, size_t length)
{
    return utf8_valid_prefix(text, length) == length;
}

static const char *builder_walk(struct builder_walk *walk, const json_t *value)
{
    const char *key, *refusal = NULL;
    json_t *item;
    size_t index;
    if (walk->depth > walk->max_depth)
        return "has too many levels";
    if (++walk->values > YAML_MAX_VALUES)
        return "has too many values";
    if (json_is_string(value) &&
        !builder_is_utf8(json_string_value(value), json_string_length(value)))
        return "contains a string that is not UTF-8";
    walk->depth++;
    json_array_foreach (value, index, item) {
        refusal = builder_walk(walk, item);
        if (refusal != NULL)
            return refusal;
    }
    json_object_foreach ((json_t *)value, key, item) {
        refusal = builder_walk(walk, item);
        if (refusal == NULL && !builder_is_utf8(key, strlen(key)))
            refusal = "contains a key that is not UTF-8";
        if (refusal != NULL)
            return refusal;
    }
    walk->depth--;
    return NULL;
}

const char *builder_refusal(const json_t *value, unsigned max_depth)
{
    struct builder_walk walk = {.max_depth = max_depth};
    return builder_walk(&walk, value);
}

/* --- operations --------------------------------------------------------------------------- */

static void builder_fail_mismatch(struct sweep_builder *builder, const struct mismatch *mismatch)
{
    if (mismatch->old_type == NULL)
        builder_fail(builder, SWEEP_INVALID,
            "ValueError: \"%s\" cannot be set: a list or a value is in its way, or it is not a "
            "config path",
            mismatch->path);
    else
        builder_fail(builder, SWEEP_INVALID, "TypeError: %s is %s; %s cannot take its place",
            mismatch->path, mismatch->old_type, mismatch->new_type);
}

/* A copy of the tree with the operations applied; NULL after an error. */
static json_t *builder_changed_tree(
    struct sweep_builder *builder, const struct operations *operations)
{
    const struct dialect *dialect = &builder->trainer->profile.dialect;
    CLEANUP_JSON json_t *tree = json_deep_copy(builder->tree);
    enum sweep_code code = tree != NULL ? SWEEP_OK : SWEEP_NO_MEMORY;
    struct mismatch mismatch;
    for (size_t i = 0; code == SWEEP_OK && i < operations->count; i++) {
        code = merge_check(dialect, tree, &operations->items[i], &mismatch);
        if (code == SWEEP_OK)
            code = merge_operation(tree, &operations->items[i]);
    }
    if (code == SWEEP_INVALID)
        builder_fail_mismatch(builder, &mismatch);
    else if (code != SWEEP_OK)
        builder_fail(builder, code, "out of memory");
    if (code != SWEEP_OK)
        return NULL;
    json_t *result = tree;
    tree = NULL;
    return result;
}

void builder_apply(
    struct sweep_builder *builder, const struct operations *operations, json_t *record)
{
    CLEANUP_JSON json_t *owned = record;
    if (owned == NULL) {
        builder_fail(builder, SWEEP_NO_MEMORY, "out of memory");
        return;
    }
    json_t *tree = builder_changed_tree(builder, operations);
    if (tree == NULL)
        return;
    if (json_array_append(builder->operations, owned) != 0) {
        json_decref(tree);
        builder_fail(builder, SWEEP_NO_MEMORY, "out of memory");
        return;
    }
    json_decref(builder->tree);
    builder->tree = tree;
}

/* What metadata keeps of a change. */
static json_t *builder_record(const char *path, const json_t *value)
{
    if (value == NULL)
        return json_pack("{s:s}", "delete", path);
    return json_pack("{s:{s:o}}", "override", path, json_deep_copy(value));
}

enum sweep_code builder_change(struct sweep_builder *builder, const char *path, const json_t *value)
{
    const struct operation operation = {(char *)path, (json_t *)value};
    CLEANUP_JSON json_t *record = builder_record(path, value);
    if (record == NULL)
        return SWEEP_NO_MEMORY;
    enum sweep_code code = merge_operation(builder->tree, &operation);
    if (code == SWEEP_OK && json_array_append(builder->operations, record) != 0)
        code = SWEEP_NO_MEMORY;
    return code;
}

/* Finds a key that no config path leads to, at any depth; `where` gets the keys down to it. */
static bool builder_find_unreachable(
    const json_t *object, const char *prefix, char where[PATH_MAX_BYTES])
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)object, key, value) {
        char inner[PATH_MAX_BYTES];
        snprintf(inner, sizeof inner, "%s%s%s", prefix, *prefix != '\0' ? "." : "", key);
        if (*key == '\0' || strchr(key, '.') != NULL) {
            memcpy(where, inner, sizeof inner);
            return true;
        }
        if (json_is_object(value) && builder_find_unreachable(value, inner, where))
            return true;
    }
    return false;
}

/* True if a mapping sets items of a list: {"0": …, "2": …}. */
static bool builder_sets_items(const json_t *old, const json_t *value)
{
    const char *key;
    json_t *item;
    size_t index;
    json_object_foreach ((json_t *)value, key, item)
        if (!path_index(key, &index))
            return false;
    return json_is_array(old) && json_object_size(value) > 0;
}

/* Appends the operations that merge `value` into what is at `path`, down to items of lists. */
static enum sweep_code builder_add_override(
    const json_t *old, const char *path, json_t *value, struct operations *out)
{
    const char *key;
    json_t *item;
    bool is_inside = json_is_object(old) && json_object_size(old) > 0 && json_is_object(value);
    if (!is_inside && !builder_sets_items(old, value))
        return operations_add(out, path, value);
    json_object_foreach (value, key, item) {
        char inner[PATH_MAX_BYTES];
        snprintf(inner, sizeof inner, "%s", path);
        if (path_append(inner, strlen(inner), key) == 0)
            return operations_add(out, path, value); /* refused there */
        enum sweep_code code = builder_add_override(path_step(old, key), inner, item, out);
        if (code != SWEEP_OK)
            return code;
    }
    return SWEEP_OK;
}

struct sweep_builder *sweep_builder_override(struct sweep_builder *builder, const json_t *object)
{
    char where[PATH_MAX_BYTES];
    const char *key;
    json_t *value;
    if (!builder_is_usable(builder))
        return builder;
    if (!json_is_object(object))
        return builder_fail(builder, SWEEP_INVALID, "TypeError: overrides must be dict, got %s",
            value_type_name(object));
    const char *refusal = builder_refusal(object, YAML_MAX_DEPTH);
    if (refusal != NULL)
        return builder_fail(builder, SWEEP_INVALID, "ValueError: the override %s", refusal);
    if (builder_find_unreachable(object, "", where))
        return builder_fail(builder, SWEEP_INVALID,
            "ValueError: \"%s\" is not a key: paths are written as nested mappings", where);
    struct operations operations = {0};
    enum sweep_code code = SWEEP_OK;
    json_object_foreach ((json_t *)object, key, value)
        if (code == SWEEP_OK)
            code =
                builder_add_override(json_object_get(builder->tree, key), key, value, &operations);
    if (code == SWEEP_OK)
        builder_apply(builder, &operations, json_pack("{s:o}", "override", json_deep_copy(object)));
    else
        builder_fail(builder, code, "out of memory");
    operations_deinit(&operations);
    return builder;
}

/* True if a path leads to an item that a list has. */
static bool builder_is_item(const struct sweep_builder *builder, const struct path *path)
{
    json_t *parent = NULL, *at = builder->tree;
    for (size_t i = 0; i < path->n_parts && at != NULL; i++) {
        parent = at;
        at = path_step(at, path->parts[i]);
    }
    return at != NULL && json_is_array(parent);
}

struct sweep_builder *sweep_builder_delete(struct sweep_builder *builder, const char *path)
{
    struct path parts;
    if (!builder_is_usable(builder))
        return builder;
    if (path == NULL || !path_parse(path, &parts) || !builder_is_utf8(path, strlen(path)))
        return builder_fail(builder, SWEEP_INVALID,
            "ValueError: \"%s\" is not a config path: names joined by single dots",
            path != NULL ? path : "");
    if (builder_is_item(builder, &parts))
        return builder_fail(builder, SWEEP_INVALID,
            "ValueError: \"%s\" is an item of a list, which cannot be deleted, because that would "
            "renumber the others; set the whole list instead",
            path);
    struct operation one = {(char *)path, NULL};
    const struct operations operations = {&one, 1, 1};
    builder_apply(builder, &operations, builder_record(path, NULL));
    return builder;
}

/* --- results ------------------------------------------------------------------------------ */

enum sweep_code sweep_builder_status(const struct sweep_builder *builder, struct sweep_error *error)
{
    if (builder == NULL)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    if (builder->error.code == SWEEP_OK)
        return SWEEP_OK;
    return sweep_error_set(error, builder->error.code, "%s", builder->error.message);
}

const struct sweep_findings *sweep_builder_findings(const struct sweep_builder *builder)
{
    return builder != NULL ? builder->findings : NULL;
}

enum sweep_code builder_document(
    const struct sweep_builder *builder, struct yaml_doc **out, struct sweep_error *error)
{
    struct operations operations = {0};
    struct yaml_doc *doc = NULL;
    enum sweep_code code =
        merge_difference(builder->base->tree, builder->tree, MERGE_LIST_ITEMS, &operations);
    if (code == SWEEP_INVALID)
        sweep_error_set(error, code, "a key with a dot in it cannot be changed");
    if (code == SWEEP_OK)
        code = yaml_reparse(builder->base->text, builder->base->length, builder->base, &doc);
    for (size_t i = 0; code == SWEEP_OK && i < operations.count; i++)
        code = document_apply(&doc, &operations.items[i], error);
    operations_deinit(&operations);
    if (code != SWEEP_OK) {
        yaml_doc_free(doc);
        return sweep_error_set(error, code, "out of memory");
    }
    *out = doc;
    return SWEEP_OK;
}

enum sweep_code sweep_builder_build(
    const struct sweep_builder *builder, json_t **out, struct sweep_error *error)
{
    assert(out != NULL);
    enum sweep_code code = sweep_builder_status(builder, error);
    if (code != SWEEP_OK)
        return code;
    json_t *copy = json_deep_copy(builder->tree);
    if (copy == NULL)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    *out = copy;
    return SWEEP_OK;
}

enum sweep_code sweep_builder_text(
    const struct sweep_builder *builder, char **text, size_t *length, struct sweep_error *error)
{
    assert(text != NULL && length != NULL);
    struct yaml_doc *doc = NULL;
    enum sweep_code code = sweep_builder_status(builder, error);
    if (code == SWEEP_OK)
        code = builder_document(builder, &doc, error);
    if (code != SWEEP_OK)
        return code;
    *text = doc->text;
    *length = doc->length;
    doc->text = NULL;
    yaml_doc_free(doc);
    return SWEEP_OK;
}
