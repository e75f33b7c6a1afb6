/* SPDX-License-Identifier: Apache-2.0
 *
 * The base config of a sweep, and the recipe that runs it.
 */
#ifndef LIB_PLAN_BASE_H
#define LIB_PLAN_BASE_H

#include "lib/plan/planning.h"

/* Reads the base that the spec names, by file or by name, into plan->doc, and sets plan->recipe.
 * plan->doc stays NULL if there is no valid base. */
void base_read(struct planner *p);

#endif
