/* SPDX-License-Identifier: Apache-2.0
 *
 * A config that is being changed. Its text is edited, and after every change parsed again and
 * compared, as values, with the plain merge of the same operation (lib/config/merge.h).
 */
#ifndef LIB_CONFIG_DOCUMENT_H
#define LIB_CONFIG_DOCUMENT_H

#include "lib/config/merge.h"
#include "lib/doc/edit.h"
#include "lib/doc/yaml.h"

/* The splices that apply an operation to the document's text, sorted by position; the caller's. A
 * value that the document has already needs none. The operation must be one that merge_check()
 * accepts, and document_separate() must have been called with it. SWEEP_INVALID if the text cannot
 * be edited in place. */
enum sweep_code document_splices(const struct yaml_doc *doc, const struct operation *operation,
    struct splice **splices, size_t *n_splices);
void splices_free(struct splice *splices, size_t n_splices);

/* Replaces the aliases and merge keys through which an operation would change other values
 * (lib/doc/alias.h). The value of the document stays the same. */
enum sweep_code document_separate(
    struct yaml_doc **doc, const struct operation *operation, struct sweep_error *error);

/* Applies an operation that merge_check() accepts, or any that merge_difference() made: *doc is
 * replaced by the changed document, except on failure. */
enum sweep_code document_apply(
    struct yaml_doc **doc, const struct operation *operation, struct sweep_error *error);

/* A document of another value in block style, without comments; with the limits and the dialect of
 * `like`. */
enum sweep_code document_rewrite(const json_t *tree, const struct yaml_doc *like,
    struct yaml_doc **out, struct sweep_error *error);

/* Applies operations one after the other, as document_apply() does, that are flattened for the
 * document that they are applied to. Reads the text back far fewer times. */
enum sweep_code document_apply_all(
    struct yaml_doc **doc, const struct operations *operations, struct sweep_error *error);

/* The document with splices applied. SWEEP_INVALID if its value is not `expected`. */
enum sweep_code document_verify(const struct yaml_doc *doc, const struct splice *splices,
    size_t n_splices, const json_t *expected, struct yaml_doc **out);

/* --- for lib/config/rounds.c --------------------------------------------------------------- */

/* True if the document has the value already, written so that every reader gets it: `2e-5` is a
 * float to OmegaConf and a string to PyYAML. */
bool document_has(const struct yaml_doc *doc, const struct operation *operation);

/* The splice of one flattened operation. *used is false if nothing has to change. */
enum sweep_code document_splice(
    const struct yaml_doc *doc, const struct operation *operation, struct splice *out, bool *used);

/* Applies a flattened operation to *doc, whatever it takes. */
enum sweep_code document_apply_flat(
    struct yaml_doc **doc, const struct operation *operation, struct sweep_error *error);

#endif
