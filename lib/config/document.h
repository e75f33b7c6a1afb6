/* SPDX-License-Identifier: Apache-2.0
 *
 * A config that is being changed: its text is edited, and after every change it is read again and
 * compared, as values, with the plain merge of the same operation (lib/config/merge.h).
 */
#ifndef LIB_CONFIG_DOCUMENT_H
#define LIB_CONFIG_DOCUMENT_H

#include "lib/config/merge.h"
#include "lib/doc/edit.h"
#include "lib/doc/path.h"
#include "lib/doc/yaml.h"

/* Reads a config. A text with anchors, aliases, merge keys or tags is written out anew without
 * them, with a warning: an edit in one place of such a text could change others. *out is the
 * caller's (yaml_doc_free()). */
enum sweep_code document_read(const char *text, size_t length, const char *file,
    struct sweep_findings *findings, struct yaml_doc **out);

/* Why an operation does not fit a config. */
struct misfit {
    char path[PATH_MOST_BYTES];
    const char *old_type, *new_type; /* Python's names; NULL when the path itself is the problem */
};

/* The splices that turn the document's text into one with the operation applied, sorted by place;
 * the caller frees them. SWEEP_INVALID fills *misfit. */
enum sweep_code document_splices(const struct yaml_doc *doc, const struct operation *operation,
    struct splice **splices, size_t *n_splices, struct misfit *misfit);
void splices_free(struct splice *splices, size_t n_splices);

/* Applies an operation: *doc is replaced by the changed document. On failure it stays. */
enum sweep_code document_apply(struct yaml_doc **doc, const struct operation *operation,
    struct misfit *misfit, struct sweep_error *error);

/* Applies splices to a document's text and checks that what comes out is `expected`. */
enum sweep_code document_verify(const struct yaml_doc *doc, const struct splice *splices,
    size_t n_splices, const json_t *expected, struct yaml_doc **out, struct sweep_error *error);

#endif
