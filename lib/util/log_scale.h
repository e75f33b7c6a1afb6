/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers between two others on a logarithmic scale: lo × (hi / lo)^u. Computed with 192 bits after
 * the point, about 54 decimal digits, in integers: the same on every machine. A result that is
 * rounded to at most 17 digits is therefore rounded correctly; one that is within 10^-44 of the
 * middle between two such numbers is taken for that middle.
 */
#ifndef LIB_UTIL_LOG_SCALE_H
#define LIB_UTIL_LOG_SCALE_H

#include "lib/util/decimal.h"

/* A signed number: the lowest limb first; three limbs are after the point. */
struct log_scale_fixed {
    uint64_t limbs[4];
};

struct log_scale {
    struct log_scale_fixed start; /* log10 of the smaller end */
    struct log_scale_fixed range; /* from there to the larger end */
    bool descending;
};

/* Both ends must be positive. */
void log_scale_init(struct log_scale *scale, const struct decimal *lo, const struct decimal *hi);

/* lo × (hi / lo)^at, rounded to `digits` significant digits. */
void log_scale_at(
    const struct log_scale *scale, struct decimal_fraction at, int digits, struct decimal *out);

#endif
