/* SPDX-License-Identifier: Apache-2.0
 *
 * The spec's assignments against the base: whether the config knows their paths and takes their
 * values.
 */
#ifndef LIB_PLAN_ASSIGN_H
#define LIB_PLAN_ASSIGN_H

#include "lib/plan/planning.h"

/* Checks all assignments against plan->doc, applies the fixed ones to it, and prepares it for being
 * cut at the axes' paths. output_dir is left out: see output_dir.h. */
void assign_to_base(struct planner *p);

#endif
