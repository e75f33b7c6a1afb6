/* SPDX-License-Identifier: Apache-2.0
 *
 * A config that is being changed: its text is edited, and after every change it is read again and
 * compared, as values, with the plain merge of the same operation (lib/config/merge.h).
 */
#ifndef LIB_CONFIG_DOCUMENT_H
#define LIB_CONFIG_DOCUMENT_H

#include "lib/config/merge.h"
#include "lib/doc/edit.h"
#include "lib/doc/yaml.h"

/* The splices that turn the document's text into one with the operation applied, sorted by place;
 * the caller frees them. A value that is there already needs none. The operation must be one that
 * merge_check() accepts, and document_separate() must have been called with it. SWEEP_INVALID where
 * the text cannot be changed in place. */
enum sweep_code document_splices(const struct yaml_doc *doc, const struct operation *operation,
    struct splice **splices, size_t *n_splices);
void splices_free(struct splice *splices, size_t n_splices);

/* Writes out the aliases and merge keys that an operation must not change through each other
 * (lib/doc/alias.h). The document's value stays the same. */
enum sweep_code document_separate(
    struct yaml_doc **doc, const struct operation *operation, struct sweep_error *error);

/* Applies an operation that merge_check() accepts, or any that merge_difference() made: *doc is
 * replaced by the changed document. On failure it stays. */
enum sweep_code document_apply(
    struct yaml_doc **doc, const struct operation *operation, struct sweep_error *error);

/* A document of the same value, written out anew in block style and without comments. */
enum sweep_code document_rewrite(const json_t *tree, const struct yaml_doc *like,
    struct yaml_doc **out, struct sweep_error *error);

/* Applies splices to a document's text and checks that what comes out is `expected`. */
enum sweep_code document_verify(const struct yaml_doc *doc, const struct splice *splices,
    size_t n_splices, const json_t *expected, struct yaml_doc **out, struct sweep_error *error);

#endif
