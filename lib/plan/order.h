/* SPDX-License-Identifier: Apache-2.0
 *
 * Which points become runs, by identity: equal ones once, and in what order.
 */
#ifndef LIB_PLAN_ORDER_H
#define LIB_PLAN_ORDER_H

#include "lib/plan/planning.h"

/* True if points with different choices may have the same identity: values are computed, what
 * differs may not be part of the identity, or some points leave an axis to the base. */
bool order_may_merge(const struct sweep_plan *plan);

/* Sets plan->order and plan->spec.runs. Needs run_ids_prepare(). */
void order_runs(struct planner *p);

#endif
