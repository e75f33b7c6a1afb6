/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/doc/edit.h"
#include "lib/doc/path.h"
#include "lib/util/cleanup.h"

/* How far a path leads into a document. */
struct location {
    const struct yaml_node *node;   /* the deepest node that exists; NULL in an empty document */
    const struct yaml_node *parent; /* the mapping that holds it; NULL for the root */
    size_t index;                   /* which child of the parent it is */
    size_t depth;                   /* parts of the path that were found */
    bool flow;                      /* inside brackets or braces */
};

static struct location locate(const struct yaml_doc *doc, const struct path *path)
{
    struct location at = {.node = doc->root};
    while (at.depth < path->n_parts && at.node != NULL && at.node->kind == YAML_MAPPING) {
        const struct yaml_node *mapping = at.node;
        size_t i = 0, n = mapping->n_children / 2;
        while (i < n && (yaml_key(mapping, i)->scalar.kind != SCALAR_STRING ||
                            strcmp(yaml_key(mapping, i)->text, path->parts[at.depth]) != 0))
            i++;
        if (i == n)
            break;
        at.flow |= mapping->flow;
        at.parent = mapping;
        at.index = i;
        at.node = yaml_value(mapping, i);
        at.depth++;
    }
    return at;
}

const char *edit_line_end(const struct yaml_doc *doc)
{
    const char *newline = memchr(doc->text, '\n', doc->length);
    return newline != NULL && newline > doc->text && newline[-1] == '\r' ? "\r\n" : "\n";
}

size_t edit_end_of(const struct yaml_doc *doc, const struct yaml_node *node)
{
    size_t end = node->end;
    while (end > node->start && strchr(" \t\r\n", doc->text[end - 1]) != NULL)
        end--;
    return end;
}

/* The end of the line that holds `offset`, before its line break. */
static size_t end_of_line(const struct yaml_doc *doc, size_t offset)
{
    const char *newline = memchr(doc->text + offset, '\n', doc->length - offset);
    size_t end = newline == NULL ? doc->length : (size_t)(newline - doc->text);
    return end > offset && doc->text[end - 1] == '\r' ? end - 1 : end;
}

static bool holds_mapping(const json_t *array)
{
    size_t index;
    json_t *item;
    json_array_foreach (array, index, item)
        if (json_is_object(item))
            return true;
    return false;
}

/* Appends `key: value` lines, the first without indentation of its own. */
static void write_entry(
    struct strbuf *out, const char *key, const json_t *value, size_t indent, const char *eol)
{
    const char *inner;
    json_t *item;
    size_t index;
    string_write(out, key, strlen(key), SCALAR_IN_BLOCK);
    strbuf_putc(out, ':');
    if (holds_mapping(value)) { /* a line each, to be read */
        json_array_foreach (value, index, item) {
            strbuf_puts(out, eol);
            strbuf_repeat(out, ' ', indent + 2);
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
        strbuf_puts(out, eol);
        strbuf_repeat(out, ' ', indent + 2);
        write_entry(out, inner, item, indent + 2, eol);
    }
}

void edit_write_entry(struct strbuf *out, const struct yaml_doc *doc, const char *key,
    const json_t *value, size_t indent, bool flow)
{
    if (!flow) {
        write_entry(out, key, value, indent, edit_line_end(doc));
        return;
    }
    string_write(out, key, strlen(key), SCALAR_IN_FLOW);
    strbuf_puts(out, ": ");
    value_write(out, value, SCALAR_IN_FLOW);
}

void value_write_document(struct strbuf *out, const json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)object, key, value) {
        write_entry(out, key, value, 0, "\n");
        strbuf_putc(out, '\n');
    }
}

/* `value` wrapped into mappings for parts[from…]: {b: {c: value}}. New reference or NULL. */
static json_t *wrap(const struct path *path, size_t from, const json_t *value)
{
    json_t *wrapped = json_incref((json_t *)value);
    for (size_t i = path->n_parts; i-- > from && wrapped != NULL;)
        wrapped = json_pack("{s:o}", path->parts[i], wrapped);
    return wrapped;
}

