/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/doc/alias.h"
#include "lib/doc/path.h"
#include "lib/util/cleanup.h"

struct search {
    const struct yaml_doc *doc;
    const struct yaml_node *gone;    /* the node that the edit replaces or removes, or NULL */
    const struct yaml_node **shared; /* anchored nodes that the edit changes */
    size_t n_shared;
    struct splice *splices;
    size_t n_splices;
    enum sweep_code code;
};

/* Room for one more; NULL when memory is exhausted. */
static struct splice *next_splice(struct search *s)
{
    struct splice *splices = realloc(s->splices, (s->n_splices + 1) * sizeof *splices);
    if (splices == NULL) {
        s->code = SWEEP_NO_MEMORY;
        return NULL;
    }
    s->splices = splices;
    return &splices[s->n_splices];
}

static void add_shared(struct search *s, const struct yaml_node *node)
{
    if (node->anchor == NULL)
        return;
    const struct yaml_node **shared =
        realloc(s->shared, (s->n_shared + 1) * sizeof(struct yaml_node *));
    if (shared == NULL) {
        s->code = SWEEP_NO_MEMORY;
        return;
    }
    s->shared = shared;
    shared[s->n_shared++] = node;
}

static void add_all_shared(struct search *s, const struct yaml_node *node)
{
    add_shared(s, node);
    for (size_t i = 0; i < node->n_children; i++)
        add_all_shared(s, node->children[i]);
}

static bool is_shared(const struct search *s, const struct yaml_node *node)
{
    for (size_t i = 0; i < s->n_shared; i++)
        if (s->shared[i] == node)
            return true;
    return false;
}

/* Writes out the value that an alias stands for. `parent` is the mapping whose value `index` it is,
 * or NULL for an item of a list. */
static void write_out(struct search *s, const struct yaml_node *alias,
    const struct yaml_node *parent, size_t index, bool flow)
{
    struct splice *splice = next_splice(s);
    if (splice == NULL)
        return;
    bool merge = parent != NULL && yaml_key(parent, index)->scalar.kind == SCALAR_MERGE;
    if (parent != NULL && !merge)
        s->code = edit_value(s->doc, parent, index, flow, alias->target->value, splice);
    else {
        CLEANUP_STRBUF struct strbuf text = {0};
        value_write(&text, alias->target->value, SCALAR_IN_FLOW);
        *splice = (struct splice){alias->start, alias->end, NULL, text.length, 0};
        splice->text = strbuf_steal(&text);
        if (splice->text == NULL)
            s->code = SWEEP_NO_MEMORY;
    }
    s->n_splices += s->code == SWEEP_OK;
}

/* Writes out every use of a shared node outside of what goes away. In the order of the text. */
static void write_out_uses(struct search *s, const struct yaml_node *node,
    const struct yaml_node *parent, size_t index, bool flow)
{
    if (node == s->gone || s->code != SWEEP_OK)
        return;
    if (node->kind == YAML_ALIAS) {
        if (is_shared(s, node->target))
            write_out(s, node, parent, index, flow);
        return;
    }
    bool inside = flow || node->flow;
    for (size_t i = 0; i < node->n_children; i++) {
        bool mapping = node->kind == YAML_MAPPING;
        if (!mapping || i % 2 == 1)
            write_out_uses(s, node->children[i], mapping ? node : NULL, i / 2, inside);
    }
}

