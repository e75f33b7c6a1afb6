/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/expr_names.h"

/* A mistake, where it is reported, and the message. */
struct mistake {
    const char *text;
    unsigned column, length;
    const char *message, *hint;
};

static void check_text(const char *text, const char *what, const char *got, const char *wanted)
{
    ck_assert_msg(strcmp(got, wanted) == 0, "%s: %s \"%s\", not \"%s\"", text, what, got, wanted);
}

static void check_error(const struct mistake *mistake, const struct expr_error *error)
{
    check_text(mistake->text, "message", error->message, mistake->message);
    check_text(mistake->text, "hint", error->hint, mistake->hint);
    ck_assert_msg(error->column == mistake->column && error->length == mistake->length,
        "%s: at %u+%u, not %u+%u", mistake->text, error->column, error->length, mistake->column,
        mistake->length);
}

/* --- compile time ------------------------------------------------------------------------- */

static const struct mistake words[] = {
    {"", 1, 1, "the expression is empty", ""},
    {"  ", 3, 1, "the expression is empty", ""},
    {"$i", 1, 1, "unexpected $", ""},
    {"i #", 3, 1, "unexpected #", ""},
    {"i;", 2, 1, "unexpected ;", ""},
    {"\x01", 1, 1, "unexpected ?", ""},
    {"i\u2028", 2, 1, "unexpected ?", "put names with non-ASCII letters in backquotes: `ü`"},
    {"b && no", 3, 2, "unexpected &&", "write and"},
    {"b || no", 3, 2, "unexpected ||", "write or"},
    {"b & no", 3, 1, "unexpected &", "write and"},
    {"b | no", 3, 1, "unexpected |", "write or"},
    {"!b", 1, 1, "unexpected !", "write not"},
    {"~i", 1, 1, "unexpected ~", ""},
    {"i = 1", 3, 1, "unexpected =", "write =="},
    {"i === 1", 3, 3, "unexpected ===", "write =="},
    {"i !== 1", 3, 3, "unexpected !==", "write !="},
    {"i <> 1", 3, 2, "unexpected <>", "write !="},
    {"i => 1", 3, 2, "unexpected =>", "write >="},
    {"i =< 1", 3, 2, "unexpected =<", "write <="},
    {"i := 1", 3, 2, "unexpected :=", "write =="},
    {"s =~ 'a'", 3, 2, "unexpected =~", "write matches(text, \"a*\")"},
    {"i ** 2", 3, 2, "unexpected **", "multiply: x * x"},
    {"i ^ 2", 3, 1, "unexpected ^", ""},
    {"b ? 1 : 2", 3, 1, "unexpected ?", "write A if CONDITION else B"},
    {"${i}", 1, 2, "unexpected ${", "write only the path"},
    {"{'a': 1}", 1, 1, "unexpected {", "dicts cannot be written here"},
    {".5", 1, 1, "unexpected .", "a float needs a digit before the dot, a path a name"},
    {"i ≤ 2", 3, 1, "unexpected ≤", "write <="},
    {"i ≥ 2", 3, 1, "unexpected ≥", "write >="},
    {"i ≠ 2", 3, 1, "unexpected ≠", "write !="},
    {"i − 2", 3, 1, "unexpected −", "write -"},
    {"s == “text”", 6, 1, "unexpected “", "write \""},
    {"größe", 3, 1, "unexpected ö", "put names with non-ASCII letters in backquotes: `ü`"},
    /* numbers */
    {"1 + 5.", 5, 2, "a number cannot end with a dot", "write a digit after the dot"},
    {"5.x", 1, 2, "a number cannot end with a dot", "write a digit after the dot"},
    {"1.2.3", 1, 5, "not a number", ""},
    {"0x10", 1, 4, "not a number", ""},
    {"1_000", 1, 5, "not a number", "remove the _"},
    {"7and b", 1, 4, "not a number", ""},
    {"1e", 1, 2, "the exponent has no digits", "write 1e9, or 3e-4"},
    {"1e+x", 1, 4, "the exponent has no digits", "write 1e9, or 3e-4"},
    {"007", 1, 3, "an int cannot start with 0", "remove the zeros"},
    {"9223372036854775808", 1, 19, "the int does not fit into 64 bits", "write a float: 1e19"},
    {"-9223372036854775809", 2, 19, "the int does not fit into 64 bits", "write a float: 1e19"},
    {"99999999999999999999", 1, 20, "the int does not fit into 64 bits", "write a float: 1e19"},
    {"1 - 9223372036854775808", 5, 19, "the int does not fit into 64 bits", "write a float: 1e19"},
    {"[9223372036854775808]", 2, 19, "the int does not fit into 64 bits", "write a float: 1e19"},
    {"1e999", 1, 5, "the number is too large for a float", ""},
    /* strings */
    {"s == 'a", 6, 2, "unterminated string", "close it with '"},
    {"s == \"ä", 6, 2, "unterminated string", "close it with \""},
    {"'a\\'", 1, 4, "unterminated string", "close it with '"},
    {"'a\\", 1, 3, "unterminated string", "close it with '"},
    {"'a\nb'", 1, 2, "unterminated string", "close it with '"},
    {"'a\\x'", 3, 2, "unknown escape; valid are \\\\ \\\" \\' \\n and \\t",
        "write \\\\ for a backslash"},
    {"'ab\x01'", 4, 1, "control character in a string", ""},
    {"f'abc'", 2, 5, "expected an operator before 'abc'", ""},
    /* names */
    {"optimizer.", 1, 10, "a part of the name is missing after the dot", ""},
    {"optimizer..lr", 1, 10, "a part of the name is missing after the dot", ""},
    {"a.1", 1, 2, "a part of the name is missing after the dot",
        "put a part that is not a plain word in backquotes: a.`1`"},
    {"`b-c", 1, 4, "unterminated name", "close it with `"},
    {"i.``", 3, 2, "empty part in a name", ""},
    {"`b-c.1`", 1, 7, "dot inside backquotes; keys that contain a dot cannot be addressed",
        "put each part in its own backquotes: `a`.`b`"},
    {"`a\nb`", 1, 5, "not a config path: too many parts, or a control character", ""},
    {"optimiser.lr > 1", 1, 12, "unknown name optimiser.lr", ""},
    {"1 < optimizer.rl", 5, 12, "unknown name optimizer.rl", "did you mean optimizer.lr?"},
    {"i == None", 6, 4, "unknown name None", "write null"},
    {"b == True", 6, 4, "unknown name True", "write true"},
    {"b == False", 6, 5, "unknown name False", "write false"},
    {"i == nil", 6, 3, "unknown name nil", "write null"},
    {"b == TRUE", 6, 4, "unknown name TRUE", "write true"},
    {"len == 3", 1, 3, "unknown name len", "it is a function: write len(x)"},
    {"lambda", 1, 6, "unknown name lambda", ""},
    {"`len`", 1, 5, "unknown name len", ""},
    {"`None`", 1, 6, "unknown name None", ""},
};

