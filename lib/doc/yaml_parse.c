/* SPDX-License-Identifier: Apache-2.0
 *
 * libyaml's events become nodes. libyaml counts characters, so its marks are turned into bytes on
 * the way. What the nodes mean is found out in yaml_tree.c.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "lib/doc/tabs.h"
#include "lib/doc/yaml.h"
#include "lib/findings/findings.h"
#include "lib/util/text.h"

struct loader {
    const char *file;
    struct sweep_findings *findings;
    struct yaml_doc *doc;
    yaml_parser_t parser;
    uint32_t *bytes;   /* byte offset of each character; NULL when all are one byte */
    size_t characters; /* in the text, without a byte order mark */
    struct yaml_node **anchored;
    size_t n_anchored;
    uint64_t nodes; /* made so far */
    enum sweep_code code;
};

static enum sweep_code no_memory(struct loader *loader)
{
    return loader->code = SWEEP_NO_MEMORY;
}

static struct sweep_place place_of(const struct loader *loader, const struct yaml_node *node)
{
    return yaml_node_place(loader->doc, loader->file, node);
}

/* --- text --------------------------------------------------------------------------------- */

/* Maps libyaml's character indexes to bytes. libyaml skips a byte order mark without counting. */
static enum sweep_code map_characters(struct loader *loader)
{
    const char *text = loader->doc->text;
    size_t length = loader->doc->length;
    size_t start = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    loader->characters = utf8_count(text + start, length - start);
    if (loader->characters == length)
        return SWEEP_OK;
    loader->bytes = malloc((loader->characters + 1) * sizeof *loader->bytes);
    if (loader->bytes == NULL)
        return no_memory(loader);
    size_t n = 0;
    for (size_t i = start; i < length; n++) {
        uint32_t c;
        loader->bytes[n] = (uint32_t)i;
        i += utf8_decode(text + i, length - i, &c);
    }
    loader->bytes[n] = (uint32_t)length;
    return SWEEP_OK;
}

static size_t byte_of(const struct loader *loader, const yaml_mark_t *mark)
{
    size_t index = mark->index < loader->characters ? mark->index : loader->characters;
    return loader->bytes == NULL ? index : loader->bytes[index];
}

static enum sweep_code syntax_error(struct loader *loader)
{
    const yaml_parser_t *parser = &loader->parser;
    if (parser->error == YAML_MEMORY_ERROR)
        return no_memory(loader);
    struct sweep_place place = {.file = loader->file,
        .line = (unsigned)parser->problem_mark.line + 1,
        .column = (unsigned)parser->problem_mark.column + 1};
    return loader->code = FINDING_ERROR(loader->findings, "yaml-syntax", place, NULL, NULL,
               "%s%s%s", parser->context != NULL ? parser->context : "",
               parser->context != NULL ? ": " : "",
               parser->problem != NULL ? parser->problem : "not YAML");
}

/* --- nodes -------------------------------------------------------------------------------- */

static bool node_append(struct yaml_node *parent, struct yaml_node *child)
{
    if (parent->n_children == parent->capacity) {
        size_t capacity = parent->capacity == 0 ? 8 : parent->capacity * 2;
        struct yaml_node **children =
            realloc(parent->children, capacity * sizeof(struct yaml_node *));
        if (children == NULL)
            return false;
        parent->children = children;
        parent->capacity = capacity;
    }
    parent->children[parent->n_children++] = child;
    return true;
}

static enum sweep_code too_many_values(struct loader *loader, const struct yaml_node *node)
{
    return loader->code = FINDING_ERROR(loader->findings, "too-large", place_of(loader, node), NULL,
               NULL, "more than %llu values once the aliases are expanded",
               (unsigned long long)loader->doc->limits.values);
}

