/* SPDX-License-Identifier: Apache-2.0
 *
 * What a spec may have beyond JSON: `//` and block comments, and a comma before `]` or `}`. jansson
 * reads neither, so it is given a copy with spaces in their place.
 */
#ifndef LIB_UTIL_JSON_COMMENT_H
#define LIB_UTIL_JSON_COMMENT_H

#include <stdbool.h>
#include <stddef.h>

/* True if a comment starts at `p`. */
bool json_comment_starts(const char *p, const char *end);

/* The end of the comment that starts at `p`: that of its line, or the byte after its last slash.
 * NULL if a block comment is not closed. */
const char *json_comment_end(const char *p, const char *end);

/* The first byte of a comment that no text has, such as NUL; `end` if there is none. */
const char *json_comment_find_control(const char *p, const char *end);

/* Replaces comments and trailing commas by spaces; newlines stay, so every other byte keeps its
 * line and offset. What is not valid in a comment stays, too, for the parser to reject. */
void json_comment_blank(char *text, size_t length);

#endif