static const struct mistake grammar[] = {
    {"1 +", 4, 1, "expected a value at the end", ""},
    {"not", 4, 1, "expected a value at the end", ""},
    {"b and ", 7, 1, "expected a value at the end", ""},
    {"and b", 1, 3, "expected a value before and", ""},
    {"i == == 2", 6, 2, "expected a value before ==", ""},
    {"+1", 1, 1, "expected a value before +", "remove the +"},
    {"i == not b", 6, 3, "not needs parentheses here", "write x == (not y)"},
    {"1 + not b", 5, 3, "not needs parentheses here", "write x == (not y)"},
    {"1 2", 3, 1, "expected an operator before 2", ""},
    {"i s", 3, 1, "expected an operator before s", ""},
    {"b AND no", 3, 3, "expected an operator before AND", "write and"},
    {"b OR no", 3, 2, "expected an operator before OR", "write or"},
    {"s contains 'a'", 3, 8, "expected an operator before contains", "write b in a"},
    {"i, 2", 2, 1, "unexpected ,", "write a list: [1, 2]"},
    {"l[0]", 2, 1, "lists and dicts cannot be indexed", ""},
    {"m['a']", 2, 1, "lists and dicts cannot be indexed", ""},
    {"i is", 3, 2, "expected null, not null, set or not set after is", "write == to compare"},
    {"i is 7", 3, 4, "expected null, not null, set or not set after is", "write == to compare"},
    {"i is not 7", 3, 8, "expected null, not null, set or not set after is", "write != to compare"},
    {"i is None", 3, 7, "expected null, not null, set or not set after is", "write null"},
    {"i is `set`", 3, 8, "expected null, not null, set or not set after is", "write == to compare"},
    {"i + 1 is set", 1, 5, "only a name can be tested with is set", ""},
    {"'a' is not set", 1, 3, "only a name can be tested with is set", ""},
    {"i is null == b", 11, 2, "a comparison with is cannot be chained",
        "put one of them in parentheses"},
    {"i is null is null", 11, 2, "a comparison with is cannot be chained",
        "put one of them in parentheses"},
    {"1 < i is null", 7, 2, "a comparison with is cannot be chained",
        "put one of them in parentheses"},
    {"i is null in l", 11, 2, "a comparison with is cannot be chained",
        "put one of them in parentheses"},
    {"i not 2", 3, 3, "unexpected not after a value", "write not in, or and not"},
    {"i not", 3, 3, "unexpected not after a value", "write not in, or and not"},
    {"i < 2 not", 7, 3, "unexpected not after a value", "write not in, or and not"},
    /* if */
    {"if b then 1", 1, 2, "expected a value before if", "write A if CONDITION else B"},
    {"1 if b", 3, 4, "if without else", "write A if CONDITION else B"},
    {"(1 if b) + 2", 4, 4, "if without else", "write A if CONDITION else B"},
    {"1 else 2", 3, 4, "else without if", "write A if CONDITION else B"},
    {"1 if b else", 12, 1, "expected a value at the end", ""},
    {"1 if else 2", 6, 4, "expected a value before else", ""},
    {"b then 2", 3, 4, "expected an operator before then", "write A if CONDITION else B"},
    /* parentheses and lists */
    {"()", 2, 1, "expected a value before )", ""},
    {"(1 + 2", 1, 1, "unclosed parenthesis", "close it with )"},
    {"((1)", 1, 1, "unclosed parenthesis", "close it with )"},
    {"(1 2)", 4, 1, "expected an operator or ) before 2", ""},
    {"i in (1, 2)", 8, 1, "unexpected ,", "write a list: [1, 2]"},
    {"1)", 2, 1, "unmatched )", ""},
    {"1]", 2, 1, "unmatched ]", ""},
    {"[1", 1, 2, "unclosed list", "close it with ]"},
    {"[1, [2]", 1, 7, "unclosed list", "close it with ]"},
    {"[", 1, 1, "unclosed list", "close it with ]"},
    {"[1 2]", 4, 1, "unexpected 2 in a list", "write a comma between the items"},
    {"[1, i]", 5, 1, "a list can only contain numbers, strings, true, false, null and lists",
        "compare one by one: x == a or x == b"},
    {"[1 + 2]", 4, 1, "unexpected + in a list", "write a comma between the items"},
    {"[,]", 2, 1, "a list can only contain numbers, strings, true, false, null and lists", ""},
    {"[-'a']", 2, 4, "a list can only contain numbers, strings, true, false, null and lists", ""},
    /* calls */
    {"mni(1, 2)", 1, 3, "unknown function mni", "did you mean min?"},
    {"startwith(s, 'a')", 1, 9, "unknown function startwith", "did you mean startswith?"},
    {"sqrt(2)", 1, 4, "unknown function sqrt",
        "the functions are min max abs floor ceil round log2 len startswith endswith subset inside "
        "type"
        " matches"},
    {"s.startswith('a')", 1, 12, "unknown function s.startswith",
        "it is not a method: write startswith(text, part)"},
    {"min()", 1, 5, "min takes at least 2 arguments, got 0", "write min(a, b, …)"},
    {"1 + min(1)", 5, 6, "min takes at least 2 arguments, got 1", "write min(a, b, …)"},
    {"abs(1, 2)", 1, 9, "abs takes 1 argument, got 2", "write abs(x)"},
    {"round(1.5, 1)", 1, 13, "round takes 1 argument, got 2", "write round(x)"},
    {"matches('a')", 1, 12, "matches takes 2 arguments, got 1", "write matches(text, glob)"},
    {"type()", 1, 6, "type takes 1 argument, got 0", "write type(x)"},
    {"abs(1", 1, 5, "unclosed call", "close it with )"},
    {"abs(", 5, 1, "expected a value at the end", ""},
    {"abs(1 2)", 7, 1, "expected an operator, a comma or ) before 2", ""},
    {"abs(,)", 5, 1, "expected a value before ,", ""},
    {"true(1)", 5, 1, "expected an operator before (", ""},
};

