/* SPDX-License-Identifier: Apache-2.0
 *
 * Turns libyaml's events into nodes. libyaml's marks count characters; they are converted to byte
 * offsets here. yaml_tree.c computes the values of the nodes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "lib/doc/tabs.h"
#include "lib/doc/encoding.h"
#include "lib/doc/yaml.h"
#include "lib/doc/yaml_mistake.h"
#include "lib/findings/findings.h"
#include "lib/util/array.h"
#include "lib/util/index.h"
#include "lib/util/text.h"

#define CORE_TAG "tag:yaml.org,2002:"

struct yaml_loader {
    const char *file;
    struct sweep_findings *findings;
    struct yaml_doc *doc;
    yaml_parser_t parser;
    uint32_t *bytes;   /* byte offset of each character; NULL if the text is ASCII */
    size_t characters; /* in the text, not counting a byte order mark */
    struct yaml_node **anchored;
    size_t n_anchored, anchor_capacity;
    json_t *anchors; /* index of the names in `anchored` */
    uint64_t nodes;  /* created so far */
    enum sweep_code code;
};

static enum sweep_code yaml_parse_no_memory(struct yaml_loader *loader)
{
    return loader->code = SWEEP_NO_MEMORY;
}

static struct sweep_place yaml_parse_place(
    const struct yaml_loader *loader, const struct yaml_node *node)
{
    return yaml_node_place(loader->doc, loader->file, node);
}

/* --- text --------------------------------------------------------------------------------- */

/* Maps libyaml's character indexes to byte offsets. libyaml skips a byte order mark without
 * counting it. */
static enum sweep_code yaml_parse_map_characters(struct yaml_loader *loader)
{
    const char *text = loader->doc->text;
    size_t length = loader->doc->length, start = 0;
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        start = 3;
    loader->characters = utf8_count(text + start, length - start);
    if (loader->characters == length)
        return SWEEP_OK;
    loader->bytes = malloc((loader->characters + 1) * sizeof *loader->bytes);
    if (loader->bytes == NULL)
        return yaml_parse_no_memory(loader);
    size_t n = 0;
    for (size_t i = start; i < length; n++) {
        uint32_t c;
        loader->bytes[n] = (uint32_t)i;
        i += utf8_decode(text + i, length - i, &c);
    }
    loader->bytes[n] = (uint32_t)length;
    return SWEEP_OK;
}

static size_t yaml_parse_byte_of(const struct yaml_loader *loader, const yaml_mark_t *mark)
{
    size_t index = mark->index;
    if (index > loader->characters)
        index = loader->characters;
    if (loader->bytes == NULL)
        return index;
    return loader->bytes[index];
}

static enum sweep_code yaml_parse_syntax_error(struct yaml_loader *loader)
{
    const yaml_parser_t *parser = &loader->parser;
    const struct yaml_doc *doc = loader->doc;
    const char *context = "", *colon = "", *problem = "not YAML";
    if (parser->error == YAML_MEMORY_ERROR)
        return yaml_parse_no_memory(loader);
    if (parser->context != NULL) {
        context = parser->context;
        colon = ": ";
    }
    if (parser->problem != NULL)
        problem = parser->problem;
    const struct yaml_problem known = {context, problem,
        yaml_parse_byte_of(loader, &parser->context_mark),
        yaml_parse_byte_of(loader, &parser->problem_mark)};
    struct yaml_mistake mistake;
    if (yaml_mistake_find(doc->text, doc->length, &known, &mistake)) {
        struct sweep_place at = finding_place(loader->file, doc->text, mistake.offset);
        if (mistake.offset + mistake.length <= doc->length)
            at.length = (unsigned)utf8_count(doc->text + mistake.offset, mistake.length);
        return loader->code = FINDING_ERROR(
                   loader->findings, "yaml-syntax", at, NULL, mistake.hint, "%s", mistake.message);
    }
    struct sweep_place place = {.file = loader->file,
        .line = (unsigned)parser->problem_mark.line + 1,
        .column = (unsigned)parser->problem_mark.column + 1};
    return loader->code = FINDING_ERROR(loader->findings, "yaml-syntax", place, NULL, NULL,
               "%s%s%s", context, colon, problem);
}

static enum sweep_code yaml_parse_next_event(struct yaml_loader *loader, yaml_event_t *event)
{
    if (!yaml_parser_parse(&loader->parser, event))
        return yaml_parse_syntax_error(loader);
    return SWEEP_OK;
}

/* --- nodes -------------------------------------------------------------------------------- */

static bool yaml_parse_append(struct yaml_node *parent, struct yaml_node *child)
{
    struct yaml_node **children = array_grow(
        parent->children, parent->n_children, &parent->capacity, sizeof(struct yaml_node *));
    if (children == NULL)
        return false;
    parent->children = children;
    parent->children[parent->n_children++] = child;
    return true;
}

