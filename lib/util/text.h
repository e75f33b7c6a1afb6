/* SPDX-License-Identifier: Apache-2.0
 *
 * What every part needs to know about text: UTF-8, escaping, and "did you mean".
 */
#ifndef LIB_UTIL_TEXT_H
#define LIB_UTIL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/util/strbuf.h"

/* Decodes one code point of `text` (length > 0) into *out; returns its bytes, 0 if malformed
 * (overlong forms, surrogates and values above U+10FFFF are). */
size_t utf8_decode(const char *text, size_t length, uint32_t *out);

/* Number of code points; every malformed byte counts as one. */
size_t utf8_count(const char *text, size_t length);

/* Offset of the first malformed byte, or `length` when all is well formed. */
size_t utf8_valid_prefix(const char *text, size_t length);

/* True for what would change how the rest of a line is shown: C0 and C1 controls, DEL, line and
 * paragraph separators, and the marks that reorder bidirectional text. */
bool code_point_is_hazardous(uint32_t c);

/* sweep_escape() to a buffer that grows. */
void text_escape(struct strbuf *out, const char *text, size_t length);

/* Edit distance in which swapping two neighbours costs 1; more than `limit` returns limit + 1. */
unsigned text_distance(const char *a, const char *b, unsigned limit);

/* Offers candidates one by one and keeps the closest; `best` is borrowed from the candidates and
 * NULL while none is near enough to be what somebody meant. Start with {.word = …}. */
struct suggestion {
    const char *word;
    const char *best;
    unsigned distance;
};
void suggestion_offer(struct suggestion *suggestion, const char *candidate);

/* Shell-style match of a whole string with `*` and `?`. */
bool text_matches(const char *pattern, const char *text);

/* Copies at most `size` - 1 bytes, cut at a code point, always terminated. */
void text_copy(char *out, size_t size, const char *text);

/* A copy of `length` bytes with a NUL behind; NULL when memory is exhausted. */
char *text_duplicate(const char *text, size_t length);

#endif
