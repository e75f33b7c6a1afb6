/* SPDX-License-Identifier: Apache-2.0
 *
 * What the two halves of the parser share: parse.c reads operators, operand.c what they are
 * applied to. Both write instructions as they go: operands first, then what is done with them.
 * All functions that give a bool return false when they have said what is wrong.
 */
#ifndef LIB_EXPR_PARSER_H
#define LIB_EXPR_PARSER_H

#include "lib/expr/lexer.h"

struct parser {
    struct lexer lexer;
    struct token token; /* the next one */
    size_t behind;      /* the end of the one before it */
    const struct expr_scope *scope;
    struct expr *expr;
    size_t capacity; /* of its nodes */
    unsigned depth;
};

/* A part of the text that has been compiled. */
struct operand {
    size_t start, end; /* bytes */
    size_t first;      /* its first node; the last one is the last that there is */
    unsigned kinds;    /* never EXPR_ABSENT */
};

/* Says what is wrong with a part of the text; false. */
#define COMPLAIN(parser, start, end, hint, ...)                                                    \
    (expr_error_set((parser)->lexer.error, (hint), __VA_ARGS__),                                   \
        lexer_blame(&(parser)->lexer, (start), (end)))

bool parser_out_of_memory(struct parser *p);

/* Takes the next token. */
bool parser_next(struct parser *p);

/* Counts a level of nesting; `depth` is lowered by hand. */
bool parser_enter(struct parser *p);

/* The token as it is written, for messages. */
struct quoted parser_quote(const struct parser *p);

/* A new node for a part of the text; NULL when that failed. */
struct node *parser_emit(
    struct parser *p, enum operation_code op, size_t start, size_t end, unsigned kinds);

/* Whether an operand can be what `who` takes; null always can. */
bool parser_want(
    struct parser *p, const struct operand *operand, unsigned allowed, const char *who);

/* A whole expression, not counted as a level. */
bool parse_expr(struct parser *p, struct operand *out);

/* A literal, a name, a call, or something in parentheses. */
bool parse_operand(struct parser *p, struct operand *out);

/* A number literal behind a minus, which is the next token: only so can -2^63 be written. */
bool parse_negative(struct parser *p, struct operand *out);

static inline bool at_symbol(const struct parser *p, enum symbol from, enum symbol to)
{
    return p->token.kind == TOKEN_SYMBOL && p->token.symbol >= from && p->token.symbol <= to;
}

static inline bool at_number(const struct parser *p)
{
    return p->token.kind == TOKEN_INT || p->token.kind == TOKEN_FLOAT;
}

#endif
