/* SPDX-License-Identifier: Apache-2.0
 *
 * Changes a YAML document by changing its text. An edit is a splice: one byte range is replaced by
 * other bytes. Everything outside stays as the author wrote it: comments, order, quoting, layout.
 *
 * In a document with aliases or merge keys, lib/doc/alias.h first separates what is edited from its
 * other uses.
 */
#ifndef LIB_DOC_EDIT_H
#define LIB_DOC_EDIT_H

#include "lib/doc/path.h"
#include "lib/doc/yaml.h"

/* Replaces bytes [start, end) of a text by `text`. An insertion has start == end. */
struct splice {
    size_t start, end;
    char *text; /* owned */
    size_t length;
    size_t depth; /* of an added key: number of mappings around it */
    size_t order; /* among splices at the same offset */
};

/* The splice that sets `path` to `value`. Missing keys are added after the last key of their
 * mapping; missing mappings on the way are created, replacing a null. SWEEP_INVALID if a scalar or
 * a list without such an item is on the way, the path is malformed, or the text cannot be edited in
 * place. */
enum sweep_code edit_set(
    const struct yaml_doc *doc, const char *path, const json_t *value, struct splice *out);

/* The splice that removes the key at `path` with the lines of its value and the comment after it;
 * comments on lines of their own stay. SWEEP_NOT_FOUND if there is no such key, or for an item of a
 * list. */
enum sweep_code edit_delete(const struct yaml_doc *doc, const char *path, struct splice *out);

/* What setting or deleting a path changes in the text: edits of different ones can be made at once,
 * as long as their splices do not overlap. */
struct edit_target {
    char path[PATH_MAX_BYTES]; /* of the value that is replaced, or the key that is added */
    bool adds;                 /* a key */
};

/* False if the path is malformed. */
bool edit_find_target(const struct yaml_doc *doc, const char *path, struct edit_target *out);

/* --- for lib/doc/alias.c ------------------------------------------------------------------- */

/* Where a path leads. */
struct edit_location {
    const struct yaml_node *node;   /* the deepest node that exists; NULL in an empty document */
    const struct yaml_node *parent; /* the mapping or list that contains it; NULL for the root */
    size_t index;                   /* its index in the parent */
    size_t depth;                   /* number of parts of the path that exist */
    bool flow;                      /* inside brackets or braces */
};

/* Moves on to what `part` leads to; false, without a change, if the node has no such key or item.
 * Leaves at->depth to the caller. */
bool edit_step(struct edit_location *at, const char *part);

/* The splice that replaces the existing value at `at`. */
enum sweep_code edit_replace(const struct yaml_doc *doc, const struct edit_location *at,
    const json_t *value, struct splice *out);

/* Appends `key: value` in flow style. */
void edit_write_flow_entry(struct strbuf *out, const char *key, const json_t *value);

/* Appends `key: value` as one or more lines separated by `eol`. All but the first are indented. */
void edit_write_block_entry(
    struct strbuf *out, const char *key, const json_t *value, size_t indent, const char *eol);

/* The document's line break: "\r\n" if its first line ends with that, otherwise "\n". */
const char *edit_line_end(const struct yaml_doc *doc);

/* The end of a node's text without trailing white space: for libyaml, a block scalar ends on the
 * next line. */
size_t edit_end_of(const struct yaml_doc *doc, const struct yaml_node *node);

/* --- splices ------------------------------------------------------------------------------- */

/* The order of splices, for qsort(): by start, then by end. Of two insertions at the same offset,
 * the deeper one comes first, since it belongs to what is before it; of others, `order` decides. */
int splice_compare(const void *a, const void *b);

/* Sorts splices; those at the same offset and of the same depth stay in their order. */
void splices_sort(struct splice *splices, size_t n_splices);

void splice_deinit(struct splice *splice);

struct edit_range {
    size_t start, end;
};

/* Appends a range of a text with splices applied, which must be sorted and must not overlap. */
void splices_apply(struct strbuf *out, const char *text, struct edit_range range,
    const struct splice *splices, size_t n_splices);

/* Appends an object as a YAML document in block style, indented by two spaces per level. */
void value_write_document(struct strbuf *out, const json_t *object);

#endif
