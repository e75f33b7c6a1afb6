/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/doc/edit.h"
#include "lib/doc/path.h"
#include "lib/util/cleanup.h"

/* --- positions in the text ---------------------------------------------------------------- */

bool edit_step(struct edit_location *at, const char *part)
{
    const struct yaml_node *node = at->node, *next;
    size_t index;
    if (node->kind == YAML_SEQUENCE) {
        if (!path_index(part, &index) || index >= node->n_children)
            return false;
        next = node->children[index];
    } else {
        if (node->kind != YAML_MAPPING)
            return false;
        index = yaml_find_key(node, part);
        if (index == SIZE_MAX)
            return false;
        next = yaml_value(node, index);
    }
    if (node->flow)
        at->flow = true;
    at->parent = node;
    at->index = index;
    at->node = next;
    return true;
}

static struct edit_location edit_locate(const struct yaml_doc *doc, const struct path *path)
{
    struct edit_location at = {.node = doc->root};
    while (at.depth < path->n_parts && at.node != NULL && edit_step(&at, path->parts[at.depth]))
        at.depth++;
    return at;
}

const char *edit_line_end(const struct yaml_doc *doc)
{
    return doc->crlf ? "\r\n" : "\n";
}

static bool edit_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool edit_is_block_collection(const struct yaml_node *node)
{
    return (node->kind == YAML_MAPPING || node->kind == YAML_SEQUENCE) && !node->flow;
}

size_t edit_end_of(const struct yaml_doc *doc, const struct yaml_node *node)
{
    size_t end = node->end;
    while (end > node->start && edit_is_space(doc->text[end - 1]))
        end--;
    return end;
}

/* The end of the line at `offset`, before its line break. */
static size_t edit_end_of_line(const struct yaml_doc *doc, size_t offset)
{
    const char *newline = memchr(doc->text + offset, '\n', doc->length - offset);
    size_t end = doc->length;
    if (newline != NULL)
        end = (size_t)(newline - doc->text);
    if (end > offset && doc->text[end - 1] == '\r')
        end--;
    return end;
}

/* Where an entry starts: at its key, or at the `?` before it. */
static size_t edit_start_of_entry(const struct yaml_doc *doc, const struct yaml_node *key)
{
    size_t at = key->start;
    while (at > 0 && doc->text[at - 1] == ' ')
        at--;
    if (at > 0 && doc->text[at - 1] == '?')
        return at - 1;
    return key->start;
}

/* The number of spaces before each entry of a block mapping. */
static size_t edit_indent_of(const struct yaml_doc *doc, const struct yaml_node *mapping)
{
    const struct yaml_node *key = yaml_key(mapping, 0);
    return key->column - 1 - (key->start - edit_start_of_entry(doc, key));
}

/* True for a block scalar with `|+`, to which the line breaks after it belong. */
static bool edit_keeps_breaks(const struct yaml_doc *doc, const struct yaml_node *node)
{
    if (!node->block)
        return false;
    const char *header = doc->text + node->start;
    while (*header != '|' && *header != '>')
        header++; /* an anchor or a tag */
    return memchr(header, '+', strspn(header, "|>+-0123456789")) != NULL;
}

/* The offset after the colon of a key, or 0 if it has none (`{a}`, `? a`). */
static size_t edit_after_colon(const struct yaml_doc *doc, const struct yaml_node *key)
{
    size_t at = key->end;
    while (at < doc->length && edit_is_space(doc->text[at]))
        at++;
    if (at == doc->length || doc->text[at] != ':')
        return 0;
    return at + 1;
}

/* --- writing ------------------------------------------------------------------------------ */

static bool edit_contains_mapping(const json_t *array)
{
    size_t index;
    json_t *item;
    json_array_foreach (array, index, item)
        if (json_is_object(item))
            return true;
    return false;
}

static void edit_start_line(struct strbuf *out, const char *eol, size_t indent)
{
    strbuf_puts(out, eol);
    strbuf_repeat(out, ' ', indent);
}