static const struct mistake types[] = {
    {"i + s", 5, 1, "+ takes int or float, but this is str", ""},
    {"'a' + 1", 1, 3, "+ takes int or float, but this is str", ""},
    {"'a' + 'b'", 1, 3, "+ takes int or float, but this is str", ""},
    {"1 - b", 5, 1, "- takes int or float, but this is bool", ""},
    {"l * 2", 1, 1, "* takes int or float, but this is list", ""},
    {"1 / m", 5, 1, "/ takes int or float, but this is dict", ""},
    {"(1 < 2) // 2", 1, 7, "// takes int or float, but this is bool", ""},
    {"1 % str_gone", 5, 8, "% takes int or float, but this is str", ""},
    {"null + 'a'", 8, 3, "+ takes int or float, but this is str", ""},
    {"-s", 2, 1, "- takes int or float, but this is str", ""},
    {"i < s", 1, 5, "< cannot compare a number with a str", ""},
    {"s >= 1.5", 1, 8, ">= cannot compare a str with a number", ""},
    {"0 < 1 < s", 5, 5, "< cannot compare a number with a str", ""},
    {"b < no", 1, 1, "< takes int, float or str, but this is bool", ""},
    {"i <= l", 6, 1, "<= takes int, float or str, but this is list", ""},
    {"null > true", 8, 4, "> takes int, float or str, but this is bool", ""},
    {"'a' in i", 8, 1, "in takes str, list or dict, but this is int", ""},
    {"i in s", 1, 1, "the left side of in takes str, but this is int", ""},
    {"i not in m", 1, 1, "the left side of in takes str, but this is int", ""},
    {"[1] in dict_or_str", 1, 3, "the left side of in takes str, but this is list", ""},
    {"i and b", 1, 1, "and takes bool, but this is int", "compare it: … != 0"},
    {"b and s", 7, 1, "and takes bool, but this is str", "compare it: … == …"},
    {"int_gone or b", 1, 8, "or takes bool, but this is int", "compare it: … is not null"},
    {"b or not i", 10, 1, "not takes bool, but this is int", "compare it: … != 0"},
    {"not 5", 5, 1, "not takes bool, but this is int", "compare it: … != 0"},
    {"1 if i else 2", 6, 1, "if takes bool, but this is int", "compare it: … != 0"},
    {"1 if (1 if b else 2) else 2", 6, 15, "if takes bool, but this is int", "compare it: … != 0"},
    {"min(1, s)", 8, 1, "min takes int or float, but this is str", ""},
    {"max(1, 2, 3, b)", 14, 1, "max takes int or float, but this is bool", ""},
    {"abs('a')", 5, 3, "abs takes int or float, but this is str", ""},
    {"log2(b)", 6, 1, "log2 takes int or float, but this is bool", ""},
    {"len(5)", 5, 1, "len takes str, list or dict, but this is int", ""},
    {"startswith(s, 1)", 15, 1, "startswith takes str, but this is int", ""},
    {"subset(l, m)", 11, 1, "subset takes list, but this is dict", ""},
    {"inside(l, s)", 8, 1, "inside takes str, but this is list", ""},
    {"matches(s, null) and matches(1, s)", 30, 1, "matches takes str, but this is int", ""},
};

