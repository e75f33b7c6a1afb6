/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact decimal numbers, for values between two numbers of a spec: 0.1 there is one tenth, not the
 * double next to it, and results are rounded once, half to even. Nothing is allocated. The results
 * are the same on every machine.
 */
#ifndef LIB_UTIL_DECIMAL_H
#define LIB_UTIL_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DECIMAL_MAX_DIGITS = 100,   /* of a number that is read */
    DECIMAL_MAX_EXPONENT = 400, /* of its first digit, positive or negative */
    DECIMAL_SPACE = 1000,       /* digits of a sum of two such numbers with integer factors */
    DECIMAL_MAX_ROUNDED = 17,   /* digits that results are rounded to */
};

/* digits × 10^exponent. The first and the last digit are not 0; zero has no digits. */
struct decimal {
    bool negative;
    int exponent;
    int n;
    char digits[DECIMAL_SPACE]; /* '0' to '9', not terminated */
};

/* A number from 0 to 1. The denominator 0 stands for 2^64. */
struct decimal_fraction {
    uint64_t numerator, denominator;
};

/* Reads a JSON number. False if it has more digits or a larger exponent than is allowed here. */
bool decimal_read(const char *text, size_t length, struct decimal *out);

/* Negative, 0 or positive, as strcmp() does. */
int decimal_compare(const struct decimal *a, const struct decimal *b);

/* start + times × step. */
void decimal_step(
    const struct decimal *start, const struct decimal *step, uint64_t times, struct decimal *out);

/* lo + at × (hi − lo), rounded to `digits` significant digits. */
void decimal_between(const struct decimal *lo, const struct decimal *hi, struct decimal_fraction at,
    int digits, struct decimal *out);

/* Rounds to `digits` significant digits, half to even. */
void decimal_round(struct decimal *number, int digits);

bool decimal_is_whole(const struct decimal *number);

/* The value of a whole number; false if it does not fit into 64 bits. */
bool decimal_to_int(const struct decimal *number, int64_t *out);

/* The nearest double; can be infinite. */
double decimal_to_double(const struct decimal *number);

#endif
