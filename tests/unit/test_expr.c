/* SPDX-License-Identifier: Apache-2.0 */
#include <locale.h>

#include "tests/unit/expr_names.h"

static const struct wanted literals[] = {
    {"12", "12"},
    {"0", "0"},
    {"9223372036854775807", "9223372036854775807"},
    {"-9223372036854775808", "-9223372036854775808"},
    {"- 9223372036854775808", "-9223372036854775808"},
    {"1.5", "1.5"},
    {"0.0", "0.0"},
    {"-0.0", "-0.0"},
    {"3e-4", "0.00029999999999999997"},
    {"2E+3", "2000.0"},
    {"1e5", "100000.0"},
    {"1e-999", "0.0"},
    {"true", "true"},
    {"false", "false"},
    {"null", "null"},
    {"\"text\"", "\"text\""},
    {"'text'", "\"text\""},
    {"''", "\"\""},
    {"'say \"x\"'", "\"say \\\"x\\\"\""},
    {"\"it's\"", "\"it's\""},
    {"\"\\\\ \\\" \\' \\n \\t\"", "\"\\\\ \\\" ' \\n \\t\""},
    {"'tab\there'", "\"tab\\there\""},
    {"'日本'", "\"日本\""},
    {"'# && // `'", "\"# && // `\""},
    {"[]", "[]"},
    {"[1, -2, 1.5, -1e3, 'a', \"b\", true, false, null]",
        "[1, -2, 1.5, -1000.0, \"a\", \"b\", true, false, null]"},
    {"[[1, []], ['a',],]", "[[1, []], [\"a\"]]"},
    {"[-9223372036854775808]", "[-9223372036854775808]"},
    {" \t\r\n 1 \n", "1"},
};

static const struct wanted precedence[] = {
    {"1 + 2 * 3", "7"},
    {"(1 + 2) * 3", "9"},
    {"10 - 3 - 2", "5"},
    {"10 - (3 - 2)", "9"},
    {"100 // 7 // 2", "7"},
    {"100 // (7 // 2)", "33"},
    {"2 * 7 % 4", "2"},
    {"7 // 2 * 2", "6"},
    {"8 / 2 / 2", "2.0"},
    {"-2 * -3", "6"},
    {"-i + 1", "-6"},
    {"- - 2", "2"},
    {"--i", "7"},
    {"2 - -2", "4"},
    {"2--2", "4"},
    {"-7 // 2", "-4"},
    {"-(7 // 2)", "-3"},
    {"1 + 1 == 2", "true"},
    {"1 < 1 + 1", "true"},
    {"not 1 == 2", "true"},
    {"not no == no", "false"},
    {"not not b", "true"},
    {"not no and no", "false"},
    {"not (no and no)", "true"},
    {"b or b and no", "true"},
    {"(b or b) and no", "false"},
    {"no and no or b", "true"},
    {"not 'a' in 'b'", "true"},
    {"1 if b else 2", "1"},
    {"1 if no else 2", "2"},
    {"1 if no else 2 if no else 3", "3"},
    {"1 if no else 2 if b else 3", "2"},
    {"(1 if b else 2) if no else 3", "3"},
    {"(1 if no else 2) if b else 3", "2"},
    {"1 if (no if b else b) else 2", "2"},
    {"1 if b or no else 2", "1"},
    {"b or no if no else 5", "5"},
    {"1 + 2 if i > 3 and f < 3 else 'x'", "3"},
    {"[1] if no else [2, 3]", "[2, 3]"},
    {"min(1 if no else 5, 2 if b else 7) + (3 if b else 4)", "5"},
    {"b and (1 if b else 2) == 1 and (no if no else b)", "true"},
};