static void yaml_parse_too_many_values(struct yaml_loader *loader, const struct yaml_node *node)
{
    loader->code = FINDING_ERROR(loader->findings, "too-large", yaml_parse_place(loader, node),
        NULL, NULL, "more than %llu values with all aliases expanded",
        (unsigned long long)loader->doc->limits.values);
}

static struct yaml_node *yaml_parse_new_node(
    struct yaml_loader *loader, enum yaml_kind kind, const yaml_event_t *event)
{
    struct yaml_node *node = calloc(1, sizeof *node);
    if (node == NULL) {
        yaml_parse_no_memory(loader);
        return NULL;
    }
    node->kind = kind;
    node->start = yaml_parse_byte_of(loader, &event->start_mark);
    node->end = yaml_parse_byte_of(loader, &event->end_mark);
    node->line = (unsigned)event->start_mark.line + 1;
    node->column = (unsigned)event->start_mark.column + 1;
    node->values = 1;
    /* A mapping has two nodes per value. */
    if (++loader->nodes > 2 * loader->doc->limits.values)
        yaml_parse_too_many_values(loader, node);
    return node;
}

/* Adds what a child counts for to its parent, so that the limit is enforced before any alias is
 * expanded. A key counts only for its length. */
static void yaml_parse_count_child(
    struct yaml_loader *loader, struct yaml_node *parent, const struct yaml_node *child)
{
    parent->values += child->values;
    if (parent->kind == YAML_MAPPING && parent->n_children % 2 == 0)
        parent->values--;
    if (parent->values > loader->doc->limits.values && loader->code == SWEEP_OK)
        yaml_parse_too_many_values(loader, child);
}

static struct yaml_node *yaml_parse_find_anchor(const struct yaml_loader *loader, const char *name)
{
    size_t number = index_find(loader->anchors, name, strlen(name));
    return number != SIZE_MAX ? loader->anchored[number] : NULL;
}

static bool yaml_parse_reserve_anchor(struct yaml_loader *loader)
{
    struct yaml_node **anchored = array_grow(
        loader->anchored, loader->n_anchored, &loader->anchor_capacity, sizeof(struct yaml_node *));
    if (anchored == NULL)
        return false;
    loader->anchored = anchored;
    return true;
}

static void yaml_parse_add_anchor(
    struct yaml_loader *loader, struct yaml_node *node, const char *name)
{
    loader->doc->exotic = true;
    if (yaml_parse_find_anchor(loader, name) != NULL) {
        loader->code = FINDING_ERROR(loader->findings, "duplicate-anchor",
            yaml_parse_place(loader, node), NULL, NULL, "anchor \"%s\" is defined twice", name);
        return;
    }
    node->anchor = strdup(name);
    if (node->anchor == NULL || !yaml_parse_reserve_anchor(loader) ||
        !index_add(&loader->anchors, name, strlen(name), loader->n_anchored))
        yaml_parse_no_memory(loader);
    else
        loader->anchored[loader->n_anchored++] = node;
}

static bool yaml_parse_tag_fits(const struct yaml_node *node, const char *tag)
{
    switch (node->kind) {
    case YAML_SCALAR:
        return node->scalar.kind != SCALAR_INVALID;
    case YAML_SEQUENCE:
        return strcmp(tag, YAML_SEQ_TAG) == 0;
    default:
        return strcmp(tag, YAML_MAP_TAG) == 0;
    }
}

/* Checks the tag and records the anchor; either may be NULL. */
static void yaml_parse_properties(
    struct yaml_loader *loader, struct yaml_node *node, const char *tag, const char *anchor)
{
    if (tag != NULL) {
        loader->doc->exotic = true;
        if (!yaml_parse_tag_fits(node, tag)) {
            loader->code =
                FINDING_ERROR(loader->findings, "bad-tag", yaml_parse_place(loader, node), NULL,
                    NULL, "OmegaConf cannot load tag \"%s\" here", tag);
            return;
        }
    }
    if (anchor != NULL)
        yaml_parse_add_anchor(loader, node, anchor);
}

static struct scalar yaml_parse_resolve(
    const struct yaml_loader *loader, const struct yaml_node *node, const char *tag)
{
    if (tag == NULL && node->plain)
        return scalar_resolve_as(loader->doc->dialect.scalars, node->text, node->length);
    if (tag == NULL || strcmp(tag, "!") == 0)
        return (struct scalar){.kind = SCALAR_STRING};
    if (strncmp(tag, CORE_TAG, strlen(CORE_TAG)) == 0)
        return scalar_resolve_tagged(tag + strlen(CORE_TAG), node->text, node->length);
    return (struct scalar){.kind = SCALAR_INVALID};
}

