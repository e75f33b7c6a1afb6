/* SPDX-License-Identifier: Apache-2.0
 *
 * A YAML document that keeps its text: parsed by libyaml, every node knows the bytes it came from,
 * so that lib/doc/edit.h can change values without touching anything else.
 *
 * What is accepted is what OmegaConf accepts and this program can represent: one document, a
 * mapping at the top, string keys, no duplicate keys, core tags, 64-bit integers, finite floats,
 * anchors, aliases and merge keys. All else becomes findings.
 */
#ifndef LIB_DOC_YAML_H
#define LIB_DOC_YAML_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/doc/scalar.h"
#include "lib/util/limits.h"
#include "sweep/error.h"

/* As struct sweep_limits has them. */
struct yaml_limits {
    uint64_t bytes, depth, values;
};
extern const struct yaml_limits yaml_default_limits;

enum yaml_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING, YAML_ALIAS };

struct yaml_node {
    enum yaml_kind kind;
    bool flow;         /* collections: written with brackets or braces */
    bool plain;        /* scalars: without quotes */
    bool block;        /* scalars: literal or folded, on lines of their own */
    size_t start, end; /* bytes of its text; a block collection ends with its last child */
    unsigned line, column;
    struct scalar scalar;     /* YAML_SCALAR */
    char *text;               /* YAML_SCALAR: the value without quotes and escapes; owned */
    size_t length;            /* bytes of `text` */
    struct yaml_node *target; /* YAML_ALIAS: the anchored node; borrowed */
    uint64_t values;          /* what it counts for in the limit of values, so far */
    bool complete;            /* all that is inside it is read */
    char *anchor;             /* its name when it has one; owned */
    json_t *value;            /* of anchored nodes, shared with the tree; a reference */
    /* Children in order; a mapping's are key, value, key, value… Owned. */
    struct yaml_node **children;
    size_t n_children, capacity;
};

struct yaml_doc {
    char *text; /* owned, NUL-terminated */
    size_t length;
    struct yaml_node *root;    /* NULL for an empty document */
    json_t *tree;              /* the value, an object; shares nothing */
    struct yaml_limits limits; /* it was read within these; so is what is made of it */
    bool lenient;              /* how it was read: yaml_parse_lenient() */
    bool exotic; /* anchors, aliases, merge keys or tags: text and tree differ in shape */
};

/* Parses a copy of `text`. `file` names it in findings. On success *out is the caller's, to be
 * freed with yaml_doc_free(); findings may still hold warnings. */
enum sweep_code yaml_parse(const char *text, size_t length, const char *file,
    struct sweep_findings *findings, struct yaml_doc **out);

/* The same within other limits than the standard ones. */
enum sweep_code yaml_parse_within(const char *text, size_t length, const char *file,
    const struct yaml_limits *limits, struct sweep_findings *findings, struct yaml_doc **out);

/* The same for a config that is only looked at: numbers that a tree cannot hold (infinite ones, not
 * a number, ints of more than 64 bits) become the largest one, with a warning. */
enum sweep_code yaml_parse_lenient(const char *text, size_t length, const char *file,
    struct sweep_findings *findings, struct yaml_doc **out);

void yaml_doc_free(struct yaml_doc *doc);

/* Frees a node and everything below it; NULL is ignored. */
void yaml_node_free(struct yaml_node *node);

/* The node at a dotted path, or NULL. Aliases are not followed. */
const struct yaml_node *yaml_find(const struct yaml_doc *doc, const char *path);

/* The place of the node at `path` (of its key, when there is one), or the nearest place above.
 * Items of lists are numbered: "datasets.0.source". */
struct sweep_place yaml_place(const struct yaml_doc *doc, const char *file, const char *path);

/* The place of a node itself; long ones are only pointed at. */
struct sweep_place yaml_node_place(
    const struct yaml_doc *doc, const char *file, const struct yaml_node *node);

/* The second half of yaml_parse(): makes doc->tree from its nodes, notes in doc->exotic what it
 * meets, and gives anchored nodes their values. */
enum sweep_code yaml_build_tree(
    struct yaml_doc *doc, const char *file, struct sweep_findings *findings);

/* The key node of child `index` of a mapping, and its value node. */
static inline const struct yaml_node *yaml_key(const struct yaml_node *mapping, size_t index)
{
    return mapping->children[2 * index];
}

static inline const struct yaml_node *yaml_value(const struct yaml_node *mapping, size_t index)
{
    return mapping->children[2 * index + 1];
}

#endif
