/* SPDX-License-Identifier: Apache-2.0
 *
 * Builds the tree of values from the nodes: expands aliases (yaml_parse.c has enforced the limit on
 * expanded values), applies merge keys and checks keys.
 */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "lib/doc/surprise.h"
#include "lib/doc/yaml.h"
#include "lib/findings/findings.h"

struct yaml_builder {
    const char *file;
    struct sweep_findings *findings;
    struct yaml_doc *doc;
    enum sweep_code code;
};

static enum sweep_code yaml_tree_no_memory(struct yaml_builder *b)
{
    return b->code = SWEEP_NO_MEMORY;
}

static struct sweep_place yaml_tree_place(
    const struct yaml_builder *b, const struct yaml_node *node)
{
    return yaml_node_place(b->doc, b->file, node);
}

static json_t *yaml_tree_node(struct yaml_builder *b, struct yaml_node *node, uint64_t depth);

/* An integer that needs more than 64 bits. */
static json_t *yaml_tree_large_int(struct yaml_builder *b, const struct yaml_node *node)
{
    struct sweep_place place = yaml_tree_place(b, node);
    if (!b->doc->lenient) {
        b->code = FINDING_ERROR(b->findings, "int-range", place, NULL,
            "quote it if a string is meant", "integer does not fit into 64 bits");
        return NULL;
    }
    bool negative = *node->text == '-';
    FINDING_WARNING(b->findings, "int-range", place, NULL, NULL,
        "%s does not fit into 64 bits; checked as if it were the %s integer that does", node->text,
        negative ? "smallest" : "largest");
    return json_integer(negative ? INT64_MIN : INT64_MAX);
}

/* An infinity or NaN. */
static json_t *yaml_tree_not_finite(struct yaml_builder *b, const struct yaml_node *node)
{
    struct sweep_place place = yaml_tree_place(b, node);
    bool nan = isnan(node->scalar.number);
    const char *overflow = "";
    if (strpbrk(node->text, "0123456789") != NULL)
        overflow = node->scalar.number < 0 ? ": it is read as -inf" : ": it is read as inf";
    if (!b->doc->lenient) {
        b->code = FINDING_ERROR(b->findings, "not-finite", place, NULL,
            nan ? NULL : "if a string is accepted too, write 'inf'",
            "\"%s\" is not a finite number%s", node->text, overflow);
        return NULL;
    }
    bool negative = *node->text == '-';
    if (nan)
        FINDING_ERROR(b->findings, "not-finite", place, NULL, NULL,
            "\"%s\" is not a number; whatever is computed from it is not a number either",
            node->text);
    else
        FINDING_WARNING(b->findings, "not-finite", place, NULL, NULL,
            "\"%s\" is not finite%s; checked as if it were the %s float", node->text, overflow,
            negative ? "smallest" : "largest");
    return json_real(negative ? -DBL_MAX : DBL_MAX);
}

static json_t *yaml_tree_scalar(struct yaml_builder *b, const struct yaml_node *node)
{
    const struct scalar *scalar = &node->scalar;
    switch (scalar->kind) {
    case SCALAR_NULL:
        return json_null();
    case SCALAR_BOOL:
        return json_boolean(scalar->truth);
    case SCALAR_STRING:
        return json_stringn(node->text, node->length);
    case SCALAR_INT:
        if (scalar->too_large)
            return yaml_tree_large_int(b, node);
        return json_integer(scalar->integer);
    case SCALAR_FLOAT:
        if (!isfinite(scalar->number))
            return yaml_tree_not_finite(b, node);
        return json_real(scalar->number);
    case SCALAR_MERGE:
    case SCALAR_INVALID:
        break;
    }
    b->code = FINDING_ERROR(b->findings, "bad-scalar", yaml_tree_place(b, node), NULL, "quote it",
        "\"%s\" has a special meaning in YAML and is not a value", node->text);
    return NULL;
}

