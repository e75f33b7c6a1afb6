/* SPDX-License-Identifier: Apache-2.0
 *
 * A JSON text with the place of every key and value in it. A look at its brackets and colons
 * refuses what is too deep or has too many keys, before memory is spent on it; jansson reads the
 * values; a scan of the (by then valid) text adds the places, and finds duplicate keys and texts
 * that are too long.
 */
#ifndef LIB_DOC_JSON_SOURCE_H
#define LIB_DOC_JSON_SOURCE_H

#include <jansson.h>
#include <stddef.h>

#include "lib/util/limits.h"
#include "sweep/error.h"

/* Where one value stands. Members of objects and items of arrays are its children, in order. */
struct json_place {
    struct sweep_place value;
    struct sweep_place key; /* of object members */
    char *name;             /* the key itself; owned */
    const char *text;       /* the value as written; borrowed from the source */
    size_t length;
    struct json_place *first, *next; /* owned */
};

struct json_source {
    char *file, *text; /* owned */
    size_t length;
    json_t *value;
    struct json_place *root;
};

/* Parses a copy of `text`. Everything wrong becomes findings; on success *out is the caller's. All
 * members of `limits` are set. */
enum sweep_code json_source_parse_within(const char *text, size_t length, const char *file,
    const struct sweep_limits *limits, struct sweep_findings *findings, struct json_source **out);

/* The same within the standard limits. */
enum sweep_code json_source_parse(const char *text, size_t length, const char *file,
    struct sweep_findings *findings, struct json_source **out);
void json_source_free(struct json_source *source);

/* The member of this name, or NULL. */
const struct json_place *json_place_member(const struct json_place *object, const char *name);

#endif
