/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/path.h"
#include "lib/doc/yaml.h"
#include "lib/util/text.h"

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
    size_t length = utf8_count(doc->text + node->start, node->end - node->start);
    return (struct sweep_place){file, node->line, node->column, length > 60 ? 1 : (unsigned)length};
}

/* Index of the value of `key` in a mapping node, or SIZE_MAX. */
static size_t find_key(const struct yaml_node *node, const char *key)
{
    for (size_t i = 0; node->kind == YAML_MAPPING && i < node->n_children / 2; i++)
        if (yaml_key(node, i)->kind == YAML_SCALAR && strcmp(yaml_key(node, i)->text, key) == 0)
            return i;
    return SIZE_MAX;
}

const struct yaml_node *yaml_find(const struct yaml_doc *doc, const char *text)
{
    struct path path;
    const struct yaml_node *node = doc->root;
    if (!path_parse(text, &path))
        return NULL;
    for (size_t i = 0; node != NULL && i < path.n_parts; i++) {
        size_t index = find_key(node, path.parts[i]);
        node = index == SIZE_MAX ? NULL : yaml_value(node, index);
    }
    return node;
}

/* The item of a sequence node that a number in a path stands for, or NULL. */
static const struct yaml_node *find_item(const struct yaml_node *node, const char *number)
{
    size_t index = strtoul(number, NULL, 10);
    bool is_number = number[strspn(number, "0123456789")] == '\0';
    return is_number && index < node->n_children ? node->children[index] : NULL;
}

struct sweep_place yaml_place(const struct yaml_doc *doc, const char *file, const char *text)
{
    struct path path;
    struct sweep_place place = {.file = file, .line = 1, .column = 1};
    const struct yaml_node *node = doc->root;
    if (!path_parse(text, &path))
        return place;
    for (size_t i = 0; node != NULL && i < path.n_parts; i++) {
        if (node->kind == YAML_SEQUENCE) {
            node = find_item(node, path.parts[i]);
            place = node != NULL ? yaml_node_place(doc, file, node) : place;
            continue;
        }
        size_t index = find_key(node, path.parts[i]);
        if (index == SIZE_MAX)
            break;
        const struct yaml_node *key = yaml_key(node, index);
        place = yaml_node_place(doc, file, key);
        node = yaml_value(node, index);
    }
    return place;
}