void edit_write_block_entry(
    struct strbuf *out, const char *key, const json_t *value, size_t indent, const char *eol)
{
    const char *inner;
    json_t *item;
    size_t index;
    string_write(out, key, strlen(key), SCALAR_IN_BLOCK);
    strbuf_putc(out, ':');
    if (edit_contains_mapping(value)) { /* one item per line is easier to read */
        json_array_foreach (value, index, item) {
            edit_start_line(out, eol, indent + 2);
            strbuf_puts(out, "- ");
            value_write(out, item, SCALAR_IN_BLOCK);
        }
        return;
    }
    if (!json_is_object(value) || json_object_size(value) == 0) {
        strbuf_putc(out, ' ');
        value_write(out, value, SCALAR_IN_BLOCK);
        return;
    }
    json_object_foreach ((json_t *)value, inner, item) {
        edit_start_line(out, eol, indent + 2);
        edit_write_block_entry(out, inner, item, indent + 2, eol);
    }
}

void edit_write_flow_entry(struct strbuf *out, const char *key, const json_t *value)
{
    string_write(out, key, strlen(key), SCALAR_IN_FLOW);
    strbuf_puts(out, ": ");
    value_write(out, value, SCALAR_IN_FLOW);
}

void value_write_document(struct strbuf *out, const json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)object, key, value) {
        edit_write_block_entry(out, key, value, 0, "\n");
        strbuf_putc(out, '\n');
    }
}

static void edit_write_value(
    struct strbuf *out, const struct edit_location *at, const json_t *value)
{
    value_write(out, value, at->flow ? SCALAR_IN_FLOW : SCALAR_IN_BLOCK);
}

/* Wraps `value` into mappings for parts[from…]: {b: {c: value}}. New reference or NULL. */
static json_t *edit_wrap(const struct path *path, size_t from, const json_t *value)
{
    json_t *wrapped = json_incref((json_t *)value);
    for (size_t i = path->n_parts; i-- > from && wrapped != NULL;)
        wrapped = json_pack("{s:o}", path->parts[i], wrapped);
    return wrapped;
}

static enum sweep_code edit_finish(
    struct splice *out, struct strbuf *text, size_t start, size_t end)
{
    size_t length = text->length;
    char *bytes = strbuf_steal(text);
    if (bytes == NULL)
        return SWEEP_NO_MEMORY;
    *out = (struct splice){.start = start, .end = end, .text = bytes, .length = length};
    return SWEEP_OK;
}

/* --- replacing a value -------------------------------------------------------------------- */

/* Gives an entry without a value one: `key:`, `{a: }`, `{a}`. */
static enum sweep_code edit_fill_in(const struct yaml_doc *doc, const struct edit_location *at,
    const json_t *value, struct splice *out)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    const struct yaml_node *key = yaml_key(at->parent, at->index);
    size_t start = at->node->start, colon = edit_after_colon(doc, key);
    if (colon == 0 && !at->flow) { /* `? key`: the value goes on a line below */
        size_t end = edit_end_of_line(doc, key->end);
        edit_start_line(&text, edit_line_end(doc), edit_indent_of(doc, at->parent));
        strbuf_puts(&text, ": ");
        value_write(&text, value, SCALAR_IN_BLOCK);
        return edit_finish(out, &text, end, end);
    }
    if (colon == 0) {
        strbuf_puts(&text, ": ");
    } else {
        strbuf_putc(&text, ' '); /* instead of any spaces that are there */
        if (strspn(doc->text + colon, " ") >= start - colon)
            start = colon;
    }
    edit_write_value(&text, at, value);
    return edit_finish(out, &text, start, at->node->start);
}

/* Replaces a value where the old or the new one is a block collection: since these start on a line
 * of their own, everything after the colon is replaced. */
