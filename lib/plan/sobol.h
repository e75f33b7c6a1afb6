/* SPDX-License-Identifier: Apache-2.0
 *
 * The Sobol sequence with the direction numbers of Joe and Kuo (new-joe-kuo-6.21201), in the order
 * of the Gray code and without scrambling, as scipy.stats.qmc.Sobol(scramble=False) gives it.
 */
#ifndef LIB_PLAN_SOBOL_H
#define LIB_PLAN_SOBOL_H

#include <stddef.h>
#include <stdint.h>

enum { SOBOL_DIMENSIONS = 64, SOBOL_BITS = 32 };

/* The direction numbers of a dimension, which counts from 0. */
void sobol_directions(size_t dimension, uint32_t out[SOBOL_BITS]);

/* A coordinate of point `i`, as the 32 bits after the point. */
uint32_t sobol_point(const uint32_t directions[SOBOL_BITS], uint32_t i);

#endif
