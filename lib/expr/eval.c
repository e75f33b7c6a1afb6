/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "lib/expr/compiled.h"

struct machine {
    const struct expr_value *slots;
    struct expr_error *error; /* may be NULL */
    size_t top;               /* values on the stack */
    struct expr_value stack[EXPR_MAX_NODES];
};

/* `who` takes `allowed`, or null, and got something else. */
static bool mismatch(
    struct machine *machine, const char *who, unsigned allowed, const struct expr_value *value)
{
    char names[64];
    expr_name_kinds(names, sizeof names, allowed);
    return expr_error_set(
        machine->error, NULL, "%s takes %s, not %s", who, names, kind_phrase(value->kind));
}

static bool takes(
    struct machine *machine, const char *who, unsigned allowed, const struct expr_value *value)
{
    return (value->kind & (allowed | KINDS_NULL)) != 0 || mismatch(machine, who, allowed, value);
}

static bool push_slot(struct machine *machine, const struct node *node)
{
    const struct expr_value *value = &machine->slots[node->slot];
    unsigned kind = is_null(value) ? (unsigned)KINDS_NULL : value->kind;
    char names[64];
    if ((node->kinds & kind) == 0) {
        expr_name_kinds(names, sizeof names, node->kinds);
        return expr_error_set(
            machine->error, NULL, "this is %s, not %s", kind_phrase(value->kind), names);
    }
    if (value->kind == EXPR_FLOAT && !isfinite(value->number))
        return expr_error_set(machine->error, NULL, "this is not a finite number");
    machine->stack[machine->top++] = is_null(value) ? make_null() : *value;
    return true;
}

/* --- comparison --------------------------------------------------------------------------- */

static bool order(
    struct machine *machine, enum symbol symbol, const struct expr_value *v, struct expr_value *out)
{
    const char *who = symbol_texts[symbol];
    if (!takes(machine, who, KINDS_NUMBER | EXPR_STRING, &v[0]) ||
        !takes(machine, who, KINDS_NUMBER | EXPR_STRING, &v[1]))
        return false;
    *out = make_null();
    if (is_null(&v[0]) || is_null(&v[1]))
        return true;
    if (is_number(&v[0]) != is_number(&v[1]))
        return expr_error_set(machine->error, NULL, "%s compares %s with %s", who,
            kind_phrase(v[0].kind), kind_phrase(v[1].kind));
    int sign = values_order(&v[0], &v[1]);
    *out = make_bool(symbol == SYMBOL_LESS         ? sign < 0
                     : symbol == SYMBOL_LESS_EQUAL ? sign <= 0
                     : symbol == SYMBOL_MORE       ? sign > 0
                                                   : sign >= 0);
    return true;
}

static bool text_holds(const struct expr_value *text, const struct expr_value *part)
{
    return part->length == 0 ||
           (text->length > 0 && memmem(text->text, text->length, part->text, part->length) != NULL);
}

/* Whether v[0] is in v[1]: an item of a list, a key of a mapping, a part of a text. */
static bool contains(struct machine *machine, const struct expr_value *v, struct expr_value *out)
{
    *out = make_null();
    if (!takes(machine, "in", EXPR_LIST | EXPR_MAPPING | EXPR_STRING, &v[1]))
        return false;
    if (is_null(&v[1]))
        return true;
    if (v[1].kind == EXPR_LIST) {
        bool found = false;
        for (size_t i = 0; !found && i < json_array_size(v[1].json); i++) {
            struct expr_value item = expr_from_json(json_array_get(v[1].json, i));
            found = values_equal(&v[0], &item);
        }
        *out = make_bool(found);
        return true;
    }
    if (!takes(machine, IN_LEFT, EXPR_STRING, &v[0]))
        return false;
    if (is_null(&v[0]))
        return true;
    *out = make_bool(v[1].kind == EXPR_STRING
                         ? text_holds(&v[1], &v[0])
                         : json_object_getn(v[1].json, v[0].text, v[0].length) != NULL);
    return true;
}

static bool compare(
    struct machine *machine, enum symbol symbol, const struct expr_value *v, struct expr_value *out)
{
    switch (symbol) {
    case SYMBOL_EQUAL:
    case SYMBOL_UNEQUAL:
        *out = make_bool(values_equal(&v[0], &v[1]) == (symbol == SYMBOL_EQUAL));
        return true;
    case SYMBOL_IN:
        return contains(machine, v, out);
    case SYMBOL_NOT_IN:
        if (!contains(machine, v, out))
            return false;
        if (!is_null(out))
            out->truth = !out->truth;
        return true;
    default:
        return order(machine, symbol, v, out);
    }
}

static bool is_truth(const struct expr_value *value, bool truth)
{
    return value->kind == EXPR_BOOL && value->truth == truth;
}

/* One link of a chain: a < b < c is `a < b and b < c`, with b computed once. *jump is set when the
 * chain is false already. */
