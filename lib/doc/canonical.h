/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON in one form for each value, to take digests from: what Python's json.dumps() writes with
 * sort_keys=True and separators=(",", ":").
 */
#ifndef LIB_DOC_CANONICAL_H
#define LIB_DOC_CANONICAL_H

#include <jansson.h>

#include "lib/util/strbuf.h"

/* Appends a value: keys sorted by code point, no spaces, ASCII only, and floats as Python's repr()
 * writes them (0.0003, 1e-05, 1.0). */
void canonical_write(struct strbuf *out, const json_t *value);

/* Appends a string with its quotes, or only its characters. */
void canonical_write_string(struct strbuf *out, const char *text, size_t length);
void canonical_write_characters(struct strbuf *out, const char *text, size_t length);

/* The keys of an object, sorted by code point; borrowed from it. Ends with NULL. The caller frees
 * the array. NULL if memory is exhausted. */
const char **canonical_keys(const json_t *object);

#endif