static json_t *yaml_tree_sequence(struct yaml_builder *b, struct yaml_node *node, uint64_t depth)
{
    json_t *array = json_array();
    for (size_t i = 0; array != NULL && i < node->n_children; i++) {
        json_t *item = yaml_tree_node(b, node->children[i], depth + 1);
        if (item == NULL || json_array_append_new(array, item) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

/* Merges the mapping `source`, or an alias of one, into `object`: only keys that are not there. */
static bool yaml_tree_merge_mapping(
    struct yaml_builder *b, json_t *object, struct yaml_node *source, uint64_t depth)
{
    struct yaml_node *node = source;
    if (source->kind == YAML_ALIAS)
        node = source->target;
    if (node->kind != YAML_MAPPING) {
        b->code = FINDING_ERROR(b->findings, "bad-merge", yaml_tree_place(b, source), NULL, NULL,
            "a merge key takes a mapping or a list of mappings");
        return false;
    }
    json_t *tree = yaml_tree_node(b, node, depth + 1);
    if (tree == NULL)
        return false;
    /* json_object_update_missing() does not report that memory is exhausted. */
    const char *key;
    json_t *value;
    bool merged = true;
    json_object_foreach (tree, key, value)
        if (merged && json_object_get(object, key) == NULL)
            merged = json_object_set(object, key, value) == 0;
    if (!merged)
        yaml_tree_no_memory(b);
    json_decref(tree);
    return merged;
}

/* Applies `<<: source`. */
static bool yaml_tree_merge(
    struct yaml_builder *b, json_t *object, struct yaml_node *source, uint64_t depth)
{
    const struct yaml_node *node = source;
    if (source->kind == YAML_ALIAS)
        node = source->target;
    if (node->kind != YAML_SEQUENCE)
        return yaml_tree_merge_mapping(b, object, source, depth);
    for (size_t i = 0; i < node->n_children; i++)
        if (!yaml_tree_merge_mapping(b, object, node->children[i], depth))
            return false;
    return true;
}

/* `object` has the keys of `mapping` before `key`. */
static bool yaml_tree_check_key(struct yaml_builder *b, const json_t *object,
    const struct yaml_node *mapping, const struct yaml_node *key)
{
    if (key->kind == YAML_MAPPING && key->flow) { /* {{x}} */
        b->code = FINDING_ERROR(b->findings, "bad-key", yaml_tree_place(b, key), NULL,
            "OmegaConf's interpolation is ${key}; a string with {{ }} needs quotes",
            "{{ }} is not replaced in YAML");
        return false;
    }
    if (key->kind != YAML_SCALAR || key->scalar.kind != SCALAR_STRING) {
        b->code = FINDING_ERROR(b->findings, "bad-key", yaml_tree_place(b, key), NULL,
            "quote the key", "keys must be strings: they become names of Python arguments");
        return false;
    }
    if (memchr(key->text, '\0', key->length) != NULL) {
        b->code = FINDING_ERROR(b->findings, "bad-key", yaml_tree_place(b, key), NULL, NULL,
            "a key cannot contain a NUL character");
        return false;
    }
    if (json_object_get(object, key->text) == NULL)
        return true;
    const struct yaml_node *first = yaml_key(mapping, yaml_find_key(mapping, key->text));
    b->code = FINDING_ERROR(b->findings, "duplicate-key", yaml_tree_place(b, key), key->text, NULL,
        "duplicate key \"%s\"; the first is in line %u, column %u", key->text, first->line,
        first->column);
    return false;
}

static bool yaml_tree_is_merge(const struct yaml_node *key)
{
    return key->kind == YAML_SCALAR && key->scalar.kind == SCALAR_MERGE;
}

static json_t *yaml_tree_mapping(struct yaml_builder *b, struct yaml_node *node, uint64_t depth)
{
    json_t *object = json_object();
    size_t count = node->n_children / 2;
    if (object == NULL || !yaml_index_keys(node)) {
        json_decref(object);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        const struct yaml_node *key = yaml_key(node, i);
        if (yaml_tree_is_merge(key))
            continue;
        /* Continue after an error, to report all of them at once. */
        bool valid = yaml_tree_check_key(b, object, node, key);
        json_t *value = yaml_tree_node(b, node->children[2 * i + 1], depth + 1);
        if (!valid)
            json_decref(value);
        else if (value != NULL && json_object_set_new(object, key->text, value) != 0)
            yaml_tree_no_memory(b);
    }
    for (size_t i = 0; i < count; i++) {
        if (!yaml_tree_is_merge(yaml_key(node, i)))
            continue;
        b->doc->exotic = true;
        if (!yaml_tree_merge(b, object, node->children[2 * i + 1], depth))
            break;
    }
    return object;
}

/* The value of a node, or NULL with b->code set. */
static json_t *yaml_tree_node(struct yaml_builder *b, struct yaml_node *node, uint64_t depth)
{
    uint64_t limit = 2 * b->doc->limits.depth;
    if (depth > limit) {
        if (b->code == SWEEP_OK)
            b->code = FINDING_ERROR(b->findings, "too-deep", yaml_tree_place(b, node), NULL, NULL,
                "nested deeper than %llu levels with all aliases expanded",
                (unsigned long long)limit);
        return NULL;
    }
    json_t *tree = NULL;
    switch (node->kind) {
    case YAML_SCALAR:
        tree = yaml_tree_scalar(b, node);
        break;
    case YAML_SEQUENCE:
        tree = yaml_tree_sequence(b, node, depth);
        break;
    case YAML_MAPPING:
        tree = yaml_tree_mapping(b, node, depth);
        break;
    case YAML_ALIAS:
        tree = yaml_tree_node(b, node->target, depth + 1);
        break;
    }
    if (tree == NULL && b->code == SWEEP_OK)
        yaml_tree_no_memory(b);
    if (node->anchor != NULL && node->value == NULL)
        node->value = json_incref(tree);
    return tree;
}

enum sweep_code yaml_build_tree(
    struct yaml_doc *doc, const char *file, struct sweep_findings *findings)
{
    struct yaml_builder b = {.file = file, .findings = findings, .doc = doc};
    const struct yaml_node *root = doc->root;
    if (root == NULL ||
        (root->kind == YAML_SCALAR && root->scalar.kind == SCALAR_NULL && root->plain)) {
        doc->tree = json_object();
        return doc->tree != NULL ? SWEEP_OK : SWEEP_NO_MEMORY;
    }
    if (root->kind != YAML_MAPPING)
        return FINDING_ERROR(findings, "not-a-mapping", yaml_tree_place(&b, root), NULL, NULL,
            "a config must be a mapping at the top level");
    doc->tree = yaml_tree_node(&b, doc->root, 1);
    surprise_report(doc, file, findings);
    return b.code;
}
