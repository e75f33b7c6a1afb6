/* SPDX-License-Identifier: Apache-2.0
 *
 * A YAML document that keeps its text. It is parsed by libyaml; every node records the bytes it
 * came from, so that lib/doc/edit.h can change values without touching anything else.
 *
 * The accepted subset is what OmegaConf accepts and this program can represent: one document, a
 * mapping at the top level, string keys, no duplicate keys, core tags, 64-bit integers, finite
 * floats, anchors, aliases and merge keys. Anything else is reported as a finding.
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

/* The limits of a base config, see struct sweep_limits. */
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
    size_t start, end; /* byte range in the text; a block collection ends with its last child */
    unsigned line, column;
    struct scalar scalar;     /* YAML_SCALAR */
    char *text;               /* YAML_SCALAR: the value with quotes and escapes resolved; owned */
    size_t length;            /* bytes of `text` */
    struct yaml_node *target; /* YAML_ALIAS: the anchored node; borrowed */
    uint64_t values;          /* its share of the limit on values, while parsing */
    bool complete;            /* everything inside has been parsed */
    char *anchor;             /* name of its anchor, or NULL; owned */
    json_t *value;            /* anchored nodes: the value, shared with the tree; a reference */
    /* Children in order; of a mapping: key, value, key, value… Owned. */
    struct yaml_node **children;
    size_t n_children, capacity;
    json_t *keys; /* of a large mapping: the number of each string key; see lib/util/index.h */
};

struct yaml_doc {
    char *text; /* owned, NUL-terminated */
    size_t length;
    struct yaml_node *root;    /* NULL for an empty document */
    json_t *tree;              /* the value, an object; shares nothing with other documents */
    struct yaml_limits limits; /* it was parsed with; edited versions are held to the same */
    struct dialect dialect;    /* it was parsed with */
    bool lenient;              /* parsed with yaml_input.lenient */
    bool crlf;                 /* the first line ends with "\r\n" */
    bool exotic; /* has anchors, aliases, merge keys or tags: text and tree differ in shape */
};

struct yaml_input {
    const char *text; /* copied */
    size_t length;
    const char *file;                 /* the name used in findings */
    const struct yaml_limits *limits; /* NULL for the defaults */
    struct dialect dialect;           /* of the trainer; zero for OmegaConf */
    /* For a config that is only checked: numbers that a tree cannot hold (infinities, NaN, integers
     * beyond 64 bits) are replaced by the largest one, with a warning. */
    bool lenient;
};

/* Parses a text. On success *out is the caller's, to be freed with yaml_doc_free(); findings may
 * still contain warnings. */
enum sweep_code yaml_parse_input(
    const struct yaml_input *input, struct sweep_findings *findings, struct yaml_doc **out);

/* Shorthand for yaml_parse_input() with the default limits. */
enum sweep_code yaml_parse(const char *text, size_t length, const char *file,
    struct sweep_findings *findings, struct yaml_doc **out);

/* Parses a text that this program has edited or generated, with the limits and the dialect of
 * `like`, without reporting findings. */
enum sweep_code yaml_reparse(
    const char *text, size_t length, const struct yaml_doc *like, struct yaml_doc **out);

void yaml_doc_free(struct yaml_doc *doc);

/* Frees a node and everything below it; NULL is ignored. */
void yaml_node_free(struct yaml_node *node);

/* Index of a string key of a mapping; SIZE_MAX if it has none, or the node is no mapping. */
size_t yaml_find_key(const struct yaml_node *node, const char *key);

/* Makes the index that yaml_find_key() needs to be fast in a large mapping. False when memory is
 * exhausted. */
bool yaml_index_keys(struct yaml_node *mapping);

/* The node at a dotted path, or NULL. Aliases are not followed. */
const struct yaml_node *yaml_find(const struct yaml_doc *doc, const char *path);

/* The place of the node at `path` (of its key, if it has one), or of its closest existing parent.
 * List items are addressed by number: "datasets.0.source". */
struct sweep_place yaml_place(const struct yaml_doc *doc, const char *file, const char *path);

/* The place of a node. For long nodes, only the first character is underlined. */
struct sweep_place yaml_node_place(
    const struct yaml_doc *doc, const char *file, const struct yaml_node *node);

/* The second half of parsing: builds doc->tree from the nodes, sets doc->exotic, and gives anchored
 * nodes their values. */
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
