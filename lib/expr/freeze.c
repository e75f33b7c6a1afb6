/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/expr/compiled.h"

/* --- writing ------------------------------------------------------------------------------ */

/* The lowest byte first, on every machine. */
static void put(struct strbuf *out, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        strbuf_putc(out, (char)(value >> (8 * i) & 0xff));
}

static void put_value(struct strbuf *out, const struct expr_value *value)
{
    uint64_t bits = 0;
    put(out, value->kind, 1);
    switch (value->kind) {
    case EXPR_BOOL:
        put(out, value->truth, 1);
        break;
    case EXPR_INT:
        put(out, (uint64_t)value->integer, 8);
        break;
    case EXPR_FLOAT:
        memcpy(&bits, &value->number, sizeof bits);
        put(out, bits, 8);
        break;
    case EXPR_STRING:
        put(out, value->length, 2);
        strbuf_append(out, value->text, value->length);
        break;
    case EXPR_LIST:
        put(out, json_array_size(value->json), 2);
        for (size_t i = 0; i < json_array_size(value->json); i++) {
            struct expr_value item = expr_from_json(json_array_get(value->json, i));
            put_value(out, &item);
        }
        break;
    default:
        break;
    }
}

void expr_freeze(const struct expr *expr, struct strbuf *out)
{
    put(out, expr->n_nodes, 2);
    put(out, expr->n_slots, 2);
    put(out, expr->kinds, 1);
    for (size_t i = 0; i < expr->n_slots; i++)
        put(out, expr->slots[i], 2);
    for (size_t i = 0; i < expr->n_nodes; i++) {
        const struct node *node = &expr->nodes[i];
        put(out, node->op, 1);
        put(out, node->negated | node->joined << 1 | node->chained << 2, 1);
        put(out, node->symbol, 1);
        put(out, node->kinds, 1);
        put(out, node->column, 2);
        put(out, node->length, 2);
        put(out, node->jump, 2);
        put(out, node->count, 2);
        if (node->op == OP_CONSTANT)
            put_value(out, &node->value);
        else if (node->op == OP_SLOT || node->op == OP_IS_SET)
            put(out, node->slot, 2);
        else if (node->op == OP_CALL)
            put(out, function_number(node->function), 1);
    }
}

/* --- reading ------------------------------------------------------------------------------ */

static uint64_t get(const unsigned char **at, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value |= (uint64_t) * (*at)++ << (8 * i);
    return value;
}

static json_t *get_list(const unsigned char **at, size_t count);

/* A list is the caller's; its `json` is NULL when memory is exhausted. */
static struct expr_value get_value(const unsigned char **at)
{
    struct expr_value value = {.kind = (enum expr_kind)get(at, 1)};
    uint64_t bits;
    switch (value.kind) {
    case EXPR_BOOL:
        value.truth = get(at, 1) != 0;
        break;
    case EXPR_INT:
        value.integer = (int64_t)get(at, 8);
        break;
    case EXPR_FLOAT:
        bits = get(at, 8);
        memcpy(&value.number, &bits, sizeof bits);
        break;
    case EXPR_STRING:
        value.length = get(at, 2);
        value.text = (const char *)*at;
        *at += value.length;
        break;
    case EXPR_LIST:
        value.json = get_list(at, get(at, 2));
        break;
    default:
        break;
    }
    return value;
}

static json_t *get_list(const unsigned char **at, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        struct expr_value item = get_value(at);
        json_t *json = item.kind == EXPR_LIST ? (json_t *)item.json : expr_to_json(&item);
        if (list == NULL)
            json_decref(json);
        else if (json_array_append_new(list, json) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

/* False when memory is exhausted. */
static bool get_node(const unsigned char **at, const struct expr_names *names, struct node *node)
{
    node->op = (enum operation_code)get(at, 1);
    uint64_t flags = get(at, 1);
    node->negated = (flags & 1) != 0;
    node->joined = (flags & 2) != 0;
    node->chained = (flags & 4) != 0;
    node->symbol = (enum symbol)get(at, 1);
    node->kinds = (unsigned)get(at, 1);
    node->column = (uint16_t)get(at, 2);
    node->length = (uint16_t)get(at, 2);
    node->jump = (uint16_t)get(at, 2);
    node->count = (uint16_t)get(at, 2);
    if (node->op == OP_CONSTANT) {
        node->value = get_value(at);
        return node->value.kind != EXPR_LIST || node->value.json != NULL;
    }
    if (node->op == OP_SLOT || node->op == OP_IS_SET)
        return names->slot(names->context, get(at, 2), &node->slot);
    if (node->op == OP_CALL)
        node->function = function_at(get(at, 1));
    return true;
}

struct expr *expr_thaw(const unsigned char *bytes, const struct expr_names *names)
{
    const unsigned char *at = bytes;
    size_t n_nodes = get(&at, 2), n_slots = get(&at, 2);
    struct expr *expr =
        calloc(1, sizeof *expr + n_nodes * sizeof *expr->nodes + n_slots * sizeof *expr->slots);
    if (expr == NULL)
        return NULL;
    expr->whole = true;
    expr->nodes = (struct node *)(expr + 1);
    expr->slots = (size_t *)(expr->nodes + n_nodes);
    expr->n_slots = n_slots;
    expr->kinds = (unsigned)get(&at, 1);
    bool good = true;
    for (size_t i = 0; i < n_slots; i++)
        good &= names->slot(names->context, get(&at, 2), &expr->slots[i]);
    for (size_t i = 0; good && i < n_nodes; i++) {
        good = get_node(&at, names, &expr->nodes[i]);
        expr->n_nodes++;
    }
    if (good)
        return expr;
    expr_free(expr);
    return NULL;
}
