/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/expr/parser.h"

bool parser_out_of_memory(struct parser *p)
{
    expr_error_set(p->lexer.error, NULL, "out of memory");
    if (p->lexer.error != NULL)
        p->lexer.error->column = p->lexer.error->length = 0;
    return false;
}

bool parser_next(struct parser *p)
{
    p->behind = p->token.end;
    return lexer_next(&p->lexer, &p->token);
}

bool parser_enter(struct parser *p)
{
    return ++p->depth <= EXPR_MAX_DEPTH ||
           COMPLAIN(p, p->token.start, p->token.end, NULL,
               "nested too deeply; at most %d levels are taken", EXPR_MAX_DEPTH);
}

struct quoted parser_quote(const struct parser *p)
{
    return quote(p->lexer.text + p->token.start, p->token.end - p->token.start);
}

/* --- instructions ------------------------------------------------------------------------- */

struct node *parser_emit(
    struct parser *p, enum operation_code op, size_t start, size_t end, unsigned kinds)
{
    struct expr *expr = p->expr;
    if (expr->n_nodes == EXPR_MAX_NODES) {
        COMPLAIN(p, start, end, NULL,
            "too long an expression; at most %d operands and operators are taken", EXPR_MAX_NODES);
        return NULL;
    }
    if (expr->n_nodes == p->capacity) {
        size_t capacity = p->capacity == 0 ? 16 : 2 * p->capacity;
        struct node *nodes = realloc(expr->nodes, capacity * sizeof *nodes);
        if (nodes == NULL) {
            parser_out_of_memory(p);
            return NULL;
        }
        expr->nodes = nodes;
        p->capacity = capacity;
    }
    struct node *node = &expr->nodes[expr->n_nodes++];
    uint16_t column = p->lexer.columns[start], behind = p->lexer.columns[end];
    *node = (struct node){
        .op = op, .column = column, .length = (uint16_t)(behind - column), .kinds = kinds};
    return node;
}

/* Lets a jump lead behind the last node. */
static void land(struct parser *p, size_t from)
{
    p->expr->nodes[from].jump = (uint16_t)(p->expr->n_nodes - from - 1);
}

static void reverse(struct node *nodes, size_t from, size_t to)
{
    for (; from + 1 < to; from++, to--) {
        struct node node = nodes[from];
        nodes[from] = nodes[to - 1];
        nodes[to - 1] = node;
    }
}

/* Exchanges two runs of nodes: from `from`, and from `middle` to the last. */
static void exchange(struct parser *p, size_t from, size_t middle)
{
    reverse(p->expr->nodes, from, middle);
    reverse(p->expr->nodes, middle, p->expr->n_nodes);
    reverse(p->expr->nodes, from, p->expr->n_nodes);
}

bool parser_want(struct parser *p, const struct operand *operand, unsigned allowed, const char *who)
{
    char names[64], kinds[64];
    if (operand->kinds == EXPR_NULL || (operand->kinds & allowed) != 0)
        return true;
    expr_name_kinds(names, sizeof names, allowed);
    expr_name_kinds(kinds, sizeof kinds, operand->kinds & ~(unsigned)EXPR_NULL);
    const char *hint = NULL;
    if (allowed == EXPR_BOOL)
        hint = (operand->kinds & EXPR_NULL) != 0      ? "compare it: … is not null"
               : (operand->kinds & KINDS_NUMBER) != 0 ? "compare it: … != 0"
                                                      : "compare it: … == …";
    return COMPLAIN(
        p, operand->start, operand->end, hint, "%s takes %s, and this is %s", who, names, kinds);
}

/* --- sums --------------------------------------------------------------------------------- */

static bool parse_unary(struct parser *p, struct operand *out)
{
    if (!at_symbol(p, SYMBOL_SUBTRACT, SYMBOL_SUBTRACT))
        return parse_operand(p, out);
    out->start = p->token.start;
    if (!parser_next(p))
        return false;
    if (at_number(p))
        return parse_negative(p, out);
    struct operand inner;
    if (!parser_enter(p) || !parse_unary(p, &inner) || !parser_want(p, &inner, KINDS_NUMBER, "-"))
        return false;
    p->depth--;
    out->first = inner.first;
    out->end = inner.end;
    out->kinds = inner.kinds & (KINDS_NUMBER | EXPR_NULL);
    return parser_emit(p, OP_NEGATE, out->start, out->end, out->kinds) != NULL;
}

