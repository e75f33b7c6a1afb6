/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/util/text.h"
#include "tests/unit/expr_names.h"

START_TEST(long_subsets)
{
    struct expr_value slots[N_NAMES], value;
    struct expr_error error = {0};
    CLEANUP_JSON json_t *list = json_array();
    for (int i = 0; i < 1001; i++)
        json_array_append_new(list, json_integer(i));
    memcpy(slots, expr_slots_of_names, sizeof slots);
    slots[slot_of("l")] = expr_from_json(list);
    struct expr *expr = compile_good("subset(l, l)", true);
    ck_assert(!expr_eval(expr, slots, &value, &error));
    ck_assert_str_eq(error.message, "the lists are too long for subset");
    json_array_remove(list, 0);
    ck_assert(expr_holds(expr, slots));
    expr_free(expr);
}
END_TEST

/* --- limits ------------------------------------------------------------------------------- */

static void repeat(struct strbuf *out, const char *text, size_t times)
{
    while (times-- > 0)
        strbuf_puts(out, text);
}

static const struct {
    const char *before, *middle, *after;
} nestings[] = {
    {"(", "1", ")"},
    {"[", "", "]"},
    {"abs(", "1", ")"},
    {"-", "i", ""},
    {"not ", "b", ""},
    {"1 if b else ", "2", ""},
};

START_TEST(depth)
{
    for (size_t depth = EXPR_MAX_DEPTH; depth <= EXPR_MAX_DEPTH + 1; depth++) {
        CLEANUP_STRBUF struct strbuf text = {0};
        struct expr_error error = {0};
        repeat(&text, nestings[_i].before, depth);
        strbuf_puts(&text, nestings[_i].middle);
        repeat(&text, nestings[_i].after, depth);
        struct expr *expr = compile_names(text.data, true, &error);
        ck_assert_msg((expr != NULL) == (depth == EXPR_MAX_DEPTH), "%s", text.data);
        if (expr == NULL)
            ck_assert_str_eq(error.message, "nested deeper than 64 levels");
        expr_free(expr);
    }
}
END_TEST

/* Closed levels do not count. */
START_TEST(depth_is_left)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_puts(&text, "0");
    for (size_t i = 0; i < 2 * EXPR_MAX_DEPTH; i++)
        strbuf_puts(&text, i % 2 == 0 ? " + (1)" : " - abs(-(1 if not b else 2))");
    expr_free(compile_good(text.data, true));
}
END_TEST

START_TEST(nodes)
{
    for (size_t terms = EXPR_MAX_NODES / 2; terms <= EXPR_MAX_NODES / 2 + 1; terms++) {
        CLEANUP_STRBUF struct strbuf text = {0};
        struct expr_error error = {0};
        struct expr_value value;
        repeat(&text, "1+", terms - 1); /* two nodes a term, less one */
        strbuf_puts(&text, "1");
        struct expr *expr = compile_names(text.data, true, &error);
        ck_assert((expr != NULL) == (terms == EXPR_MAX_NODES / 2));
        if (expr == NULL) {
            ck_assert_str_eq(error.message, "more than 1024 operands and operators");
            continue;
        }
        ck_assert(expr_eval(expr, expr_slots_of_names, &value, NULL));
        ck_assert_int_eq(value.integer, EXPR_MAX_NODES / 2);
        expr_free(expr);
    }
}
END_TEST

/* The deepest stack that is possible. */
START_TEST(stack)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    struct expr_value value;
    strbuf_puts(&text, "max(0");
    repeat(&text, ",i", EXPR_MAX_NODES - 2);
    strbuf_puts(&text, ")");
    struct expr *expr = compile_good(text.data, true);
    ck_assert(expr_eval(expr, expr_slots_of_names, &value, NULL));
    ck_assert_int_eq(value.integer, 7);
    expr_free(expr);
}
END_TEST

START_TEST(bytes)
{
    for (size_t length = EXPR_MAX_BYTES; length <= EXPR_MAX_BYTES + 1; length++) {
        CLEANUP_STRBUF struct strbuf text = {0};
        struct expr_error error = {0};
        strbuf_puts(&text, "s == '");
        strbuf_repeat(&text, 'a', length - 7);
        strbuf_puts(&text, "'");
        struct expr *expr = compile_names(text.data, true, &error);
        ck_assert((expr != NULL) == (length == EXPR_MAX_BYTES));
        if (expr == NULL)
            ck_assert_str_eq(error.message, "the expression has 4097 bytes; the limit is 4096");
        expr_free(expr);
    }
}
END_TEST

START_TEST(path_limits)
{
    for (size_t length = 511; length <= 512; length++) {
        CLEANUP_STRBUF struct strbuf text = {0};
        struct expr_error error = {0};
        strbuf_repeat(&text, 'a', length);
        ck_assert_ptr_null(compile_names(text.data, true, &error));
        ck_assert(utf8_valid_prefix(error.message, strlen(error.message)) == strlen(error.message));
        ck_assert_msg((strncmp(error.message, "unknown name aaa", 16) == 0) == (length == 511),
            "%s", error.message);
    }
}
END_TEST

