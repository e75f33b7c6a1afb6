/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util/decimal.h"

__extension__ typedef unsigned __int128 decimal_wide;

/* --- natural numbers ------------------------------------------------------------------------ */

enum {
    NATURAL_BASE = 1000000000,
    NATURAL_DIGITS = 9, /* of a limb */
    /* Numbers of DECIMAL_MAX_DIGITS digits aligned to each other, times 2^64, and the limbs that
     * decimal_between() adds. */
    NATURAL_LIMBS = 110,
};

/* The lowest limb first; the highest is not 0. */
struct natural {
    size_t n;
    uint32_t limbs[NATURAL_LIMBS];
};

static void natural_trim(struct natural *a)
{
    while (a->n > 0 && a->limbs[a->n - 1] == 0)
        a->n--;
}

/* a × factor + carry */
static void natural_multiply(struct natural *a, uint64_t factor, uint32_t carry)
{
    decimal_wide rest = carry;
    for (size_t i = 0; i < a->n; i++) {
        rest += (decimal_wide)a->limbs[i] * factor;
        a->limbs[i] = (uint32_t)(rest % NATURAL_BASE);
        rest /= NATURAL_BASE;
    }
    for (; rest > 0; rest /= NATURAL_BASE)
        a->limbs[a->n++] = (uint32_t)(rest % NATURAL_BASE);
    natural_trim(a);
}

static void natural_append_zeros(struct natural *a, size_t zeros)
{
    size_t limbs = zeros / NATURAL_DIGITS;
    for (size_t i = zeros % NATURAL_DIGITS; i > 0; i--)
        natural_multiply(a, 10, 0);
    if (a->n == 0)
        return;
    memmove(a->limbs + limbs, a->limbs, a->n * sizeof *a->limbs);
    memset(a->limbs, 0, limbs * sizeof *a->limbs);
    a->n += limbs;
}

static int natural_compare(const struct natural *a, const struct natural *b)
{
    if (a->n < b->n)
        return -1;
    if (a->n > b->n)
        return 1;
    for (size_t i = a->n; i-- > 0;) {
        if (a->limbs[i] < b->limbs[i])
            return -1;
        if (a->limbs[i] > b->limbs[i])
            return 1;
    }
    return 0;
}

/* Adds b to a. */
static void natural_add(struct natural *a, const struct natural *b)
{
    uint32_t carry = 0;
    for (size_t i = 0; i < b->n || carry > 0; i++) {
        if (i == a->n)
            a->limbs[a->n++] = 0;
        uint32_t sum = a->limbs[i] + carry;
        if (i < b->n)
            sum += b->limbs[i];
        carry = sum / NATURAL_BASE;
        a->limbs[i] = sum % NATURAL_BASE;
    }
}

/* Subtracts b, which is not larger, from a. */
static void natural_subtract(struct natural *a, const struct natural *b)
{
    uint32_t borrow = 0;
    for (size_t i = 0; i < b->n || borrow > 0; i++) {
        uint32_t taken = borrow;
        if (i < b->n)
            taken += b->limbs[i];
        borrow = a->limbs[i] < taken;
        a->limbs[i] += borrow * NATURAL_BASE - taken;
    }
    natural_trim(a);
}

