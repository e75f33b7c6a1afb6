/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/path.h"
#include "lib/doc/yaml.h"
#include "lib/util/index.h"
#include "lib/util/text.h"

enum {
    MAX_UNDERLINED = 60, /* characters; longer nodes are not underlined in findings */
    SMALL_MAPPING = 64,  /* keys; a smaller one is searched without an index */
};

const struct yaml_limits yaml_default_limits = {YAML_MAX_BYTES, YAML_MAX_DEPTH, YAML_MAX_VALUES};

void yaml_node_free(struct yaml_node *node)
{
    if (node == NULL)
        return;
    for (size_t i = 0; i < node->n_children; i++)
        yaml_node_free(node->children[i]);
    free(node->children);
    free(node->text);
    free(node->anchor);
    json_decref(node->value);
    json_decref(node->keys);
    free(node);
}

void yaml_doc_free(struct yaml_doc *doc)
{
    if (doc == NULL)
        return;
    yaml_node_free(doc->root);
    json_decref(doc->tree);
    free(doc->text);
    free(doc);
}

struct sweep_place yaml_node_place(
    const struct yaml_doc *doc, const char *file, const struct yaml_node *node)
{
    size_t bytes = node->end - node->start, length = 1;
    if (bytes <= 4 * MAX_UNDERLINED) /* a character has up to 4 bytes */
        length = utf8_count(doc->text + node->start, bytes);
    if (length > MAX_UNDERLINED)
        length = 1;
    return (struct sweep_place){file, node->line, node->column, (unsigned)length};
}

static bool yaml_is_string_key(const struct yaml_node *key)
{
    return key->kind == YAML_SCALAR && key->scalar.kind == SCALAR_STRING;
}

bool yaml_index_keys(struct yaml_node *mapping)
{
    size_t count = mapping->n_children / 2;
    if (mapping->keys != NULL || count <= SMALL_MAPPING)
        return true;
    for (size_t i = 0; i < count; i++) {
        const struct yaml_node *key = yaml_key(mapping, i);
        if (yaml_is_string_key(key) && !index_add(&mapping->keys, key->text, key->length, i))
            return false;
    }
    return true;
}

size_t yaml_find_key(const struct yaml_node *node, const char *key)
{
    size_t length = strlen(key);
    if (node->kind != YAML_MAPPING)
        return SIZE_MAX;
    if (node->keys != NULL)
        return index_find(node->keys, key, length);
    for (size_t i = 0; i < node->n_children / 2; i++) {
        const struct yaml_node *one = yaml_key(node, i);
        if (yaml_is_string_key(one) && one->length == length && memcmp(one->text, key, length) == 0)
            return i;
    }
    return SIZE_MAX;
}

/* The item of a sequence node with the given number, or NULL. */
static const struct yaml_node *yaml_find_item(const struct yaml_node *node, const char *number)
{
    size_t index;
    if (!path_index(number, &index) || index >= node->n_children)
        return NULL;
    return node->children[index];
}

const struct yaml_node *yaml_find(const struct yaml_doc *doc, const char *text)
{
    struct path path;
    const struct yaml_node *node = doc->root;
    if (node == NULL || !path_parse(text, &path))
        return NULL;
    for (size_t i = 0; i < path.n_parts && node != NULL; i++) {
        if (node->kind == YAML_SEQUENCE) {
            node = yaml_find_item(node, path.parts[i]);
            continue;
        }
        size_t index = yaml_find_key(node, path.parts[i]);
        if (index == SIZE_MAX)
            return NULL;
        node = yaml_value(node, index);
    }
    return node;
}

struct sweep_place yaml_place(const struct yaml_doc *doc, const char *file, const char *text)
{
    struct path path;
    const struct yaml_node *node = doc->root, *found = NULL;
    if (node == NULL || !path_parse(text, &path))
        return (struct sweep_place){.file = file, .line = 1, .column = 1};
    for (size_t i = 0; i < path.n_parts; i++) {
        if (node->kind == YAML_SEQUENCE) {
            node = yaml_find_item(node, path.parts[i]);
            if (node == NULL)
                break;
            found = node;
            continue;
        }
        size_t index = yaml_find_key(node, path.parts[i]);
        if (index == SIZE_MAX)
            break;
        found = yaml_key(node, index);
        node = yaml_value(node, index);
    }
    if (found == NULL)
        return (struct sweep_place){.file = file, .line = 1, .column = 1};
    return yaml_node_place(doc, file, found);
}
