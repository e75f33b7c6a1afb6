/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "lib/expr/compiled.h"

/* --- JSON --------------------------------------------------------------------------------- */

struct expr_value expr_from_json(const json_t *value)
{
    if (value == NULL)
        return (struct expr_value){.kind = EXPR_ABSENT};
    switch (json_typeof(value)) {
    case JSON_TRUE:
    case JSON_FALSE:
        return expr_make_bool(json_is_true(value));
    case JSON_INTEGER:
        return expr_make_int(json_integer_value(value));
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
        return expr_make_null();
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

/* --- comparing ---------------------------------------------------------------------------- */

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

/* Without rounding the int: 2^53 + 1 is greater than the float next to it. */
static int values_order_int_float(int64_t integer, double number)
{
    if (number >= 0x1p63)
        return -1;
    if (number < -0x1p63)
        return 1;
    int64_t whole = (int64_t)number;
    if (integer != whole)
        return ORDER(integer, whole);
    return ORDER(0, number - (double)whole);
}

static int values_order_strings(const struct expr_value *a, const struct expr_value *b)
{
    size_t shorter = a->length < b->length ? a->length : b->length;
    int order = 0;
    if (shorter > 0)
        order = memcmp(a->text, b->text, shorter);
    if (order != 0)
        return order;
    return ORDER(a->length, b->length);
}

int values_order(const struct expr_value *a, const struct expr_value *b)
{
    if (a->kind == EXPR_STRING)
        return values_order_strings(a, b);
    if (a->kind == EXPR_INT && b->kind == EXPR_INT)
        return ORDER(a->integer, b->integer);
    if (a->kind == EXPR_INT)
        return values_order_int_float(a->integer, b->number);
    if (b->kind == EXPR_INT)
        return -values_order_int_float(b->integer, a->number);
    return ORDER(a->number, b->number);
}

static bool values_lists_equal(const json_t *a, const json_t *b)
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

static bool values_mappings_equal(const json_t *a, const json_t *b)
{
    if (json_object_size(a) != json_object_size(b))
        return false;
    for (void *at = json_object_iter((json_t *)a); at != NULL;
         at = json_object_iter_next((json_t *)a, at)) {
        const json_t *other =
            json_object_getn(b, json_object_iter_key(at), json_object_iter_key_len(at));
        if (other == NULL) /* a missing key is not equal to null */
            return false;
        struct expr_value left = expr_from_json(json_object_iter_value(at));
        struct expr_value right = expr_from_json(other);
        if (!values_equal(&left, &right))
            return false;
    }
    return true;
}

bool values_equal(const struct expr_value *a, const struct expr_value *b)
{
    if (expr_is_number(a) && expr_is_number(b))
        return values_order(a, b) == 0;
    if (expr_is_null(a) || expr_is_null(b))
        return expr_is_null(a) && expr_is_null(b);
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case EXPR_BOOL:
        return a->truth == b->truth;
    case EXPR_STRING:
        return a->length == b->length && values_order_strings(a, b) == 0;
    case EXPR_LIST:
        return a->json == b->json || values_lists_equal(a->json, b->json);
    default:
        return a->json == b->json || values_mappings_equal(a->json, b->json);
    }
}

/* --- names of kinds ----------------------------------------------------------------------- */

static const struct {
    enum expr_kind kind;
    const char *name, *phrase;
} values_kinds[] = {
    {EXPR_BOOL, "bool", "a bool"},
    {EXPR_INT, "int", "an int"},
    {EXPR_FLOAT, "float", "a float"},
    {EXPR_STRING, "str", "a str"},
    {EXPR_LIST, "list", "a list"},
    {EXPR_MAPPING, "dict", "a dict"},
    {EXPR_NULL, "null", "null"},
};

enum { N_KINDS = sizeof values_kinds / sizeof *values_kinds };

/* The row of a kind; the last one for absent, too. */
static size_t values_kind_row(enum expr_kind kind)
{
    size_t i = 0;
    while (i + 1 < N_KINDS && values_kinds[i].kind != kind)
        i++;
    return i;
}

const char *expr_kind_name(enum expr_kind kind)
{
    return values_kinds[values_kind_row(kind)].name;
}

const char *expr_kind_phrase(enum expr_kind kind)
{
    return values_kinds[values_kind_row(kind)].phrase;
}

/* Appends to the `used` bytes in `out`; false if `text` does not fit. */
static bool values_append(char *out, size_t size, size_t *used, const char *text)
{
    size_t length = strlen(text);
    if (length >= size - *used)
        return false;
    memcpy(out + *used, text, length + 1);
    *used += length;
    return true;
}

void expr_name_kinds(char *out, size_t size, unsigned kinds)
{
    size_t used = 0;
    if (size == 0)
        return;
    *out = '\0';
    if ((kinds & EXPR_ABSENT) != 0)
        kinds |= EXPR_NULL;
    kinds &= EXPR_ANY & ~(unsigned)EXPR_ABSENT;
    for (size_t i = 0; i < N_KINDS; i++) {
        if ((kinds & values_kinds[i].kind) == 0)
            continue;
        kinds &= ~(unsigned)values_kinds[i].kind;
        const char *separator = ", ";
        if (used == 0)
            separator = "";
        else if (kinds == 0)
            separator = " or ";
        if (!values_append(out, size, &used, separator) ||
            !values_append(out, size, &used, values_kinds[i].name))
            return;
    }
}
