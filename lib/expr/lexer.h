/* SPDX-License-Identifier: Apache-2.0
 *
 * Takes the text of an expression apart into tokens, one ahead of the parser.
 */
#ifndef LIB_EXPR_LEXER_H
#define LIB_EXPR_LEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/doc/path.h"
#include "lib/expr/compiled.h"

enum token_kind {
    TOKEN_END,
    TOKEN_NAME, /* a path, also that of a function */
    TOKEN_INT,
    TOKEN_FLOAT,
    TOKEN_STRING,
    TOKEN_AND,
    TOKEN_OR,
    TOKEN_NOT,
    TOKEN_IN,
    TOKEN_IS,
    TOKEN_IF,
    TOKEN_ELSE,
    TOKEN_TRUE,
    TOKEN_FALSE,
    TOKEN_NULL,
    TOKEN_OPEN,         /* ( */
    TOKEN_CLOSE,        /* ) */
    TOKEN_OPEN_SQUARE,  /* [ */
    TOKEN_CLOSE_SQUARE, /* ] */
    TOKEN_COMMA,
    TOKEN_SYMBOL, /* an operator in signs; `symbol` */
};

struct token {
    enum token_kind kind;
    size_t start, end; /* bytes */
    enum symbol symbol;
    uint64_t integer; /* up to 2^63, which only fits behind a minus */
    double number;
    size_t length; /* of a string, which is at `string` of the lexer's `strings` */
    size_t string;
};

struct lexer {
    const char *text;
    size_t length, at;
    struct expr_error *error; /* may be NULL */
    char *strings;            /* as long as the text; strings are never longer than written */
    size_t strings_used;
    /* The name of the last TOKEN_NAME, without backquotes. */
    char name[PATH_MAX_BYTES];
    bool quoted; /* the name has a part in backquotes */
    /* Column of every byte offset, the end included. */
    uint16_t columns[EXPR_MAX_BYTES + 1];
};

/* False when the text is too long or is no UTF-8. */
bool lexer_init(struct lexer *lexer, const char *text, size_t length, struct expr_error *error);

bool lexer_next(struct lexer *lexer, struct token *token);

/* Whether the next thing that is no blank is an opening parenthesis. */
bool lexer_sees_call(const struct lexer *lexer);

/* Places a error at a part of the text; false, for the caller to return. */
bool lexer_blame(const struct lexer *lexer, size_t start, size_t end);

#endif
