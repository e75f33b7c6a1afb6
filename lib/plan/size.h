/* SPDX-License-Identifier: Apache-2.0
 *
 * The bytes of all configs of a plan together.
 */
#ifndef LIB_PLAN_SIZE_H
#define LIB_PLAN_SIZE_H

#include "lib/plan/plan.h"

/* Sets plan->bytes and plan->longest. */
enum sweep_code plan_measure(struct sweep_plan *plan);

#endif
