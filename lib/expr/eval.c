/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "lib/expr/compiled.h"

struct machine {
    const struct expr_value *slots;
    struct expr_error *error; /* may be NULL */
    size_t top;               /* number of values on the stack */
    struct expr_value stack[EXPR_MAX_NODES];
};

static bool eval_mismatch(
    struct machine *machine, const char *who, unsigned allowed, const struct expr_value *value)
{
    char names[64];
    expr_name_kinds(names, sizeof names, allowed);
    return expr_error_set(
        machine->error, NULL, "%s takes %s, not %s", who, names, expr_kind_phrase(value->kind));
}

/* True if a value is null or of an allowed kind. `who` is the operator or function, for the
 * message. */
static bool eval_check(
    struct machine *machine, const char *who, unsigned allowed, const struct expr_value *value)
{
    if ((value->kind & (allowed | KINDS_NULL)) != 0)
        return true;
    return eval_mismatch(machine, who, allowed, value);
}

static bool eval_slot(struct machine *machine, const struct node *node)
{
    const struct expr_value *value = &machine->slots[node->slot];
    unsigned kind = value->kind;
    if (kind == EXPR_FAILED)
        return expr_error_set(machine->error, NULL, "%s", "");
    if (expr_is_null(value))
        kind = KINDS_NULL;
    if ((node->kinds & kind) == 0) {
        char names[64];
        expr_name_kinds(names, sizeof names, node->kinds);
        return expr_error_set(
            machine->error, NULL, "this is %s, not %s", expr_kind_phrase(value->kind), names);
    }
    if (value->kind == EXPR_FLOAT && !isfinite(value->number))
        return expr_error_set(machine->error, NULL, "this is not a finite number");
    if (expr_is_null(value))
        machine->stack[machine->top++] = expr_make_null();
    else
        machine->stack[machine->top++] = *value;
    return true;
}

/* --- comparison --------------------------------------------------------------------------- */

static bool eval_order_fits(enum symbol symbol, int order)
{
    switch (symbol) {
    case SYMBOL_LESS:
        return order < 0;
    case SYMBOL_LESS_EQUAL:
        return order <= 0;
    case SYMBOL_MORE:
        return order > 0;
    default:
        return order >= 0;
    }
}

static bool eval_order(
    struct machine *machine, enum symbol symbol, const struct expr_value *v, struct expr_value *out)
{
    const char *who = expr_symbols[symbol];
    if (!eval_check(machine, who, KINDS_NUMBER | EXPR_STRING, &v[0]) ||
        !eval_check(machine, who, KINDS_NUMBER | EXPR_STRING, &v[1]))
        return false;
    *out = expr_make_null();
    if (expr_is_null(&v[0]) || expr_is_null(&v[1]))
        return true;
    if (expr_is_number(&v[0]) != expr_is_number(&v[1]))
        return expr_error_set(machine->error, NULL, "%s compares %s with %s", who,
            expr_kind_phrase(v[0].kind), expr_kind_phrase(v[1].kind));
    *out = expr_make_bool(eval_order_fits(symbol, values_order(&v[0], &v[1])));
    return true;
}

static bool eval_list_contains(const json_t *list, const struct expr_value *value)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct expr_value item = expr_from_json(json_array_get(list, i));
        if (values_equal(value, &item))
            return true;
    }
    return false;
}

static bool eval_string_contains(const struct expr_value *string, const struct expr_value *part)
{
    if (part->length == 0)
        return true;
    return string->length > 0 &&
           memmem(string->text, string->length, part->text, part->length) != NULL;
}

