/* SPDX-License-Identifier: Apache-2.0
 *
 * Draws for "sample". A draw gives each factor of a sweep, which is an axis or a whole "zip",
 * "cases" or "sweep", a number u in [0, 1), as the 64 bits U of u = U / 2^64. Draws depend on
 * nothing but what is given here, so a sample is the same on every machine, and:
 *
 *   random  a larger n keeps the earlier points, another factor does not change the others' values
 *   sobol   draw i is point i of the Sobol sequence, factor d its dimension d
 *   lhs     each factor gets one draw from each of n equal parts of [0, 1)
 */
#ifndef LIB_PLAN_SAMPLER_H
#define LIB_PLAN_SAMPLER_H

#include <stddef.h>
#include <stdint.h>

#include "sweep/error.h"

enum sampler_method { SAMPLER_RANDOM, SAMPLER_SOBOL, SAMPLER_LHS };

/* Max factors of a Sobol sequence. */
enum { SAMPLER_MAX_SOBOL = 64 };

struct sampler;

struct sampler_request {
    enum sampler_method method;
    int64_t seed;
    uint64_t n;              /* draws of SAMPLER_LHS: 1 to 2^32 - 1 */
    const char *const *keys; /* of the factors: "learning_rate", "zip"; borrowed by the sampler */
    size_t n_keys;           /* at most SAMPLER_MAX_SOBOL for SAMPLER_SOBOL */
};

/* SWEEP_OK or SWEEP_NO_MEMORY; only SAMPLER_LHS takes memory that grows with n: 4 bytes for each
 * draw and factor. */
enum sweep_code sampler_new(const struct sampler_request *request, struct sampler **out);
void sampler_free(struct sampler *sampler);

/* U of draw `i` for a factor. `i` is below n for SAMPLER_LHS, below 2^32 for SAMPLER_SOBOL. */
uint64_t sampler_draw(const struct sampler *sampler, uint64_t i, size_t factor);

/* ⌊u × k⌋: the number of one of k values. */
uint64_t sampler_pick(uint64_t draw, uint64_t k);

#endif
