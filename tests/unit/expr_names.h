/* SPDX-License-Identifier: Apache-2.0
 *
 * The names that the tests of expressions use, and their values.
 */
#ifndef TESTS_UNIT_EXPR_NAMES_H
#define TESTS_UNIT_EXPR_NAMES_H

#include "lib/expr/expr.h"
#include "tests/unit/check_main.h"

enum { GONE = EXPR_ABSENT | EXPR_NULL, N_NAMES = 22 };

static const struct {
    const char *name;
    unsigned kinds;
    const char *json; /* NULL: absent */
} expr_names[N_NAMES] = {
    {"i", EXPR_INT, "7"},
    {"big", EXPR_INT, "9223372036854775807"},
    {"f", EXPR_FLOAT, "2.5"},
    {"b", EXPR_BOOL, "true"},
    {"no", EXPR_BOOL, "false"},
    {"s", EXPR_STRING, "\"text\""},
    {"l", EXPR_LIST, "[1, \"a\", null, 2.0]"},
    {"empty", EXPR_LIST, "[]"},
    {"m", EXPR_MAPPING, "{\"a\": 1, \"n\": null}"},
    {"nothing", EXPR_NULL, "null"},
    {"gone", EXPR_ABSENT, NULL},
    {"optimizer.lr", EXPR_FLOAT, "0.001"},
    {"b-c.1", EXPR_INT, "3"},
    {"in", EXPR_INT, "4"},
    {"int_gone", EXPR_INT | GONE, NULL},
    {"bool_gone", EXPR_BOOL | GONE, NULL},
    {"str_gone", EXPR_STRING | GONE, NULL},
    {"list_gone", EXPR_LIST | GONE, NULL},
    {"dict_or_str", EXPR_MAPPING | EXPR_STRING, "{\"k\": 1}"},
    {"is_set", EXPR_ANY, "1"},
    {"same_m", EXPR_MAPPING, "{\"n\": null, \"a\": 1.0}"},
    {"other_m", EXPR_MAPPING, "{\"a\": 1, \"b\": null}"},
};

static json_t *expr_values[N_NAMES];
static struct expr_value expr_slots_of_names[N_NAMES];

static inline void make_values(void)
{
    for (size_t i = 0; i < N_NAMES; i++) {
        const char *json = expr_names[i].json;
        expr_values[i] = json != NULL ? json_loads(json, JSON_DECODE_ANY, NULL) : NULL;
        ck_assert_msg(json == NULL || expr_values[i] != NULL, "%s", json);
        expr_slots_of_names[i] = expr_from_json(expr_values[i]);
    }
}

static inline void free_values(void)
{
    for (size_t i = 0; i < N_NAMES; i++)
        json_decref(expr_values[i]);
}

static inline size_t slot_of(const char *name)
{
    size_t i = 0;
    while (i < N_NAMES && strcmp(expr_names[i].name, name) != 0)
        i++;
    return i;
}

/* `context` points to a bool: whether the kinds are known. */
static inline bool resolve_name(
    void *context, const char *name, size_t *slot, unsigned *kinds, const char **hint)
{
    *slot = slot_of(name);
    if (strcmp(name, "optimizer.rl") == 0)
        *hint = "did you mean optimizer.lr?";
    if (*slot == N_NAMES)
        return false;
    *kinds = *(const bool *)context ? expr_names[*slot].kinds : (unsigned)EXPR_ANY;
    return true;
}

static inline struct expr *compile_names(const char *text, bool typed, struct expr_error *error)
{
    const struct expr_scope scope = {&typed, resolve_name};
    return expr_compile(text, strlen(text), &scope, error);
}

static inline struct expr *compile_good(const char *text, bool typed)
{
    struct expr_error error = {0};
    struct expr *expr = compile_names(text, typed, &error);
    ck_assert_msg(expr != NULL, "%s: %s, column %u", text, error.message, error.column);
    return expr;
}

/* An expression and its result as JSON. */
struct wanted {
    const char *text, *json;
};

/* Evaluates with known and with unknown kinds of the names: the result must be the same. */
static inline void check_result(const struct wanted *wanted)
{
    for (int typed = 0; typed < 2; typed++) {
        struct expr *expr = compile_good(wanted->text, typed);
        struct expr_error error = {0};
        struct expr_value value;
        ck_assert_msg(expr_eval(expr, expr_slots_of_names, &value, &error), "%s: %s", wanted->text,
            error.message);
        CLEANUP_JSON json_t *got = expr_to_json(&value);
        CLEANUP_FREE char *text = json_dumps(got, JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
        ck_assert_msg(
            strcmp(text, wanted->json) == 0, "%s is %s, not %s", wanted->text, text, wanted->json);
        ck_assert_msg((expr_kinds(expr) & value.kind) != 0, "%s: unforeseen kind", wanted->text);
        ck_assert(expr_holds(expr, expr_slots_of_names) == (strcmp(wanted->json, "true") == 0));
        expr_free(expr);
    }
}

/* A loop test over a table of struct wanted. */
#define GIVE(name)                                                                                 \
    START_TEST(name##_give)                                                                        \
    {                                                                                              \
        check_result(&name[_i]);                                                                   \
    }                                                                                              \
    END_TEST

#endif
