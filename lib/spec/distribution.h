/* SPDX-License-Identifier: Apache-2.0
 *
 * Distributions that samples draw the values of an axis from:
 *
 *     {"uniform": [lo, hi]}, {"loguniform": [lo, hi]}, each also with "digits": 1 to 17
 *     {"randint": [lo, hi]}
 */
#ifndef LIB_SPEC_DISTRIBUTION_H
#define LIB_SPEC_DISTRIBUTION_H

#include "lib/spec/reading.h"
#include "lib/util/decimal.h"
#include "lib/util/log_scale.h"

enum distribution_kind { DISTRIBUTION_UNIFORM, DISTRIBUTION_LOGUNIFORM, DISTRIBUTION_RANDINT };

struct distribution {
    enum distribution_kind kind;
    struct sweep_place place; /* of its object */
    struct decimal lo, hi;
    int digits;
    struct log_scale scale; /* DISTRIBUTION_LOGUNIFORM */
    int64_t first;          /* DISTRIBUTION_RANDINT */
};

/* True for an object that has the key of a distribution. */
bool distribution_is(const json_t *value);

/* Reads an object for which distribution_is() is true. */
enum sweep_code distribution_read(
    const struct reading *r, const struct placed_value *at, struct distribution *out);

/* The value for the draw u = draw / 2^64. A new reference; NULL when memory is exhausted. */
json_t *distribution_value(const struct distribution *distribution, uint64_t draw);

#endif
