/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/expr/parser.h"
#include "lib/util/array.h"

bool parser_error(const struct parser *p, const char *hint, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    lexer_verror(&p->lexer, &p->token, hint, format, arguments);
    va_end(arguments);
    return false;
}

bool parser_out_of_memory(const struct parser *p)
{
    struct expr_error *error = p->lexer.error;
    expr_error_set(error, NULL, "out of memory");
    if (error != NULL) {
        error->column = 0;
        error->length = 0;
    }
    return false;
}

bool parser_next(struct parser *p)
{
    p->previous_end = p->token.end;
    return lexer_next(&p->lexer, &p->token);
}

bool parser_enter(struct parser *p)
{
    if (++p->depth > EXPR_MAX_DEPTH)
        return parser_error(p, NULL, "nested deeper than %d levels", EXPR_MAX_DEPTH);
    return true;
}

struct expr_quoted parser_quote(const struct parser *p)
{
    return expr_quote(p->lexer.text + p->token.start, p->token.end - p->token.start);
}

/* --- instructions ------------------------------------------------------------------------- */

struct node *parser_emit(
    struct parser *p, enum operation_code op, size_t start, size_t end, unsigned kinds)
{
    struct expr *expr = p->expr;
    if (expr->n_nodes == EXPR_MAX_NODES) {
        lexer_error(
            &p->lexer, start, end, NULL, "more than %d operands and operators", EXPR_MAX_NODES);
        return NULL;
    }
    struct node *nodes = array_grow(expr->nodes, expr->n_nodes, &p->capacity, sizeof *nodes);
    if (nodes == NULL) {
        parser_out_of_memory(p);
        return NULL;
    }
    expr->nodes = nodes;
    struct node *node = &expr->nodes[expr->n_nodes++];
    uint16_t column = p->lexer.columns[start], length = p->lexer.columns[end] - column;
    *node = (struct node){.op = op, .column = column, .length = length, .kinds = kinds};
    return node;
}

/* Makes the jump of node `from` lead to the next node that is emitted. */
static void parse_land(struct parser *p, size_t from)
{
    p->expr->nodes[from].jump = (uint16_t)(p->expr->n_nodes - from - 1);
}

static void parse_reverse(struct node *nodes, size_t start, size_t end)
{
    for (; start + 1 < end; start++, end--) {
        struct node node = nodes[start];
        nodes[start] = nodes[end - 1];
        nodes[end - 1] = node;
    }
}

/* Exchanges two runs of nodes: [start, middle), and from `middle` to the last one. */
static void parse_exchange(struct parser *p, size_t start, size_t middle)
{
    parse_reverse(p->expr->nodes, start, middle);
    parse_reverse(p->expr->nodes, middle, p->expr->n_nodes);
    parse_reverse(p->expr->nodes, start, p->expr->n_nodes);
}

bool parser_check(
    struct parser *p, const struct operand *operand, unsigned allowed, const char *who)
{
    char names[64], kinds[64];
    if (operand->kinds == EXPR_NULL || (operand->kinds & allowed) != 0)
        return true;
    expr_name_kinds(names, sizeof names, allowed);
    expr_name_kinds(kinds, sizeof kinds, operand->kinds & ~(unsigned)EXPR_NULL);
    const char *hint = NULL;
    if (allowed == EXPR_BOOL) {
        hint = "compare it: … == …";
        if ((operand->kinds & EXPR_NULL) != 0)
            hint = "compare it: … is not null";
        else if ((operand->kinds & KINDS_NUMBER) != 0)
            hint = "compare it: … != 0";
    }
    return lexer_error(&p->lexer, operand->start, operand->end, hint, "%s takes %s, but this is %s",
        who, names, kinds);
}

/* --- arithmetic --------------------------------------------------------------------------- */

static bool parse_unary(struct parser *p, struct operand *out)
{
    if (!parser_at(p, SYMBOL_SUBTRACT))
        return parse_operand(p, out);
    out->start = p->token.start;
    if (!parser_next(p))
        return false;
    if (parser_at_number(p))
        return parse_negative_number(p, out);
    struct operand inner;
    if (!parser_enter(p) || !parse_unary(p, &inner) || !parser_check(p, &inner, KINDS_NUMBER, "-"))
        return false;
    p->depth--;
    out->first = inner.first;
    out->end = inner.end;
    out->kinds = inner.kinds & (KINDS_NUMBER | EXPR_NULL);
    return parser_emit(p, OP_NEGATE, out->start, out->end, out->kinds) != NULL;
}

