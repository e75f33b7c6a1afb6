/* SPDX-License-Identifier: Apache-2.0
 *
 * Which points of the spec become runs: applies its filters and counts what they leave.
 */
#ifndef LIB_PLAN_SELECT_H
#define LIB_PLAN_SELECT_H

#include "lib/plan/planning.h"
#include "lib/plan/scope.h"

/* Sets the structures' kept points and plan->spec.runs. The document must have all fixed
 * assignments. */
void select_points(struct planner *p, struct scope *scope);

#endif
