/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether the computed values of a sweep can be computed, and are what their parameters take.
 */
#ifndef LIB_PLAN_COMPUTED_CHECK_H
#define LIB_PLAN_COMPUTED_CHECK_H

#include "lib/plan/plan.h"

/* Evaluates each expression once for each combination of the values that it reads. Needs the pieces
 * and values_read(). */
enum sweep_code computed_check(const struct sweep_plan *plan, struct sweep_findings *findings);

#endif
