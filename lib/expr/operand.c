/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/expr/parser.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

/* --- literals ----------------------------------------------------------------------------- */

static bool at_literal(const struct parser *p)
{
    enum token_kind kind = p->token.kind;
    return at_number(p) || kind == TOKEN_STRING || kind == TOKEN_TRUE || kind == TOKEN_FALSE ||
           kind == TOKEN_NULL;
}

/* Takes a literal that is one token. */
static bool take_literal(struct parser *p, bool negative, struct expr_value *out)
{
    const struct token *token = &p->token;
    switch (token->kind) {
    case TOKEN_INT:
        if (token->integer > (uint64_t)INT64_MAX + negative)
            return COMPLAIN(
                p, token->start, token->end, "write a float: 1e19", "an int of more than 64 bits");
        *out = make_int(negative ? (int64_t)-token->integer : (int64_t)token->integer);
        break;
    case TOKEN_FLOAT:
        *out = (struct expr_value){
            .kind = EXPR_FLOAT, .number = negative ? -token->number : token->number};
        break;
    case TOKEN_STRING:
        *out = (struct expr_value){
            .kind = EXPR_STRING, .text = p->lexer.strings + token->string, .length = token->length};
        break;
    case TOKEN_TRUE:
    case TOKEN_FALSE:
        *out = make_bool(token->kind == TOKEN_TRUE);
        break;
    default:
        *out = make_null();
        break;
    }
    return parser_next(p);
}

static bool parse_list(struct parser *p, json_t *list);

static bool parse_item(struct parser *p, json_t *list)
{
    struct expr_value value;
    size_t start = p->token.start;
    if (p->token.kind == TOKEN_OPEN_SQUARE) {
        CLEANUP_JSON json_t *inner = json_array();
        if (inner == NULL)
            return parser_out_of_memory(p);
        return parse_list(p, inner) &&
               (json_array_append(list, inner) == 0 || parser_out_of_memory(p));
    }
    bool negative = at_symbol(p, SYMBOL_SUBTRACT, SYMBOL_SUBTRACT);
    if (negative && !parser_next(p))
        return false;
    if (negative ? !at_number(p) : !at_literal(p))
        return COMPLAIN(p, start, p->token.end,
            p->token.kind == TOKEN_NAME ? "compare one by one: x == a or x == b" : NULL,
            "a list holds numbers, texts, true, false, null and lists only");
    return take_literal(p, negative, &value) &&
           (json_array_append_new(list, expr_to_json(&value)) == 0 || parser_out_of_memory(p));
}

/* From the opening bracket to behind the closing one. */
static bool parse_list(struct parser *p, json_t *list)
{
    size_t start = p->token.start;
    if (!parser_enter(p) || !parser_next(p))
        return false;
    while (p->token.kind != TOKEN_CLOSE_SQUARE && p->token.kind != TOKEN_END) {
        if (!parse_item(p, list))
            return false;
        if (p->token.kind == TOKEN_COMMA) {
            if (!parser_next(p))
                return false;
        } else if (p->token.kind != TOKEN_CLOSE_SQUARE && p->token.kind != TOKEN_END)
            return COMPLAIN(p, p->token.start, p->token.end, "write a comma between the items",
                "unexpected %s in a list", parser_quote(p).text);
    }
    if (p->token.kind == TOKEN_END)
        return COMPLAIN(p, start, p->behind, "close it with ]", "this list has no end");
    p->depth--;
    return parser_next(p);
}

static bool parse_constant_list(struct parser *p, struct operand *out)
{
    CLEANUP_JSON json_t *list = json_array();
    if (list == NULL)
        return parser_out_of_memory(p);
    if (!parse_list(p, list))
        return false;
    out->end = p->behind;
    out->kinds = EXPR_LIST;
    struct node *node = parser_emit(p, OP_CONSTANT, out->start, out->end, EXPR_LIST);
    if (node == NULL)
        return false;
    node->value = (struct expr_value){.kind = EXPR_LIST, .json = json_incref(list)};
    return true;
}

static bool parse_literal(struct parser *p, bool negative, struct operand *out)
{
    struct expr_value value;
    if (!take_literal(p, negative, &value))
        return false;
    out->end = p->behind;
    out->kinds = value.kind;
    struct node *node = parser_emit(p, OP_CONSTANT, out->start, out->end, value.kind);
    if (node != NULL)
        node->value = value;
    return node != NULL;
}

