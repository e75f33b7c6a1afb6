/* SPDX-License-Identifier: Apache-2.0
 *
 * A JSON text with the place of every key and value in it. Comments and a comma before a closing
 * bracket are read as well (lib/util/json_comment.h). Three passes: counting brackets and
 * colons rejects a text that is nested too deeply or has too many keys before any memory is spent
 * on it; jansson parses the values; a scan of the text, which is then known to be valid, adds the
 * places, and finds duplicate keys and strings that are too long.
 */
#ifndef LIB_DOC_JSON_SOURCE_H
#define LIB_DOC_JSON_SOURCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/util/limits.h"
#include "sweep/error.h"

/* Where a value is. Its children are the members of an object or the items of an array. */
struct json_place {
    struct sweep_place value;
    struct sweep_place key; /* of object members */
    char *name;             /* the key itself; owned */
    bool repeated;          /* the object has this key again, which was reported */
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

struct json_input {
    const char *text; /* copied */
    size_t length;
    const char *file; /* the name used in findings; copied */
    bool strict;      /* refuse comments and trailing commas */
    /* All members must be set; NULL for the defaults. */
    const struct sweep_limits *limits;
};

/* Parses a text. Everything that is wrong with it is added to the findings; on success *out is the
 * caller's. */
enum sweep_code json_source_parse_input(
    const struct json_input *input, struct sweep_findings *findings, struct json_source **out);

/* Shorthand for json_source_parse_input() with the default limits. */
enum sweep_code json_source_parse(const char *text, size_t length, const char *file,
    struct sweep_findings *findings, struct json_source **out);
void json_source_free(struct json_source *source);

/* True for a member whose key begins with "//": a comment, but not inside a config value. */
static inline bool json_place_is_comment(const struct json_place *member)
{
    return member->name[0] == '/' && member->name[1] == '/';
}

/* The member with the given name, or NULL; a list has none. */
const struct json_place *json_place_member(const struct json_place *object, const char *name);

#endif
