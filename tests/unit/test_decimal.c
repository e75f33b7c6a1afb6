/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/util/decimal.h"
#include "lib/util/log_scale.h"
#include "tests/unit/check_main.h"

static struct decimal number(const char *text)
{
    struct decimal out;
    ck_assert_msg(decimal_read(text, strlen(text), &out), "%s", text);
    return out;
}

/* As [-]digits e exponent; zero is "0e0". */
static void assert_decimal(const struct decimal *got, const char *wanted)
{
    char text[DECIMAL_SPACE + 32];
    snprintf(text, sizeof text, "%s%.*s%se%d", got->negative ? "-" : "", got->n, got->digits,
        got->n == 0 ? "0" : "", got->exponent);
    ck_assert_str_eq(text, wanted);
}

static const struct {
    const char *text, *wanted; /* NULL: not read */
} numbers[] = {
    {"0", "0e0"},
    {"-0", "0e0"},
    {"-0.000e5", "0e0"},
    {"100", "1e2"},
    {"-12.50", "-125e-1"},
    {"0.001", "1e-3"},
    {"1e-5", "1e-5"},
    {"1.50E+3", "15e2"},
    {"9223372036854775807", "9223372036854775807e0"},
    {"1e399", "1e399"},
    {"1e400", NULL},
    {"1e-401", "1e-401"},
    {"1e-402", NULL},
    {"1e99999999999", NULL},
    {"0e99999999999", "0e0"},
};

START_TEST(reading)
{
    struct decimal out;
    const char *text = numbers[_i].text;
    bool valid = decimal_read(text, strlen(text), &out);
    ck_assert_int_eq(valid, numbers[_i].wanted != NULL);
    if (valid)
        assert_decimal(&out, numbers[_i].wanted);
}
END_TEST

START_TEST(many_digits)
{
    char text[2 * DECIMAL_SPACE + 1];
    struct decimal out;
    memset(text, '3', sizeof text);
    ck_assert(decimal_read(text, DECIMAL_MAX_DIGITS, &out));
    ck_assert(!decimal_read(text, DECIMAL_MAX_DIGITS + 1, &out));
    ck_assert(!decimal_read(text, sizeof text, &out));
    memset(text, '0', sizeof text);
    text[0] = '1';
    ck_assert(decimal_read(text, 300, &out));
    assert_decimal(&out, "1e299");
}
END_TEST

static const struct {
    const char *a, *b;
    int wanted;
} pairs[] = {{"0", "-0.0", 0}, {"1", "1.0", 0}, {"1", "1.0000000001", -1}, {"-1", "1", -1},
    {"-1", "-2", 1}, {"1e300", "1e-300", 1}, {"0", "1e-300", -1}, {"123456789", "1234567890e-1", 0},
    {"1e9", "999999999", 1}};

START_TEST(comparing)
{
    struct decimal a = number(pairs[_i].a), b = number(pairs[_i].b);
    ck_assert_int_eq(decimal_compare(&a, &b), pairs[_i].wanted);
    ck_assert_int_eq(decimal_compare(&b, &a), -pairs[_i].wanted);
}
END_TEST

static const struct {
    const char *start, *step;
    uint64_t times;
    const char *wanted;
} steps[] = {
    {"0.1", "0.1", 2, "3e-1"},
    {"5", "-2", 2, "1e0"},
    {"1", "-1", 1, "0e0"},
    {"1", "-3", 1, "-2e0"},
    {"-1", "1e-300", 0, "-1e0"},
    {"999999999", "1", 1, "1e9"},
    {"0", "1", UINT64_MAX, "18446744073709551615e0"},
};

START_TEST(stepping)
{
    struct decimal start = number(steps[_i].start), step = number(steps[_i].step), out;
    decimal_step(&start, &step, steps[_i].times, &out);
    assert_decimal(&out, steps[_i].wanted);
}
END_TEST

