/* SPDX-License-Identifier: Apache-2.0
 *
 * Splits the text of an expression into tokens, one ahead of the parser.
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
    TOKEN_NAME, /* a path, or the name of a function */
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
    TOKEN_SYMBOL, /* an operator that is not a word; `symbol` */
};

struct token {
    enum token_kind kind;
    size_t start, end; /* bytes */
    enum symbol symbol;
    uint64_t integer; /* up to 2^63, which is only valid after a minus */
    double number;
    size_t length; /* of a string, which is at `string` in the lexer's `strings` */
    size_t string;
};

struct lexer {
    const char *text;
    size_t length, at;
    struct expr_error *error; /* may be NULL */
    char *strings;            /* as long as the text: no string is longer than its literal */
    size_t strings_used;
    /* The name of the last TOKEN_NAME, without backquotes. */
    char name[PATH_MAX_BYTES];
    bool quoted; /* a part of the name is in backquotes */
    /* The column of every byte offset, including the end. */
    uint16_t columns[EXPR_MAX_BYTES + 1];
};

/* False if the text is too long or not UTF-8. */
bool lexer_init(struct lexer *lexer, const char *text, size_t length, struct expr_error *error);

bool lexer_next(struct lexer *lexer, struct token *token);

/* True if an opening parenthesis follows, after any space. */
bool lexer_sees_call(const struct lexer *lexer);

/* Sets the error, at bytes [start, end) of the text. Returns false. */
bool lexer_error(const struct lexer *lexer, size_t start, size_t end, const char *hint,
    const char *format, ...) __attribute__((format(printf, 5, 6)));
bool lexer_verror(const struct lexer *lexer, const struct token *at, const char *hint,
    const char *format, va_list arguments) __attribute__((format(printf, 4, 0)));

#endif
