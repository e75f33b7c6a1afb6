/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/expr/compiled.h"

/* The bits of the flags byte of a node. */
enum { FLAG_NEGATED = 1, FLAG_JOINED = 2, FLAG_CHAINED = 4 };

/* --- writing ------------------------------------------------------------------------------ */

/* Little-endian on every machine. */
static void freeze_put(struct strbuf *out, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        strbuf_putc(out, (char)(value >> (8 * i) & 0xff));
}

static void freeze_put_value(struct strbuf *out, const struct expr_value *value)
{
    uint64_t bits = 0;
    freeze_put(out, value->kind, 1);
    switch (value->kind) {
    case EXPR_BOOL:
        freeze_put(out, value->truth, 1);
        break;
    case EXPR_INT:
        freeze_put(out, (uint64_t)value->integer, 8);
        break;
    case EXPR_FLOAT:
        memcpy(&bits, &value->number, sizeof bits);
        freeze_put(out, bits, 8);
        break;
    case EXPR_STRING:
        freeze_put(out, value->length, 2);
        strbuf_append(out, value->text, value->length);
        break;
    case EXPR_LIST:
        freeze_put(out, json_array_size(value->json), 2);
        for (size_t i = 0; i < json_array_size(value->json); i++) {
            struct expr_value item = expr_from_json(json_array_get(value->json, i));
            freeze_put_value(out, &item);
        }
        break;
    default:
        break;
    }
}

static void freeze_put_node(struct strbuf *out, const struct node *node)
{
    unsigned flags = 0;
    if (node->negated)
        flags |= FLAG_NEGATED;
    if (node->joined)
        flags |= FLAG_JOINED;
    if (node->chained)
        flags |= FLAG_CHAINED;
    freeze_put(out, node->op, 1);
    freeze_put(out, flags, 1);
    freeze_put(out, node->symbol, 1);
    freeze_put(out, node->kinds, 1);
    freeze_put(out, node->column, 2);
    freeze_put(out, node->length, 2);
    freeze_put(out, node->jump, 2);
    freeze_put(out, node->count, 2);
    if (node->op == OP_CONSTANT)
        freeze_put_value(out, &node->value);
    else if (node->op == OP_SLOT || node->op == OP_IS_SET)
        freeze_put(out, node->slot, 2);
    else if (node->op == OP_CALL)
        freeze_put(out, function_number(node->function), 1);
}

void expr_freeze(const struct expr *expr, struct strbuf *out)
{
    freeze_put(out, expr->n_nodes, 2);
    freeze_put(out, expr->n_slots, 2);
    freeze_put(out, expr->kinds, 1);
    for (size_t i = 0; i < expr->n_slots; i++)
        freeze_put(out, expr->slots[i], 2);
    for (size_t i = 0; i < expr->n_nodes; i++)
        freeze_put_node(out, &expr->nodes[i]);
}

/* --- reading ------------------------------------------------------------------------------ */

static uint64_t freeze_get(const unsigned char **at, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value |= (uint64_t) * (*at)++ << (8 * i);
    return value;
}

static json_t *freeze_get_list(const unsigned char **at, size_t count);

/* A list is the caller's; its `json` is NULL when memory is exhausted. */
static struct expr_value freeze_get_value(const unsigned char **at)
{
    struct expr_value value = {.kind = (enum expr_kind)freeze_get(at, 1)};
    uint64_t bits;
    switch (value.kind) {
    case EXPR_BOOL:
        value.truth = freeze_get(at, 1) != 0;
        break;
    case EXPR_INT:
        value.integer = (int64_t)freeze_get(at, 8);
        break;
    case EXPR_FLOAT:
        bits = freeze_get(at, 8);
        memcpy(&value.number, &bits, sizeof bits);
        break;
    case EXPR_STRING:
        value.length = freeze_get(at, 2);
        value.text = (const char *)*at;
        *at += value.length;
        break;
    case EXPR_LIST:
        value.json = freeze_get_list(at, freeze_get(at, 2));
        break;
    default:
        break;
    }
    return value;
}

/* Reads all items, also after memory is exhausted, so that *at is after the list. */
static json_t *freeze_get_list(const unsigned char **at, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        struct expr_value item = freeze_get_value(at);
        json_t *json;
        if (item.kind == EXPR_LIST)
            json = (json_t *)item.json;
        else
            json = expr_to_json(&item);
        if (list == NULL) {
            json_decref(json);
        } else if (json_array_append_new(list, json) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

/* False when memory is exhausted. */
static bool freeze_get_node(
    const unsigned char **at, const struct expr_names *names, struct node *node)
{
    node->op = (enum operation_code)freeze_get(at, 1);
    uint64_t flags = freeze_get(at, 1);
    node->negated = (flags & FLAG_NEGATED) != 0;
    node->joined = (flags & FLAG_JOINED) != 0;
    node->chained = (flags & FLAG_CHAINED) != 0;
    node->symbol = (enum symbol)freeze_get(at, 1);
    node->kinds = (unsigned)freeze_get(at, 1);
    node->column = (uint16_t)freeze_get(at, 2);
    node->length = (uint16_t)freeze_get(at, 2);
    node->jump = (uint16_t)freeze_get(at, 2);
    node->count = (uint16_t)freeze_get(at, 2);
    switch (node->op) {
    case OP_CONSTANT:
        node->value = freeze_get_value(at);
        return node->value.kind != EXPR_LIST || node->value.json != NULL;
    case OP_SLOT:
    case OP_IS_SET:
        return names->slot(names->context, freeze_get(at, 2), &node->slot);
    case OP_CALL:
        node->function = function_at(freeze_get(at, 1));
        return true;
    default:
        return true;
    }
}

/* Fills the slots and nodes, for which there is room; false when memory is exhausted. */
static bool freeze_get_expr(
    const unsigned char *at, const struct expr_names *names, struct expr *expr, size_t n_nodes)
{
    expr->kinds = (unsigned)freeze_get(&at, 1);
    for (size_t i = 0; i < expr->n_slots; i++)
        if (!names->slot(names->context, freeze_get(&at, 2), &expr->slots[i]))
            return false;
    while (expr->n_nodes < n_nodes)
        if (!freeze_get_node(&at, names, &expr->nodes[expr->n_nodes++]))
            return false;
    return true;
}

struct expr *expr_thaw(const unsigned char *bytes, const struct expr_names *names)
{
    const unsigned char *at = bytes;
    size_t n_nodes = freeze_get(&at, 2), n_slots = freeze_get(&at, 2);
    struct expr *expr =
        calloc(1, sizeof *expr + n_nodes * sizeof *expr->nodes + n_slots * sizeof *expr->slots);
    if (expr == NULL)
        return NULL;
    expr->single_block = true;
    expr->nodes = (struct node *)(expr + 1);
    expr->slots = (size_t *)(expr->nodes + n_nodes);
    expr->n_slots = n_slots;
    if (freeze_get_expr(at, names, expr, n_nodes))
        return expr;
    expr_free(expr);
    return NULL;
}