static enum sweep_code edit_replace_block(const struct yaml_doc *doc,
    const struct edit_location *at, const json_t *value, struct splice *out)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    const struct yaml_node *key = yaml_key(at->parent, at->index);
    size_t colon = edit_after_colon(doc, key);
    if (colon == 0)
        return SWEEP_INVALID; /* `? key` with a comment before the colon is not supported */
    if (at->flow || !json_is_object(value) || json_object_size(value) == 0) {
        strbuf_putc(&text, ' ');
        value_write(&text, value, SCALAR_IN_BLOCK);
        return edit_finish(out, &text, colon, edit_end_of(doc, at->node));
    }
    const char *inner, *eol = edit_line_end(doc);
    json_t *item;
    size_t indent = key->column + 1;
    json_object_foreach ((json_t *)value, inner, item) {
        edit_start_line(&text, eol, indent);
        edit_write_block_entry(&text, inner, item, indent, eol);
    }
    return edit_finish(out, &text, colon, edit_end_of(doc, at->node));
}

/* Replaces an item of a list, on its line. */
static enum sweep_code edit_replace_item(const struct yaml_doc *doc, const struct edit_location *at,
    const json_t *value, struct splice *out)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    if (at->node->start == at->node->end) /* a dash alone */
        strbuf_putc(&text, ' ');
    edit_write_value(&text, at, value);
    return edit_finish(out, &text, at->node->start, edit_end_of(doc, at->node));
}

enum sweep_code edit_replace(const struct yaml_doc *doc, const struct edit_location *at,
    const json_t *value, struct splice *out)
{
    const struct yaml_node *node = at->node;
    if (at->parent->kind == YAML_SEQUENCE)
        return edit_replace_item(doc, at, value, out);
    bool to_block = !at->flow && json_is_object(value) && json_object_size(value) > 0;
    bool has_colon = edit_after_colon(doc, yaml_key(at->parent, at->index)) != 0;
    if (edit_is_block_collection(node) || (to_block && has_colon))
        return edit_replace_block(doc, at, value, out);
    if (node->start == node->end)
        return edit_fill_in(doc, at, value, out);
    CLEANUP_STRBUF struct strbuf text = {0};
    edit_write_value(&text, at, value);
    return edit_finish(out, &text, node->start, edit_end_of(doc, node));
}

/* --- adding a key ------------------------------------------------------------------------- */

static enum sweep_code edit_add_flow_key(const struct yaml_doc *doc,
    const struct yaml_node *mapping, const char *key, const json_t *value, struct splice *out)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    size_t start;
    if (mapping->n_children > 0) {
        start = mapping->children[mapping->n_children - 1]->end;
        strbuf_puts(&text, ", ");
    } else {
        const char *brace = memchr(doc->text + mapping->start, '{', mapping->end - mapping->start);
        start = (size_t)(brace - doc->text) + 1;
    }
    edit_write_flow_entry(&text, key, value);
    return edit_finish(out, &text, start, start);
}

static enum sweep_code edit_add_block_key(const struct yaml_doc *doc,
    const struct yaml_node *mapping, const char *key, const json_t *value, struct splice *out)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    const char *eol = edit_line_end(doc);
    size_t indent = edit_indent_of(doc, mapping);
    const struct yaml_node *last = mapping->children[mapping->n_children - 1];
    while (edit_is_block_collection(last))
        last = last->children[last->n_children - 1];
    bool ends_line = doc->text[last->end - 1] == '\n';
    /* A block scalar at the end of the text, without a line break, would get one. */
    if (last->block && !ends_line)
        return SWEEP_INVALID;
    if (edit_keeps_breaks(doc, last) && ends_line) {
        strbuf_repeat(&text, ' ', indent);
        edit_write_block_entry(&text, key, value, indent, eol);
        strbuf_puts(&text, eol);
        return edit_finish(out, &text, last->end, last->end);
    }
    size_t end = edit_end_of_line(doc, edit_end_of(doc, last));
    edit_start_line(&text, eol, indent);
    edit_write_block_entry(&text, key, value, indent, eol);
    return edit_finish(out, &text, end, end);
}

