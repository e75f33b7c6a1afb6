/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a run exists: the filters that kept its point, its sample and its repeat.
 */
#ifndef LIB_PLAN_EXPLAIN_POINT_H
#define LIB_PLAN_EXPLAIN_POINT_H

#include "lib/plan/plan.h"

/* Adds "kept_by", "included", "sample" and "repeat" of run `index` to an object, and sets the key
 * of the spec ("grid", "include") that gives each axis of the run its value. False if memory is
 * exhausted. */
bool explain_point(
    const struct sweep_plan *plan, uint64_t index, json_t *out, const char **axis_keys);

#endif
