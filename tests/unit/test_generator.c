/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/number.h"
#include "tests/unit/spec_helper.h"

/* --- values ------------------------------------------------------------------------------- */

static const struct {
    const char *axis, *labels;
} axes[] = {
    {"{\"range\": [0.1, 0.5, 0.1]}", "0.1 0.2 0.3 0.4 0.5"},
    {"{\"range\": [5, 1, -2]}", "5 3 1"},
    {"{\"range\": [1, 3]}", "1 2 3"},
    {"{\"range\": [1, 3.5]}", "1.0 2.0 3.0"},
    {"{\"range\": [1, 1]}", "1"},
    {"{\"range\": [0, 1, 0.5]}", "0.0 0.5 1.0"},
    {"{\"range\": [1e-5, 3e-5, 1e-5]}", "1e-05 2e-05 3e-05"},
    {"{\"range\": [1.0, 2]}", "1.0 2.0"},
    {"{\"range\": [-1, 1]}", "-1 0 1"},
    {"{\"linspace\": [0, 100, 5]}", "0 25 50 75 100"},
    {"{\"linspace\": [0, 1, 4]}", "0.0 0.333333 0.666667 1.0"},
    {"{\"linspace\": [0, 1, 4], \"digits\": 2}", "0.0 0.33 0.67 1.0"},
    {"{\"linspace\": [0, 1, 4], \"digits\": 17}", "0.0 0.3333333333333333 0.6666666666666666 1.0"},
    {"{\"linspace\": [1, 0, 3]}", "1.0 0.5 0.0"},
    {"{\"linspace\": [7, 9, 1]}", "7"},
    {"{\"linspace\": [0.123456789, 1, 1]}", "0.123456789"},
    {"{\"linspace\": [0.123456789, 1.0, 2]}", "0.123456789 1.0"},
    {"{\"linspace\": [0, 10000001, 3]}", "0 5000000 10000001"}, /* a tie at 6 digits */
    {"{\"logspace\": [1e-5, 1e-3, 5]}", "1e-05 3.16228e-05 0.0001 0.000316228 0.001"},
    {"{\"logspace\": [8, 64, 4]}", "8 16 32 64"},
    {"{\"logspace\": [64, 8, 4]}", "64 32 16 8"},
    {"{\"logspace\": [10, 1000, 4]}", "10.0 46.4159 215.443 1000.0"},
    {"{\"// why\": 1, \"logspace\": [1, 4, 3]}", "1 2 4"},
};

START_TEST(values)
{
    CLEANUP_STRBUF struct strbuf part = {0}, labels = {0}, written = {0};
    strbuf_printf(&part, "\"grid\": {\"x.y\": %s}", axes[_i].axis);
    enum sweep_code code = read_part(part.data);
    ck_assert_msg(code == SWEEP_OK, "%s: %s", axes[_i].axis, message_at(findings, 0));
    const struct assignment *axis = &spec.axes.items[0];
    for (size_t i = 0; i < axis->n_choices; i++) {
        const struct choice *choice = &axis->choices[i];
        strbuf_printf(&labels, "%s%s", i > 0 ? " " : "", choice->label);
        strbuf_puts(&written, i > 0 ? " " : "");
        number_write_repr(&written, choice->operations.items[0].value);
        ck_assert_uint_eq(choice->place.line, 1);
        ck_assert_uint_eq(choice->place.column, 44);
    }
    assert_buffer(labels, axes[_i].labels);
    assert_buffer(written, axes[_i].labels);
}
END_TEST

/* --- mistakes ------------------------------------------------------------------------------- */