static struct yaml_node *node_new(
    struct loader *loader, enum yaml_kind kind, const yaml_event_t *event)
{
    struct yaml_node *node = calloc(1, sizeof *node);
    if (node == NULL) {
        no_memory(loader);
        return NULL;
    }
    node->kind = kind;
    node->start = byte_of(loader, &event->start_mark);
    node->end = byte_of(loader, &event->end_mark);
    node->line = (unsigned)event->start_mark.line + 1;
    node->column = (unsigned)event->start_mark.column + 1;
    node->values = 1;
    /* A mapping has twice as many nodes as values. */
    if (++loader->nodes > 2 * loader->doc->limits.values)
        too_many_values(loader, node);
    return node;
}

/* Adds what a child counts for to its parent, before anything is expanded. A key counts for no more
 * than its length. */
static void count_child(
    struct loader *loader, struct yaml_node *parent, const struct yaml_node *child)
{
    bool is_key = parent->kind == YAML_MAPPING && parent->n_children % 2 == 0;
    parent->values += is_key ? child->values - 1 : child->values;
    if (parent->values > loader->doc->limits.values && loader->code == SWEEP_OK)
        too_many_values(loader, child);
}

static enum sweep_code remember_anchor(
    struct loader *loader, struct yaml_node *node, const yaml_char_t *name)
{
    if (name == NULL)
        return SWEEP_OK;
    loader->doc->exotic = true;
    for (size_t i = 0; i < loader->n_anchored; i++)
        if (strcmp(loader->anchored[i]->anchor, (const char *)name) == 0)
            return loader->code =
                       FINDING_ERROR(loader->findings, "duplicate-anchor", place_of(loader, node),
                           NULL, NULL, "anchor \"%s\" is defined twice", (const char *)name);
    struct yaml_node **anchored =
        realloc(loader->anchored, (loader->n_anchored + 1) * sizeof(struct yaml_node *));
    if (anchored == NULL)
        return no_memory(loader);
    loader->anchored = anchored;
    node->anchor = strdup((const char *)name);
    if (node->anchor == NULL)
        return no_memory(loader);
    anchored[loader->n_anchored++] = node;
    return SWEEP_OK;
}

static enum sweep_code check_tag(
    struct loader *loader, const struct yaml_node *node, const yaml_char_t *tag)
{
    static const char *const collections[] = {YAML_MAP_TAG, YAML_SEQ_TAG};
    if (tag == NULL)
        return SWEEP_OK;
    loader->doc->exotic = true;
    if (node->kind != YAML_SCALAR &&
        strcmp((const char *)tag, collections[node->kind == YAML_SEQUENCE]) == 0)
        return SWEEP_OK;
    if (node->kind == YAML_SCALAR && node->scalar.kind != SCALAR_INVALID)
        return SWEEP_OK;
    return loader->code = FINDING_ERROR(loader->findings, "bad-tag", place_of(loader, node), NULL,
               NULL, "tag \"%s\" is not one that OmegaConf can load here", (const char *)tag);
}

static struct yaml_node *scalar_node(struct loader *loader, const yaml_event_t *event)
{
    struct yaml_node *node = node_new(loader, YAML_SCALAR, event);
    if (node == NULL)
        return NULL;
    const char *value = (const char *)event->data.scalar.value;
    const char *tag = (const char *)event->data.scalar.tag;
    node->length = event->data.scalar.length;
    node->values += node->length / 1024;
    node->complete = true;
    node->text = text_duplicate(value, node->length);
    if (node->text == NULL)
        no_memory(loader);
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    node->block = event->data.scalar.style == YAML_LITERAL_SCALAR_STYLE ||
                  event->data.scalar.style == YAML_FOLDED_SCALAR_STYLE;
    if (tag != NULL && strncmp(tag, "tag:yaml.org,2002:", 18) == 0)
        node->scalar = scalar_resolve_tagged(tag + 18, value, node->length);
    else if (tag != NULL && strcmp(tag, "!") != 0)
        node->scalar.kind = SCALAR_INVALID;
    else if (node->plain && tag == NULL)
        node->scalar = scalar_resolve(value, node->length);
    else
        node->scalar.kind = SCALAR_STRING;
    if (loader->code == SWEEP_OK && check_tag(loader, node, event->data.scalar.tag) == SWEEP_OK)
        remember_anchor(loader, node, event->data.scalar.anchor);
    return node;
}