START_TEST(part_limits)
{
    for (size_t parts = 31; parts <= 32; parts++) {
        CLEANUP_STRBUF struct strbuf text = {0};
        struct expr_error error = {0};
        repeat(&text, "a.", parts);
        strbuf_puts(&text, "a");
        ck_assert_ptr_null(compile_names(text.data, true, &error));
        ck_assert_msg((strncmp(error.message, "unknown name", 12) == 0) == (parts == 31), "%s",
            error.message);
        ck_assert_uint_eq(error.length, 2 * parts + 1);
    }
    struct expr_error error = {0};
    CLEANUP_STRBUF struct strbuf text = {0};
    repeat(&text, "aaaaaaaaaaaaaaa.", 32); /* the dot is one byte too many */
    strbuf_puts(&text, "a");
    ck_assert_ptr_null(compile_names(text.data, true, &error));
    ck_assert_str_eq(error.message, "name longer than 511 bytes");
}
END_TEST

START_TEST(bad_utf8)
{
    static const char *const texts[] = {"'ä' == '\xc3'", "\xff", "'\xed\xa0\x80'", "i + '\xf0\x9f"};
    static const unsigned columns[] = {9, 1, 2, 6};
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct expr_error error = {0};
        ck_assert_ptr_null(compile_names(texts[i], true, &error));
        ck_assert_str_eq(error.message, "not UTF-8");
        ck_assert_uint_eq(error.column, columns[i]);
    }
}
END_TEST

START_TEST(no_scope)
{
    struct expr_error error = {0};
    ck_assert_ptr_null(expr_compile("1 + i", 5, NULL, &error));
    ck_assert_str_eq(error.message, "unknown name i");
    struct expr *expr = expr_compile("1 + 2", 5, NULL, &error);
    struct expr_value value;
    ck_assert(expr_eval(expr, NULL, &value, &error));
    ck_assert_int_eq(value.integer, 3);
    size_t count = 1;
    expr_slots(expr, &count);
    ck_assert_uint_eq(count, 0);
    expr_free(expr);
    expr_free(NULL);
}
END_TEST

/* --- showing ------------------------------------------------------------------------------ */

static const struct {
    const char *text, *shown;
} shows[] = {
    {"i = 1", "i = 1\n  ^ unexpected =; write =="},
    {"b && no", "b && no\n  ^~ unexpected &&; write and"},
    {"'ä' + 1", "'ä' + 1\n^~~ + takes int or float, but this is str"},
    {"1 +", "1 +\n   ^ expected a value at the end"},
    {"", "\n^ the expression is empty"},
    {"1\n\t+ s", "1\\n\\t+ s\n       ^ + takes int or float, but this is str"},
    {"'\x01'", "'\\x01'\n ^~~~ control character in a string"},
};

START_TEST(shown)
{
    struct expr_error error = {0};
    CLEANUP_STRBUF struct strbuf out = {0};
    ck_assert_ptr_null(compile_names(shows[_i].text, true, &error));
    expr_show_error(&out, shows[_i].text, strlen(shows[_i].text), &error);
    assert_buffer(out, shows[_i].shown);
}
END_TEST

/* Of a long text, only the part around the error is shown. */
START_TEST(shown_in_part)
{
    CLEANUP_STRBUF struct strbuf text = {0}, out = {0}, wanted = {0};
    struct expr_error error = {0};
    repeat(&text, "b or ", 30);
    strbuf_puts(&text, "i");
    repeat(&text, " or b", 30);
    ck_assert_ptr_null(compile_names(text.data, true, &error));
    expr_show_error(&out, text.data, text.length, &error);
    strbuf_puts(&wanted, "…");
    strbuf_append(&wanted, text.data + 150 - 19, 76);
    strbuf_puts(&wanted, "…\n");
    strbuf_repeat(&wanted, ' ', 20);
    strbuf_puts(&wanted, "^ or takes bool, but this is int; compare it: … != 0");
    assert_buffer(out, wanted.data);
    out.length = 0;
    error.column = error.length = 0; /* out of memory */
    text.length = 5;
    expr_show_error(&out, text.data, text.length, &error);
    assert_buffer(out, "b or \nor takes bool, but this is int; compare it: … != 0");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("expr limits");
    TCase *tc = add_case(suite, "limits");
    tcase_add_checked_fixture(tc, make_values, free_values);
    tcase_add_test(tc, long_subsets);
    tcase_add_loop_test(tc, depth, 0, (int)COUNT(nestings));
    tcase_add_test(tc, depth_is_left);
    tcase_add_test(tc, nodes);
    tcase_add_test(tc, stack);
    tcase_add_test(tc, bytes);
    tcase_add_test(tc, path_limits);
    tcase_add_test(tc, part_limits);
    tcase_add_test(tc, bad_utf8);
    tcase_add_test(tc, no_scope);
    tcase_add_loop_test(tc, shown, 0, (int)COUNT(shows));
    tcase_add_test(tc, shown_in_part);
    return check_main(suite);
}