static struct yaml_node *yaml_parse_scalar(struct yaml_loader *loader, const yaml_event_t *event)
{
    struct yaml_node *node = yaml_parse_new_node(loader, YAML_SCALAR, event);
    if (node == NULL)
        return NULL;
    const char *tag = (const char *)event->data.scalar.tag;
    yaml_scalar_style_t style = event->data.scalar.style;
    node->length = event->data.scalar.length;
    node->values += node->length / 1024;
    node->complete = true;
    node->plain = style == YAML_PLAIN_SCALAR_STYLE;
    node->block = style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE;
    node->text = text_duplicate((const char *)event->data.scalar.value, node->length);
    if (node->text == NULL) {
        yaml_parse_no_memory(loader);
        return node;
    }
    node->scalar = yaml_parse_resolve(loader, node, tag);
    if (loader->code == SWEEP_OK)
        yaml_parse_properties(loader, node, tag, (const char *)event->data.scalar.anchor);
    return node;
}

static struct yaml_node *yaml_parse_alias(struct yaml_loader *loader, const yaml_event_t *event)
{
    struct yaml_node *node = yaml_parse_new_node(loader, YAML_ALIAS, event);
    if (node == NULL)
        return NULL;
    const char *name = (const char *)event->data.alias.anchor;
    loader->doc->exotic = true;
    node->target = yaml_parse_find_anchor(loader, name);
    if (node->target == NULL)
        loader->code =
            FINDING_ERROR(loader->findings, "unknown-alias", yaml_parse_place(loader, node), NULL,
                NULL, "alias \"%s\" has no anchor before it", name);
    else if (node->target->complete)
        node->values += node->target->values;
    else /* an alias inside the node it refers to would expand forever */
        node->values += loader->doc->limits.values;
    return node;
}

static struct yaml_node *yaml_parse_collection(
    struct yaml_loader *loader, const yaml_event_t *event)
{
    const yaml_char_t *tag, *anchor;
    enum yaml_kind kind;
    bool flow;
    if (event->type == YAML_MAPPING_START_EVENT) {
        kind = YAML_MAPPING;
        flow = event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
        tag = event->data.mapping_start.tag;
        anchor = event->data.mapping_start.anchor;
    } else {
        kind = YAML_SEQUENCE;
        flow = event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
        tag = event->data.sequence_start.tag;
        anchor = event->data.sequence_start.anchor;
    }
    struct yaml_node *node = yaml_parse_new_node(loader, kind, event);
    if (node == NULL)
        return NULL;
    node->flow = flow;
    yaml_parse_properties(loader, node, (const char *)tag, (const char *)anchor);
    return node;
}

/* The end event of a block collection is at the next token, possibly lines below, so the collection
 * ends where its last child ends. */
static void yaml_parse_close(struct yaml_node *node, size_t end_of_event)
{
    node->complete = true;
    if (node->flow)
        node->end = end_of_event;
    else if (node->n_children > 0 && node->children[node->n_children - 1]->end > node->end)
        node->end = node->children[node->n_children - 1]->end;
}

/* Returns the event's node with everything inside it. On failure loader->code is set; the partial
 * node is returned all the same, so that its parent owns it. */
static struct yaml_node *yaml_parse_node(
    struct yaml_loader *loader, const yaml_event_t *event, uint64_t depth)
{
    if (event->type == YAML_SCALAR_EVENT)
        return yaml_parse_scalar(loader, event);
    if (event->type == YAML_ALIAS_EVENT)
        return yaml_parse_alias(loader, event);
    struct yaml_node *node = yaml_parse_collection(loader, event);
    if (node == NULL)
        return NULL;
    if (depth > loader->doc->limits.depth && loader->code == SWEEP_OK)
        loader->code =
            FINDING_ERROR(loader->findings, "too-deep", yaml_parse_place(loader, node), NULL, NULL,
                "nested deeper than %llu levels", (unsigned long long)loader->doc->limits.depth);
    while (loader->code == SWEEP_OK && !node->complete) {
        yaml_event_t inner;
        if (yaml_parse_next_event(loader, &inner) != SWEEP_OK)
            break;
        if (inner.type == YAML_MAPPING_END_EVENT || inner.type == YAML_SEQUENCE_END_EVENT) {
            yaml_parse_close(node, yaml_parse_byte_of(loader, &inner.end_mark));
        } else {
            struct yaml_node *child = yaml_parse_node(loader, &inner, depth + 1);
            if (child != NULL)
                yaml_parse_count_child(loader, node, child);
            if (child != NULL && !yaml_parse_append(node, child)) {
                yaml_node_free(child);
                yaml_parse_no_memory(loader);
            }
        }
        yaml_event_delete(&inner);
    }
    return node;
}

