/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/util/log_scale.h"

#include <string.h>

__extension__ typedef unsigned __int128 log_scale_wide;

enum {
    LOG_SCALE_LIMBS = 4,
    LOG_SCALE_BITS = 192,        /* after the point */
    LOG_SCALE_HALVINGS = 8,      /* of the exponential's argument */
    LOG_SCALE_TERMS = 24,        /* (2.31 / 2^8)^24 / 24! is below 2^-240 */
    LOG_SCALE_GUARD_DIGITS = 45, /* of 54: what is exact in decimal is exact after this rounding */
};

static const struct log_scale_fixed log_scale_ln10 = {
    {0x8a3fb3e76977e43a, 0xa95b58ae0b4c28a3, 0x4d763776aaa2b05b, 2}};
static const struct log_scale_fixed log_scale_log10_of_2 = {
    {0x13569862a1e8f9a5, 0x47c4acd605be48bc, 0x4d104d427de7fbcc, 0}};

/* --- fixed point ---------------------------------------------------------------------------- */

static struct log_scale_fixed log_scale_add(
    const struct log_scale_fixed *a, const struct log_scale_fixed *b)
{
    struct log_scale_fixed sum;
    log_scale_wide carry = 0;
    for (int i = 0; i < LOG_SCALE_LIMBS; i++) {
        carry += (log_scale_wide)a->limbs[i] + b->limbs[i];
        sum.limbs[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return sum;
}

static struct log_scale_fixed log_scale_negate(const struct log_scale_fixed *a)
{
    const struct log_scale_fixed one = {{1, 0, 0, 0}};
    struct log_scale_fixed inverted;
    for (int i = 0; i < LOG_SCALE_LIMBS; i++)
        inverted.limbs[i] = ~a->limbs[i];
    return log_scale_add(&inverted, &one);
}

/* The product of two numbers that are not negative. */
static struct log_scale_fixed log_scale_multiply(
    const struct log_scale_fixed *a, const struct log_scale_fixed *b)
{
    uint64_t product[2 * LOG_SCALE_LIMBS] = {0};
    struct log_scale_fixed out;
    for (int i = 0; i < LOG_SCALE_LIMBS; i++) {
        uint64_t carry = 0;
        for (int k = 0; k < LOG_SCALE_LIMBS; k++) {
            log_scale_wide sum = (log_scale_wide)a->limbs[i] * b->limbs[k] + product[i + k] + carry;
            product[i + k] = (uint64_t)sum;
            carry = (uint64_t)(sum >> 64);
        }
        product[i + LOG_SCALE_LIMBS] = carry;
    }
    memcpy(out.limbs, product + LOG_SCALE_LIMBS - 1, sizeof out.limbs);
    return out;
}

/* a × factor; returns what does not fit. */
static uint64_t log_scale_multiply_small(struct log_scale_fixed *a, uint64_t factor)
{
    log_scale_wide carry = 0;
    for (int i = 0; i < LOG_SCALE_LIMBS; i++) {
        carry += (log_scale_wide)a->limbs[i] * factor;
        a->limbs[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return (uint64_t)carry;
}

/* (a + overflow × 2^256) / divisor */
static void log_scale_divide_small(struct log_scale_fixed *a, uint64_t overflow, uint64_t divisor)
{
    log_scale_wide rest = overflow;
    for (int i = LOG_SCALE_LIMBS; i-- > 0;) {
        rest = rest << 64 | a->limbs[i];
        a->limbs[i] = (uint64_t)(rest / divisor);
        rest %= divisor;
    }
}

static void log_scale_shift_right(struct log_scale_fixed *a, unsigned bits)
{
    for (int i = 0; i + 1 < LOG_SCALE_LIMBS; i++)
        a->limbs[i] = a->limbs[i] >> bits | a->limbs[i + 1] << (64 - bits);
    a->limbs[LOG_SCALE_LIMBS - 1] >>= bits;
}

/* --- logarithm and exponential -------------------------------------------------------------- */

/* log2 of a number in [1, 10). Squaring it doubles the logarithm, whose next bit is then whether
 * the square is 2 or more. */
static struct log_scale_fixed log_scale_log2(struct log_scale_fixed x)
{
    struct log_scale_fixed out = {{0}};
    uint64_t *whole = &x.limbs[LOG_SCALE_LIMBS - 1];
    for (; *whole >= 2; out.limbs[LOG_SCALE_LIMBS - 1]++)
        log_scale_shift_right(&x, 1);
    for (int bit = LOG_SCALE_BITS - 1; bit >= 0; bit--) {
        x = log_scale_multiply(&x, &x);
        if (*whole < 2)
            continue;
        log_scale_shift_right(&x, 1);
        out.limbs[bit / 64] |= UINT64_C(1) << bit % 64;
    }
    return out;
}

static struct log_scale_fixed log_scale_log10(const struct decimal *number)
{
    struct log_scale_fixed mantissa = {{0}}, out;
    uint64_t *whole = &mantissa.limbs[LOG_SCALE_LIMBS - 1];
    for (int i = number->n; i-- > 1;) {
        *whole = (uint64_t)(number->digits[i] - '0');
        log_scale_divide_small(&mantissa, 0, 10);
    }
    *whole = (uint64_t)(number->digits[0] - '0');
    out = log_scale_log2(mantissa);
    out = log_scale_multiply(&out, &log_scale_log10_of_2);
    out.limbs[LOG_SCALE_LIMBS - 1] += (uint64_t)(int64_t)(number->exponent + number->n - 1);
    return out;
}

/* e^x for x in [0, 2.31), by the power series of a fraction of x. */
static struct log_scale_fixed log_scale_exp(struct log_scale_fixed x)
{
    const struct log_scale_fixed one = {{0, 0, 0, 1}};
    struct log_scale_fixed sum = one;
    log_scale_shift_right(&x, LOG_SCALE_HALVINGS);
    for (uint64_t k = LOG_SCALE_TERMS; k > 0; k--) { /* 1 + x/1 (1 + x/2 (1 + x/3 …)) */
        sum = log_scale_multiply(&sum, &x);
        log_scale_divide_small(&sum, 0, k);
        sum = log_scale_add(&sum, &one);
    }
    for (int i = 0; i < LOG_SCALE_HALVINGS; i++)
        sum = log_scale_multiply(&sum, &sum);
    return sum;
}

/* --- the scale ------------------------------------------------------------------------------ */

void log_scale_init(struct log_scale *scale, const struct decimal *lo, const struct decimal *hi)
{
    scale->descending = decimal_compare(lo, hi) > 0;
    struct log_scale_fixed end = log_scale_log10(hi);
    scale->start = log_scale_log10(lo);
    if (scale->descending) {
        const struct log_scale_fixed start = scale->start;
        scale->start = end;
        end = start;
    }
    const struct log_scale_fixed minus = log_scale_negate(&scale->start);
    scale->range = log_scale_add(&end, &minus);
}

void log_scale_at(
    const struct log_scale *scale, struct decimal_fraction at, int digits, struct decimal *out)
{
    struct log_scale_fixed x = scale->range;
    uint64_t factor = at.numerator;
    if (scale->descending)
        factor = at.denominator - at.numerator;
    uint64_t overflow = log_scale_multiply_small(&x, factor);
    if (at.denominator > 0) {
        log_scale_divide_small(&x, overflow, at.denominator);
    } else {
        memmove(x.limbs, x.limbs + 1, sizeof x.limbs - sizeof *x.limbs);
        x.limbs[LOG_SCALE_LIMBS - 1] = overflow;
    }
    x = log_scale_add(&x, &scale->start);
    *out = (struct decimal){.exponent = (int)(int64_t)x.limbs[LOG_SCALE_LIMBS - 1]};
    x.limbs[LOG_SCALE_LIMBS - 1] = 0;
    x = log_scale_multiply(&x, &log_scale_ln10);
    x = log_scale_exp(x);
    /* In [1, 10), or 10 itself by an error in the last bit. */
    if (x.limbs[LOG_SCALE_LIMBS - 1] >= 10) {
        log_scale_divide_small(&x, 0, 10);
        out->exponent++;
    }
    while (out->n <= LOG_SCALE_GUARD_DIGITS) {
        out->digits[out->n++] = (char)('0' + x.limbs[LOG_SCALE_LIMBS - 1]);
        x.limbs[LOG_SCALE_LIMBS - 1] = 0;
        log_scale_multiply_small(&x, 10);
    }
    out->exponent -= out->n - 1;
    decimal_round(out, LOG_SCALE_GUARD_DIGITS);
    decimal_round(out, digits);
}