bool parse_negative(struct parser *p, struct operand *out)
{
    out->first = p->expr->n_nodes;
    return parse_literal(p, true, out);
}

/* --- names -------------------------------------------------------------------------------- */

static const struct {
    const char *word, *hint;
    bool never_a_name; /* also when the scope would know it: most take any config path */
} words[] = {
    {"None", "write null", true},
    {"True", "write true", true},
    {"False", "write false", true},
    {"none", "write null", false},
    {"nil", "write null", false},
    {"Null", "write null", false},
    {"NULL", "write null", false},
    {"undefined", "write null, or is not set", false},
    {"TRUE", "write true", false},
    {"FALSE", "write false", false},
    {"NOT", "write not", false},
};

/* What to write for a word of another language, or NULL. */
static const char *foreign_word(const struct parser *p, bool certain)
{
    for (size_t i = 0; !p->lexer.quoted && i < sizeof words / sizeof *words; i++)
        if (words[i].never_a_name == certain && strcmp(words[i].word, p->lexer.name) == 0)
            return words[i].hint;
    return NULL;
}

static bool no_such_name(struct parser *p, const char *hint)
{
    const char *name = p->lexer.name, *near;
    char buffer[120];
    if (hint == NULL)
        hint = foreign_word(p, false);
    const struct function *function =
        hint == NULL && !p->lexer.quoted ? function_find(name, &near) : NULL;
    if (function != NULL) {
        text_copy(buffer, sizeof buffer, "it is a function: write ");
        size_t used = strlen(buffer);
        text_copy(buffer + used, sizeof buffer - used, function->usage);
        hint = buffer;
    }
    return COMPLAIN(p, p->token.start, p->token.end, hint, "there is no name %s",
        quote(name, strlen(name)).text);
}

static bool parse_name(struct parser *p, struct operand *out)
{
    size_t slot = 0;
    unsigned kinds = EXPR_ANY;
    const char *hint = foreign_word(p, true);
    if (hint != NULL || p->scope == NULL ||
        !p->scope->resolve(p->scope->context, p->lexer.name, &slot, &kinds, &hint))
        return no_such_name(p, hint);
    kinds = (kinds & EXPR_ANY) != 0 ? kinds & EXPR_ANY : (unsigned)EXPR_ANY;
    out->end = p->token.end;
    out->kinds = kinds & ~(unsigned)EXPR_ABSENT;
    if ((kinds & EXPR_ABSENT) != 0)
        out->kinds |= EXPR_NULL;
    struct node *node = parser_emit(p, OP_SLOT, out->start, out->end, kinds);
    if (node == NULL)
        return false;
    node->slot = slot;
    return parser_next(p);
}

/* --- calls -------------------------------------------------------------------------------- */

/* For x.startswith("a"), and for misspelled ones. */
static bool no_such_function(struct parser *p)
{
    const char *name = p->lexer.name, *dot = strrchr(name, '.'), *near = NULL;
    const struct function *method = dot != NULL ? function_find(dot + 1, &near) : NULL;
    CLEANUP_STRBUF struct strbuf hint = {0};
    if (method != NULL)
        strbuf_printf(&hint, "it is no method: write %s", method->usage);
    else if (dot == NULL && function_find(name, &near) == NULL && near != NULL)
        strbuf_printf(&hint, "did you mean %s?", near);
    else {
        strbuf_puts(&hint, "there are");
        function_list(&hint);
    }
    return COMPLAIN(p, p->token.start, p->token.end, hint.oom ? NULL : hint.data,
        "there is no function %s", quote(name, strlen(name)).text);
}

static unsigned call_kinds(const struct function *function, unsigned kinds, bool only_null)
{
    if (function->takes_null)
        return function->gives;
    if (only_null)
        return EXPR_NULL;
    return (function->gives != 0 ? function->gives : kinds & KINDS_NUMBER) | (kinds & EXPR_NULL);
}

