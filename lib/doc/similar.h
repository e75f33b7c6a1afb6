/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading many configs that are nearly the same. The runs of a sweep differ in a few words; once
 * one of them has been parsed, the others are read by looking for those words only.
 *
 *     known   "epochs: 1⏎seed: null⏎…"
 *     given   "epochs: 1⏎seed: 42⏎…"      → the known tree with seed = 42
 */
#ifndef LIB_DOC_SIMILAR_H
#define LIB_DOC_SIMILAR_H

#include "lib/doc/yaml.h"

struct similar;

/* Prepares a document for being compared with. Takes the document over, also on failure (NULL:
 * memory is exhausted, or it has anchors, aliases or tags). */
struct similar *similar_new(struct yaml_doc *doc);
void similar_free(struct similar *similar);

/* The tree of `text`, when all that differs from the known document are plain words in the place of
 * plain words; NULL when it must be parsed to know. Borrowed, valid until the next call. */
const json_t *similar_read(struct similar *similar, const char *text, size_t length);

/* The words in which the text that was read last differs from the known document: indices, in
 * ascending order. */
const size_t *similar_changes(const struct similar *similar, size_t *count);

/* How many words the known document has, and the config path of one. */
size_t similar_count(const struct similar *similar);
const char *similar_path(const struct similar *similar, size_t word);

/* The known document. Lines and keys stand where they stand in the text that was read last. */
const struct yaml_doc *similar_doc(const struct similar *similar);

#endif
