/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/expr_names.h"

static const struct wanted functions[] = {
    {"min(1, 2)", "1"},
    {"min(3, 2.5, 4)", "2.5"},
    {"min(1, 1.0)", "1"},
    {"min(1.0, 1)", "1.0"},
    {"max(1, 2)", "2"},
    {"max(1, 1.0)", "1"},
    {"max(1, 2, 3, 4, 5.5, 0,)", "5.5"},
    {"max(9007199254740993, 9007199254740992.0)", "9007199254740993"},
    {"abs(-3)", "3"},
    {"abs(3)", "3"},
    {"abs(-2.5)", "2.5"},
    {"abs(-0.0)", "0.0"},
    {"abs(-9223372036854775807)", "9223372036854775807"},
    {"floor(2.7)", "2"},
    {"floor(-2.1)", "-3"},
    {"floor(5)", "5"},
    {"floor(-9223372036854775808.0)", "-9223372036854775808"},
    {"ceil(2.1)", "3"},
    {"ceil(-2.7)", "-2"},
    {"ceil(-0.5)", "0"},
    {"ceil(big)", "9223372036854775807"},
    {"round(0.5)", "0"},
    {"round(1.5)", "2"},
    {"round(2.5)", "2"},
    {"round(-0.5)", "0"},
    {"round(-1.5)", "-2"},
    {"round(-2.5)", "-2"},
    {"round(2.51)", "3"},
    {"round(2.49)", "2"},
    {"round(0.49999999999999994)", "0"},
    {"round(4503599627370497.5)", "4503599627370498"},
    {"round(9223372036854774784.0)", "9223372036854774784"},
    {"round(3)", "3"},
    {"log2(8)", "3.0"},
    {"log2(0.5)", "-1.0"},
    {"log2(10.0)", "3.3219280948873622"},
    {"len('')", "0"},
    {"len('äöü')", "3"},
    {"len('𝄞')", "1"},
    {"len(l)", "4"},
    {"len([])", "0"},
    {"len(m)", "2"},
    {"startswith(s, 'te')", "true"},
    {"startswith(s, '')", "true"},
    {"startswith('', '')", "true"},
    {"startswith(s, 'text')", "true"},
    {"startswith(s, 'texts')", "false"},
    {"startswith(s, 'ex')", "false"},
    {"endswith(s, 'xt')", "true"},
    {"endswith(s, '')", "true"},
    {"endswith(s, 'te')", "false"},
    {"endswith(s, 'a text')", "false"},
    {"subset([1, 2], [2, 3, 1.0])", "true"},
    {"subset([], [])", "true"},
    {"subset([1], [])", "false"},
    {"subset([true], [1])", "false"},
    {"subset([null], l)", "true"},
    {"subset(['a', 'a'], l)", "true"},
    {"subset([[1]], [[1.0]])", "true"},
    {"type(null)", "\"NoneType\""},
    {"type(gone)", "\"NoneType\""},
    {"type(b)", "\"bool\""},
    {"type(i)", "\"int\""},
    {"type(f)", "\"float\""},
    {"type(s)", "\"str\""},
    {"type(l)", "\"list\""},
    {"type(m)", "\"dict\""},
    {"type(1) == 'int' and type(1.0) != 'int'", "true"},
    {"matches('abc', 'abc')", "true"},
    {"matches('abc', 'a*')", "true"},
    {"matches('abc', '*c')", "true"},
    {"matches('abc', 'a?c')", "true"},
    {"matches('äbc', '?bc')", "true"},
    {"matches('a/b.c', 'a*c')", "true"},
    {"matches('abc', '*?*?*?*')", "true"},
    {"matches('abc', '???*?')", "false"},
    {"matches('abc', 'b')", "false"},
    {"matches('', '')", "true"},
    {"matches('', '*')", "true"},
    {"matches('', '?')", "false"},
    {"matches('aXbXc', 'a*b*c')", "true"},
    {"matches('abab', '*ab')", "true"},
    {"matches('ababa', '*ab')", "false"},
    {"matches('[a]', '[a]')", "true"},
    {"matches('x*y', 'x*y')", "true"},
};

