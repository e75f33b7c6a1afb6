/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/expr/parser.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

/* --- literals ----------------------------------------------------------------------------- */

static bool operand_is_literal(const struct parser *p)
{
    switch (p->token.kind) {
    case TOKEN_INT:
    case TOKEN_FLOAT:
    case TOKEN_STRING:
    case TOKEN_TRUE:
    case TOKEN_FALSE:
    case TOKEN_NULL:
        return true;
    default:
        return false;
    }
}

/* Reads a number literal, which follows a minus if `negative`. */
static bool operand_read_number(struct parser *p, bool negative, struct expr_value *out)
{
    const struct token *token = &p->token;
    if (token->kind == TOKEN_FLOAT) {
        *out = (struct expr_value){.kind = EXPR_FLOAT, .number = token->number};
        if (negative)
            out->number = -token->number;
        return parser_next(p);
    }
    if (token->integer <= INT64_MAX) {
        *out = expr_make_int((int64_t)token->integer);
        if (negative)
            out->integer = -out->integer;
    } else if (negative) {
        *out = expr_make_int(INT64_MIN);
    } else {
        return parser_error(p, "write a float: 1e19", "the int does not fit into 64 bits");
    }
    return parser_next(p);
}

/* Reads a literal of one token. */
static bool operand_read_literal(struct parser *p, struct expr_value *out)
{
    const struct token *token = &p->token;
    switch (token->kind) {
    case TOKEN_INT:
    case TOKEN_FLOAT:
        return operand_read_number(p, false, out);
    case TOKEN_STRING:
        *out = (struct expr_value){
            .kind = EXPR_STRING, .text = p->lexer.strings + token->string, .length = token->length};
        break;
    case TOKEN_TRUE:
    case TOKEN_FALSE:
        *out = expr_make_bool(token->kind == TOKEN_TRUE);
        break;
    default:
        *out = expr_make_null();
        break;
    }
    return parser_next(p);
}

static bool operand_read_list(struct parser *p, json_t *list);

static bool operand_append(const struct parser *p, json_t *list, json_t *item)
{
    if (json_array_append_new(list, item) != 0)
        return parser_out_of_memory(p);
    return true;
}

/* Reads an item of a list and appends it. */
static bool operand_read_item(struct parser *p, json_t *list)
{
    struct expr_value value;
    size_t start = p->token.start;
    if (p->token.kind == TOKEN_OPEN_SQUARE) {
        CLEANUP_JSON json_t *inner = json_array();
        if (inner == NULL)
            return parser_out_of_memory(p);
        return operand_read_list(p, inner) && operand_append(p, list, json_incref(inner));
    }
    bool negative = parser_at(p, SYMBOL_SUBTRACT);
    if (negative && !parser_next(p))
        return false;
    if (parser_at_number(p))
        return operand_read_number(p, negative, &value) &&
               operand_append(p, list, expr_to_json(&value));
    if (!negative && operand_is_literal(p))
        return operand_read_literal(p, &value) && operand_append(p, list, expr_to_json(&value));
    const char *hint = NULL;
    if (p->token.kind == TOKEN_NAME)
        hint = "compare one by one: x == a or x == b";
    return lexer_error(&p->lexer, start, p->token.end, hint,
        "a list can only contain numbers, strings, true, false, null and lists");
}

/* Reads from the opening bracket to the closing one. */
static bool operand_read_list(struct parser *p, json_t *list)
{
    size_t start = p->token.start;
    if (!parser_enter(p) || !parser_next(p))
        return false;
    while (p->token.kind != TOKEN_CLOSE_SQUARE && p->token.kind != TOKEN_END) {
        if (!operand_read_item(p, list))
            return false;
        if (p->token.kind == TOKEN_COMMA) {
            if (!parser_next(p))
                return false;
        } else if (p->token.kind != TOKEN_CLOSE_SQUARE && p->token.kind != TOKEN_END) {
            return parser_error(p, "write a comma between the items", "unexpected %s in a list",
                parser_quote(p).text);
        }
    }
    if (p->token.kind == TOKEN_END)
        return lexer_error(&p->lexer, start, p->previous_end, "close it with ]", "unclosed list");
    p->depth--;
    return parser_next(p);
}

