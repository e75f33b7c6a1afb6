/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/doc/alias.h"
#include "lib/doc/path.h"
#include "lib/util/cleanup.h"

struct alias_search {
    const struct yaml_doc *doc;
    const struct yaml_node *replaced; /* the node that the edit replaces or removes, or NULL */
    const struct yaml_node **shared;  /* anchored nodes that the edit changes */
    size_t n_shared;
    struct splice *splices;
    size_t n_splices;
    enum sweep_code code;
};

/* Room for one more splice; NULL when memory is exhausted. */
static struct splice *alias_next_splice(struct alias_search *s)
{
    struct splice *splices = realloc(s->splices, (s->n_splices + 1) * sizeof *splices);
    if (splices == NULL) {
        s->code = SWEEP_NO_MEMORY;
        return NULL;
    }
    s->splices = splices;
    return &splices[s->n_splices];
}

/* Adds a splice that replaces [start, end) by `text`. */
static void alias_add_splice(struct alias_search *s, size_t start, size_t end, struct strbuf *text)
{
    struct splice *splice = alias_next_splice(s);
    if (splice == NULL)
        return;
    *splice = (struct splice){.start = start, .end = end, .length = text->length};
    splice->text = strbuf_steal(text);
    if (splice->text == NULL)
        s->code = SWEEP_NO_MEMORY;
    else
        s->n_splices++;
}

static void alias_add_shared(struct alias_search *s, const struct yaml_node *node)
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

static void alias_add_shared_below(struct alias_search *s, const struct yaml_node *node)
{
    alias_add_shared(s, node);
    for (size_t i = 0; i < node->n_children; i++)
        alias_add_shared_below(s, node->children[i]);
}

static bool alias_is_shared(const struct alias_search *s, const struct yaml_node *node)
{
    for (size_t i = 0; i < s->n_shared; i++)
        if (s->shared[i] == node)
            return true;
    return false;
}

static bool alias_is_merge(const struct yaml_node *key)
{
    return key->scalar.kind == SCALAR_MERGE;
}

/* Replaces an alias by the value it refers to. */
static void alias_expand(struct alias_search *s, const struct edit_location *at)
{
    const json_t *value = at->node->target->value;
    if (at->parent->kind == YAML_SEQUENCE || alias_is_merge(yaml_key(at->parent, at->index))) {
        CLEANUP_STRBUF struct strbuf text = {0};
        value_write(&text, value, SCALAR_IN_FLOW);
        alias_add_splice(s, at->node->start, at->node->end, &text);
        return;
    }
    struct splice *splice = alias_next_splice(s);
    if (splice == NULL)
        return;
    s->code = edit_replace(s->doc, at, value, splice);
    if (s->code == SWEEP_OK)
        s->n_splices++;
}

/* Expands every alias of a shared node outside the replaced node, in the order of the text. */
static void alias_expand_uses(struct alias_search *s, const struct edit_location *at)
{
    const struct yaml_node *node = at->node;
    if (node == s->replaced || s->code != SWEEP_OK)
        return;
    if (node->kind == YAML_ALIAS) {
        if (alias_is_shared(s, node->target))
            alias_expand(s, at);
        return;
    }
    struct edit_location inner = {.flow = at->flow || node->flow};
    if (node->kind == YAML_MAPPING) {
        inner.parent = node;
        for (; inner.index < node->n_children / 2; inner.index++) {
            inner.node = yaml_value(node, inner.index);
            alias_expand_uses(s, &inner);
        }
        return;
    }
    inner.parent = node;
    for (; inner.index < node->n_children; inner.index++) {
        inner.node = node->children[inner.index];
        alias_expand_uses(s, &inner);
    }
}

/* Replaces entry `index` of a mapping, `<<: …`, by the keys it merges, so that one of them can be
 * changed. `tree` is the value of the mapping. */
static void alias_expand_merge(
    struct alias_search *s, const struct edit_location *at, size_t index, const json_t *tree)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    const struct yaml_node *mapping = at->node;
    const char *key, *eol = edit_line_end(s->doc);
    json_t *value;
    bool first = true, flow = at->flow || mapping->flow;
    size_t indent = yaml_key(mapping, 0)->column - 1;
    json_object_foreach ((json_t *)tree, key, value) {
        if (yaml_find_key(mapping, key) != SIZE_MAX)
            continue;
        if (flow) {
            if (!first)
                strbuf_puts(&text, ", ");
            edit_write_flow_entry(&text, key, value);
        } else {
            if (!first) {
                strbuf_puts(&text, eol);
                strbuf_repeat(&text, ' ', indent);
            }
            edit_write_block_entry(&text, key, value, indent, eol);
        }
        first = false;
    }
    if (first) /* the mapping has all merged keys itself */
        strbuf_puts(&text, "<<: {}");
    alias_add_splice(
        s, yaml_key(mapping, index)->start, edit_end_of(s->doc, yaml_value(mapping, index)), &text);
}

/* Index of the first merge key that is not `<<: {}`, or SIZE_MAX. */
static size_t alias_find_merge(const struct yaml_node *mapping)
{
    for (size_t i = 0; i < mapping->n_children / 2; i++) {
        const struct yaml_node *source = yaml_value(mapping, i);
        bool empty = source->kind == YAML_MAPPING && source->n_children == 0;
        if (alias_is_merge(yaml_key(mapping, i)) && !empty)
            return i;
    }
    return SIZE_MAX;
}

/* Follows the path as far as it goes, and collects the anchored nodes on the way. If an alias or
 * a merge key is in the way, expands only that. */
static void alias_follow(struct alias_search *s, const struct path *path, bool removing)
{
    struct edit_location at = {.node = s->doc->root};
    const json_t *tree = s->doc->tree;
    for (size_t i = 0; i < path->n_parts; i++) {
        const struct yaml_node *node = at.node;
        if (node->kind == YAML_ALIAS) {
            alias_expand(s, &at);
            return;
        }
        alias_add_shared(s, node);
        if (node->kind == YAML_SEQUENCE) {
            if (!edit_step(&at, path->parts[i]))
                return;
            tree = path_step(tree, path->parts[i]);
            continue;
        }
        if (node->kind != YAML_MAPPING)
            return;
        bool last = i + 1 == path->n_parts;
        size_t index = yaml_find_key(node, path->parts[i]), merge = alias_find_merge(node);
        json_t *inner = json_object_get(tree, path->parts[i]);
        /* Setting a key that is only merged adds it, which takes precedence; but to change or
         * remove something inside it, it must be in the text. */
        if (index == SIZE_MAX) {
            if (inner != NULL && merge != SIZE_MAX && (removing || !last))
                alias_expand_merge(s, &at, merge, tree);
            return;
        }
        /* The merge could bring back the removed key. */
        if (removing && last && merge != SIZE_MAX) {
            alias_expand_merge(s, &at, merge, tree);
            return;
        }
        edit_step(&at, path->parts[i]);
        tree = inner;
    }
    s->replaced = at.node;
    alias_add_shared_below(s, at.node);
}

enum sweep_code alias_separate(const struct yaml_doc *doc, const char *text, bool removing,
    struct splice **splices, size_t *n_splices)
{
    struct path path;
    struct alias_search s = {.doc = doc};
    *splices = NULL;
    *n_splices = 0;
    if (!doc->exotic || doc->root == NULL || !path_parse(text, &path))
        return SWEEP_OK;
    alias_follow(&s, &path, removing);
    if (s.code == SWEEP_OK && s.n_splices == 0 && s.n_shared > 0)
        alias_expand_uses(&s, &(struct edit_location){.node = doc->root});
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