/* Divides a; returns the remainder. */
static decimal_wide natural_divide(struct natural *a, decimal_wide divisor)
{
    decimal_wide rest = 0;
    for (size_t i = a->n; i-- > 0;) {
        rest = rest * NATURAL_BASE + a->limbs[i];
        a->limbs[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    natural_trim(a);
    return rest;
}

/* --- signed sums ---------------------------------------------------------------------------- */

/* A whole number of units of 10^exponent. */
struct decimal_sum {
    bool negative;
    int exponent;
    struct natural units;
};

static void decimal_units(const struct decimal *number, int exponent, struct natural *out)
{
    out->n = 0;
    for (int i = 0; i < number->n;) {
        uint32_t scale = 1, limb = 0;
        for (; i < number->n && scale < NATURAL_BASE; i++) {
            limb = 10 * limb + (uint32_t)(number->digits[i] - '0');
            scale *= 10;
        }
        natural_multiply(out, scale, limb);
    }
    if (number->n > 0)
        natural_append_zeros(out, (size_t)(number->exponent - exponent));
}

/* a × times_a + b × times_b */
static void decimal_combine(const struct decimal *a, uint64_t times_a, const struct decimal *b,
    uint64_t times_b, struct decimal_sum *out)
{
    struct natural other;
    out->exponent = a->exponent;
    if (a->n == 0 || (b->n > 0 && b->exponent < a->exponent))
        out->exponent = b->exponent;
    out->negative = a->negative;
    decimal_units(a, out->exponent, &out->units);
    decimal_units(b, out->exponent, &other);
    natural_multiply(&out->units, times_a, 0);
    natural_multiply(&other, times_b, 0);
    if (a->negative == b->negative) {
        natural_add(&out->units, &other);
        return;
    }
    if (natural_compare(&out->units, &other) < 0) {
        const struct natural larger = other;
        other = out->units;
        out->units = larger;
        out->negative = b->negative;
    }
    natural_subtract(&out->units, &other);
}

/* Removes zeros at both ends. */
static void decimal_normalize(struct decimal *number)
{
    int zeros = 0;
    while (zeros < number->n && number->digits[zeros] == '0')
        zeros++;
    number->n -= zeros;
    memmove(number->digits, number->digits + zeros, (size_t)number->n);
    while (number->n > 0 && number->digits[number->n - 1] == '0') {
        number->n--;
        number->exponent++;
    }
    if (number->n == 0) {
        number->exponent = 0;
        number->negative = false;
    }
}

static void decimal_of_sum(const struct decimal_sum *sum, struct decimal *out)
{
    out->negative = sum->negative;
    out->exponent = sum->exponent;
    out->n = (int)sum->units.n * NATURAL_DIGITS;
    char *digit = out->digits + out->n;
    for (size_t i = 0; i < sum->units.n; i++) {
        uint32_t limb = sum->units.limbs[i];
        for (int k = 0; k < NATURAL_DIGITS; k++) {
            *--digit = (char)('0' + limb % 10);
            limb /= 10;
        }
    }
    decimal_normalize(out);
}

/* --- numbers -------------------------------------------------------------------------------- */

/* The exponent at `p`, which is after the "e"; capped, far outside of what is allowed. */
static int decimal_read_exponent(const char *p, const char *end)
{
    bool negative = p < end && *p == '-';
    int exponent = 0;
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    for (; p < end && exponent < INT_MAX / 20; p++)
        exponent = 10 * exponent + (*p - '0');
    if (negative)
        return -exponent;
    return exponent;
}

bool decimal_read(const char *text, size_t length, struct decimal *out)
{
    const char *p = text, *end = text + length;
    bool after_point = false;
    *out = (struct decimal){.negative = length > 0 && *text == '-'};
    if (out->negative)
        p++;
    for (; p < end && (*p == '.' || isdigit((unsigned char)*p)); p++) {
        if (*p == '.') {
            after_point = true;
            continue;
        }
        if (after_point)
            out->exponent--;
        if (out->n == 0 && *p == '0')
            continue;
        if (out->n == DECIMAL_SPACE)
            return false;
        out->digits[out->n++] = *p;
    }
    if (out->n == 0) {
        *out = (struct decimal){0};
        return true;
    }
    if (p < end)
        out->exponent += decimal_read_exponent(p + 1, end);
    decimal_normalize(out);
    int first = out->exponent + out->n;
    return out->n <= DECIMAL_MAX_DIGITS && first <= DECIMAL_MAX_EXPONENT &&
           first >= -DECIMAL_MAX_EXPONENT;
}

int decimal_compare(const struct decimal *a, const struct decimal *b)
{
    struct decimal negated = *b;
    struct decimal_sum sum;
    negated.negative = !b->negative;
    decimal_combine(a, 1, &negated, 1, &sum);
    if (sum.units.n == 0)
        return 0;
    return sum.negative ? -1 : 1;
}

void decimal_step(
    const struct decimal *start, const struct decimal *step, uint64_t times, struct decimal *out)
{
    struct decimal_sum sum;
    decimal_combine(start, 1, step, times, &sum);
    decimal_of_sum(&sum, out);
}

void decimal_between(const struct decimal *lo, const struct decimal *hi, struct decimal_fraction at,
    int digits, struct decimal *out)
{
    /* More limbs of the quotient than are rounded away, even after a division by 2^64. */
    enum { EXTRA_LIMBS = 5 };
    struct decimal_sum sum;
    if (at.numerator == 0) {
        *out = *lo;
        decimal_round(out, digits);
        return;
    }
    decimal_wide divisor = at.denominator;
    if (at.denominator == 0)
        divisor = (decimal_wide)1 << 64;
    decimal_combine(lo, (uint64_t)(divisor - at.numerator), hi, at.numerator, &sum);
    natural_append_zeros(&sum.units, (size_t)EXTRA_LIMBS * NATURAL_DIGITS);
    sum.exponent -= EXTRA_LIMBS * NATURAL_DIGITS;
    bool inexact = natural_divide(&sum.units, divisor) > 0;
    decimal_of_sum(&sum, out);
    if (inexact && out->n > 0 && out->n < DECIMAL_SPACE) {
        /* One more digit, which is far below the rounded ones, tells it from a tie. */
        while (out->exponent > sum.exponent) {
            out->digits[out->n++] = '0';
            out->exponent--;
        }
        out->digits[out->n++] = '1';
        out->exponent--;
    }
    decimal_round(out, digits);
}

void decimal_round(struct decimal *number, int digits)
{
    if (number->n <= digits)
        return;
    char next = number->digits[digits];
    bool is_tie = next == '5' && number->n == digits + 1;
    bool is_odd = (number->digits[digits - 1] - '0') % 2 != 0;
    number->exponent += number->n - digits;
    number->n = digits;
    if (next > '5' || (next == '5' && !is_tie) || (is_tie && is_odd)) {
        int i = digits - 1;
        while (i >= 0 && number->digits[i] == '9')
            number->digits[i--] = '0';
        if (i >= 0) {
            number->digits[i]++;
        } else { /* 999 becomes 1000 */
            number->digits[0] = '1';
            number->n = 1;
            number->exponent += digits;
        }
    }
    decimal_normalize(number);
}

bool decimal_is_whole(const struct decimal *number)
{
    return number->exponent >= 0;
}

bool decimal_to_int(const struct decimal *number, int64_t *out)
{
    uint64_t limit = (uint64_t)INT64_MAX + number->negative, value = 0;
    if (number->exponent < 0 || number->n + number->exponent > 19)
        return false;
    for (int i = 0; i < number->n + number->exponent; i++) {
        value *= 10;
        if (i < number->n)
            value += (uint64_t)(number->digits[i] - '0');
    }
    if (value > limit)
        return false;
    *out = (int64_t)(number->negative ? -value : value);
    return true;
}

double decimal_to_double(const struct decimal *number)
{
    /* Without a point, strtod() reads the same in every locale. */
    char text[DECIMAL_SPACE + 32];
    snprintf(text, sizeof text, "%s%.*s%se%d", number->negative ? "-" : "", number->n,
        number->digits, number->n == 0 ? "0" : "", number->exponent);
    return strtod(text, NULL);
}
