/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "lib/expr/compiled.h"

const char *const symbol_texts[] = {
    "+", "-", "*", "/", "//", "%", "==", "!=", "<", "<=", ">", ">=", "in", "not in"};

bool finite_result(double number, struct expr_value *out, struct expr_error *error)
{
    if (!isfinite(number))
        return expr_error_set(error, NULL, "the result is too large for a float");
    *out = (struct expr_value){.kind = EXPR_FLOAT, .number = number};
    return true;
}

static bool too_large(struct expr_error *error)
{
    return expr_error_set(error, NULL, "the result does not fit into 64 bits");
}

static bool by_zero(struct expr_error *error)
{
    return expr_error_set(error, NULL, "division by zero");
}

static uint64_t magnitude(int64_t n)
{
    return n < 0 ? -(uint64_t)n : (uint64_t)n;
}

/* The float nearest to the quotient. Dividing the nearest floats would round three times, so beyond
 * 53 bits this divides by hand, until there are more bits than a float keeps. */
static double quotient(int64_t a, int64_t b)
{
    const uint64_t exact = (uint64_t)1 << 53, enough = (uint64_t)1 << 56;
    uint64_t above = magnitude(a), below = magnitude(b);
    if (above == 0 || (above <= exact && below <= exact))
        return (double)a / (double)b;
    uint64_t whole = above / below, rest = above % below;
    int shift = 0;
    for (; whole < enough; shift++) {
        whole <<= 1;
        rest <<= 1;
        if (rest >= below) {
            rest -= below;
            whole |= 1;
        }
    }
    double result = ldexp((double)(whole | (rest != 0)), -shift);
    return (a < 0) != (b < 0) ? -result : result;
}

static bool of_ints(
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
            return by_zero(error);
        if (symbol == SYMBOL_DIVIDE)
            return finite_result(quotient(a, b), out, error);
        if (b == -1) { /* the processor divides INT64_MIN by -1 even for the remainder */
            overflow = symbol == SYMBOL_FLOOR && __builtin_sub_overflow(0, a, &result);
            break;
        }
        bool down = a % b != 0 && (a < 0) != (b < 0);
        result = symbol == SYMBOL_FLOOR ? a / b - down : a % b + (down ? b : 0);
        break;
    }
    *out = make_int(result);
    return !overflow || too_large(error);
}

/* As Python has it: the remainder has the sign of the divisor, and the quotient is the whole
 * number nearest to (a - remainder) / b. */
static void divide_floats(double a, double b, double *whole, double *remainder)
{
    *remainder = fmod(a, b);
    double rough = (a - *remainder) / b;
    if (*remainder == 0)
        *remainder = copysign(0.0, b);
    else if ((*remainder < 0) != (b < 0)) {
        *remainder += b;
        rough -= 1;
    }
    *whole = floor(rough);
    if (rough - *whole > 0.5)
        *whole += 1;
    if (rough == 0)
        *whole = copysign(0.0, a / b);
}

static bool of_floats(
    enum symbol symbol, double a, double b, struct expr_value *out, struct expr_error *error)
{
    double whole, remainder;
    switch (symbol) {
    case SYMBOL_ADD:
        return finite_result(a + b, out, error);
    case SYMBOL_SUBTRACT:
        return finite_result(a - b, out, error);
    case SYMBOL_MULTIPLY:
        return finite_result(a * b, out, error);
    default:
        if (b == 0)
            return by_zero(error);
        if (symbol == SYMBOL_DIVIDE)
            return finite_result(a / b, out, error);
        divide_floats(a, b, &whole, &remainder);
        return finite_result(symbol == SYMBOL_FLOOR ? whole : remainder, out, error);
    }
}

static double as_float(const struct expr_value *value)
{
    return value->kind == EXPR_INT ? (double)value->integer : value->number;
}

bool arithmetic(enum symbol symbol, const struct expr_value *a, const struct expr_value *b,
    struct expr_value *out, struct expr_error *error)
{
    if (a->kind == EXPR_INT && b->kind == EXPR_INT)
        return of_ints(symbol, a->integer, b->integer, out, error);
    return of_floats(symbol, as_float(a), as_float(b), out, error);
}

bool arithmetic_negate(const struct expr_value *a, struct expr_value *out, struct expr_error *error)
{
    if (a->kind == EXPR_FLOAT)
        return finite_result(-a->number, out, error);
    return of_ints(SYMBOL_SUBTRACT, 0, a->integer, out, error);
}

unsigned arithmetic_kinds(enum symbol symbol, unsigned a, unsigned b)
{
    unsigned kinds = ((a | b) & KINDS_NULL) != 0 ? EXPR_NULL : 0;
    bool ints = (a & b & EXPR_INT) != 0;
    bool floats = ((a & EXPR_FLOAT) != 0 && (b & KINDS_NUMBER) != 0) ||
                  ((b & EXPR_FLOAT) != 0 && (a & KINDS_NUMBER) != 0);
    if (ints && symbol != SYMBOL_DIVIDE)
        kinds |= EXPR_INT;
    if (floats || (ints && symbol == SYMBOL_DIVIDE))
        kinds |= EXPR_FLOAT;
    return kinds;
}