static bool wrong_count(
    struct parser *p, const struct function *function, size_t count, const struct operand *out)
{
    char hint[120] = "write ";
    text_copy(hint + strlen(hint), sizeof hint - strlen(hint), function->usage);
    return COMPLAIN(p, out->start, p->token.end, hint,
        "%s takes %s%zu argument%s, and this has %zu", function->name,
        function->more ? "at least " : "", function->n_parameters,
        function->n_parameters == 1 ? "" : "s", count);
}

static bool parse_call(struct parser *p, struct operand *out)
{
    const char *near;
    const struct function *function = function_find(p->lexer.name, &near);
    unsigned kinds = 0;
    bool only_null = false;
    size_t count = 0;
    if (function == NULL)
        return no_such_function(p);
    if (!parser_enter(p) || !parser_next(p) || !parser_next(p)) /* the name, the parenthesis */
        return false;
    while (p->token.kind != TOKEN_CLOSE) {
        struct operand argument;
        if (!parse_expr(p, &argument))
            return false;
        if (count < function->n_parameters || function->more) {
            if (!parser_want(p, &argument, function_takes(function, count), function->name))
                return false;
            kinds |= argument.kinds;
            only_null = only_null || argument.kinds == EXPR_NULL;
        }
        count++;
        if (p->token.kind == TOKEN_END)
            return COMPLAIN(p, out->start, p->behind, "close it with )", "this call has no end");
        if (p->token.kind != TOKEN_COMMA && p->token.kind != TOKEN_CLOSE)
            return COMPLAIN(p, p->token.start, p->token.end, NULL,
                "an operator, a comma or ) is missing before %s", parser_quote(p).text);
        if (p->token.kind == TOKEN_COMMA && !parser_next(p))
            return false;
    }
    if (count < function->n_parameters || (count > function->n_parameters && !function->more))
        return wrong_count(p, function, count, out);
    out->end = p->token.end;
    out->kinds = call_kinds(function, kinds, only_null);
    struct node *node = parser_emit(p, OP_CALL, out->start, out->end, out->kinds);
    if (node == NULL)
        return false;
    node->function = function;
    node->count = (uint16_t)count;
    p->depth--;
    return parser_next(p);
}

/* --- all of them -------------------------------------------------------------------------- */

static bool parse_parentheses(struct parser *p, struct operand *out)
{
    struct operand inner;
    if (!parser_enter(p) || !parser_next(p) || !parse_expr(p, &inner))
        return false;
    if (p->token.kind == TOKEN_COMMA)
        return COMPLAIN(p, p->token.start, p->token.end, "write a list: [1, 2]", "unexpected ,");
    if (p->token.kind == TOKEN_END)
        return COMPLAIN(
            p, out->start, out->start + 1, "close it with )", "this parenthesis has no end");
    if (p->token.kind != TOKEN_CLOSE)
        return COMPLAIN(p, p->token.start, p->token.end, NULL,
            "an operator or ) is missing before %s", parser_quote(p).text);
    out->end = p->token.end;
    out->kinds = inner.kinds;
    p->depth--;
    return parser_next(p);
}

static bool no_operand(struct parser *p)
{
    const char *hint = NULL;
    if (p->token.kind == TOKEN_END)
        return COMPLAIN(p, p->token.start, p->token.end, NULL, "a value is missing at the end");
    if (p->token.kind == TOKEN_NOT)
        return COMPLAIN(
            p, p->token.start, p->token.end, "write x == (not y)", "not needs parentheses here");
    if (p->token.kind == TOKEN_IF)
        hint = "write A if CONDITION else B";
    else if (at_symbol(p, SYMBOL_ADD, SYMBOL_ADD))
        hint = "leave the + out";
    return COMPLAIN(p, p->token.start, p->token.end, hint, "a value is missing before %s",
        parser_quote(p).text);
}

bool parse_operand(struct parser *p, struct operand *out)
{
    out->start = p->token.start;
    out->first = p->expr->n_nodes;
    switch (p->token.kind) {
    case TOKEN_OPEN:
        return parse_parentheses(p, out);
    case TOKEN_OPEN_SQUARE:
        return parse_constant_list(p, out);
    case TOKEN_NAME:
        return lexer_sees_call(&p->lexer) && !p->lexer.quoted ? parse_call(p, out)
                                                              : parse_name(p, out);
    default:
        return at_literal(p) ? parse_literal(p, false, out) : no_operand(p);
    }
}