/* Whether v[1] contains v[0]: as an item of a list, a key of a mapping, or part of a string. */
static bool eval_in(struct machine *machine, const struct expr_value *v, struct expr_value *out)
{
    *out = expr_make_null();
    if (!eval_check(machine, "in", EXPR_LIST | EXPR_MAPPING | EXPR_STRING, &v[1]))
        return false;
    if (expr_is_null(&v[1]))
        return true;
    if (v[1].kind == EXPR_LIST) {
        *out = expr_make_bool(eval_list_contains(v[1].json, &v[0]));
        return true;
    }
    if (!eval_check(machine, IN_LEFT, EXPR_STRING, &v[0]))
        return false;
    if (expr_is_null(&v[0]))
        return true;
    if (v[1].kind == EXPR_STRING)
        *out = expr_make_bool(eval_string_contains(&v[1], &v[0]));
    else
        *out = expr_make_bool(json_object_getn(v[1].json, v[0].text, v[0].length) != NULL);
    return true;
}

static bool eval_compare(
    struct machine *machine, enum symbol symbol, const struct expr_value *v, struct expr_value *out)
{
    switch (symbol) {
    case SYMBOL_EQUAL:
    case SYMBOL_UNEQUAL:
        *out = expr_make_bool(values_equal(&v[0], &v[1]) == (symbol == SYMBOL_EQUAL));
        return true;
    case SYMBOL_IN:
        return eval_in(machine, v, out);
    case SYMBOL_NOT_IN:
        if (!eval_in(machine, v, out))
            return false;
        if (!expr_is_null(out))
            out->truth = !out->truth;
        return true;
    default:
        return eval_order(machine, symbol, v, out);
    }
}

static bool eval_is(const struct expr_value *value, bool truth)
{
    return value->kind == EXPR_BOOL && value->truth == truth;
}

/* One comparison of a chain: a < b < c is `a < b and b < c`, with b evaluated once. Sets *jump if
 * the chain is already false. */
static bool eval_link(struct machine *machine, const struct node *node, size_t *jump)
{
    struct expr_value *pair = &machine->stack[machine->top - 2], right = pair[1], result;
    if (!eval_compare(machine, node->symbol, pair, &result))
        return false;
    machine->top -= 2;
    if (node->joined) { /* the result so far is true or null: if false, it would have jumped */
        const struct expr_value *before = &machine->stack[--machine->top];
        if (expr_is_null(before) && !eval_is(&result, false))
            result = expr_make_null();
    }
    machine->stack[machine->top++] = result;
    if (node->chained && eval_is(&result, false))
        *jump = node->jump;
    else if (node->chained)
        machine->stack[machine->top++] = right;
    return true;
}

/* --- other instructions ------------------------------------------------------------------- */

static bool eval_arithmetic(struct machine *machine, const struct node *node)
{
    struct expr_value *pair = &machine->stack[machine->top - 2], result = expr_make_null();
    const char *who = expr_symbols[node->symbol];
    if (!eval_check(machine, who, KINDS_NUMBER, &pair[0]) ||
        !eval_check(machine, who, KINDS_NUMBER, &pair[1]))
        return false;
    if (!expr_is_null(&pair[0]) && !expr_is_null(&pair[1]) &&
        !arithmetic_apply(node->symbol, &pair[0], &pair[1], &result, machine->error))
        return false;
    machine->top--;
    pair[0] = result;
    return true;
}

static bool eval_call(struct machine *machine, const struct node *node)
{
    const struct function *function = node->function;
    struct expr_value *arguments = &machine->stack[machine->top - node->count];
    struct expr_value result = expr_make_null();
    bool any_null = false;
    for (size_t i = 0; i < node->count; i++) {
        if (!eval_check(machine, function->name, function_takes(function, i), &arguments[i]))
            return false;
        if (expr_is_null(&arguments[i]))
            any_null = true;
    }
    if (!any_null || function->takes_null) {
        const struct function_call call = {arguments, node->count, machine->error};
        if (!function->apply(&call, &result))
            return false;
    }
    machine->top -= node->count;
    machine->stack[machine->top++] = result;
    return true;
}

/* Kleene's `and` and `or`; `decisive` is the operand that determines the result. The left operand
 * is not decisive, otherwise a jump would have skipped this instruction. */
