/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads many configs that are nearly the same. The runs of a sweep differ in a few words; once one
 * of them has been parsed, only these words are read in the others.
 *
 *     known   "epochs: 1⏎seed: null⏎…"
 *     given   "epochs: 1⏎seed: 42⏎…"      → the known tree with seed = 42
 */
#ifndef LIB_DOC_SIMILAR_H
#define LIB_DOC_SIMILAR_H

#include "lib/doc/yaml.h"

struct similar;

/* Prepares a document to be compared with. Takes ownership of it, also on failure: NULL if memory
 * is exhausted, or the document has anchors, aliases or tags. */
struct similar *similar_new(struct yaml_doc *doc);
void similar_free(struct similar *similar);

/* The tree of `text`, if it differs from the known document only by plain words in the place of
 * plain words; NULL if it has to be parsed. Borrowed, valid until the next call. */
const json_t *similar_read(struct similar *similar, const char *text, size_t length);

/* The words in which the last text that was read differs from the known document: indices, in
 * ascending order. */
const size_t *similar_changes(const struct similar *similar, size_t *count);

/* The number of words in the known document, and the config path of one of them. */
size_t similar_count(const struct similar *similar);
const char *similar_path(const struct similar *similar, size_t word);

/* The known document. Its lines and keys are at the same places in the last text that was read. */
const struct yaml_doc *similar_doc(const struct similar *similar);

#endif