static const struct wanted comparisons[] = {
    {"1 == 1", "true"},
    {"1 == 1.0", "true"},
    {"1 != 1.0", "false"},
    {"0.0 == -0.0", "true"},
    {"1 == true", "false"},
    {"0 == false", "false"},
    {"1.0 == true", "false"},
    {"true == true", "true"},
    {"true != false", "true"},
    {"'1' == 1", "false"},
    {"'a' == 'a'", "true"},
    {"'a' == 'ab'", "false"},
    {"9007199254740993 == 9007199254740992.0", "false"},
    {"9007199254740993 > 9007199254740992.0", "true"},
    {"9007199254740992.0 < 9007199254740993", "true"},
    {"9007199254740992 == 9007199254740992.0", "true"},
    {"9223372036854775807 == 9223372036854775808.0", "false"},
    {"9223372036854775807 < 9223372036854775808.0", "true"},
    {"-9223372036854775808 == -9223372036854775808.0", "true"},
    {"-9223372036854775808 > -1e300", "true"},
    {"1e300 > big", "true"},
    {"7 < 7.5", "true"},
    {"-7 > -7.5", "true"},
    {"8 > 7.5", "true"},
    {"2.5 <= 2.5", "true"},
    {"2.5 >= 3", "false"},
    {"'a' < 'b'", "true"},
    {"'a' < 'ab'", "true"},
    {"'b' > 'ab'", "true"},
    {"'' < 'a'", "true"},
    {"'z' < 'ä'", "true"},
    {"'\uffff' < '𝄞'", "true"},
    {"[1, 2] == [1.0, 2]", "true"},
    {"[1] == [true]", "false"},
    {"[1, 2] == [2, 1]", "false"},
    {"[1] == [1, 1]", "false"},
    {"[[], [null]] == [[], [null]]", "true"},
    {"[null] == [0]", "false"},
    {"l == [1.0, 'a', null, 2]", "true"},
    {"m == m", "true"},
    {"m == same_m", "true"},
    {"m != other_m", "true"},
    {"m in [1]", "false"},
    {"m == l", "false"},
    {"m != dict_or_str", "true"},
    /* chains */
    {"0 <= 0 < 1", "true"},
    {"0 <= 1 < 1", "false"},
    {"3 > 2 > 1", "true"},
    {"3 > 2 > 2", "false"},
    {"1 < 2 > 1 < 3", "true"},
    {"1 < 2 < 3 < 4 < 5 < 6", "true"},
    {"6 < 5 < 7", "false"},
    {"1 == 1 == 1", "true"},
    {"1 == 1 == true", "false"},
    {"(1 == 1) == true", "true"},
    {"'a' in 'ab' in ['ab']", "true"},
    {"'a' in 'ab' == 'ab'", "true"},
    {"2 < 1 < 1 // 0", "false"},
    {"2 < 1 < 3 < 1 // 0", "false"},
    {"(1 if b else 2) < 2 < (3 if b else 0)", "true"},
    /* in */
    {"1 in [1, 2]", "true"},
    {"1.0 in [1, 2]", "true"},
    {"true in [1]", "false"},
    {"3 in [1, 2]", "false"},
    {"3 not in [1, 2]", "true"},
    {"3 not  in []", "true"},
    {"[1] in [[1], 2]", "true"},
    {"null in [1, null]", "true"},
    {"null in [1]", "false"},
    {"null not in [1]", "true"},
    {"gone in l", "true"},
    {"'a' in l", "true"},
    {"'a' in m", "true"},
    {"'n' in m", "true"},
    {"'b' in m", "false"},
    {"'b' not in m", "true"},
    {"'k' in dict_or_str", "true"},
    {"'ex' in s", "true"},
    {"'' in s", "true"},
    {"'' in ''", "true"},
    {"'a' in ''", "false"},
    {"'textt' in s", "false"},
    {"'x' not in s", "false"},
};

