/* SPDX-License-Identifier: Apache-2.0
 *
 * Text that everything else needs: UTF-8, escaping, and "did you mean".
 */
#ifndef LIB_UTIL_TEXT_H
#define LIB_UTIL_TEXT_H

#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/util/strbuf.h"

/* Decodes the first code point of `text` (length > 0) into *out. Returns its bytes, or 0 if it is
 * malformed: overlong forms, surrogates and values above U+10FFFF are. */
size_t utf8_decode(const char *text, size_t length, uint32_t *out);

/* Bytes of the first code point of `text` (length > 0); 1 if it is malformed. */
size_t utf8_next(const char *text, size_t length);

/* Number of code points; every malformed byte counts as one. */
size_t utf8_count(const char *text, size_t length);

/* Offset of the first malformed byte, or `length` if there is none. */
size_t utf8_valid_prefix(const char *text, size_t length);

/* True for characters that change how the rest of a line is displayed: C0 and C1 controls, DEL,
 * line and paragraph separators, and bidirectional formatting marks. */
bool code_point_is_hazardous(uint32_t c);

/* sweep_escape() to a growing buffer. */
void text_escape(struct strbuf *out, const char *text, size_t length);

/* Writes a number with at least `width` digits (up to 20), with zeros in front, and a NUL: what
 * snprintf() does in ten times as long. `out` has room for 21 bytes. Returns the digits. */
size_t text_number(char *out, uint64_t number, int width);

/* Writes a number with at least `width` digits (up to 20), with zeros in front, and a NUL; for many
 * numbers, as snprintf() takes several times as long. `out` has room for 21 bytes. Returns the
 * number of digits. */
size_t text_number(char *out, uint64_t number, int width);

/* Edit distance where swapping two neighbours costs 1; limit + 1 if it is above `limit`. */
unsigned text_distance(const char *a, const char *b, unsigned limit);

/* Finds the closest of many candidates for a mistyped word. Start with {.word = …}; `best` is
 * borrowed from the candidates, and NULL while none is close enough. */
struct suggestion {
    const char *word;
    const char *best;
    unsigned distance;
};
void suggestion_offer(struct suggestion *suggestion, const char *candidate);

/* Offers the keys of an object, except `other`; of a large one only the first thousand. */
void suggestion_offer_keys(struct suggestion *suggestion, const json_t *object, const char *other);

/* True if two names differ at most in case, and in `-` for `_`. */
bool text_is_same_name(const char *a, const char *b);

/* Appends "KEY: MESSAGE", or only the message if `key` is NULL or the message names it already: as
 * words, or its last part in quotes. */
void text_put_named(struct strbuf *out, const char *key, const char *message);

/* Shell-style match of the whole string against a pattern with `*` and `?`. */
bool text_matches(const char *pattern, const char *text);

/* vsnprintf() that marks a text that was cut: it then ends with "…", between code points. `size` is
 * at least 8. */
void text_vformat(char *out, size_t size, const char *format, va_list args);

/* Copies at most `size` - 1 bytes, cut at a code point, and terminates them. */
void text_copy(char *out, size_t size, const char *text);

/* A NUL-terminated copy of `length` bytes; NULL when memory is exhausted. */
char *text_duplicate(const char *text, size_t length);

#endif
