/* SPDX-License-Identifier: Apache-2.0
 *
 * Random YAML documents and random operations on them, all from one seed.
 */
#ifndef TESTS_PROPERTY_DOCUMENTS_H
#define TESTS_PROPERTY_DOCUMENTS_H

#include <jansson.h>
#include <stdint.h>

#include "lib/config/merge.h"
#include "lib/util/strbuf.h"

struct random {
    uint64_t state;
};

/* A number below `n`, which is not 0. */
uint64_t random_below(struct random *random, uint64_t n);

/* True in one of `n` cases. */
bool random_one_in(struct random *random, uint64_t n);

/* Appends a small document: block and flow collections in many layouts, scalars in all styles,
 * comments in the places that people put them; some with anchors, aliases and merge keys. */
void random_document(struct random *random, struct strbuf *out);

/* A value that is hard to write: strings that look like something else, numbers at the edges,
 * collections. New reference. */
json_t *random_value(struct random *random, int depth);

/* A dotted path into a tree: mostly to what is there, else one that is new, perhaps malformed. */
void random_path(struct random *random, const json_t *tree, struct strbuf *out);

/* An operation that mostly fits the tree. The caller releases it with operations_deinit(). */
void random_operation(struct random *random, const json_t *tree, struct operations *out);

#endif
