/* SPDX-License-Identifier: Apache-2.0
 *
 * What a spec deletes from the base: "~optimizer.fused".
 */
#ifndef LIB_PLAN_DELETIONS_H
#define LIB_PLAN_DELETIONS_H

#include "lib/plan/planning.h"

/* Checks that the base has everything that the spec deletes, and that it can be deleted. To be
 * called before anything is assigned. */
void deletions_check(struct planner *p);

/* Deletes what "fixed" and --set delete. To be called after their assignments. */
void deletions_apply_fixed(struct planner *p);

/* Prepares the document and the axes for deletions on axes. To be called after
 * deletions_apply_fixed(). */
void deletions_prepare_axes(struct planner *p);

#endif