#define FAIL(name)                                                                                 \
    START_TEST(name##_fail)                                                                        \
    {                                                                                              \
        struct expr_error error = {0};                                                             \
        struct expr *expr = compile_names(name[_i].text, true, &error);                            \
        ck_assert_msg(expr == NULL, "%s compiles", name[_i].text);                                 \
        check_error(&name[_i], &error);                                                            \
        ck_assert_ptr_null(compile_names(name[_i].text, true, NULL));                              \
    }                                                                                              \
    END_TEST

FAIL(words)
FAIL(grammar)
FAIL(types)

/* --- evaluation --------------------------------------------------------------------------- */

/* The kinds of names are not known here, so types are only checked during evaluation. */
static const struct mistake evaluations[] = {
    {"1 + 1 // 0", 5, 6, "division by zero", ""},
    {"i % 0", 1, 5, "division by zero", ""},
    {"1 / 0", 1, 5, "division by zero", ""},
    {"1 / 0.0", 1, 7, "division by zero", ""},
    {"1.5 // 0", 1, 8, "division by zero", ""},
    {"f % 0.0", 1, 7, "division by zero", ""},
    {"big + 1", 1, 7, "the result does not fit into 64 bits", ""},
    {"-big - 2", 1, 8, "the result does not fit into 64 bits", ""},
    {"2 * (big * 2)", 6, 7, "the result does not fit into 64 bits", ""},
    {"-(-9223372036854775808)", 1, 23, "the result does not fit into 64 bits", ""},
    {"--9223372036854775808", 1, 21, "the result does not fit into 64 bits", ""},
    {"-9223372036854775808 // -1", 1, 26, "the result does not fit into 64 bits", ""},
    {"abs(-9223372036854775808)", 1, 25, "the result does not fit into 64 bits", ""},
    {"floor(1e19)", 1, 11, "the result does not fit into 64 bits", ""},
    {"ceil(9223372036854775808.0)", 1, 27, "the result does not fit into 64 bits", ""},
    {"round(-1e19)", 1, 12, "the result does not fit into 64 bits", ""},
    {"1e308 * 10", 1, 10, "the result is too large for a float", ""},
    {"-1e308 - 1e308", 1, 14, "the result is too large for a float", ""},
    {"1 / 5e-324", 1, 10, "the result is too large for a float", ""},
    {"1e308 // 0.1", 1, 12, "the result does not fit into 64 bits", ""},
    {"log2(0)", 1, 7, "log2 of a number that is not positive", ""},
    {"log2(-0.5)", 1, 10, "log2 of a number that is not positive", ""},
    {"i + s", 1, 5, "+ takes int or float, not a str", ""},
    {"b * 2", 1, 5, "* takes int or float, not a bool", ""},
    {"gone + s", 1, 8, "+ takes int or float, not a str", ""},
    {"-l", 1, 2, "- takes int or float, not a list", ""},
    {"b == (i < s)", 7, 5, "< compares an int with a str", ""},
    {"1 < i > s", 5, 5, "> compares an int with a str", ""},
    {"b < no", 1, 6, "< takes int, float or str, not a bool", ""},
    {"gone < l", 1, 8, "< takes int, float or str, not a list", ""},
    {"i in f", 1, 6, "in takes str, list or dict, not a float", ""},
    {"i in s", 1, 6, "the left side of in takes str, not an int", ""},
    {"l not in m", 1, 10, "the left side of in takes str, not a list", ""},
    {"i and b", 1, 1, "and takes bool, not an int", ""},
    {"b and s", 7, 1, "and takes bool, not a str", ""},
    {"no or gone or m", 15, 1, "or takes bool, not a dict", ""},
    {"s or b", 1, 1, "or takes bool, not a str", ""},
    {"b and not i", 11, 1, "not takes bool, not an int", ""},
    {"'x' if i else 'y'", 8, 1, "if takes bool, not an int", ""},
    {"1 if b and i else 2", 12, 1, "and takes bool, not an int", ""},
    {"min(1, s)", 1, 9, "min takes int or float, not a str", ""},
    {"max(gone, b)", 1, 12, "max takes int or float, not a bool", ""},
    {"len(i) > 2", 1, 6, "len takes str, list or dict, not an int", ""},
    {"startswith(s, i)", 1, 16, "startswith takes str, not an int", ""},
    {"subset(l, gone) or subset(l, m)", 20, 12, "subset takes list, not a dict", ""},
};

START_TEST(evaluation_fails)
{
    const struct mistake *mistake = &evaluations[_i];
    struct expr *expr = compile_good(mistake->text, false);
    struct expr_error error = {0};
    struct expr_value value;
    ck_assert_msg(
        !expr_eval(expr, expr_slots_of_names, &value, &error), "%s has a value", mistake->text);
    check_error(mistake, &error);
    ck_assert(!expr_eval(expr, expr_slots_of_names, &value, NULL));
    ck_assert(!expr_holds(expr, expr_slots_of_names));
    expr_free(expr);
}
END_TEST

/* The kinds that the scope has promised are checked. */
START_TEST(broken_promises)
{
    struct expr_value slots[N_NAMES], value;
    struct expr_error error = {0};
    memcpy(slots, expr_slots_of_names, sizeof slots);
    slots[slot_of("i")] = (struct expr_value){.kind = EXPR_STRING, .text = "7", .length = 1};
    slots[slot_of("f")] = (struct expr_value){.kind = EXPR_FLOAT, .number = 1e308 * 10};
    slots[slot_of("b")] = (struct expr_value){.kind = EXPR_ABSENT};
    static const struct mistake broken[] = {
        {"1 + i", 5, 1, "this is a str, not int", ""},
        {"f", 1, 1, "this is not a finite number", ""},
        {"no or b", 7, 1, "this is null, not bool", ""},
        {"int_gone == 1 or b == no", 18, 1, "this is null, not bool", ""},
    };
    for (size_t i = 0; i < COUNT(broken); i++) {
        struct expr *expr = compile_good(broken[i].text, true);
        ck_assert(!expr_eval(expr, slots, &value, &error));
        check_error(&broken[i], &error);
        expr_free(expr);
    }
    struct expr *expr = compile_good("b is not set and i is set", true);
    ck_assert(expr_holds(expr, slots));
    expr_free(expr);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("expr problems");
    TCase *tc = add_case(suite, "problems");
    tcase_add_checked_fixture(tc, make_values, free_values);
    tcase_add_loop_test(tc, words_fail, 0, (int)COUNT(words));
    tcase_add_loop_test(tc, grammar_fail, 0, (int)COUNT(grammar));
    tcase_add_loop_test(tc, types_fail, 0, (int)COUNT(types));
    tcase_add_loop_test(tc, evaluation_fails, 0, (int)COUNT(evaluations));
    tcase_add_test(tc, broken_promises);
    return check_main(suite);
}
