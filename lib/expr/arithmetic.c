/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "lib/expr/compiled.h"

const char *const expr_symbols[] = {
    "+", "-", "*", "/", "//", "%", "==", "!=", "<", "<=", ">", ">=", "in", "not in"};

bool arithmetic_float_result(double number, struct expr_value *out, struct expr_error *error)
{
    if (!isfinite(number))
        return expr_error_set(error, NULL, "the result is too large for a float");
    *out = (struct expr_value){.kind = EXPR_FLOAT, .number = number};
    return true;
}

static bool arithmetic_overflow(struct expr_error *error)
{
    return expr_error_set(error, NULL, "the result does not fit into 64 bits");
}

static bool arithmetic_by_zero(struct expr_error *error)
{
    return expr_error_set(error, NULL, "division by zero");
}

/* An int, of a float that is whole. */
static bool arithmetic_whole_result(double number, struct expr_value *out, struct expr_error *error)
{
    if (number < -0x1p63 || number >= 0x1p63 || isnan(number))
        return arithmetic_overflow(error);
    *out = expr_make_int((int64_t)number);
    return true;
}

/* --- integers ----------------------------------------------------------------------------- */

static uint64_t arithmetic_magnitude(int64_t n)
{
    return n < 0 ? -(uint64_t)n : (uint64_t)n;
}

/* The float nearest to the quotient. Dividing the nearest floats would round three times, so beyond
 * 53 bits this divides bit by bit, until there are more bits than a float keeps. */
static double arithmetic_quotient(int64_t a, int64_t b)
{
    const uint64_t exact = (uint64_t)1 << 53, enough = (uint64_t)1 << 56;
    uint64_t dividend = arithmetic_magnitude(a), divisor = arithmetic_magnitude(b);
    if (dividend == 0 || (dividend <= exact && divisor <= exact))
        return (double)a / (double)b;
    uint64_t whole = dividend / divisor, rest = dividend % divisor;
    int shift = 0;
    for (; whole < enough; shift++) {
        whole <<= 1;
        rest <<= 1;
        if (rest >= divisor) {
            rest -= divisor;
            whole |= 1;
        }
    }
    if (rest != 0)
        whole |= 1; /* sticky bit, for rounding */
    double result = ldexp((double)whole, -shift);
    if ((a < 0) != (b < 0))
        return -result;
    return result;
}

/* // and %, rounding down. */
static bool arithmetic_divide_ints(enum symbol symbol, int64_t a, int64_t b, int64_t *result)
{
    if (b == -1) { /* the CPU traps on INT64_MIN / -1, for the remainder too */
        *result = 0;
        return symbol != SYMBOL_FLOOR || !__builtin_sub_overflow(0, a, result);
    }
    bool round_down = a % b != 0 && (a < 0) != (b < 0);
    if (symbol == SYMBOL_FLOOR) {
        *result = a / b;
        if (round_down)
            --*result;
    } else {
        *result = a % b;
        if (round_down)
            *result += b;
    }
    return true;
}

static bool arithmetic_ints(
    enum symbol symbol, int64_t a, int64_t b, struct expr_value *out, struct expr_error *error)
{
    int64_t result = 0;
    bool overflow = false;
    switch (symbol) {
    case SYMBOL_ADD:
        overflow = __builtin_add_overflow(a, b, &result);
        break;
    case SYMBOL_SUBTRACT:
        overflow = __builtin_sub_overflow(a, b, &result);
        break;
    case SYMBOL_MULTIPLY:
        overflow = __builtin_mul_overflow(a, b, &result);
        break;
    default:
        if (b == 0)
            return arithmetic_by_zero(error);
        if (symbol == SYMBOL_DIVIDE)
            return arithmetic_float_result(arithmetic_quotient(a, b), out, error);
        overflow = !arithmetic_divide_ints(symbol, a, b, &result);
        break;
    }
    if (overflow)
        return arithmetic_overflow(error);
    *out = expr_make_int(result);
    return true;
}

/* --- floats ------------------------------------------------------------------------------- */

/* As in Python: the remainder has the sign of the divisor, and the quotient is the integer nearest
 * to (a - remainder) / b. */
static void arithmetic_divide_floats(double a, double b, double *quotient, double *remainder)
{
    *remainder = fmod(a, b);
    double rough = (a - *remainder) / b;
    if (*remainder == 0) {
        *remainder = copysign(0.0, b);
    } else if ((*remainder < 0) != (b < 0)) {
        *remainder += b;
        rough -= 1;
    }
    *quotient = floor(rough);
    if (rough - *quotient > 0.5)
        *quotient += 1;
    if (rough == 0)
        *quotient = copysign(0.0, a / b);
}

static bool arithmetic_floats(
    enum symbol symbol, double a, double b, struct expr_value *out, struct expr_error *error)
{
    double quotient, remainder;
    switch (symbol) {
    case SYMBOL_ADD:
        return arithmetic_float_result(a + b, out, error);
    case SYMBOL_SUBTRACT:
        return arithmetic_float_result(a - b, out, error);
    case SYMBOL_MULTIPLY:
        return arithmetic_float_result(a * b, out, error);
    default:
        if (b == 0)
            return arithmetic_by_zero(error);
        if (symbol == SYMBOL_DIVIDE)
            return arithmetic_float_result(a / b, out, error);
        arithmetic_divide_floats(a, b, &quotient, &remainder);
        if (symbol == SYMBOL_FLOOR)
            return arithmetic_whole_result(quotient, out, error);
        return arithmetic_float_result(remainder, out, error);
    }
}

/* --- both --------------------------------------------------------------------------------- */

static double arithmetic_as_float(const struct expr_value *value)
{
    if (value->kind == EXPR_INT)
        return (double)value->integer;
    return value->number;
}

bool arithmetic_apply(enum symbol symbol, const struct expr_value *a, const struct expr_value *b,
    struct expr_value *out, struct expr_error *error)
{
    if (a->kind == EXPR_INT && b->kind == EXPR_INT)
        return arithmetic_ints(symbol, a->integer, b->integer, out, error);
    return arithmetic_floats(symbol, arithmetic_as_float(a), arithmetic_as_float(b), out, error);
}

bool arithmetic_negate(const struct expr_value *a, struct expr_value *out, struct expr_error *error)
{
    if (a->kind == EXPR_FLOAT)
        return arithmetic_float_result(-a->number, out, error);
    return arithmetic_ints(SYMBOL_SUBTRACT, 0, a->integer, out, error);
}

unsigned arithmetic_kinds(enum symbol symbol, unsigned a, unsigned b)
{
    unsigned kinds = 0;
    bool ints = (a & b & EXPR_INT) != 0;
    bool floats = ((a & EXPR_FLOAT) != 0 && (b & KINDS_NUMBER) != 0) ||
                  ((b & EXPR_FLOAT) != 0 && (a & KINDS_NUMBER) != 0);
    if (((a | b) & KINDS_NULL) != 0)
        kinds |= EXPR_NULL;
    if ((ints && symbol != SYMBOL_DIVIDE) || (floats && symbol == SYMBOL_FLOOR))
        kinds |= EXPR_INT;
    if ((floats && symbol != SYMBOL_FLOOR) || (ints && symbol == SYMBOL_DIVIDE))
        kinds |= EXPR_FLOAT;
    return kinds;
}