static bool run_compare(struct machine *machine, const struct node *node, size_t *jump)
{
    struct expr_value *pair = &machine->stack[machine->top - 2], right = pair[1], result;
    if (!compare(machine, node->symbol, pair, &result))
        return false;
    machine->top -= 2;
    if (node->joined) { /* true or null so far: false ended it */
        const struct expr_value *before = &machine->stack[--machine->top];
        if (is_null(before) && !is_truth(&result, false))
            result = make_null();
    }
    machine->stack[machine->top++] = result;
    if (node->chained && is_truth(&result, false))
        *jump = node->jump;
    else if (node->chained)
        machine->stack[machine->top++] = right;
    return true;
}

/* --- the other instructions --------------------------------------------------------------- */

static bool run_arithmetic(struct machine *machine, const struct node *node)
{
    struct expr_value *pair = &machine->stack[machine->top - 2], result = make_null();
    const char *who = symbol_texts[node->symbol];
    if (!takes(machine, who, KINDS_NUMBER, &pair[0]) ||
        !takes(machine, who, KINDS_NUMBER, &pair[1]))
        return false;
    if (!is_null(&pair[0]) && !is_null(&pair[1]) &&
        !arithmetic(node->symbol, &pair[0], &pair[1], &result, machine->error))
        return false;
    machine->top--;
    pair[0] = result;
    return true;
}

static bool run_call(struct machine *machine, const struct node *node)
{
    const struct function *function = node->function;
    struct expr_value *arguments = &machine->stack[machine->top - node->count];
    struct expr_value result = make_null();
    bool null = false;
    for (size_t i = 0; i < node->count; i++) {
        if (!takes(machine, function->name, function_takes(function, i), &arguments[i]))
            return false;
        null = null || is_null(&arguments[i]);
    }
    if ((!null || function->takes_null) &&
        !function->apply(arguments, node->count, &result, machine->error))
        return false;
    machine->top -= node->count;
    machine->stack[machine->top++] = result;
    return true;
}

/* Kleene's `and` and `or`: `decisive` is the value that settles it. */
static bool run_logic(struct machine *machine, const char *who, bool decisive)
{
    struct expr_value *pair = &machine->stack[machine->top - 2];
    if (!takes(machine, who, EXPR_BOOL, &pair[1]))
        return false;
    machine->top--; /* the left one is not decisive, or a jump had led past this */
    if (is_null(&pair[0]) && !is_truth(&pair[1], decisive))
        return true;
    pair[0] = pair[1];
    return true;
}

static bool run_unary(struct machine *machine, const struct node *node)
{
    struct expr_value *value = &machine->stack[machine->top - 1];
    switch (node->op) {
    case OP_IS_NULL:
        *value = make_bool(is_null(value) != node->negated);
        return true;
    case OP_NOT:
        if (!takes(machine, "not", EXPR_BOOL, value))
            return false;
        if (!is_null(value))
            value->truth = !value->truth;
        return true;
    default:
        return takes(machine, "-", KINDS_NUMBER, value) &&
               (is_null(value) || arithmetic_negate(value, value, machine->error));
    }
}

static bool run_branch(struct machine *machine, const struct node *node, size_t *jump)
{
    struct expr_value *value = &machine->stack[machine->top - 1];
    const char *who = node->op == OP_AND_IF ? "and" : node->op == OP_OR_IF ? "or" : "if";
    if (!takes(machine, who, EXPR_BOOL, value))
        return false;
    if (node->op == OP_JUMP_UNLESS) {
        machine->top--;
        *jump = is_truth(value, true) ? 0 : node->jump;
    } else
        *jump = is_truth(value, node->op == OP_OR_IF) ? node->jump : 0;
    return true;
}

/* Runs one instruction; *jump is 0 before, and then how many to skip. */
static bool run(struct machine *machine, const struct node *node, size_t *jump)
{
    switch (node->op) {
    case OP_CONSTANT:
        machine->stack[machine->top++] = node->value;
        return true;
    case OP_SLOT:
        return push_slot(machine, node);
    case OP_IS_SET:
        machine->stack[machine->top++] =
            make_bool((machine->slots[node->slot].kind != EXPR_ABSENT) != node->negated);
        return true;
    case OP_IS_NULL:
    case OP_NEGATE:
    case OP_NOT:
        return run_unary(machine, node);
    case OP_ARITHMETIC:
        return run_arithmetic(machine, node);
    case OP_COMPARE:
        return run_compare(machine, node, jump);
    case OP_CALL:
        return run_call(machine, node);
    case OP_AND_IF:
    case OP_OR_IF:
    case OP_JUMP_UNLESS:
        return run_branch(machine, node, jump);
    case OP_AND:
        return run_logic(machine, "and", false);
    case OP_OR:
        return run_logic(machine, "or", true);
    case OP_JUMP:
        *jump = node->jump;
        return true;
    }
    return false;
}

bool expr_eval(const struct expr *expr, const struct expr_value *slots, struct expr_value *out,
    struct expr_error *error)
{
    struct machine machine; /* the stack is large, and is not cleared */
    machine.slots = slots;
    machine.error = error;
    machine.top = 0;
    for (size_t i = 0, jump; i < expr->n_nodes; i += 1 + jump) {
        jump = 0;
        if (run(&machine, &expr->nodes[i], &jump))
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
    return expr_eval(expr, slots, &value, NULL) && is_truth(&value, true);
}