/* Parses operands separated by left-associative operators from `first` to `last`. */
static bool parse_operators(struct parser *p, struct operand *out, enum symbol first,
    enum symbol last, bool (*parse_one)(struct parser *p, struct operand *out))
{
    if (!parse_one(p, out))
        return false;
    while (parser_at_any(p, first, last)) {
        enum symbol symbol = p->token.symbol;
        const char *who = expr_symbols[symbol];
        struct operand right;
        if (!parser_check(p, out, KINDS_NUMBER, who) || !parser_next(p) || !parse_one(p, &right) ||
            !parser_check(p, &right, KINDS_NUMBER, who))
            return false;
        out->end = right.end;
        out->kinds = arithmetic_kinds(symbol, out->kinds, right.kinds);
        struct node *node = parser_emit(p, OP_ARITHMETIC, out->start, out->end, out->kinds);
        if (node == NULL)
            return false;
        node->symbol = symbol;
    }
    return true;
}

static bool parse_product(struct parser *p, struct operand *out)
{
    return parse_operators(p, out, SYMBOL_MULTIPLY, SYMBOL_REMAINDER, parse_unary);
}

static bool parse_sum(struct parser *p, struct operand *out)
{
    return parse_operators(p, out, SYMBOL_ADD, SYMBOL_SUBTRACT, parse_product);
}

/* --- comparison --------------------------------------------------------------------------- */

/* The kinds that `in` can give; 0 after an error. */
static unsigned parse_in_kinds(
    struct parser *p, const struct operand *left, const struct operand *right)
{
    enum { NOT_LISTS = EXPR_STRING | EXPR_MAPPING };
    if (!parser_check(p, right, EXPR_LIST | NOT_LISTS, "in"))
        return 0;
    if (right->kinds == EXPR_NULL)
        return EXPR_NULL;
    if ((right->kinds & EXPR_LIST) == 0 && !parser_check(p, left, EXPR_STRING, IN_LEFT))
        return 0;
    /* A list can contain null, but null is not a key, nor part of a string. */
    unsigned null = right->kinds & EXPR_NULL;
    if ((right->kinds & NOT_LISTS) != 0)
        null |= left->kinds & EXPR_NULL;
    return EXPR_BOOL | null;
}

/* The same for <, <=, > and >=. */
static unsigned parse_order_kinds(
    struct parser *p, const char *who, const struct operand *left, const struct operand *right)
{
    unsigned either = left->kinds | right->kinds, both = left->kinds & right->kinds;
    if (!parser_check(p, left, KINDS_NUMBER | EXPR_STRING, who) ||
        !parser_check(p, right, KINDS_NUMBER | EXPR_STRING, who))
        return 0;
    if (left->kinds == EXPR_NULL || right->kinds == EXPR_NULL)
        return EXPR_NULL;
    bool numbers = (left->kinds & KINDS_NUMBER) != 0 && (right->kinds & KINDS_NUMBER) != 0;
    if (numbers || (both & EXPR_STRING) != 0)
        return EXPR_BOOL | (either & EXPR_NULL);
    const char *left_name = "number", *right_name = "str";
    if ((left->kinds & EXPR_STRING) != 0) {
        left_name = "str";
        right_name = "number";
    }
    lexer_error(&p->lexer, left->start, right->end, NULL, "%s cannot compare a %s with a %s", who,
        left_name, right_name);
    return 0;
}

static unsigned parse_comparison_kinds(
    struct parser *p, enum symbol symbol, const struct operand *left, const struct operand *right)
{
    switch (symbol) {
    case SYMBOL_EQUAL:
    case SYMBOL_UNEQUAL:
        return EXPR_BOOL;
    case SYMBOL_IN:
    case SYMBOL_NOT_IN:
        return parse_in_kinds(p, left, right);
    default:
        return parse_order_kinds(p, expr_symbols[symbol], left, right);
    }
}