static const struct {
    const char *lo, *hi;
    struct decimal_fraction at;
    int digits;
    const char *linear, *logarithmic; /* NULL: not for this pair */
} betweens[] = {
    {"0", "1", {1, 3}, 6, "333333e-6", NULL},
    {"0", "1", {2, 3}, 6, "666667e-6", NULL},
    {"0", "1", {1, 2}, 1, "5e-1", NULL},
    {"0", "100", {1, 4}, 6, "25e0", NULL},
    {"1", "2", {1, 2}, 1, "2e0", "1e0"},     /* 1.5: a tie; 1.41… */
    {"2", "3", {1, 2}, 1, "2e0", "2e0"},     /* 2.5: a tie; 2.44… */
    {"1", "2.25", {1, 2}, 1, "2e0", "2e0"},  /* 1.625; 1.5 exactly: a tie */
    {"2", "3.125", {1, 2}, 1, "3e0", "2e0"}, /* 2.5625; 2.5 exactly: a tie */
    {"-1", "1", {1, 2}, 6, "0e0", NULL},
    {"3", "1", {1, 4}, 6, "25e-1", "227951e-5"},
    {"0", "2", {UINT64_C(1) << 63, 0}, 6, "1e0", NULL},
    {"1e-5", "1e-3", {UINT64_C(1) << 63, 0}, 6, "505e-6", "1e-4"},
    {"1e-5", "1e-3", {0, 0}, 6, "1e-5", "1e-5"},
    {"1e-5", "1e-3", {UINT64_MAX, 0}, 6, "1e-3", "1e-3"},
    {"1e-5", "1e-3", {UINT64_MAX, 0}, 17, "1e-3", "1e-3"},
    {"1e-300", "1e300", {1, 2}, 6, "5e299", "1e0"},
    {"8", "64", {1, 3}, 6, "266667e-4", "16e0"},
    {"10", "1000", {1, 3}, 6, "34e1", "464159e-4"},
    {"1234567", "1234569", {1, 2}, 6, "123457e1", "123457e1"},
    {"9.9999999", "9.9999999", {1, 2}, 3, "1e1", "1e1"},
};

START_TEST(between)
{
    struct decimal lo = number(betweens[_i].lo), hi = number(betweens[_i].hi), out;
    decimal_between(&lo, &hi, betweens[_i].at, betweens[_i].digits, &out);
    assert_decimal(&out, betweens[_i].linear);
    if (betweens[_i].logarithmic == NULL)
        return;
    struct log_scale scale;
    log_scale_init(&scale, &lo, &hi);
    log_scale_at(&scale, betweens[_i].at, betweens[_i].digits, &out);
    assert_decimal(&out, betweens[_i].logarithmic);
}
END_TEST

/* The constants of log_scale.c: the logarithm of 10 is exactly 1, and 10^(k/18) to 17 digits. */
START_TEST(logarithms)
{
    struct decimal lo = number("1"), hi = number("1e18"), out;
    struct log_scale scale;
    log_scale_init(&scale, &lo, &hi);
    for (uint64_t k = 0; k <= 18; k++) {
        char wanted[16];
        log_scale_at(&scale, (struct decimal_fraction){k, 18}, 17, &out);
        snprintf(wanted, sizeof wanted, "1e%d", (int)k);
        assert_decimal(&out, wanted);
    }
    hi = number("10");
    log_scale_init(&scale, &lo, &hi);
    log_scale_at(&scale, (struct decimal_fraction){1, 2}, 17, &out);
    assert_decimal(&out, "31622776601683793e-16");
    log_scale_at(&scale, (struct decimal_fraction){1, 18}, 17, &out);
    assert_decimal(&out, "11364636663857247e-16");
}
END_TEST

START_TEST(conversions)
{
    int64_t whole;
    struct decimal x = number("-9223372036854775808");
    ck_assert(decimal_is_whole(&x) && decimal_to_int(&x, &whole));
    ck_assert_int_eq(whole, INT64_MIN);
    x = number("9223372036854775808");
    ck_assert(decimal_is_whole(&x) && !decimal_to_int(&x, &whole));
    x = number("1e300");
    ck_assert(decimal_is_whole(&x) && !decimal_to_int(&x, &whole));
    x = number("0.5");
    ck_assert(!decimal_is_whole(&x) && !decimal_to_int(&x, &whole));
    x = number("0");
    ck_assert(decimal_to_int(&x, &whole));
    ck_assert_int_eq(whole, 0);
    x = number("120");
    ck_assert(decimal_to_int(&x, &whole));
    ck_assert_int_eq(whole, 120);
    ck_assert_double_eq(decimal_to_double(&x), 120);
    x = number("-0.1");
    ck_assert_double_eq(decimal_to_double(&x), -0.1);
    x = number("2e308");
    ck_assert(decimal_to_double(&x) > 1e308);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("decimal");
    TCase *tc = add_case(suite, "numbers");
    tcase_add_loop_test(tc, reading, 0, (int)COUNT(numbers));
    tcase_add_test(tc, many_digits);
    tcase_add_loop_test(tc, comparing, 0, (int)COUNT(pairs));
    tcase_add_test(tc, conversions);
    tc = add_case(suite, "between");
    tcase_add_loop_test(tc, stepping, 0, (int)COUNT(steps));
    tcase_add_loop_test(tc, between, 0, (int)COUNT(betweens));
    tcase_add_test(tc, logarithms);
    return check_main(suite);
}