static const struct wanted sums[] = {
    {"7 + 2", "9"},
    {"7 - 9", "-2"},
    {"7 * -2", "-14"},
    {"1 + 0.5", "1.5"},
    {"0.1 + 0.2", "0.30000000000000004"},
    {"big - 1 + 1", "9223372036854775807"},
    {"9007199254740993 + 0.0", "9007199254740992.0"},
    {"7 / 2", "3.5"},
    {"4 / 2", "2.0"},
    {"0 / -5", "-0.0"},
    {"-9 / 3", "-3.0"},
    {"big / big", "1.0"},
    {"-9223372036854775808 / big", "-1.0"},
    {"-9223372036854775808 / -1", "9.2233720368547758e18"},
    {"9007199254740993 / 9007199254740993", "1.0"},
    {"1 / big", "1.0842021724855044e-19"},
    {"9223372036854775807 / 3", "3.0744573456182584e18"},
    {"7 // 2", "3"},
    {"-7 // 2", "-4"},
    {"7 // -2", "-4"},
    {"-7 // -2", "3"},
    {"-8 // 2", "-4"},
    {"7 % 3", "1"},
    {"-7 % 3", "2"},
    {"7 % -3", "-2"},
    {"-7 % -3", "-1"},
    {"-6 % 3", "0"},
    {"-9223372036854775808 % -1", "0"},
    {"7 // -1", "-7"},
    {"big // -1", "-9223372036854775807"},
    {"-9223372036854775808 // 1", "-9223372036854775808"},
    {"7.5 // 2", "3"},
    {"-7.5 // 2", "-4"},
    {"7.5 // -2", "-4"},
    {"6.0 // 3", "2"},
    {"-9223372036854775808.0 // 1", "-9223372036854775808"},
    {"7.5 % 2", "1.5"},
    {"-7.5 % 2", "0.5"},
    {"7.5 % -2", "-0.5"},
    {"-6.0 % 3", "0.0"},
    {"6.0 % -3", "-0.0"},
    {"0.0 // -3", "0"},
    {"1 // 0.1", "9"},
    {"-1e-20 // 1.0", "-1"},
    {"0.3 % 0.1", "0.099999999999999978"},
    {"-f", "-2.5"},
    {"-0", "0"},
    {"-(0.0)", "-0.0"},
    {"-big - 1", "-9223372036854775808"},
    {"3037000499 * 3037000499", "9223372030926249001"},
    {"-4294967296 * 2147483648", "-9223372036854775808"},
};

static const struct wanted spelled[] = {
    {"optimizer.lr", "0.001"},
    {"`optimizer`.`lr`", "0.001"},
    {"`b-c`.`1` + 1", "4"},
    {"`in`", "4"},
    {"optimizer.lr*2", "0.002"},
    {"i-1", "6"},
    {"i<8", "true"},
    {"i==7 and(b)", "true"},
    {"[1,2]==[1,2]", "true"},
    {"min (1,2)", "1"},
    {"i\nis\nnot\nnull", "true"},
    {"'a'in'ab'", "true"},
    {"(7)if b else 8", "7"},
};

GIVE(literals)
GIVE(precedence)
GIVE(comparisons)
GIVE(sums)
GIVE(spelled)

/* --- what is not evaluated ---------------------------------------------------------------- */

/* The right side would be an error. */
static const struct wanted lazy[] = {
    {"false and 1 // 0 == 1", "false"},
    {"no and i + s == 1 and b", "false"},
    {"true or 1 // 0 == 1", "true"},
    {"b or is_set and 1 // 0 == 1 or no", "true"},
    {"1 if true else 1 // 0", "1"},
    {"1 // 0 if false else 2", "2"},
    {"1 // 0 if null else 2", "2"},
    {"1 > 2 > 1 // 0", "false"},
    {"(no and 1 // 0 == 1) or (b or 1 // 0 == 1)", "true"},
};

START_TEST(lazy_ones)
{
    struct expr_error error;
    struct expr_value value;
    struct expr *expr = compile_good(lazy[_i].text, false);
    ck_assert_msg(expr_eval(expr, expr_slots_of_names, &value, &error), "%s", lazy[_i].text);
    CLEANUP_JSON json_t *got = expr_to_json(&value);
    assert_json(got, lazy[_i].json);
    expr_free(expr);
}
END_TEST

/* The decimal point does not depend on the locale. */
START_TEST(locales)
{
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL)
        setlocale(LC_ALL, "");
    check_result(&(struct wanted){"1.5 + 1e1 == 11.5", "true"});
    setlocale(LC_ALL, "C");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("expr");
    TCase *tc = add_case(suite, "expr");
    tcase_add_checked_fixture(tc, make_values, free_values);
    tcase_add_loop_test(tc, literals_give, 0, (int)COUNT(literals));
    tcase_add_loop_test(tc, precedence_give, 0, (int)COUNT(precedence));
    tcase_add_loop_test(tc, comparisons_give, 0, (int)COUNT(comparisons));
    tcase_add_loop_test(tc, sums_give, 0, (int)COUNT(sums));
    tcase_add_loop_test(tc, spelled_give, 0, (int)COUNT(spelled));
    tcase_add_loop_test(tc, lazy_ones, 0, (int)COUNT(lazy));
    tcase_add_test(tc, locales);
    return check_main(suite);
}