static struct yaml_node *alias_node(struct loader *loader, const yaml_event_t *event)
{
    struct yaml_node *node = node_new(loader, YAML_ALIAS, event);
    const char *name = (const char *)event->data.alias.anchor;
    loader->doc->exotic = true;
    for (size_t i = 0; node != NULL && i < loader->n_anchored; i++)
        if (strcmp(loader->anchored[i]->anchor, name) == 0)
            node->target = loader->anchored[i];
    /* One that stands inside what it stands for would never end. */
    if (node != NULL && node->target != NULL)
        node->values += node->target->complete ? node->target->values : loader->doc->limits.values;
    if (node != NULL && node->target == NULL)
        loader->code = FINDING_ERROR(loader->findings, "unknown-alias", place_of(loader, node),
            NULL, NULL, "alias \"%s\" has no anchor before it", name);
    return node;
}

static struct yaml_node *collection_node(struct loader *loader, const yaml_event_t *event)
{
    bool mapping = event->type == YAML_MAPPING_START_EVENT;
    struct yaml_node *node = node_new(loader, mapping ? YAML_MAPPING : YAML_SEQUENCE, event);
    if (node == NULL)
        return NULL;
    node->flow = mapping ? event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
                         : event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
    const yaml_char_t *tag =
        mapping ? event->data.mapping_start.tag : event->data.sequence_start.tag;
    if (check_tag(loader, node, tag) == SWEEP_OK)
        remember_anchor(loader, node,
            mapping ? event->data.mapping_start.anchor : event->data.sequence_start.anchor);
    return node;
}

/* A block collection's closing event stands at the next token, lines below; what belongs to it ends
 * where its last child ends. */
static void close_collection(struct yaml_node *node, size_t end_of_event)
{
    node->complete = true;
    if (node->flow)
        node->end = end_of_event;
    else if (node->n_children > 0 && node->children[node->n_children - 1]->end > node->end)
        node->end = node->children[node->n_children - 1]->end;
}

static enum sweep_code next_event(struct loader *loader, yaml_event_t *event)
{
    return yaml_parser_parse(&loader->parser, event) ? SWEEP_OK : syntax_error(loader);
}

/* The event's node with all that is inside it. On failure loader->code is set; the partial node is
 * returned all the same, so that its parent owns it. */
static struct yaml_node *build_node(struct loader *loader, const yaml_event_t *event, int depth)
{
    if (event->type == YAML_SCALAR_EVENT)
        return scalar_node(loader, event);
    if (event->type == YAML_ALIAS_EVENT)
        return alias_node(loader, event);
    struct yaml_node *node = collection_node(loader, event);
    uint64_t limit = loader->doc->limits.depth;
    if (node != NULL && (uint64_t)depth > limit && loader->code == SWEEP_OK)
        loader->code = FINDING_ERROR(loader->findings, "too-deep", place_of(loader, node), NULL,
            NULL, "nested deeper than %llu levels", (unsigned long long)limit);
    while (node != NULL && loader->code == SWEEP_OK) {
        yaml_event_t inner;
        if (next_event(loader, &inner) != SWEEP_OK)
            break;
        bool end = inner.type == YAML_MAPPING_END_EVENT || inner.type == YAML_SEQUENCE_END_EVENT;
        struct yaml_node *child = end ? NULL : build_node(loader, &inner, depth + 1);
        if (child != NULL)
            count_child(loader, node, child);
        if (end)
            close_collection(node, byte_of(loader, &inner.end_mark));
        else if (child != NULL && !node_append(node, child)) {
            yaml_node_free(child);
            no_memory(loader);
        }
        yaml_event_delete(&inner);
        if (end)
            break;
    }
    return node;
}