static bool eval_logic(struct machine *machine, const char *who, bool decisive)
{
    struct expr_value *pair = &machine->stack[machine->top - 2];
    if (!eval_check(machine, who, EXPR_BOOL, &pair[1]))
        return false;
    machine->top--;
    if (!expr_is_null(&pair[0]) || eval_is(&pair[1], decisive))
        pair[0] = pair[1];
    return true;
}

static bool eval_unary(struct machine *machine, const struct node *node)
{
    struct expr_value *value = &machine->stack[machine->top - 1];
    switch (node->op) {
    case OP_IS_NULL:
        *value = expr_make_bool(expr_is_null(value) != node->negated);
        return true;
    case OP_NOT:
        if (!eval_check(machine, "not", EXPR_BOOL, value))
            return false;
        if (!expr_is_null(value))
            value->truth = !value->truth;
        return true;
    default:
        return eval_check(machine, "-", KINDS_NUMBER, value) &&
               (expr_is_null(value) || arithmetic_negate(value, value, machine->error));
    }
}

/* The left operand of `and` or `or`, which is kept; jumps if it is decisive. */
static bool eval_left(struct machine *machine, const struct node *node, bool decisive, size_t *jump)
{
    const struct expr_value *value = &machine->stack[machine->top - 1];
    if (!eval_check(machine, decisive ? "or" : "and", EXPR_BOOL, value))
        return false;
    if (eval_is(value, decisive))
        *jump = node->jump;
    return true;
}

static bool eval_condition(struct machine *machine, const struct node *node, size_t *jump)
{
    const struct expr_value *value = &machine->stack[machine->top - 1];
    if (!eval_check(machine, "if", EXPR_BOOL, value))
        return false;
    machine->top--;
    if (!eval_is(value, true))
        *jump = node->jump;
    return true;
}

/* Runs one instruction. *jump is 0; set to the number of instructions to skip. */
static bool eval_node(struct machine *machine, const struct node *node, size_t *jump)
{
    switch (node->op) {
    case OP_CONSTANT:
        machine->stack[machine->top++] = node->value;
        return true;
    case OP_SLOT:
        return eval_slot(machine, node);
    case OP_IS_SET:
        machine->stack[machine->top++] =
            expr_make_bool((machine->slots[node->slot].kind != EXPR_ABSENT) != node->negated);
        return true;
    case OP_IS_NULL:
    case OP_NEGATE:
    case OP_NOT:
        return eval_unary(machine, node);
    case OP_ARITHMETIC:
        return eval_arithmetic(machine, node);
    case OP_COMPARE:
        return eval_link(machine, node, jump);
    case OP_CALL:
        return eval_call(machine, node);
    case OP_AND_IF:
        return eval_left(machine, node, false, jump);
    case OP_OR_IF:
        return eval_left(machine, node, true, jump);
    case OP_AND:
        return eval_logic(machine, "and", false);
    case OP_OR:
        return eval_logic(machine, "or", true);
    case OP_JUMP_UNLESS:
        return eval_condition(machine, node, jump);
    case OP_JUMP:
        *jump = node->jump;
        return true;
    }
    return false;
}

bool expr_eval(const struct expr *expr, const struct expr_value *slots, struct expr_value *out,
    struct expr_error *error)
{
    struct machine machine; /* the stack is large, so it is not cleared */
    machine.slots = slots;
    machine.error = error;
    machine.top = 0;
    for (size_t i = 0, jump; i < expr->n_nodes; i += 1 + jump) {
        jump = 0;
        if (eval_node(&machine, &expr->nodes[i], &jump))
            continue;
        if (error != NULL) {
            error->column = expr->nodes[i].column;
            error->length = expr->nodes[i].length;
        }
        return false;
    }
    *out = machine.stack[0];
    return true;
}

bool expr_holds(const struct expr *expr, const struct expr_value *slots)
{
    struct expr_value value;
    return expr_eval(expr, slots, &value, NULL) && eval_is(&value, true);
}