static enum sweep_code yaml_parse_stream(struct yaml_loader *loader)
{
    bool done = false;
    unsigned documents = 0;
    while (!done && loader->code == SWEEP_OK) {
        yaml_event_t event;
        if (yaml_parse_next_event(loader, &event) != SWEEP_OK)
            break;
        switch (event.type) {
        case YAML_STREAM_END_EVENT:
            done = true;
            break;
        case YAML_DOCUMENT_START_EVENT:
            if (documents++ > 0)
                loader->code = FINDING_ERROR(loader->findings, "several-documents",
                    ((struct sweep_place){loader->file, (unsigned)event.start_mark.line + 1,
                        (unsigned)event.start_mark.column + 1, 3}),
                    NULL, NULL, "a config is a single YAML document; a second one starts here");
            break;
        case YAML_SCALAR_EVENT:
        case YAML_ALIAS_EVENT:
        case YAML_MAPPING_START_EVENT:
        case YAML_SEQUENCE_START_EVENT:
            loader->doc->root = yaml_parse_node(loader, &event, 1);
            break;
        default:
            break;
        }
        yaml_event_delete(&event);
    }
    return loader->code;
}

/* --- entry -------------------------------------------------------------------------------- */

static enum sweep_code yaml_parse_check_text(const struct yaml_loader *loader)
{
    const struct yaml_doc *doc = loader->doc;
    if (doc->length > doc->limits.bytes)
        return FINDING_ERROR(loader->findings, "too-large",
            ((struct sweep_place){.file = loader->file}), NULL, NULL,
            "the config has %zu bytes; the limit is %llu", doc->length,
            (unsigned long long)doc->limits.bytes);
    struct encoding_mistake encoding;
    if (encoding_find_mistake(doc->text, doc->length, &encoding))
        return FINDING_ERROR(loader->findings, "not-utf8",
            finding_place(loader->file, doc->text, encoding.offset), NULL, encoding.hint, "%s",
            encoding.message);
    return SWEEP_OK;
}

static enum sweep_code yaml_parse_text(struct yaml_loader *loader)
{
    const struct yaml_doc *doc = loader->doc;
    if (doc->text == NULL)
        return yaml_parse_no_memory(loader);
    loader->code = yaml_parse_check_text(loader);
    if (loader->code != SWEEP_OK || yaml_parse_map_characters(loader) != SWEEP_OK)
        return loader->code;
    if (!yaml_parser_initialize(&loader->parser))
        return yaml_parse_no_memory(loader);
    yaml_parser_set_input_string(&loader->parser, (const unsigned char *)doc->text, doc->length);
    if (yaml_parse_stream(loader) == SWEEP_OK)
        loader->code = yaml_build_tree(loader->doc, loader->file, loader->findings);
    yaml_parser_delete(&loader->parser);
    return loader->code;
}

enum sweep_code yaml_parse_input(
    const struct yaml_input *input, struct sweep_findings *findings, struct yaml_doc **out)
{
    struct yaml_loader loader = {.file = input->file, .findings = findings};
    struct yaml_doc *doc = calloc(1, sizeof *doc);
    if (doc == NULL)
        return SWEEP_NO_MEMORY;
    doc->text = text_duplicate(input->text, input->length);
    doc->length = input->length;
    doc->limits = input->limits != NULL ? *input->limits : yaml_default_limits;
    doc->dialect = input->dialect;
    doc->lenient = input->lenient;
    const char *newline = memchr(input->text, '\n', input->length);
    doc->crlf = newline != NULL && newline > input->text && newline[-1] == '\r';
    loader.doc = doc;
    findings_add_source(findings, input->file, input->text, input->length);
    enum sweep_code code = yaml_parse_text(&loader);
    free(loader.bytes);
    free(loader.anchored);
    json_decref(loader.anchors);
    if (code != SWEEP_OK) {
        yaml_doc_free(doc);
        return code;
    }
    if (findings != NULL)
        tabs_warn(doc, input->file, findings);
    *out = doc;
    return SWEEP_OK;
}

enum sweep_code yaml_parse(const char *text, size_t length, const char *file,
    struct sweep_findings *findings, struct yaml_doc **out)
{
    const struct yaml_input input = {.text = text, .length = length, .file = file};
    return yaml_parse_input(&input, findings, out);
}

enum sweep_code yaml_reparse(
    const char *text, size_t length, const struct yaml_doc *like, struct yaml_doc **out)
{
    const struct yaml_input input = {.text = text,
        .length = length,
        .file = "",
        .limits = &like->limits,
        .dialect = like->dialect};
    return yaml_parse_input(&input, NULL, out);
}