static const struct wanted paths[] = {
    {"inside('/a', '/a')", "true"},
    {"inside('/a/b', '/a')", "true"},
    {"inside('/ab', '/a')", "false"},
    {"inside('/a', '/a/b')", "false"},
    {"inside('/a/b', '/a/')", "true"},
    {"inside('//a//b', '/a')", "true"},
    {"inside('/a/./b/.', '/a/b')", "true"},
    {"inside('/a/x/../b', '/a/b')", "true"},
    {"inside('/a/b/..', '/a/b')", "false"},
    {"inside('/a/../b', '/a')", "false"},
    {"inside('/../a', '/a')", "true"},
    {"inside('/a/../../..', '/')", "true"},
    {"inside('/', '/')", "true"},
    {"inside('/a', '/')", "true"},
    {"inside('/', '/a')", "false"},
    {"inside('a/b', 'a')", "true"},
    {"inside('./a', 'a/.')", "true"},
    {"inside('a', '')", "true"},
    {"inside('', '.')", "true"},
    {"inside('..', '.')", "false"},
    {"inside('.', '..')", "true"},
    {"inside('../a', '..')", "true"},
    {"inside('../a', '../a')", "true"},
    {"inside('../../a', '..')", "false"},
    {"inside('../../a', '../a')", "false"},
    {"inside('a', '../a')", "false"},
    {"inside('a/../..', '..')", "true"},
    {"inside('a/../../b', '../b')", "true"},
    {"inside('..a', '..')", "true"},
    {"inside('/a', 'a')", "false"},
    {"inside('a', '/a')", "false"},
    {"inside('a', '/')", "false"},
};

static const struct wanted nulls[] = {
    {"gone", "null"},
    {"nothing", "null"},
    {"null + 1", "null"},
    {"1 - null", "null"},
    {"gone * 2.5", "null"},
    {"1 / null", "null"},
    {"null // 0", "null"},
    {"0 % gone", "null"},
    {"-nothing", "null"},
    {"null < 1", "null"},
    {"1 <= gone", "null"},
    {"'a' > null", "null"},
    {"null >= null", "null"},
    {"null == null", "true"},
    {"gone == null", "true"},
    {"gone == nothing", "true"},
    {"null != null", "false"},
    {"null == 0", "false"},
    {"null == false", "false"},
    {"null != ''", "true"},
    {"gone != 'x'", "true"},
    {"1 in null", "null"},
    {"1 not in gone", "null"},
    {"null in null", "null"},
    {"null in 'abc'", "null"},
    {"gone in m", "null"},
    {"gone not in m", "null"},
    {"1 < 2 < null", "null"},
    {"null < 2 < 3", "null"},
    {"2 < 1 < null", "false"},
    {"null < 2 < 1", "false"},
    {"1 < gone < 3", "null"},
    {"1 < 2 < gone < 4 < 3", "false"},
    {"null < 2 < 3 < gone", "null"},
    /* Kleene */
    {"null and true", "null"},
    {"true and null", "null"},
    {"null and null", "null"},
    {"null and false", "false"},
    {"false and null", "false"},
    {"null or true", "true"},
    {"true or null", "true"},
    {"null or null", "null"},
    {"null or false", "null"},
    {"false or null", "null"},
    {"not null", "null"},
    {"not gone", "null"},
    {"null and null and false", "false"},
    {"null or null or true", "true"},
    {"not (null and true) or false", "null"},
    {"bool_gone or b", "true"},
    {"bool_gone and b", "null"},
    /* a condition that is null counts as false */
    {"1 if null else 2", "2"},
    {"1 if gone > 3 else 2", "2"},
    {"1 if not gone else 2", "2"},
    {"null if b else 2", "null"},
    {"gone if b else 2", "null"},
    /* functions */
    {"min(1, null)", "null"},
    {"max(null, 1, 2)", "null"},
    {"max(1, 2, gone)", "null"},
    {"abs(null)", "null"},
    {"floor(gone)", "null"},
    {"ceil(null)", "null"},
    {"round(null)", "null"},
    {"log2(null)", "null"},
    {"len(gone)", "null"},
    {"startswith(null, 'a')", "null"},
    {"startswith('a', null)", "null"},
    {"endswith(gone, 'a')", "null"},
    {"subset(null, [1])", "null"},
    {"subset([], gone)", "null"},
    {"inside(null, '/')", "null"},
    {"inside('/', gone)", "null"},
    {"matches(gone, '*')", "null"},
    {"matches('a', null)", "null"},
    /* is */
    {"null is null", "true"},
    {"gone is null", "true"},
    {"nothing is null", "true"},
    {"i is null", "false"},
    {"i is not null", "true"},
    {"gone is not null", "false"},
    {"i + gone is null", "true"},
    {"(1 < 2) is null", "false"},
    {"not gone is null", "false"},
    {"gone is set", "false"},
    {"gone is not set", "true"},
    {"nothing is set", "true"},
    {"nothing is not set", "false"},
    {"(i) is set", "true"},
    {"is_set is set", "true"},
    {"m is set and l is set", "true"},
    {"gone is set or i is not set", "false"},
};

