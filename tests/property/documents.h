/* SPDX-License-Identifier: Apache-2.0
 *
 * Random YAML documents and random operations on them, from a seed.
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

/* A number below `n` > 0. */
uint64_t random_below(struct random *random, uint64_t n);

/* True with probability 1 / n. */
bool random_one_in(struct random *random, uint64_t n);

/* Appends a small document: block and flow collections in many layouts, scalars in all styles,
 * comments where people put them; some with anchors, aliases and merge keys. */
void random_document(struct random *random, struct strbuf *out);

/* A value that is hard to write: strings that look like other types, extreme numbers, collections.
 * New reference. */
json_t *random_value(struct random *random, int depth);

/* Appends a dotted path: usually an existing one, sometimes a new one, rarely a malformed one. */
void random_path(struct random *random, const json_t *tree, struct strbuf *out);

/* Appends an operation that usually fits the tree. The caller calls operations_deinit(). */
void random_operation(struct random *random, const json_t *tree, struct operations *out);

#endif
