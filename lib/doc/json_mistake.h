/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds what is wrong with a text that jansson rejects, and its likely cause. jansson reports the
 * token after which nothing is valid; people need the place where a character is missing.
 */
#ifndef LIB_DOC_JSON_MISTAKE_H
#define LIB_DOC_JSON_MISTAKE_H

#include <stdbool.h>
#include <stddef.h>

struct json_mistake {
    size_t offset, length; /* in bytes; `offset` can be that of the end of the text */
    char message[200];
    char hint[200]; /* "": none */
};

/* The first mistake of a NUL-terminated text that may contain NULs. False if there is none that
 * this file knows. Unless `strict`, comments and trailing commas are not mistakes. */
bool json_mistake_find(const char *text, size_t length, bool strict, struct json_mistake *out);

#endif