GIVE(functions)
GIVE(paths)
GIVE(nulls)

/* --- kinds and slots ---------------------------------------------------------------------- */

static const struct {
    const char *text;
    unsigned kinds;
} kinds[] = {
    {"1", EXPR_INT},
    {"null", EXPR_NULL},
    {"'a'", EXPR_STRING},
    {"[1]", EXPR_LIST},
    {"m", EXPR_MAPPING},
    {"gone", EXPR_NULL},
    {"int_gone", EXPR_INT | EXPR_NULL},
    {"is_set", EXPR_ANY & ~EXPR_ABSENT},
    {"i + 1", EXPR_INT},
    {"i / 1", EXPR_FLOAT},
    {"i + f", EXPR_FLOAT},
    {"i + int_gone", EXPR_INT | EXPR_NULL},
    {"i + null", EXPR_NULL},
    {"is_set + 1", EXPR_INT | EXPR_FLOAT | EXPR_NULL},
    {"is_set * f", EXPR_FLOAT | EXPR_NULL},
    {"-is_set", EXPR_INT | EXPR_FLOAT | EXPR_NULL},
    {"i < f", EXPR_BOOL},
    {"i < int_gone", EXPR_BOOL | EXPR_NULL},
    {"i < null", EXPR_NULL},
    {"i == gone", EXPR_BOOL},
    {"0 < i < int_gone", EXPR_BOOL | EXPR_NULL},
    {"i in [1]", EXPR_BOOL},
    {"gone in [1]", EXPR_BOOL},
    {"1 in list_gone", EXPR_BOOL | EXPR_NULL},
    {"str_gone in s", EXPR_BOOL | EXPR_NULL},
    {"1 in null", EXPR_NULL},
    {"b and no", EXPR_BOOL},
    {"b and bool_gone", EXPR_BOOL | EXPR_NULL},
    {"bool_gone or is_set", EXPR_BOOL | EXPR_NULL},
    {"not b", EXPR_BOOL},
    {"not is_set", EXPR_BOOL | EXPR_NULL},
    {"is_set is null", EXPR_BOOL},
    {"gone is set", EXPR_BOOL},
    {"1 if b else 'a'", EXPR_INT | EXPR_STRING},
    {"min(1, 2)", EXPR_INT},
    {"min(1, f)", EXPR_INT | EXPR_FLOAT},
    {"max(1, is_set)", EXPR_INT | EXPR_FLOAT | EXPR_NULL},
    {"abs(f)", EXPR_FLOAT},
    {"round(f)", EXPR_INT},
    {"round(int_gone)", EXPR_INT | EXPR_NULL},
    {"log2(i)", EXPR_FLOAT},
    {"len(null)", EXPR_NULL},
    {"inside(s, s)", EXPR_BOOL | EXPR_NULL},
    {"type(null)", EXPR_STRING},
    {"matches(str_gone, s)", EXPR_BOOL | EXPR_NULL},
};

START_TEST(known_kinds)
{
    struct expr *expr = compile_good(kinds[_i].text, true);
    ck_assert_msg(expr_kinds(expr) == kinds[_i].kinds, "%s: %u, not %u", kinds[_i].text,
        expr_kinds(expr), kinds[_i].kinds);
    expr_free(expr);
}
END_TEST

static const struct {
    const char *text;
    size_t n;
    const char *names[4];
} read_slots[] = {
    {"1 + 2", 0, {NULL}},
    {"i", 1, {"i"}},
    {"i + i * i", 1, {"i"}},
    {"m is set", 1, {"m"}},
    {"m is set and l is null or i in l", 3, {"i", "l", "m"}},
    {"s if b else optimizer.lr", 3, {"b", "s", "optimizer.lr"}},
    {"matches(s, 'i') or startswith(str_gone, s)", 2, {"s", "str_gone"}},
};

START_TEST(slots)
{
    struct expr *expr = compile_good(read_slots[_i].text, true);
    size_t count = 99;
    const size_t *listed = expr_slots(expr, &count);
    ck_assert_uint_eq(count, read_slots[_i].n);
    for (size_t i = 0; i < count; i++)
        ck_assert_uint_eq(listed[i], slot_of(read_slots[_i].names[i]));
    expr_free(expr);
}
END_TEST

