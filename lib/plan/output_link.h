/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether the checks of a run depend on its directory.
 */
#ifndef LIB_PLAN_OUTPUT_LINK_H
#define LIB_PLAN_OUTPUT_LINK_H

#include "lib/plan/axis_reads.h"
#include "lib/plan/plan.h"

/* Makes the directory of a run depend on the axes that its template names, if a rule could tell two
 * directories apart. */
void output_link(const struct sweep_plan *plan, struct axis_reads *reads);

#endif
