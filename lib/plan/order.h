/* SPDX-License-Identifier: Apache-2.0
 *
 * Which points become runs, by identity: equal ones once, and in what order.
 */
#ifndef LIB_PLAN_ORDER_H
#define LIB_PLAN_ORDER_H

#include "lib/plan/planning.h"

/* Sets plan->order and plan->spec.runs. Needs run_ids_prepare(). */
void order_runs(struct planner *p);

#endif
