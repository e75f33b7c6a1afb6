/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads JSON values one after the other from the beginning of a file, which may be cut off
 * anywhere.
 */
#ifndef LIB_CHECK_JSON_HEAD_H
#define LIB_CHECK_JSON_HEAD_H

#include <jansson.h>

#include "lib/check/file_head.h"

struct json_head {
    const struct file_head *file;
    size_t at;           /* the next byte */
    struct strbuf wrong; /* what makes the text invalid JSON; empty if it is only cut off */
};

/* Starts at the first byte that is not white space. Free `wrong` at the end. */
struct json_head json_head_begin(const struct file_head *file);

/* Skips white space; the next byte, or '\0' at the end. */
char json_head_peek(struct json_head *head);

/* Reads a value: a new reference. NULL if there is none that is complete and valid. */
json_t *json_head_value(struct json_head *head);

/* Called for each key of an object; the reader is at its value. False ends the reading. */
typedef bool json_head_member(void *context, struct json_head *head, const char *key);

/* Reads an object key by key. `member` reads the value. True if the object was read to its end. */
bool json_head_object(struct json_head *head, json_head_member *member, void *context);

#endif
