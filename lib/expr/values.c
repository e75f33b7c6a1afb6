/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "lib/expr/compiled.h"

struct expr_value expr_from_json(const json_t *value)
{
    if (value == NULL)
        return (struct expr_value){.kind = EXPR_ABSENT};
    switch (json_typeof(value)) {
    case JSON_TRUE:
    case JSON_FALSE:
        return make_bool(json_is_true(value));
    case JSON_INTEGER:
        return make_int(json_integer_value(value));
    case JSON_REAL:
        return (struct expr_value){.kind = EXPR_FLOAT, .number = json_real_value(value)};
    case JSON_STRING:
        return (struct expr_value){.kind = EXPR_STRING,
            .text = json_string_value(value),
            .length = json_string_length(value)};
    case JSON_ARRAY:
        return (struct expr_value){.kind = EXPR_LIST, .json = value};
    case JSON_OBJECT:
        return (struct expr_value){.kind = EXPR_MAPPING, .json = value};
    default:
        return make_null();
    }
}

json_t *expr_to_json(const struct expr_value *value)
{
    switch (value->kind) {
    case EXPR_BOOL:
        return json_boolean(value->truth);
    case EXPR_INT:
        return json_integer(value->integer);
    case EXPR_FLOAT:
        return json_real(value->number);
    case EXPR_STRING:
        return json_stringn(value->text, value->length);
    case EXPR_LIST:
    case EXPR_MAPPING:
        return json_deep_copy(value->json);
    default:
        return json_null();
    }
}

/* Without rounding the int: 2^53 + 1 is more than the float next to it. */
static int order_int_float(int64_t integer, double number)
{
    if (number >= 0x1p63)
        return -1;
    if (number < -0x1p63)
        return 1;
    int64_t whole = (int64_t)number;
    if (integer != whole)
        return integer < whole ? -1 : 1;
    double rest = number - (double)whole;
    return rest > 0 ? -1 : rest < 0 ? 1 : 0;
}

static int order_texts(const struct expr_value *a, const struct expr_value *b)
{
    size_t shorter = a->length < b->length ? a->length : b->length;
    int order = shorter == 0 ? 0 : memcmp(a->text, b->text, shorter);
    return order != 0 ? order : a->length < b->length ? -1 : a->length > b->length;
}

int values_order(const struct expr_value *a, const struct expr_value *b)
{
    if (a->kind == EXPR_STRING)
        return order_texts(a, b);
    if (a->kind == EXPR_INT && b->kind == EXPR_INT)
        return a->integer < b->integer ? -1 : a->integer > b->integer;
    if (a->kind == EXPR_INT)
        return order_int_float(a->integer, b->number);
    if (b->kind == EXPR_INT)
        return -order_int_float(b->integer, a->number);
    return a->number < b->number ? -1 : a->number > b->number;
}

static bool lists_equal(const json_t *a, const json_t *b)
{
    size_t size = json_array_size(a);
    if (size != json_array_size(b))
        return false;
    for (size_t i = 0; i < size; i++) {
        struct expr_value left = expr_from_json(json_array_get(a, i));
        struct expr_value right = expr_from_json(json_array_get(b, i));
        if (!values_equal(&left, &right))
            return false;
    }
    return true;
}

static bool mappings_equal(const json_t *a, const json_t *b)
{
    if (json_object_size(a) != json_object_size(b))
        return false;
    for (void *at = json_object_iter((json_t *)a); at != NULL;
         at = json_object_iter_next((json_t *)a, at)) {
        const json_t *other =
            json_object_getn(b, json_object_iter_key(at), json_object_iter_key_len(at));
        struct expr_value left = expr_from_json(json_object_iter_value(at));
        struct expr_value right = expr_from_json(other);
        if (other == NULL) /* which is not the same as null here */
            return false;
        if (!values_equal(&left, &right))
            return false;
    }
    return true;
}

bool values_equal(const struct expr_value *a, const struct expr_value *b)
{
    if (is_number(a) && is_number(b))
        return values_order(a, b) == 0;
    if (is_null(a) || is_null(b))
        return is_null(a) && is_null(b);
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case EXPR_BOOL:
        return a->truth == b->truth;
    case EXPR_STRING:
        return a->length == b->length && order_texts(a, b) == 0;
    case EXPR_LIST:
        return a->json == b->json || lists_equal(a->json, b->json);
    default:
        return a->json == b->json || mappings_equal(a->json, b->json);
    }
}

static const struct {
    enum expr_kind kind;
    const char *name;
} kind_names[] = {
    {EXPR_BOOL, "bool"},
    {EXPR_INT, "int"},
    {EXPR_FLOAT, "float"},
    {EXPR_STRING, "str"},
    {EXPR_LIST, "list"},
    {EXPR_MAPPING, "dict"},
    {EXPR_NULL, "null"},
};

void expr_name_kinds(char *out, size_t size, unsigned kinds)
{
    size_t n = 0;
    if ((kinds & EXPR_ABSENT) != 0)
        kinds |= EXPR_NULL;
    kinds &= EXPR_ANY & ~(unsigned)EXPR_ABSENT;
    if (size > 0)
        *out = '\0';
    for (size_t i = 0; i < sizeof kind_names / sizeof *kind_names && n < size; i++) {
        if ((kinds & kind_names[i].kind) == 0)
            continue;
        kinds &= ~(unsigned)kind_names[i].kind;
        const char *join = n == 0 ? "" : kinds == 0 ? " or " : ", ";
        const char *parts[] = {join, kind_names[i].name};
        for (size_t k = 0; k < 2; k++) {
            size_t length = strlen(parts[k]);
            if (length > size - 1 - n)
                return;
            memcpy(out + n, parts[k], length + 1);
            n += length;
        }
    }
}

const char *kind_phrase(enum expr_kind kind)
{
    switch (kind) {
    case EXPR_BOOL:
        return "a bool";
    case EXPR_INT:
        return "an int";
    case EXPR_FLOAT:
        return "a float";
    case EXPR_STRING:
        return "a str";
    case EXPR_LIST:
        return "a list";
    case EXPR_MAPPING:
        return "a dict";
    default:
        return "null";
    }
}