static bool parse_arithmetic(struct parser *p, struct operand *out, bool product)
{
    enum symbol from = product ? SYMBOL_MULTIPLY : SYMBOL_ADD;
    enum symbol to = product ? SYMBOL_REMAINDER : SYMBOL_SUBTRACT;
    if (!(product ? parse_unary(p, out) : parse_arithmetic(p, out, true)))
        return false;
    while (at_symbol(p, from, to)) {
        enum symbol symbol = p->token.symbol;
        const char *who = symbol_texts[symbol];
        struct operand right;
        if (!parser_want(p, out, KINDS_NUMBER, who) || !parser_next(p) ||
            !(product ? parse_unary(p, &right) : parse_arithmetic(p, &right, true)) ||
            !parser_want(p, &right, KINDS_NUMBER, who))
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

/* --- comparison --------------------------------------------------------------------------- */

/* The kinds that `in` can give, or 0 when it cannot be done. */
static unsigned membership_kinds(
    struct parser *p, const struct operand *left, const struct operand *right)
{
    enum { TEXTUAL = EXPR_STRING | EXPR_MAPPING };
    if (!parser_want(p, right, EXPR_LIST | TEXTUAL, "in"))
        return 0;
    if (right->kinds == EXPR_NULL)
        return EXPR_NULL;
    if ((right->kinds & EXPR_LIST) == 0 && !parser_want(p, left, EXPR_STRING, IN_LEFT))
        return 0;
    /* Null is an item as good as others, but no key and no part of a text. */
    unsigned null = (right->kinds & TEXTUAL) != 0 ? left->kinds | right->kinds : right->kinds;
    return EXPR_BOOL | (null & EXPR_NULL);
}

/* The same for < and its kin. */
static unsigned order_kinds(
    struct parser *p, const char *who, const struct operand *left, const struct operand *right)
{
    unsigned either = left->kinds | right->kinds, both = left->kinds & right->kinds;
    if (!parser_want(p, left, KINDS_NUMBER | EXPR_STRING, who) ||
        !parser_want(p, right, KINDS_NUMBER | EXPR_STRING, who))
        return 0;
    if (left->kinds == EXPR_NULL || right->kinds == EXPR_NULL)
        return EXPR_NULL;
    bool numbers = (left->kinds & KINDS_NUMBER) != 0 && (right->kinds & KINDS_NUMBER) != 0;
    if (numbers || (both & EXPR_STRING) != 0)
        return EXPR_BOOL | (either & EXPR_NULL);
    bool text = (left->kinds & EXPR_STRING) != 0;
    COMPLAIN(p, left->start, right->end, NULL, "%s cannot compare a %s with a %s", who,
        text ? "str" : "number", text ? "number" : "str");
    return 0;
}

static unsigned comparison_kinds(
    struct parser *p, enum symbol symbol, const struct operand *left, const struct operand *right)
{
    switch (symbol) {
    case SYMBOL_EQUAL:
    case SYMBOL_UNEQUAL:
        return EXPR_BOOL;
    case SYMBOL_IN:
    case SYMBOL_NOT_IN:
        return membership_kinds(p, left, right);
    default:
        return order_kinds(p, symbol_texts[symbol], left, right);
    }
}

/* Takes `not` and `in` together. */
static bool take_comparison(struct parser *p, enum symbol *symbol)
{
    if (p->token.kind == TOKEN_SYMBOL || p->token.kind == TOKEN_IN) {
        *symbol = p->token.kind == TOKEN_IN ? SYMBOL_IN : p->token.symbol;
        return parser_next(p);
    }
    size_t start = p->token.start;
    *symbol = SYMBOL_NOT_IN;
    if (!parser_next(p))
        return false;
    if (p->token.kind != TOKEN_IN)
        return COMPLAIN(
            p, start, p->behind, "write not in, or and not", "not stands between two values");
    return parser_next(p);
}

static bool at_comparison(const struct parser *p)
{
    return p->token.kind == TOKEN_IN || p->token.kind == TOKEN_NOT ||
           at_symbol(p, SYMBOL_EQUAL, SYMBOL_MORE_EQUAL);
}

/* The rest of a comparison behind its first operand. */
static bool parse_chain(struct parser *p, struct operand *out)
{
    struct operand left = *out;
    unsigned kinds = 0;
    bool joined = false;
    size_t open = EXPR_MAX_NODES; /* the last link whose jump is not known, each naming another */
    for (; at_comparison(p); joined = true) {
        enum symbol symbol;
        struct operand right;
        if (!take_comparison(p, &symbol) || !parse_arithmetic(p, &right, false))
            return false;
        unsigned one = comparison_kinds(p, symbol, &left, &right);
        kinds |= one;
        struct node *node =
            one == 0 ? NULL : parser_emit(p, OP_COMPARE, left.start, right.end, one);
        if (node == NULL)
            return false;
        node->symbol = symbol;
        node->joined = joined;
        node->chained = at_comparison(p);
        if (node->chained) {
            node->jump = (uint16_t)open;
            open = p->expr->n_nodes - 1;
        }
        left = right;
    }
    while (open != EXPR_MAX_NODES) {
        size_t before = p->expr->nodes[open].jump;
        land(p, open);
        open = before;
    }
    out->end = left.end;
    out->kinds = kinds;
    return true;
}

/* Behind `is`: null, not null, set, not set. */
static bool parse_test(struct parser *p, struct operand *out)
{
    size_t start = p->token.start;
    if (!parser_next(p))
        return false;
    bool negated = p->token.kind == TOKEN_NOT;
    if (negated && !parser_next(p))
        return false;
    bool set = p->token.kind == TOKEN_NAME && !p->lexer.quoted && strcmp(p->lexer.name, "set") == 0;
    if (!set && p->token.kind != TOKEN_NULL)
        return COMPLAIN(p, start, p->token.end,
            p->token.kind == TOKEN_NAME && strcmp(p->lexer.name, "None") == 0 ? "write null"
            : negated ? "write != to compare"
                      : "write == to compare",
            "behind is stands null, not null, set or not set");
    struct node *node = &p->expr->nodes[p->expr->n_nodes - 1];
    bool name = p->expr->n_nodes - out->first == 1 && node->op == OP_SLOT;
    if (set && !name)
        return COMPLAIN(p, out->start, out->end, NULL, "only a name can be set or not");
    out->end = p->token.end;
    out->kinds = EXPR_BOOL;
    if (set) {
        node->op = OP_IS_SET;
        node->kinds = EXPR_BOOL;
    } else
        node = parser_emit(p, OP_IS_NULL, out->start, out->end, EXPR_BOOL);
    if (node == NULL)
        return false;
    node->negated = negated;
    return parser_next(p);
}

static bool parse_comparison(struct parser *p, struct operand *out)
{
    if (!parse_arithmetic(p, out, false))
        return false;
    bool test = p->token.kind == TOKEN_IS;
    if (test ? !parse_test(p, out) : at_comparison(p) && !parse_chain(p, out))
        return false;
    if (p->token.kind != TOKEN_IS && !(test && at_comparison(p)))
        return true;
    return COMPLAIN(p, p->token.start, p->token.end, "write parentheses around one of them",
        "a comparison with is cannot be chained");
}

/* --- logic -------------------------------------------------------------------------------- */

static bool parse_not(struct parser *p, struct operand *out)
{
    if (p->token.kind != TOKEN_NOT)
        return parse_comparison(p, out);
    struct operand inner;
    out->start = p->token.start;
    if (!parser_enter(p) || !parser_next(p) || !parse_not(p, &inner) ||
        !parser_want(p, &inner, EXPR_BOOL, "not"))
        return false;
    p->depth--;
    out->first = inner.first;
    out->end = inner.end;
    out->kinds = inner.kinds & (EXPR_BOOL | EXPR_NULL);
    return parser_emit(p, OP_NOT, inner.start, inner.end, out->kinds) != NULL;
}

static bool parse_and(struct parser *p, struct operand *out);

static bool parse_logic(struct parser *p, struct operand *out, bool is_and)
{
    const char *who = is_and ? "and" : "or";
    if (!(is_and ? parse_not(p, out) : parse_and(p, out)))
        return false;
    while (p->token.kind == (is_and ? TOKEN_AND : TOKEN_OR)) {
        struct operand right;
        size_t jump = p->expr->n_nodes;
        if (!parser_want(p, out, EXPR_BOOL, who) ||
            parser_emit(p, is_and ? OP_AND_IF : OP_OR_IF, out->start, out->end, out->kinds) ==
                NULL ||
            !parser_next(p) || !(is_and ? parse_not(p, &right) : parse_and(p, &right)) ||
            !parser_want(p, &right, EXPR_BOOL, who))
            return false;
        out->end = right.end;
        out->kinds = (out->kinds | right.kinds) & (EXPR_BOOL | EXPR_NULL);
        /* Blames the right operand: the jump has looked at the left one. */
        if (parser_emit(p, is_and ? OP_AND : OP_OR, right.start, right.end, out->kinds) == NULL)
            return false;
        land(p, jump);
    }
    return true;
}

static bool parse_and(struct parser *p, struct operand *out)
{
    return parse_logic(p, out, true);
}

bool parse_expr(struct parser *p, struct operand *out)
{
    struct operand condition, otherwise;
    if (!parse_logic(p, out, false))
        return false;
    if (p->token.kind != TOKEN_IF)
        return true;
    size_t middle = p->expr->n_nodes, start = p->token.start;
    if (!parser_next(p) || !parse_logic(p, &condition, false) ||
        !parser_want(p, &condition, EXPR_BOOL, "if"))
        return false;
    if (p->token.kind != TOKEN_ELSE)
        return COMPLAIN(
            p, start, condition.end, "write A if CONDITION else B", "an if without an else");
    if (parser_emit(p, OP_JUMP_UNLESS, condition.start, condition.end, 0) == NULL)
        return false;
    exchange(p, out->first, middle); /* the condition goes first */
    size_t unless = out->first + (p->expr->n_nodes - middle) - 1, jump = p->expr->n_nodes;
    if (parser_emit(p, OP_JUMP, out->start, out->end, 0) == NULL)
        return false;
    land(p, unless);
    if (!parser_enter(p) || !parser_next(p) || !parse_expr(p, &otherwise))
        return false;
    p->depth--;
    land(p, jump);
    out->end = otherwise.end;
    out->kinds |= otherwise.kinds;
    return true;
}