/* Adds parts[depth…] of a path to the mapping that was reached. */
static enum sweep_code edit_add_key(const struct yaml_doc *doc, const struct edit_location *at,
    const struct path *path, const json_t *value, struct splice *out)
{
    const char *key = path->parts[at->depth];
    CLEANUP_JSON json_t *wrapped = edit_wrap(path, at->depth + 1, value);
    if (wrapped == NULL)
        return SWEEP_NO_MEMORY;
    if (at->node->flow)
        return edit_add_flow_key(doc, at->node, key, wrapped, out);
    enum sweep_code code = edit_add_block_key(doc, at->node, key, wrapped, out);
    out->depth = at->depth;
    return code;
}

/* Adds the first key to a document without any: replaces its null, on a line of its own. */
static enum sweep_code edit_add_first_key(
    const struct yaml_doc *doc, const struct path *path, const json_t *value, struct splice *out)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    const char *eol = edit_line_end(doc);
    CLEANUP_JSON json_t *wrapped = edit_wrap(path, 1, value);
    if (wrapped == NULL)
        return SWEEP_NO_MEMORY;
    size_t start = doc->length, end = doc->length, text_start = 0;
    if (doc->root != NULL) {
        start = doc->root->start;
        end = doc->root->end;
    }
    if (doc->text[0] == '\xef') /* a byte order mark */
        text_start = 3;
    if (start > 0 && start != text_start && doc->text[start - 1] != '\n')
        strbuf_puts(&text, eol);
    edit_write_block_entry(&text, path->parts[0], wrapped, 0, eol);
    if (start == end)
        strbuf_puts(&text, eol);
    return edit_finish(out, &text, start, end);
}

enum sweep_code edit_set(
    const struct yaml_doc *doc, const char *text, const json_t *value, struct splice *out)
{
    struct path path;
    if (!path_parse(text, &path))
        return SWEEP_INVALID;
    struct edit_location at = edit_locate(doc, &path);
    if (at.depth == path.n_parts)
        return edit_replace(doc, &at, value, out);
    if (at.node == NULL)
        return edit_add_first_key(doc, &path, value, out);
    if (at.node->kind == YAML_MAPPING)
        return edit_add_key(doc, &at, &path, value, out);
    if (at.node->kind != YAML_SCALAR || at.node->scalar.kind != SCALAR_NULL)
        return SWEEP_INVALID;
    if (at.parent == NULL)
        return edit_add_first_key(doc, &path, value, out);
    CLEANUP_JSON json_t *wrapped = edit_wrap(&path, at.depth, value);
    if (wrapped == NULL)
        return SWEEP_NO_MEMORY;
    return edit_replace(doc, &at, wrapped, out);
}

bool edit_find_target(const struct yaml_doc *doc, const char *text, struct edit_target *out)
{
    struct path path;
    if (!path_parse(text, &path))
        return false;
    struct edit_location at = edit_locate(doc, &path);
    size_t parts = at.depth, length = 0;
    /* A key is added to a mapping that has others; any other node is replaced. */
    out->adds = parts < path.n_parts && at.node != NULL && at.node->n_children > 0;
    if (out->adds)
        parts++;
    out->path[0] = '\0';
    for (size_t i = 0; i < parts; i++)
        length = path_append(out->path, length, path.parts[i]);
    return true;
}

/* --- removing a key ----------------------------------------------------------------------- */

/* Removes an entry between braces, with a comma. */
static enum sweep_code edit_delete_in_flow(
    const struct yaml_doc *doc, const struct edit_location *at, struct splice *out)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    const struct yaml_node *parent = at->parent;
    size_t n = parent->n_children / 2;
    if (n == 1) { /* the only key of the document */
        strbuf_puts(&text, "{}");
        return edit_finish(out, &text, parent->start, parent->end);
    }
    if (at->index + 1 < n)
        return edit_finish(
            out, &text, yaml_key(parent, at->index)->start, yaml_key(parent, at->index + 1)->start);
    return edit_finish(
        out, &text, yaml_value(parent, at->index - 1)->end, edit_end_of(doc, at->node));
}

