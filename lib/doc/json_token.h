/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens that people write where JSON has none: characters from word processors, words of Python,
 * numbers in other notations. Each function returns the advice for a token.
 */
#ifndef LIB_DOC_JSON_TOKEN_H
#define LIB_DOC_JSON_TOKEN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JSON_TOKEN_MAX = 200 }; /* bytes of a message or hint */

struct json_advice {
    char message[JSON_TOKEN_MAX];
    char hint[JSON_TOKEN_MAX]; /* "": none */
};

/* True for a character that is never valid outside a string. */
bool json_token_is_foreign(uint32_t c, struct json_advice *out);

/* True if `text` is a JSON number. */
bool json_token_is_number(const char *text, size_t length);

/* A token that starts like a number but is none. */
void json_token_number(const char *text, size_t length, struct json_advice *out);

/* A word without quotes, as a value. */
void json_token_word(const char *text, size_t length, struct json_advice *out);

/* The hint for a string that was given where another type is wanted, if it is a value in quotes,
 * such as "1e-4"; otherwise NULL. */
const char *json_token_quotes_hint(const json_t *value);

#endif
