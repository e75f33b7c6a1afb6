/* SPDX-License-Identifier: Apache-2.0
 *
 * The interface between the two halves of the parser: parse.c parses operators, operand.c their
 * operands. Both emit instructions as they go: first the operands, then the operation. Functions
 * that return bool return false after they have set the error.
 */
#ifndef LIB_EXPR_PARSER_H
#define LIB_EXPR_PARSER_H

#include "lib/expr/lexer.h"

struct parser {
    struct lexer lexer;
    struct token token;  /* the next token */
    size_t previous_end; /* the end of the token before it */
    const struct expr_scope *scope;
    struct expr *expr;
    size_t capacity; /* of its nodes */
    unsigned depth;
};

/* A part of the text that has been compiled. */
struct operand {
    size_t start, end; /* bytes */
    size_t first;      /* index of its first node; its last one is the last of the expression */
    unsigned kinds;    /* never EXPR_ABSENT */
};

/* Sets the error at the next token. Returns false. For another part of the text: lexer_error(). */
bool parser_error(const struct parser *p, const char *hint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

bool parser_out_of_memory(const struct parser *p);

/* Reads the next token. */
bool parser_next(struct parser *p);

/* Enters a level of nesting; the caller decrements p->depth to leave it. */
bool parser_enter(struct parser *p);

/* The next token as it is written, for messages. */
struct expr_quoted parser_quote(const struct parser *p);

/* A new node for a part of the text; NULL after an error. */
struct node *parser_emit(
    struct parser *p, enum operation_code op, size_t start, size_t end, unsigned kinds);

/* Checks that an operand can be of a kind that the operator or function `who` takes; null always
 * fits. */
bool parser_check(
    struct parser *p, const struct operand *operand, unsigned allowed, const char *who);

/* Parses a whole expression, which does not count as a level of nesting. */
bool parse_expr(struct parser *p, struct operand *out);

/* Parses a literal, a name, a call, or an expression in parentheses. */
bool parse_operand(struct parser *p, struct operand *out);

/* Parses a number literal after a minus, as one literal: otherwise -2^63 could not be written. */
bool parse_negative_number(struct parser *p, struct operand *out);

static inline bool parser_at(const struct parser *p, enum symbol symbol)
{
    return p->token.kind == TOKEN_SYMBOL && p->token.symbol == symbol;
}

static inline bool parser_at_any(const struct parser *p, enum symbol first, enum symbol last)
{
    return p->token.kind == TOKEN_SYMBOL && p->token.symbol >= first && p->token.symbol <= last;
}

static inline bool parser_at_number(const struct parser *p)
{
    return p->token.kind == TOKEN_INT || p->token.kind == TOKEN_FLOAT;
}

#endif
