/* SPDX-License-Identifier: Apache-2.0
 *
 * Changing a YAML document by changing its text. An edit is a splice: these bytes become those.
 * Everything outside it stays as its author wrote it: comments, order, quoting, layout.
 *
 * In a document with aliases or merge keys, lib/doc/alias.h first separates what is edited from its
 * other uses.
 */
#ifndef LIB_DOC_EDIT_H
#define LIB_DOC_EDIT_H

#include "lib/doc/yaml.h"

/* Bytes [start, end) of a text are replaced by `text`. An insertion has start == end. */
struct splice {
    size_t start, end;
    char *text; /* owned */
    size_t length;
    size_t depth; /* of an added key: how many mappings it lies in */
};

/* How to set `path` to `value`. Missing keys are added behind the last key of their mapping;
 * missing mappings on the way are made, also in the place of a null. SWEEP_INVALID when something
 * on the way is a list or a scalar, or the path is malformed. */
enum sweep_code edit_set(
    const struct yaml_doc *doc, const char *path, const json_t *value, struct splice *out);

/* How to remove the key at `path` with the lines of its value and the comment behind it; comments
 * on lines of their own stay. SWEEP_NOT_FOUND when it is absent. */
enum sweep_code edit_delete(const struct yaml_doc *doc, const char *path, struct splice *out);

/* --- pieces, for lib/doc/alias.h ----------------------------------------------------------- */

/* How to give value `index` of a mapping another value; `flow`: inside brackets or braces. */
enum sweep_code edit_value(const struct yaml_doc *doc, const struct yaml_node *mapping,
    size_t index, bool flow, const json_t *value, struct splice *out);

/* Appends `key: value` as it stands in this document: in flow style, or as lines of which all but
 * the first begin with `indent` blanks. */
void edit_write_entry(struct strbuf *out, const struct yaml_doc *doc, const char *key,
    const json_t *value, size_t indent, bool flow);

/* The document's line break: "\n", or "\r\n" when its first line has that. */
const char *edit_line_end(const struct yaml_doc *doc);

/* Where a node's text really ends: libyaml puts the end of a block scalar on the next line. */
size_t edit_end_of(const struct yaml_doc *doc, const struct yaml_node *node);

/* --- splices ------------------------------------------------------------------------------- */

/* Whether `a` has to come behind `b`: by place; of two insertions in one place, the deeper one
 * comes first, because it still belongs to what stands before it. */
bool splice_is_behind(const struct splice *a, const struct splice *b);

void splice_deinit(struct splice *splice);

/* Appends text[from, to) with the splices in it applied; they are sorted and do not overlap. */
void splices_apply(struct strbuf *out, const char *text, size_t from, size_t to,
    const struct splice *splices, size_t n_splices);

/* Writes an object as a YAML document in block style: one key a line, two blanks a level. */
void value_write_document(struct strbuf *out, const json_t *object);

#endif