static enum sweep_code finish(struct splice *out, struct strbuf *text, size_t start, size_t end)
{
    size_t length = text->length;
    char *bytes = strbuf_steal(text);
    if (bytes == NULL)
        return SWEEP_NO_MEMORY;
    *out = (struct splice){start, end, bytes, length, 0};
    return SWEEP_OK;
}

/* Where an entry begins: at its key, or at the `?` in front of it. */
static size_t start_of_entry(const struct yaml_doc *doc, const struct yaml_node *key)
{
    size_t at = key->start;
    while (at > 0 && doc->text[at - 1] == ' ')
        at--;
    return at > 0 && doc->text[at - 1] == '?' ? at - 1 : key->start;
}

/* The blanks in front of each entry of a block mapping. */
static size_t indent_of(const struct yaml_doc *doc, const struct yaml_node *mapping)
{
    const struct yaml_node *key = yaml_key(mapping, 0);
    return key->column - 1 - (key->start - start_of_entry(doc, key));
}

/* Whether the line breaks behind a block scalar belong to it: `|+`. */
static bool keeps_breaks(const struct yaml_doc *doc, const struct yaml_node *node)
{
    size_t at = node->start;
    while (node->block && doc->text[at] != '|' && doc->text[at] != '>')
        at++; /* over an anchor or tag */
    return node->block && memchr(doc->text + at, '+', strspn(doc->text + at, "|>+-0123456789"));
}

/* The place behind the colon of a key, or 0 when it has none (`{a}`, `? a`). */
static size_t behind_colon(const struct yaml_doc *doc, const struct yaml_node *key)
{
    size_t at = key->end;
    while (at < doc->length && strchr(" \t\r\n", doc->text[at]) != NULL)
        at++;
    return at < doc->length && doc->text[at] == ':' ? at + 1 : 0;
}

/* A value where there was none: `key:`, `{a: }`, `{a}`. */
static enum sweep_code fill_in(
    const struct yaml_doc *doc, const struct location *at, const json_t *value, struct splice *out)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    const struct yaml_node *key = yaml_key(at->parent, at->index);
    size_t start = at->node->start, colon = behind_colon(doc, key);
    if (colon == 0 && !at->flow) { /* `? key`: the value gets a line below it */
        size_t where = end_of_line(doc, key->end);
        strbuf_puts(&text, edit_line_end(doc));
        strbuf_repeat(&text, ' ', indent_of(doc, at->parent));
        strbuf_puts(&text, ": ");
        value_write(&text, value, SCALAR_IN_BLOCK);
        return finish(out, &text, where, where);
    }
    /* Blanks between the colon and the place give way to one. */
    if (colon != 0 && strspn(doc->text + colon, " ") >= start - colon)
        start = colon;
    strbuf_puts(&text, colon != 0 ? " " : ": ");
    value_write(&text, value, at->flow ? SCALAR_IN_FLOW : SCALAR_IN_BLOCK);
    return finish(out, &text, start, at->node->start);
}

/* Gives the existing node another value. */
static enum sweep_code replace_node(
    const struct yaml_doc *doc, const struct location *at, const json_t *value, struct splice *out)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    const struct yaml_node *node = at->node;
    size_t start = node->start, end = edit_end_of(doc, node);
    bool was_block = (node->kind == YAML_MAPPING || node->kind == YAML_SEQUENCE) && !node->flow;
    bool to_block = !at->flow && json_is_object(value) && json_object_size(value) > 0;
    size_t colon = behind_colon(doc, yaml_key(at->parent, at->index));
    if (!was_block && (!to_block || colon == 0)) {
        if (node->start == node->end)
            return fill_in(doc, at, value, out);
        value_write(&text, value, at->flow ? SCALAR_IN_FLOW : SCALAR_IN_BLOCK);
        return finish(out, &text, start, end);
    }
    /* A block collection begins on a line of its own: from its key's colon on, all is new. */
    const struct yaml_node *key = yaml_key(at->parent, at->index);
    if (colon == 0)
        return SWEEP_INVALID; /* `? key` with a comment before the colon: nobody writes that */
    start = colon;
    if (to_block) {
        const char *inner;
        json_t *item;
        size_t indent = key->column + 1;
        json_object_foreach ((json_t *)value, inner, item) {
            strbuf_puts(&text, edit_line_end(doc));
            strbuf_repeat(&text, ' ', indent);
            write_entry(&text, inner, item, indent, edit_line_end(doc));
        }
    } else {
        strbuf_putc(&text, ' ');
        value_write(&text, value, SCALAR_IN_BLOCK);
    }
    return finish(out, &text, start, end);
}

