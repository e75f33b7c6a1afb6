/* SPDX-License-Identifier: Apache-2.0
 *
 * "sample": some points of the sweep instead of all.
 */
#ifndef LIB_SPEC_SAMPLE_H
#define LIB_SPEC_SAMPLE_H

#include "lib/spec/context.h"

enum sample_method { SAMPLE_RANDOM, SAMPLE_SOBOL, SAMPLE_LHS, SAMPLE_METHODS };
extern const char *const sample_methods[SAMPLE_METHODS]; /* as a spec names them */

struct sample {
    uint64_t n; /* 0: the spec has no sample */
    enum sample_method method;
    int64_t seed;
    struct sweep_place place;
};

/* Reads {"n": 20, "method": "random", "seed": 0}, or 20 alone. */
enum sweep_code sample_read(
    const struct spec_context *context, const struct placed_value *at, struct sample *out);

#endif
