/* SPDX-License-Identifier: Apache-2.0
 *
 * From nodes to a tree of values: aliases are expanded (yaml.c has counted that a few lines do not
 * grow to gigabytes), merge keys applied, keys checked.
 */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "lib/doc/yaml.h"
#include "lib/findings/findings.h"

struct builder {
    const char *file;
    struct sweep_findings *findings;
    struct yaml_doc *doc;
    enum sweep_code code;
};

static enum sweep_code no_memory(struct builder *b)
{
    return b->code = SWEEP_NO_MEMORY;
}

static struct sweep_place place_of(const struct builder *b, const struct yaml_node *node)
{
    return yaml_node_place(b->doc, b->file, node);
}

static json_t *tree_of(struct builder *b, struct yaml_node *node, int depth);

/* A number that is beyond what a tree can hold. */
static json_t *odd_number(struct builder *b, const struct yaml_node *node)
{
    bool is_int = node->scalar.kind == SCALAR_INT, negative = *node->text == '-';
    const char *code = is_int ? "int-range" : "not-finite";
    if (!b->doc->lenient) {
        b->code =
            is_int ? FINDING_ERROR(b->findings, code, place_of(b, node), NULL,
                         "quote it if it is meant as text", "integer does not fit into 64 bits")
                   : FINDING_ERROR(b->findings, code, place_of(b, node), NULL,
                         isinf(node->scalar.number) ? "where a text is taken as well, write 'inf'"
                                                    : NULL,
                         "\"%s\" is not a finite number", node->text);
        return NULL;
    }
    if (!is_int && isnan(node->scalar.number))
        FINDING_ERROR(b->findings, code, place_of(b, node), NULL, NULL,
            "\"%s\" is not a number: nothing is computed with it but more of its kind", node->text);
    else
        FINDING_WARNING(b->findings, code, place_of(b, node), NULL, NULL,
            "\"%s\" is checked as if it were the %s number there is", node->text,
            negative ? "smallest" : "largest");
    return is_int ? json_integer(negative ? INT64_MIN : INT64_MAX)
                  : json_real(negative ? -DBL_MAX : DBL_MAX);
}

static json_t *scalar_tree(struct builder *b, const struct yaml_node *node)
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
        return scalar->too_large ? odd_number(b, node) : json_integer(scalar->integer);
    case SCALAR_FLOAT:
        return isfinite(scalar->number) ? json_real(scalar->number) : odd_number(b, node);
    case SCALAR_MERGE:
    case SCALAR_INVALID:
        break;
    }
    b->code = FINDING_ERROR(b->findings, "bad-scalar", place_of(b, node), NULL, "quote it",
        "\"%s\" has a special meaning in YAML and is not a value", node->text);
    return NULL;
}