enum sweep_code edit_value(const struct yaml_doc *doc, const struct yaml_node *mapping,
    size_t index, bool flow, const json_t *value, struct splice *out)
{
    struct location at = {yaml_value(mapping, index), mapping, index, 0, flow};
    return replace_node(doc, &at, value, out);
}

/* Adds parts[depth…] below the mapping that was reached. */
static enum sweep_code add_key(const struct yaml_doc *doc, const struct location *at,
    const struct path *path, const json_t *value, struct splice *out)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    const struct yaml_node *mapping = at->node;
    const char *key = path->parts[at->depth];
    CLEANUP_JSON json_t *wrapped = wrap(path, at->depth + 1, value);
    if (wrapped == NULL)
        return SWEEP_NO_MEMORY;
    if (mapping->flow) {
        const char *brace = memchr(doc->text + mapping->start, '{', mapping->end - mapping->start);
        size_t where = (size_t)(brace - doc->text) + 1;
        if (mapping->n_children > 0) {
            where = mapping->children[mapping->n_children - 1]->end;
            strbuf_puts(&text, ", ");
        }
        edit_write_entry(&text, doc, key, wrapped, 0, true);
        return finish(out, &text, where, where);
    }
    const struct yaml_node *last = mapping->children[mapping->n_children - 1];
    while ((last->kind == YAML_MAPPING || last->kind == YAML_SEQUENCE) && !last->flow)
        last = last->children[last->n_children - 1];
    /* Without a line break behind it, a block scalar at the end of the text would get one. */
    if (last->block && doc->text[last->end - 1] != '\n')
        return SWEEP_INVALID;
    bool below = keeps_breaks(doc, last) && doc->text[last->end - 1] == '\n';
    size_t where = below ? last->end : end_of_line(doc, edit_end_of(doc, last));
    size_t indent = indent_of(doc, mapping);
    strbuf_puts(&text, below ? "" : edit_line_end(doc));
    strbuf_repeat(&text, ' ', indent);
    write_entry(&text, key, wrapped, indent, edit_line_end(doc));
    strbuf_puts(&text, below ? edit_line_end(doc) : "");
    enum sweep_code code = finish(out, &text, where, where);
    out->depth = at->depth;
    return code;
}

/* The first key of a document that has none: it takes the place of the null that stands for the
 * document, on a line of its own. */
static enum sweep_code first_key(
    const struct yaml_doc *doc, const struct path *path, const json_t *value, struct splice *out)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    CLEANUP_JSON json_t *wrapped = wrap(path, 1, value);
    size_t start = doc->root != NULL ? doc->root->start : doc->length;
    size_t end = doc->root != NULL ? doc->root->end : doc->length;
    if (wrapped == NULL)
        return SWEEP_NO_MEMORY;
    if (start > 0 && doc->text[start - 1] != '\n' && start != (doc->text[0] == '\xef' ? 3 : 0))
        strbuf_puts(&text, edit_line_end(doc));
    write_entry(&text, path->parts[0], wrapped, 0, edit_line_end(doc));
    if (start == end)
        strbuf_puts(&text, edit_line_end(doc));
    return finish(out, &text, start, end);
}