static const struct {
    const char *axis, *code, *message, *hint; /* hint NULL: not looked at */
} mistakes[] = {
    {"{\"range\": [1]}", "bad-generator", "range takes [lo, hi] or [lo, hi, step]", NULL},
    {"{\"range\": [1, 2, 3, 4]}", "bad-generator", "range takes", NULL},
    {"{\"range\": 3}", "bad-generator", "range takes", NULL},
    {"{\"range\": [1, \"2\"]}", "wrong-type", "expected a number, got \"2\"", "remove the quotes"},
    {"{\"range\": [1, true]}", "wrong-type", "expected a number, got true", NULL},
    {"{\"range\": [1, 5, 0]}", "bad-generator", "step of a range cannot be 0", NULL},
    {"{\"range\": [1, 5, 0.0]}", "bad-generator", "step of a range cannot be 0", NULL},
    {"{\"range\": [5, 1]}", "empty-axis", "the range has no values", "negative step"},
    {"{\"range\": [1, 5, -1]}", "empty-axis", "the range has no values", "positive step"},
    {"{\"range\": [1, 1e9]}", "too-many-runs", "more than 100000 values", NULL},
    {"{\"range\": [0, 1, 1e-300]}", "too-many-runs", "more than 100000 values", NULL},
    {"{\"range\": [1, 2], \"digits\": 3}", "unknown-key", "\"range\" has no \"digits\"", NULL},
    {"{\"linspace\": [0, 1]}", "bad-generator", "linspace takes [lo, hi, n]", NULL},
    {"{\"linspace\": [0, 1, 0]}", "bad-generator", "positive int, got 0", NULL},
    {"{\"linspace\": [0, 1, 2.0]}", "bad-generator", "positive int, got 2.0", NULL},
    {"{\"linspace\": [0, 1, 100001]}", "too-many-runs", "more than 100000 values", NULL},
    {"{\"linspace\": [0, 1, 3], \"digits\": 0}", "bad-generator", "from 1 to 17", NULL},
    {"{\"linspace\": [0, 1, 3], \"digits\": 18}", "bad-generator", "from 1 to 17", NULL},
    {"{\"linspace\": [0, 1, 3], \"digits\": \"3\"}", "bad-generator", "from 1 to 17", NULL},
    {"{\"linspace\": [0, 1, 3], \"digit\": 3}", "unknown-key", "has no \"digit\"", "\"digits\"?"},
    {"{\"linspace\": [0, 1, 3], \"range\": [1, 2]}", "bad-generator", "cannot have both", NULL},
    {"{\"linspace\": [1.79e308, 1.792e308, 3], \"digits\": 2}", "number-range", "1.8e308",
        "digits"},
    {"{\"logspace\": [0, 1, 3]}", "bad-generator", "must be positive", "not exponents"},
    {"{\"logspace\": [1, -1, 3]}", "bad-generator", "must be positive", NULL},
    {"{\"logspace\": [1, 1, 3]}", "duplicate-value", "twice", NULL},
    {"{\"lispace\": [0, 1, 3]}", "unknown-key", "has no \"lispace\"", "\"linspace\"?"},
    {"{\"values\": [0, 1]}", "unknown-key", "has no \"values\"", "write the list itself"},
    {"{\"min\": 0, \"max\": 1}", "unknown-key", "has no \"min\"", "uniform"},
    {"{\"uniform\": [0, 1]}", "bad-generator", "needs \"sample\"", "\"sample\""},
    {"{\"zzzzzzzz\": 1}", "wrong-type", "must be a list of values, got dict", "range"},
    {"{}", "wrong-type", "must be a list of values, got dict", "range"},
};

START_TEST(mistake)
{
    CLEANUP_STRBUF struct strbuf part = {0};
    strbuf_printf(&part, "\"grid\": {\"x.y\": %s}", mistakes[_i].axis);
    enum sweep_code code = read_part(part.data);
    ck_assert_int_eq(code, SWEEP_INVALID);
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), 1);
    ck_assert_msg(strcmp(code_at(findings, 0), mistakes[_i].code) == 0 &&
                      strstr(message_at(findings, 0), mistakes[_i].message) != NULL,
        "%s: %s %s", mistakes[_i].axis, code_at(findings, 0), message_at(findings, 0));
    if (mistakes[_i].hint != NULL)
        ck_assert_msg(strstr(hint_at(findings, 0), mistakes[_i].hint) != NULL, "hint: %s",
            hint_at(findings, 0));
}
END_TEST

/* A wrong type is reported once, not for each value. */
START_TEST(one_finding_for_all_values)
{
    ck_assert_int_eq(
        read_part("\"grid\": {\"batch_size\": {\"linspace\": [1, 2, 50]}}"), SWEEP_INVALID);
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), 1);
    ck_assert_str_eq(code_at(findings, 0), "wrong-type");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("generator");
    TCase *tc = add_case(suite, "generator");
    tcase_add_checked_fixture(tc, spec_set_up, spec_tear_down);
    tcase_add_loop_test(tc, values, 0, (int)COUNT(axes));
    tcase_add_loop_test(tc, mistake, 0, (int)COUNT(mistakes));
    tcase_add_test(tc, one_finding_for_all_values);
    return check_main(suite);
}