static bool parse_at_comparison(const struct parser *p)
{
    return p->token.kind == TOKEN_IN || p->token.kind == TOKEN_NOT ||
           parser_at_any(p, SYMBOL_EQUAL, SYMBOL_MORE_EQUAL);
}

/* Reads a comparison operator; `not in` is two tokens. */
static bool parse_comparison_operator(struct parser *p, enum symbol *symbol)
{
    if (p->token.kind != TOKEN_NOT) {
        *symbol = SYMBOL_IN;
        if (p->token.kind == TOKEN_SYMBOL)
            *symbol = p->token.symbol;
        return parser_next(p);
    }
    size_t start = p->token.start;
    *symbol = SYMBOL_NOT_IN;
    if (!parser_next(p))
        return false;
    if (p->token.kind != TOKEN_IN)
        return lexer_error(&p->lexer, start, p->previous_end, "write not in, or and not",
            "unexpected not after a value");
    return parser_next(p);
}

/* Parses the rest of a comparison after its first operand. */
static bool parse_chain(struct parser *p, struct operand *out)
{
    struct operand left = *out;
    unsigned kinds = 0;
    bool joined = false;
    /* The last node whose jump is not known yet; its `jump` is the one before it, and so on. */
    size_t pending = EXPR_MAX_NODES;
    for (; parse_at_comparison(p); joined = true) {
        enum symbol symbol;
        struct operand right;
        if (!parse_comparison_operator(p, &symbol) || !parse_sum(p, &right))
            return false;
        unsigned link_kinds = parse_comparison_kinds(p, symbol, &left, &right);
        if (link_kinds == 0)
            return false;
        kinds |= link_kinds;
        struct node *node = parser_emit(p, OP_COMPARE, left.start, right.end, link_kinds);
        if (node == NULL)
            return false;
        node->symbol = symbol;
        node->joined = joined;
        node->chained = parse_at_comparison(p);
        if (node->chained) {
            node->jump = (uint16_t)pending;
            pending = p->expr->n_nodes - 1;
        }
        left = right;
    }
    while (pending != EXPR_MAX_NODES) {
        size_t before = p->expr->nodes[pending].jump;
        parse_land(p, pending);
        pending = before;
    }
    out->end = left.end;
    out->kinds = kinds;
    return true;
}

static bool parse_at_name(const struct parser *p, const char *name)
{
    return p->token.kind == TOKEN_NAME && !p->lexer.quoted && strcmp(p->lexer.name, name) == 0;
}

/* `is` at `start` is followed by something else than null or set. */
static bool parse_bad_test(const struct parser *p, size_t start, bool negated)
{
    const char *hint = "write == to compare";
    if (p->token.kind == TOKEN_NAME && strcmp(p->lexer.name, "None") == 0)
        hint = "write null";
    else if (negated)
        hint = "write != to compare";
    return lexer_error(
        &p->lexer, start, p->token.end, hint, "expected null, not null, set or not set after is");
}

/* Parses `is null`, `is not null`, `is set` or `is not set` after an operand. */
static bool parse_test(struct parser *p, struct operand *out)
{
    size_t start = p->token.start;
    if (!parser_next(p))
        return false;
    bool negated = p->token.kind == TOKEN_NOT;
    if (negated && !parser_next(p))
        return false;
    bool set = parse_at_name(p, "set");
    if (!set && p->token.kind != TOKEN_NULL)
        return parse_bad_test(p, start, negated);
    out->kinds = EXPR_BOOL;
    struct node *node;
    if (set) { /* instead of pushing the value */
        node = &p->expr->nodes[p->expr->n_nodes - 1];
        if (p->expr->n_nodes - out->first != 1 || node->op != OP_SLOT)
            return lexer_error(
                &p->lexer, out->start, out->end, NULL, "only a name can be tested with is set");
        node->op = OP_IS_SET;
        node->kinds = EXPR_BOOL;
    } else {
        node = parser_emit(p, OP_IS_NULL, out->start, p->token.end, EXPR_BOOL);
        if (node == NULL)
            return false;
    }
    out->end = p->token.end;
    node->negated = negated;
    return parser_next(p);
}

