/* SPDX-License-Identifier: Apache-2.0
 *
 * Changing a YAML document by changing its text. An edit is a splice: these bytes become those.
 * Everything outside it stays as its author wrote it: comments, order, quoting, layout.
 *
 * The documents must not be `exotic` (anchors, aliases, merge keys, tags): their text and value
 * differ in shape, and lib/config/document.h flattens them first.
 */
#ifndef LIB_DOC_EDIT_H
#define LIB_DOC_EDIT_H

#include "lib/doc/yaml.h"

/* Bytes [start, end) of a text are replaced by `text`. An insertion has start == end. */
struct splice {
    size_t start, end;
    char *text; /* owned */
    size_t length;
};

/* How to set `path` to `value`. Missing keys are added behind the last key of their mapping;
 * missing mappings on the way are made, also in the place of a null. SWEEP_INVALID when something
 * on the way is a list or a scalar, or the path is malformed. */
enum sweep_code edit_set(
    const struct yaml_doc *doc, const char *path, const json_t *value, struct splice *out);

/* How to remove the key at `path` with the lines of its value and the comment behind it; comments
 * on lines of their own stay. SWEEP_NOT_FOUND when it is absent. */
enum sweep_code edit_delete(const struct yaml_doc *doc, const char *path, struct splice *out);

void splice_deinit(struct splice *splice);

/* Appends text[from, to) with the splices in it applied; they are sorted and do not overlap. */
void splices_apply(struct strbuf *out, const char *text, size_t from, size_t to,
    const struct splice *splices, size_t n_splices);

/* Writes an object as a YAML document in block style: one key a line, two blanks a level. */
void value_write_document(struct strbuf *out, const json_t *object);

#endif