/* The end of the last line of an entry of a block mapping, before its line break. */
static size_t edit_end_of_entry(const struct yaml_doc *doc, const struct edit_location *at)
{
    size_t value_end = edit_end_of(doc, at->node);
    if (at->node->start == at->node->end) /* a missing value can be lines below its key */
        value_end = yaml_key(at->parent, at->index)->end;
    size_t end = edit_end_of_line(doc, value_end);
    if (edit_keeps_breaks(doc, at->node) && at->node->end > end)
        return at->node->end - 1;
    return end;
}

/* Removes the lines of an entry of a block mapping. */
static enum sweep_code edit_delete_lines(
    const struct yaml_doc *doc, const struct edit_location *at, struct splice *out)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    const struct yaml_node *parent = at->parent;
    size_t entry = edit_start_of_entry(doc, yaml_key(parent, at->index));
    size_t start = entry, end = edit_end_of_entry(doc, at);
    while (start > 0 && doc->text[start - 1] == ' ')
        start--;
    if (start > 0 && doc->text[start - 1] != '\n') { /* after a `- `: the next key moves up */
        if (at->index + 1 < parent->n_children / 2)
            end = edit_start_of_entry(doc, yaml_key(parent, at->index + 1));
        return edit_finish(out, &text, entry, end);
    }
    while (end < doc->length && doc->text[end] != '\n')
        end++;
    if (end < doc->length)
        end++;
    /* The document must not become empty before a `...`. */
    if (parent->n_children == 2 && strstr(doc->text + end, "...") != NULL) {
        strbuf_puts(&text, "{}");
        strbuf_puts(&text, edit_line_end(doc));
    }
    return edit_finish(out, &text, start, end);
}

enum sweep_code edit_delete(const struct yaml_doc *doc, const char *text, struct splice *out)
{
    struct path path;
    if (!path_parse(text, &path))
        return SWEEP_INVALID;
    struct edit_location at = edit_locate(doc, &path);
    if (at.depth < path.n_parts)
        return SWEEP_NOT_FOUND;
    const struct yaml_node *parent = at.parent;
    if (parent->kind == YAML_SEQUENCE)
        return SWEEP_NOT_FOUND;
    if (parent->n_children == 2 && parent != doc->root) { /* an emptied mapping becomes `{}` */
        struct path up = path;
        up.n_parts--;
        struct edit_location above = edit_locate(doc, &up);
        CLEANUP_JSON json_t *empty = json_object();
        if (empty == NULL)
            return SWEEP_NO_MEMORY;
        return edit_replace(doc, &above, empty, out);
    }
    if (parent->flow)
        return edit_delete_in_flow(doc, &at, out);
    return edit_delete_lines(doc, &at, out);
}

/* --- splices ------------------------------------------------------------------------------ */

int splice_compare(const void *a, const void *b)
{
    const struct splice *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    if (x->depth != y->depth)
        return x->depth > y->depth ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

void splices_sort(struct splice *splices, size_t n_splices)
{
    for (size_t i = 0; i < n_splices; i++)
        splices[i].order = i;
    if (n_splices > 1)
        qsort(splices, n_splices, sizeof *splices, splice_compare);
}

void splice_deinit(struct splice *splice)
{
    free(splice->text);
    *splice = (struct splice){0};
}

void splices_apply(struct strbuf *out, const char *text, struct edit_range range,
    const struct splice *splices, size_t n_splices)
{
    size_t at = range.start;
    for (size_t i = 0; i < n_splices; i++) {
        strbuf_append(out, text + at, splices[i].start - at);
        strbuf_append(out, splices[i].text, splices[i].length);
        at = splices[i].end;
    }
    strbuf_append(out, text + at, range.end - at);
}