static enum sweep_code build_nodes(struct loader *loader)
{
    bool done = false;
    unsigned documents = 0;
    while (!done && loader->code == SWEEP_OK) {
        yaml_event_t event;
        if (next_event(loader, &event) != SWEEP_OK)
            break;
        if (event.type == YAML_STREAM_END_EVENT)
            done = true;
        else if (event.type == YAML_DOCUMENT_START_EVENT && documents++ > 0)
            loader->code = FINDING_ERROR(loader->findings, "several-documents",
                ((struct sweep_place){loader->file, (unsigned)event.start_mark.line + 1,
                    (unsigned)event.start_mark.column + 1, 3}),
                NULL, NULL, "a config is one YAML document; a second one begins here");
        else if (event.type == YAML_SCALAR_EVENT || event.type == YAML_ALIAS_EVENT ||
                 event.type == YAML_MAPPING_START_EVENT || event.type == YAML_SEQUENCE_START_EVENT)
            loader->doc->root = build_node(loader, &event, 1);
        yaml_event_delete(&event);
    }
    return loader->code;
}

/* --- entry -------------------------------------------------------------------------------- */

static enum sweep_code check_text(struct loader *loader)
{
    const struct yaml_doc *doc = loader->doc;
    struct sweep_place place = {.file = loader->file};
    if (doc->length > doc->limits.bytes)
        return FINDING_ERROR(loader->findings, "too-large", place, NULL, NULL,
            "a config of %zu bytes; the limit is %llu", doc->length,
            (unsigned long long)doc->limits.bytes);
    size_t valid = utf8_valid_prefix(doc->text, doc->length);
    if (valid == doc->length)
        return SWEEP_OK;
    place.line = 1;
    size_t start = 0;
    for (size_t i = 0; i < valid; i++)
        if (doc->text[i] == '\n') {
            place.line++;
            start = i + 1;
        }
    place.column = (unsigned)utf8_count(doc->text + start, valid - start) + 1;
    return FINDING_ERROR(loader->findings, "not-utf8", place, NULL, NULL, "not valid UTF-8");
}

static enum sweep_code parse(const char *text, size_t length, const char *file,
    const struct yaml_limits *limits, bool lenient, struct sweep_findings *findings,
    struct yaml_doc **out)
{
    struct loader loader = {.file = file, .findings = findings};
    loader.doc = calloc(1, sizeof *loader.doc);
    if (loader.doc == NULL)
        return SWEEP_NO_MEMORY;
    loader.doc->text = text_duplicate(text, length);
    loader.doc->length = length;
    loader.doc->limits = *limits;
    loader.doc->lenient = lenient;
    findings_add_source(findings, file, text, length);
    if (loader.doc->text == NULL)
        no_memory(&loader);
    else
        loader.code = check_text(&loader);
    if (loader.code == SWEEP_OK && map_characters(&loader) == SWEEP_OK) {
        if (yaml_parser_initialize(&loader.parser)) {
            yaml_parser_set_input_string(&loader.parser, (const unsigned char *)text, length);
            if (build_nodes(&loader) == SWEEP_OK)
                loader.code = yaml_build_tree(loader.doc, file, findings);
            yaml_parser_delete(&loader.parser);
        } else
            no_memory(&loader);
    }
    free(loader.bytes);
    free(loader.anchored);
    if (loader.code != SWEEP_OK) {
        yaml_doc_free(loader.doc);
        return loader.code;
    }
    if (findings != NULL)
        tabs_warn(loader.doc, file, findings);
    *out = loader.doc;
    return SWEEP_OK;
}

enum sweep_code yaml_parse(const char *text, size_t length, const char *file,
    struct sweep_findings *findings, struct yaml_doc **out)
{
    return parse(text, length, file, &yaml_default_limits, false, findings, out);
}

enum sweep_code yaml_parse_within(const char *text, size_t length, const char *file,
    const struct yaml_limits *limits, struct sweep_findings *findings, struct yaml_doc **out)
{
    return parse(text, length, file, limits, false, findings, out);
}

enum sweep_code yaml_parse_lenient(const char *text, size_t length, const char *file,
    struct sweep_findings *findings, struct yaml_doc **out)
{
    return parse(text, length, file, &yaml_default_limits, true, findings, out);
}