/* --- values ------------------------------------------------------------------------------- */

START_TEST(json_values)
{
    static const char *const texts[] = {"null", "true", "false", "0", "-9223372036854775808", "1.5",
        "\"a\\u0000b\"", "[1, [2]]", "{\"a\": {\"b\": null}}"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        CLEANUP_JSON json_t *json = json_loads(texts[i], JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        struct expr_value value = expr_from_json(json);
        CLEANUP_JSON json_t *back = expr_to_json(&value);
        ck_assert_msg(json_equal(json, back), "%s", texts[i]);
    }
    struct expr_value absent = expr_from_json(NULL);
    ck_assert_int_eq(absent.kind, EXPR_ABSENT);
    CLEANUP_JSON json_t *null = expr_to_json(&absent);
    ck_assert(json_is_null(null));
}
END_TEST

/* Strings need not be NUL-terminated, and can contain NUL. */
START_TEST(texts_have_lengths)
{
    struct expr_value slots[N_NAMES], value;
    memcpy(slots, expr_slots_of_names, sizeof slots);
    slots[slot_of("s")] =
        (struct expr_value){.kind = EXPR_STRING, .text = "a\0b, and more", .length = 3};
    struct expr *expr = compile_good("len(s) == 3 and 'b' in s and endswith(s, 'b') and "
                                     "matches(s, 'a?b') and ',' not in s and s != 'a'",
        true);
    ck_assert(expr_holds(expr, slots));
    expr_free(expr);
    expr = expr_compile("i+1#", 3, &(struct expr_scope){&(bool){true}, resolve_name}, NULL);
    ck_assert(expr_eval(expr, slots, &value, NULL));
    ck_assert_int_eq(value.integer, 8);
    expr_free(expr);
}
END_TEST

/* The result is null for a path longer than any path can be. */
START_TEST(long_paths)
{
    CLEANUP_STRBUF struct strbuf path = {0};
    struct expr_value slots[N_NAMES], value;
    memcpy(slots, expr_slots_of_names, sizeof slots);
    struct expr *expr = compile_good("inside(s, s)", true);
    for (size_t length = 4094; length <= 4097; length++) {
        path.length = 0;
        strbuf_repeat(&path, 'a', length);
        slots[slot_of("s")] =
            (struct expr_value){.kind = EXPR_STRING, .text = path.data, .length = length};
        ck_assert(expr_eval(expr, slots, &value, NULL));
        ck_assert_int_eq(value.kind, length < 4096 ? EXPR_BOOL : EXPR_NULL);
    }
    expr_free(expr);
}
END_TEST

START_TEST(kind_names)
{
    static const struct {
        unsigned kinds;
        const char *text;
    } sets[] = {{EXPR_INT, "int"}, {EXPR_INT | EXPR_FLOAT, "int or float"}, {EXPR_ABSENT, "null"},
        {EXPR_STRING | EXPR_LIST | EXPR_MAPPING | EXPR_NULL, "str, list, dict or null"}, {0, ""},
        {EXPR_ANY, "bool, int, float, str, list, dict or null"}};
    char text[64];
    for (size_t i = 0; i < COUNT(sets); i++) {
        expr_name_kinds(text, sizeof text, sets[i].kinds);
        ck_assert_str_eq(text, sets[i].text);
    }
    expr_name_kinds(text, 8, EXPR_INT | EXPR_FLOAT);
    ck_assert_str_eq(text, "int or ");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("expr functions");
    TCase *tc = add_case(suite, "functions");
    tcase_add_checked_fixture(tc, make_values, free_values);
    tcase_add_loop_test(tc, functions_give, 0, (int)COUNT(functions));
    tcase_add_loop_test(tc, paths_give, 0, (int)COUNT(paths));
    tcase_add_loop_test(tc, nulls_give, 0, (int)COUNT(nulls));
    tcase_add_loop_test(tc, known_kinds, 0, (int)COUNT(kinds));
    tcase_add_loop_test(tc, slots, 0, (int)COUNT(read_slots));
    tcase_add_test(tc, json_values);
    tcase_add_test(tc, texts_have_lengths);
    tcase_add_test(tc, long_paths);
    tcase_add_test(tc, kind_names);
    return check_main(suite);
}
