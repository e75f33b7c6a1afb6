/* SPDX-License-Identifier: Apache-2.0
 *
 * Values of an axis that are computed instead of listed:
 *
 *     {"range": [lo, hi]}, {"range": [lo, hi, step]}
 *     {"linspace": [lo, hi, n]}, {"logspace": [lo, hi, n]}, each also with "digits": 1 to 17
 *     {"file": "values.csv", "column": "lr"}: see data_file.h
 */
#ifndef LIB_SPEC_GENERATOR_H
#define LIB_SPEC_GENERATOR_H

#include "lib/spec/generated.h"
#include "lib/spec/reading.h"
#include "lib/util/decimal.h"

enum { GENERATOR_DIGITS = 6 }; /* that values are rounded to unless the spec says otherwise */

struct generator;

/* A key of such an object, or of a distribution, with what messages and the JSON Schema say. */
struct generator_kind {
    const char *name;
    const char *usage; /* its list */
    const char *about; /* the values */
    size_t min, max;   /* numbers in its list */
    bool has_digits;
    enum sweep_code (*fill)(struct generator *g); /* NULL: a distribution */
};

extern const struct generator_kind generator_kinds[];
extern const size_t generator_kind_count;

/* Reads an object in the place of a list of values. On SWEEP_OK *out is to be released with
 * generated_deinit(); it has at least one value, and at most as many as runs are allowed. */
enum sweep_code generator_read(
    const struct reading *r, const struct placed_value *at, struct generated *out);

/* A number of the spec. */
struct generator_number {
    struct decimal exact; /* as written */
    const json_t *value;
    const struct json_place *place;
};

/* Reads a list of `n` numbers. */
enum sweep_code generator_read_numbers(
    const struct reading *r, const struct placed_value *at, struct generator_number *out, size_t n);

/* Reads "digits" of an object; GENERATOR_DIGITS without it. */
enum sweep_code generator_read_digits(
    const struct reading *r, const struct placed_value *at, int *digits);

/* Rejects members of an object that are neither `key` nor `other` (NULL: none) nor comments. */
enum sweep_code generator_check_keys(
    const struct reading *r, const struct placed_value *at, const char *key, const char *other);

#endif
