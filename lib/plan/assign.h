/* SPDX-License-Identifier: Apache-2.0
 *
 * The spec's assignments against the base: whether the config knows their paths and takes their
 * values.
 */
#ifndef LIB_PLAN_ASSIGN_H
#define LIB_PLAN_ASSIGN_H

#include "lib/plan/planning.h"

/* Checks the fixed assignments against plan->doc and applies them to it. output_dir is left out:
 * see output_dir.h. */
void assign_fixed_to_base(struct planner *p);

/* Checks the axes against plan->doc, and prepares it for being cut at their paths. */
void assign_axes_to_base(struct planner *p);

#endif