/* Replaces the entry `<<: …` by the keys that it brings, so that one of them can be changed. */
static void expand_merge(
    struct search *s, const struct yaml_node *mapping, size_t index, const json_t *tree, bool flow)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    const char *key;
    json_t *value;
    size_t n = 0, indent = yaml_key(mapping, 0)->column - 1;
    json_object_foreach ((json_t *)tree, key, value) {
        bool own = false;
        for (size_t i = 0; i < mapping->n_children / 2; i++)
            own |= yaml_key(mapping, i)->scalar.kind == SCALAR_STRING &&
                   strcmp(yaml_key(mapping, i)->text, key) == 0;
        if (own)
            continue;
        if (n++ > 0 && flow)
            strbuf_puts(&text, ", ");
        else if (n > 1) {
            strbuf_puts(&text, edit_line_end(s->doc));
            strbuf_repeat(&text, ' ', indent);
        }
        edit_write_entry(&text, s->doc, key, value, indent, flow);
    }
    const struct yaml_node *name = yaml_key(mapping, index), *source = yaml_value(mapping, index);
    struct splice *splice = next_splice(s);
    if (splice == NULL)
        return;
    if (n == 0) /* all its keys stand here already */
        strbuf_puts(&text, "<<: {}");
    *splice = (struct splice){name->start, edit_end_of(s->doc, source), NULL, text.length, 0};
    splice->text = strbuf_steal(&text);
    s->code = splice->text == NULL ? SWEEP_NO_MEMORY : SWEEP_OK;
    s->n_splices += splice->text != NULL;
}

/* Index of the first merge key of a mapping that can bring something, or SIZE_MAX. */
static size_t find_merge(const struct yaml_node *mapping)
{
    for (size_t i = 0; i < mapping->n_children / 2; i++) {
        const struct yaml_node *source = yaml_value(mapping, i);
        bool nothing = source->kind == YAML_MAPPING && source->n_children == 0;
        if (yaml_key(mapping, i)->scalar.kind == SCALAR_MERGE && !nothing)
            return i;
    }
    return SIZE_MAX;
}

static size_t find_key(const struct yaml_node *mapping, const char *key)
{
    for (size_t i = 0; i < mapping->n_children / 2; i++)
        if (yaml_key(mapping, i)->scalar.kind == SCALAR_STRING &&
            strcmp(yaml_key(mapping, i)->text, key) == 0)
            return i;
    return SIZE_MAX;
}

/* Follows the path as far as it goes, noting the anchors on the way. Ends early with one splice
 * where an alias or a merge key stands in the way. */
static void follow(struct search *s, const struct path *path, bool removing)
{
    const struct yaml_node *node = s->doc->root, *parent = NULL;
    const json_t *tree = s->doc->tree;
    size_t index = 0, i = 0;
    bool flow = false;
    for (; node != NULL && i < path->n_parts; i++) {
        bool last = i + 1 == path->n_parts;
        if (node->kind == YAML_ALIAS) {
            write_out(s, node, parent, index, flow);
            return;
        }
        add_shared(s, node);
        if (node->kind != YAML_MAPPING)
            return;
        flow |= node->flow;
        size_t found = find_key(node, path->parts[i]);
        json_t *inner = json_object_get(tree, path->parts[i]);
        size_t merge = find_merge(node);
        if (found == SIZE_MAX) {
            /* A key that only a merge brings: setting it adds it, which wins; to change or remove
             * a part of it, it has to stand here. */
            if (inner != NULL && merge != SIZE_MAX && (removing || !last))
                expand_merge(s, node, merge, tree, flow);
            return;
        }
        if (removing && last && merge != SIZE_MAX) {
            /* Without the key, the merge could bring it back. */
            expand_merge(s, node, merge, tree, flow);
            return;
        }
        parent = node;
        index = found;
        node = yaml_value(node, found);
        tree = inner;
    }
    if (node != NULL && i == path->n_parts) {
        s->gone = node;
        add_all_shared(s, node);
    }
}

enum sweep_code alias_separate(const struct yaml_doc *doc, const char *text, bool removing,
    struct splice **splices, size_t *n_splices)
{
    struct path path;
    struct search s = {.doc = doc};
    *splices = NULL;
    *n_splices = 0;
    if (!doc->exotic || !path_parse(text, &path) || doc->root == NULL)
        return SWEEP_OK;
    follow(&s, &path, removing);
    if (s.code == SWEEP_OK && s.n_splices == 0 && s.n_shared > 0)
        write_out_uses(&s, doc->root, NULL, 0, false);
    free(s.shared);
    if (s.code != SWEEP_OK) {
        for (size_t i = 0; i < s.n_splices; i++)
            splice_deinit(&s.splices[i]);
        free(s.splices);
        return s.code;
    }
    *splices = s.splices;
    *n_splices = s.n_splices;
    return SWEEP_OK;
}