/* Emits a constant that ends at the previous token. */
static bool operand_emit_constant(
    struct parser *p, const struct expr_value *value, struct operand *out)
{
    out->end = p->previous_end;
    out->kinds = value->kind;
    struct node *node = parser_emit(p, OP_CONSTANT, out->start, out->end, value->kind);
    if (node == NULL)
        return false;
    node->value = *value;
    return true;
}

static bool operand_list(struct parser *p, struct operand *out)
{
    CLEANUP_JSON json_t *list = json_array();
    if (list == NULL)
        return parser_out_of_memory(p);
    const struct expr_value value = {.kind = EXPR_LIST, .json = list};
    if (!operand_read_list(p, list) || !operand_emit_constant(p, &value, out))
        return false;
    json_incref(list); /* the node's */
    return true;
}

static bool operand_literal(struct parser *p, struct operand *out)
{
    struct expr_value value;
    return operand_read_literal(p, &value) && operand_emit_constant(p, &value, out);
}

bool parse_negative_number(struct parser *p, struct operand *out)
{
    struct expr_value value;
    out->first = p->expr->n_nodes;
    return operand_read_number(p, true, &value) && operand_emit_constant(p, &value, out);
}

/* --- names -------------------------------------------------------------------------------- */

/* Words of other languages. */
static const struct {
    const char *word, *hint;
    bool never_a_name; /* even if the scope accepts it, as one does that accepts any config path */
} operand_foreign_words[] = {
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

enum { N_FOREIGN_WORDS = sizeof operand_foreign_words / sizeof *operand_foreign_words };

/* The hint for the name just read if it is a word of another language, or NULL. */
static const char *operand_foreign_word(const struct parser *p, bool never_a_name)
{
    if (p->lexer.quoted)
        return NULL;
    for (size_t i = 0; i < N_FOREIGN_WORDS; i++)
        if (operand_foreign_words[i].never_a_name == never_a_name &&
            strcmp(operand_foreign_words[i].word, p->lexer.name) == 0)
            return operand_foreign_words[i].hint;
    return NULL;
}

static bool operand_unknown_name(const struct parser *p, const char *hint)
{
    const char *name = p->lexer.name, *near;
    const struct function *function = NULL;
    char buffer[120];
    if (hint == NULL)
        hint = operand_foreign_word(p, false);
    if (hint == NULL && !p->lexer.quoted)
        function = function_find(name, &near);
    if (function != NULL) {
        snprintf(buffer, sizeof buffer, "it is a function: write %s", function->usage);
        hint = buffer;
    }
    return parser_error(p, hint, "unknown name %s", expr_quote(name, strlen(name)).text);
}

static bool operand_name(struct parser *p, struct operand *out)
{
    size_t slot = 0;
    unsigned kinds = EXPR_ANY;
    const char *hint = operand_foreign_word(p, true);
    if (hint != NULL || p->scope == NULL ||
        !p->scope->resolve(p->scope->context, p->lexer.name, &slot, &kinds, &hint))
        return operand_unknown_name(p, hint);
    kinds &= EXPR_ANY;
    if (kinds == 0)
        kinds = EXPR_ANY;
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

/* Also for x.startswith("a"). */
static bool operand_unknown_function(const struct parser *p)
{
    CLEANUP_STRBUF struct strbuf hint = {0};
    const char *name = p->lexer.name, *dot = strrchr(name, '.'), *near = NULL;
    const struct function *method = NULL;
    if (dot != NULL)
        method = function_find(dot + 1, &near);
    else
        function_find(name, &near);
    if (method != NULL) {
        strbuf_printf(&hint, "it is not a method: write %s", method->usage);
    } else if (dot == NULL && near != NULL) {
        strbuf_printf(&hint, "did you mean %s?", near);
    } else {
        strbuf_puts(&hint, "the functions are");
        function_list(&hint);
    }
    return parser_error(
        p, strbuf_string(&hint), "unknown function %s", expr_quote(name, strlen(name)).text);
}

static unsigned operand_call_kinds(
    const struct function *function, unsigned argument_kinds, bool always_null)
{
    if (function->takes_null)
        return function->gives;
    if (always_null)
        return EXPR_NULL;
    unsigned kinds = function->gives;
    if (kinds == 0)
        kinds = argument_kinds & KINDS_NUMBER;
    return kinds | (argument_kinds & EXPR_NULL);
}

static bool operand_wrong_count(
    const struct parser *p, const struct function *function, size_t count, size_t start)
{
    char hint[120];
    size_t wanted = function->n_parameters;
    snprintf(hint, sizeof hint, "write %s", function->usage);
    return lexer_error(&p->lexer, start, p->token.end, hint, "%s takes %s%zu argument%s, got %zu",
        function->name, function->variadic ? "at least " : "", wanted, wanted == 1 ? "" : "s",
        count);
}

struct operand_arguments {
    size_t count;
    unsigned kinds;
    bool any_null; /* one of them is always null */
};

/* Parses an argument, and the comma after it. `start` is that of the call. */
static bool operand_argument(struct parser *p, const struct function *function, size_t start,
    struct operand_arguments *arguments)
{
    struct operand argument;
    if (!parse_expr(p, &argument))
        return false;
    if (arguments->count < function->n_parameters || function->variadic) {
        unsigned takes = function_takes(function, arguments->count);
        if (!parser_check(p, &argument, takes, function->name))
            return false;
        arguments->kinds |= argument.kinds;
        if (argument.kinds == EXPR_NULL)
            arguments->any_null = true;
    }
    arguments->count++;
    switch (p->token.kind) {
    case TOKEN_COMMA:
        return parser_next(p);
    case TOKEN_CLOSE:
        return true;
    case TOKEN_END:
        return lexer_error(&p->lexer, start, p->previous_end, "close it with )", "unclosed call");
    default:
        return parser_error(
            p, NULL, "expected an operator, a comma or ) before %s", parser_quote(p).text);
    }
}

static bool operand_call(struct parser *p, struct operand *out)
{
    const char *near;
    const struct function *function = function_find(p->lexer.name, &near);
    struct operand_arguments arguments = {0};
    if (function == NULL)
        return operand_unknown_function(p);
    if (!parser_enter(p) || !parser_next(p) || !parser_next(p)) /* the name, the parenthesis */
        return false;
    while (p->token.kind != TOKEN_CLOSE)
        if (!operand_argument(p, function, out->start, &arguments))
            return false;
    if (arguments.count < function->n_parameters ||
        (arguments.count > function->n_parameters && !function->variadic))
        return operand_wrong_count(p, function, arguments.count, out->start);
    out->end = p->token.end;
    out->kinds = operand_call_kinds(function, arguments.kinds, arguments.any_null);
    struct node *node = parser_emit(p, OP_CALL, out->start, out->end, out->kinds);
    if (node == NULL)
        return false;
    node->function = function;
    node->count = (uint16_t)arguments.count;
    p->depth--;
    return parser_next(p);
}

/* --- all operands ------------------------------------------------------------------------- */

static bool operand_parentheses(struct parser *p, struct operand *out)
{
    struct operand inner;
    if (!parser_enter(p) || !parser_next(p) || !parse_expr(p, &inner))
        return false;
    if (p->token.kind == TOKEN_COMMA)
        return parser_error(p, "write a list: [1, 2]", "unexpected ,");
    if (p->token.kind == TOKEN_END)
        return lexer_error(
            &p->lexer, out->start, out->start + 1, "close it with )", "unclosed parenthesis");
    if (p->token.kind != TOKEN_CLOSE)
        return parser_error(p, NULL, "expected an operator or ) before %s", parser_quote(p).text);
    out->end = p->token.end;
    out->kinds = inner.kinds;
    p->depth--;
    return parser_next(p);
}

static bool operand_missing(const struct parser *p)
{
    const char *hint = NULL;
    if (p->token.kind == TOKEN_END)
        return parser_error(p, NULL, "expected a value at the end");
    if (p->token.kind == TOKEN_NOT)
        return parser_error(p, "write x == (not y)", "not needs parentheses here");
    if (p->token.kind == TOKEN_IF)
        hint = "write A if CONDITION else B";
    else if (parser_at(p, SYMBOL_ADD))
        hint = "remove the +";
    return parser_error(p, hint, "expected a value before %s", parser_quote(p).text);
}

bool parse_operand(struct parser *p, struct operand *out)
{
    out->start = p->token.start;
    out->first = p->expr->n_nodes;
    if (operand_is_literal(p))
        return operand_literal(p, out);
    switch (p->token.kind) {
    case TOKEN_OPEN:
        return operand_parentheses(p, out);
    case TOKEN_OPEN_SQUARE:
        return operand_list(p, out);
    case TOKEN_NAME:
        if (lexer_sees_call(&p->lexer) && !p->lexer.quoted)
            return operand_call(p, out);
        return operand_name(p, out);
    default:
        return operand_missing(p);
    }
}
