/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/expr/parser.h"

/* Reports what follows an expression that could have ended. */
static bool compile_unexpected(const struct parser *p)
{
    static const struct {
        const char *word, *hint;
    } words[] = {
        {"AND", "write and"},
        {"OR", "write or"},
        {"IN", "write in"},
        {"IS", "write is"},
        {"NOT", "write not"},
        {"then", "write A if CONDITION else B"},
        {"contains", "write b in a"},
    };
    const char *hint = NULL;
    switch (p->token.kind) {
    case TOKEN_CLOSE:
        return parser_error(p, NULL, "unmatched )");
    case TOKEN_CLOSE_SQUARE:
        return parser_error(p, NULL, "unmatched ]");
    case TOKEN_OPEN_SQUARE:
        return parser_error(p, NULL, "lists and dicts cannot be indexed");
    case TOKEN_ELSE:
        return parser_error(p, "write A if CONDITION else B", "else without if");
    case TOKEN_COMMA:
        return parser_error(p, "write a list: [1, 2]", "unexpected ,");
    case TOKEN_NAME:
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (strcmp(words[i].word, p->lexer.name) == 0)
                hint = words[i].hint;
        break;
    default:
        break;
    }
    return parser_error(p, hint, "expected an operator before %s", parser_quote(p).text);
}

static int compile_order_slots(const void *a, const void *b)
{
    size_t left = *(const size_t *)a, right = *(const size_t *)b;
    return (left > right) - (left < right);
}

static bool compile_reads_slot(const struct node *node)
{
    return node->op == OP_SLOT || node->op == OP_IS_SET;
}

/* Sets expr->slots, sorted and without duplicates. */
static bool compile_collect_slots(struct parser *p)
{
    struct expr *expr = p->expr;
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < expr->n_nodes; i++)
        if (compile_reads_slot(&expr->nodes[i]))
            n++;
    if (n == 0)
        return true;
    size_t *slots = expr->slots = malloc(n * sizeof *slots);
    if (slots == NULL)
        return parser_out_of_memory(p);
    n = 0;
    for (size_t i = 0; i < expr->n_nodes; i++)
        if (compile_reads_slot(&expr->nodes[i]))
            slots[n++] = expr->nodes[i].slot;
    qsort(slots, n, sizeof *slots, compile_order_slots);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || slots[kept - 1] != slots[i])
            slots[kept++] = slots[i];
    expr->n_slots = kept;
    return true;
}

static bool compile_text(struct parser *p)
{
    struct operand whole;
    if (!parser_next(p))
        return false;
    if (p->token.kind == TOKEN_END)
        return parser_error(p, NULL, "the expression is empty");
    if (!parse_expr(p, &whole))
        return false;
    if (p->token.kind != TOKEN_END)
        return compile_unexpected(p);
    p->expr->kinds = whole.kinds;
    return compile_collect_slots(p);
}

struct expr *expr_compile(
    const char *text, size_t length, const struct expr_scope *scope, struct expr_error *error)
{
    struct parser parser; /* large, so it is not cleared */
    if (!lexer_init(&parser.lexer, text, length, error))
        return NULL;
    struct expr *expr = calloc(1, sizeof *expr);
    char *strings = malloc(length + 1);
    parser.token = (struct token){.kind = TOKEN_END};
    parser.previous_end = 0;
    parser.scope = scope;
    parser.expr = expr;
    parser.capacity = 0;
    parser.depth = 0;
    parser.lexer.strings = strings;
    if (expr == NULL || strings == NULL) {
        parser_out_of_memory(&parser);
        free(strings);
        free(expr);
        return NULL;
    }
    expr->strings = strings;
    if (compile_text(&parser))
        return expr;
    expr_free(expr);
    return NULL;
}

void expr_free(struct expr *expr)
{
    if (expr == NULL)
        return;
    for (size_t i = 0; i < expr->n_nodes; i++)
        if (expr->nodes[i].op == OP_CONSTANT && expr->nodes[i].value.kind == EXPR_LIST)
            json_decref((json_t *)expr->nodes[i].value.json);
    if (!expr->single_block) {
        free(expr->nodes);
        free(expr->slots);
        free(expr->strings);
    }
    free(expr);
}

unsigned expr_kinds(const struct expr *expr)
{
    return expr->kinds;
}

const size_t *expr_slots(const struct expr *expr, size_t *count)
{
    *count = expr->n_slots;
    return expr->slots;
}