enum sweep_code edit_set(
    const struct yaml_doc *doc, const char *text, const json_t *value, struct splice *out)
{
    struct path path;
    if (!path_parse(text, &path))
        return SWEEP_INVALID;
    struct location at = locate(doc, &path);
    if (at.depth == path.n_parts)
        return replace_node(doc, &at, value, out);
    bool null =
        at.node != NULL && at.node->kind == YAML_SCALAR && at.node->scalar.kind == SCALAR_NULL;
    if (at.node == NULL || (null && at.parent == NULL))
        return first_key(doc, &path, value, out);
    if (at.node->kind == YAML_MAPPING)
        return add_key(doc, &at, &path, value, out);
    if (!null)
        return SWEEP_INVALID;
    CLEANUP_JSON json_t *wrapped = wrap(&path, at.depth, value);
    return wrapped == NULL ? SWEEP_NO_MEMORY : replace_node(doc, &at, wrapped, out);
}

/* Removes an entry between braces, with a comma. */
static enum sweep_code delete_in_flow(
    const struct yaml_doc *doc, const struct location *at, struct splice *out)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    const struct yaml_node *parent = at->parent;
    size_t n = parent->n_children / 2;
    if (n == 1) { /* the last one, of the whole document */
        strbuf_puts(&text, "{}");
        return finish(out, &text, parent->start, parent->end);
    }
    if (at->index + 1 < n)
        return finish(
            out, &text, yaml_key(parent, at->index)->start, yaml_key(parent, at->index + 1)->start);
    return finish(out, &text, yaml_value(parent, at->index - 1)->end, edit_end_of(doc, at->node));
}

/* Removes the lines of an entry of a block mapping. */
static enum sweep_code delete_lines(
    const struct yaml_doc *doc, const struct location *at, struct splice *out)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    const struct yaml_node *parent = at->parent, *key = yaml_key(parent, at->index);
    bool more = at->index + 1 < parent->n_children / 2;
    /* The place of a missing value may be lines below its key. */
    bool empty = at->node->start == at->node->end;
    size_t value_end = empty ? key->end : edit_end_of(doc, at->node);
    size_t first = start_of_entry(doc, key), start = first, end = end_of_line(doc, value_end);
    if (keeps_breaks(doc, at->node) && at->node->end > end)
        end = at->node->end - 1;
    while (start > 0 && doc->text[start - 1] == ' ')
        start--;
    if (start > 0 && doc->text[start - 1] != '\n') /* behind a `- `: the next key moves up */
        return finish(
            out, &text, first, more ? start_of_entry(doc, yaml_key(parent, at->index + 1)) : end);
    while (end < doc->length && doc->text[end] != '\n')
        end++;
    end = end < doc->length ? end + 1 : end;
    /* Before a `...` there has to be something. */
    if (parent->n_children == 2 && strstr(doc->text + end, "...") != NULL) {
        strbuf_puts(&text, "{}");
        strbuf_puts(&text, edit_line_end(doc));
    }
    return finish(out, &text, start, end);
}

enum sweep_code edit_delete(const struct yaml_doc *doc, const char *text, struct splice *out)
{
    struct path path;
    if (!path_parse(text, &path))
        return SWEEP_INVALID;
    struct location at = locate(doc, &path);
    if (at.depth < path.n_parts)
        return SWEEP_NOT_FOUND;
    const struct yaml_node *parent = at.parent;
    if (parent->n_children == 2 && parent != doc->root) { /* an emptied mapping stays one */
        struct path up = path;
        up.n_parts--;
        struct location above = locate(doc, &up);
        CLEANUP_JSON json_t *empty = json_object();
        return empty == NULL ? SWEEP_NO_MEMORY : replace_node(doc, &above, empty, out);
    }
    return parent->flow ? delete_in_flow(doc, &at, out) : delete_lines(doc, &at, out);
}

bool splice_is_behind(const struct splice *a, const struct splice *b)
{
    if (a->start != b->start)
        return a->start > b->start;
    return a->end != b->end ? a->end > b->end : a->depth < b->depth;
}

void splice_deinit(struct splice *splice)
{
    free(splice->text);
    *splice = (struct splice){0};
}

void splices_apply(struct strbuf *out, const char *text, size_t from, size_t to,
    const struct splice *splices, size_t n_splices)
{
    for (size_t i = 0; i < n_splices; i++) {
        strbuf_append(out, text + from, splices[i].start - from);
        strbuf_append(out, splices[i].text, splices[i].length);
        from = splices[i].end;
    }
    strbuf_append(out, text + from, to - from);
}