static json_t *sequence_tree(struct builder *b, struct yaml_node *node, int depth)
{
    json_t *array = json_array();
    for (size_t i = 0; array != NULL && i < node->n_children; i++) {
        json_t *item = tree_of(b, node->children[i], depth + 1);
        if (item == NULL || json_array_append_new(array, item) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

/* Adds what `<<: source` brings: keys that are not there yet. */
static bool merge_source(
    struct builder *b, json_t *object, struct yaml_node *source, int depth, bool in_list)
{
    struct yaml_node *node = source->kind == YAML_ALIAS ? source->target : source;
    if (node->kind == YAML_SEQUENCE && !in_list) {
        for (size_t i = 0; i < node->n_children; i++)
            if (!merge_source(b, object, node->children[i], depth, true))
                return false;
        return true;
    }
    if (node->kind != YAML_MAPPING) {
        b->code = FINDING_ERROR(b->findings, "bad-merge", place_of(b, source), NULL, NULL,
            "a merge key takes a mapping or a list of mappings");
        return false;
    }
    json_t *tree = tree_of(b, node, depth + 1);
    const char *key;
    json_t *value;
    bool merged = tree != NULL;
    json_object_foreach (tree, key, value)
        if (merged && json_object_get(object, key) == NULL)
            merged = json_object_set(object, key, value) == 0;
    if (tree != NULL && !merged)
        no_memory(b);
    json_decref(tree);
    return merged;
}

static bool check_key(struct builder *b, const json_t *object, const struct yaml_node *mapping,
    const struct yaml_node *key)
{
    if (key->kind != YAML_SCALAR || key->scalar.kind != SCALAR_STRING) {
        b->code = FINDING_ERROR(b->findings, "bad-key", place_of(b, key), NULL, "quote the key",
            "keys become names of Python arguments: they must be strings");
        return false;
    }
    if (memchr(key->text, '\0', key->length) != NULL) {
        b->code = FINDING_ERROR(b->findings, "bad-key", place_of(b, key), NULL, NULL,
            "a key cannot hold a NUL character");
        return false;
    }
    if (json_object_get(object, key->text) == NULL)
        return true;
    for (size_t i = 0; yaml_key(mapping, i) != key; i++) {
        const struct yaml_node *other = yaml_key(mapping, i);
        if (other->kind != YAML_SCALAR || other->length != key->length ||
            memcmp(other->text, key->text, key->length) != 0)
            continue;
        b->code = FINDING_ERROR(b->findings, "duplicate-key", place_of(b, key), key->text, NULL,
            "key \"%s\" stands here a second time; the first is in line %u, column %u", key->text,
            other->line, other->column);
        return false;
    }
    return true;
}

static json_t *mapping_tree(struct builder *b, struct yaml_node *node, int depth)
{
    json_t *object = json_object();
    for (size_t i = 0; object != NULL && i < node->n_children / 2; i++) {
        const struct yaml_node *key = yaml_key(node, i);
        if (key->kind == YAML_SCALAR && key->scalar.kind == SCALAR_MERGE)
            continue;
        /* Look at the rest also after an error: all findings at once. */
        bool fine = check_key(b, object, node, key);
        json_t *value = tree_of(b, node->children[2 * i + 1], depth + 1);
        if (fine && value != NULL && json_object_set_new(object, key->text, value) != 0)
            no_memory(b);
        else if (!fine)
            json_decref(value);
    }
    for (size_t i = 0; object != NULL && i < node->n_children / 2; i++) {
        const struct yaml_node *key = yaml_key(node, i);
        if (key->kind != YAML_SCALAR || key->scalar.kind != SCALAR_MERGE)
            continue;
        b->doc->exotic = true;
        if (!merge_source(b, object, node->children[2 * i + 1], depth, false))
            break;
    }
    return object;
}

/* The value of a node, or NULL with b->code set. */
static json_t *tree_of(struct builder *b, struct yaml_node *node, int depth)
{
    uint64_t limit = b->doc->limits.depth;
    if ((uint64_t)depth > 2 * limit) {
        if (b->code == SWEEP_OK)
            b->code = FINDING_ERROR(b->findings, "too-deep", place_of(b, node), NULL, NULL,
                "nested deeper than %llu levels once the aliases are expanded",
                (unsigned long long)(2 * limit));
        return NULL;
    }
    json_t *tree = node->kind == YAML_SCALAR     ? scalar_tree(b, node)
                   : node->kind == YAML_SEQUENCE ? sequence_tree(b, node, depth)
                   : node->kind == YAML_MAPPING  ? mapping_tree(b, node, depth)
                                                 : tree_of(b, node->target, depth + 1);
    if (tree == NULL && b->code == SWEEP_OK)
        no_memory(b);
    if (node->anchor != NULL && node->value == NULL)
        node->value = json_incref(tree);
    return tree;
}

enum sweep_code yaml_build_tree(
    struct yaml_doc *doc, const char *file, struct sweep_findings *findings)
{
    struct builder builder = {file, findings, doc, SWEEP_OK}, *b = &builder;
    if (doc->root == NULL || (doc->root->kind == YAML_SCALAR &&
                                 doc->root->scalar.kind == SCALAR_NULL && doc->root->plain)) {
        doc->tree = json_object();
        return doc->tree != NULL ? SWEEP_OK : no_memory(b);
    }
    if (doc->root->kind != YAML_MAPPING)
        return b->code = FINDING_ERROR(b->findings, "not-a-mapping", place_of(b, doc->root), NULL,
                   NULL, "a config is a mapping of keys to values at the top");
    doc->tree = tree_of(b, doc->root, 1);
    return b->code;
}