static bool parse_comparison(struct parser *p, struct operand *out)
{
    if (!parse_sum(p, out))
        return false;
    if (p->token.kind == TOKEN_IS) {
        if (!parse_test(p, out))
            return false;
        if (!parse_at_comparison(p) && p->token.kind != TOKEN_IS)
            return true;
    } else {
        if (parse_at_comparison(p) && !parse_chain(p, out))
            return false;
        if (p->token.kind != TOKEN_IS)
            return true;
    }
    return parser_error(
        p, "put one of them in parentheses", "a comparison with is cannot be chained");
}

/* --- logic -------------------------------------------------------------------------------- */

static bool parse_not(struct parser *p, struct operand *out)
{
    if (p->token.kind != TOKEN_NOT)
        return parse_comparison(p, out);
    struct operand inner;
    out->start = p->token.start;
    if (!parser_enter(p) || !parser_next(p) || !parse_not(p, &inner) ||
        !parser_check(p, &inner, EXPR_BOOL, "not"))
        return false;
    p->depth--;
    out->first = inner.first;
    out->end = inner.end;
    out->kinds = inner.kinds & (EXPR_BOOL | EXPR_NULL);
    return parser_emit(p, OP_NOT, inner.start, inner.end, out->kinds) != NULL;
}

struct parse_logic_operator {
    const char *name;
    enum token_kind token;
    enum operation_code jump, combine;
    bool (*parse_one)(struct parser *p, struct operand *out);
};

static bool parse_logic(
    struct parser *p, struct operand *out, const struct parse_logic_operator *operator)
{
    if (!operator->parse_one(p, out))
        return false;
    while (p->token.kind == operator->token) {
        struct operand right;
        size_t jump = p->expr->n_nodes;
        if (!parser_check(p, out, EXPR_BOOL, operator->name) ||
            parser_emit(p, operator->jump, out->start, out->end, out->kinds) == NULL)
            return false;
        if (!parser_next(p) || !operator->parse_one(p, &right) ||
            !parser_check(p, &right, EXPR_BOOL, operator->name))
            return false;
        out->end = right.end;
        out->kinds = (out->kinds | right.kinds) & (EXPR_BOOL | EXPR_NULL);
        /* At the right operand, because the jump checks the left one. */
        if (parser_emit(p, operator->combine, right.start, right.end, out->kinds) == NULL)
            return false;
        parse_land(p, jump);
    }
    return true;
}

static bool parse_and(struct parser *p, struct operand *out)
{
    static const struct parse_logic_operator and = {"and", TOKEN_AND, OP_AND_IF, OP_AND, parse_not};
    return parse_logic(p, out, &and);
}

static bool parse_or(struct parser *p, struct operand *out)
{
    static const struct parse_logic_operator or = {"or", TOKEN_OR, OP_OR_IF, OP_OR, parse_and};
    return parse_logic(p, out, & or);
}

/* Parses `if condition else otherwise` after an operand. */
static bool parse_conditional(struct parser *p, struct operand *out)
{
    struct operand condition, otherwise;
    size_t middle = p->expr->n_nodes, start = p->token.start;
    if (!parser_next(p) || !parse_or(p, &condition) ||
        !parser_check(p, &condition, EXPR_BOOL, "if"))
        return false;
    if (p->token.kind != TOKEN_ELSE)
        return lexer_error(
            &p->lexer, start, condition.end, "write A if CONDITION else B", "if without else");
    if (parser_emit(p, OP_JUMP_UNLESS, condition.start, condition.end, 0) == NULL)
        return false;
    parse_exchange(p, out->first, middle); /* the condition goes first */
    size_t unless = out->first + (p->expr->n_nodes - middle) - 1, jump = p->expr->n_nodes;
    if (parser_emit(p, OP_JUMP, out->start, out->end, 0) == NULL)
        return false;
    parse_land(p, unless);
    if (!parser_enter(p) || !parser_next(p) || !parse_expr(p, &otherwise))
        return false;
    p->depth--;
    parse_land(p, jump);
    out->end = otherwise.end;
    out->kinds |= otherwise.kinds;
    return true;
}

bool parse_expr(struct parser *p, struct operand *out)
{
    if (!parse_or(p, out))
        return false;
    if (p->token.kind != TOKEN_IF)
        return true;
    return parse_conditional(p, out);
}
