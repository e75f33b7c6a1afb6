/* SPDX-License-Identifier: Apache-2.0
 *
 * How many runs there are and why, for people: "4 × (3 zipped) × (2 + 1)".
 */
#ifndef LIB_PLAN_FORMULA_H
#define LIB_PLAN_FORMULA_H

#include "lib/plan/plan.h"

/* The arithmetic without its result; the caller's. Empty if there is none: one list of values, or
 * no axis. NULL when memory is exhausted. */
char *formula_of(const struct spec *spec);

#endif
