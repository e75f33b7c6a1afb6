/* SPDX-License-Identifier: Apache-2.0
 *
 * Checking all runs of a sweep without checking each: what one axis decides is checked once for
 * each of its values, what several decide together once for each combination of just those.
 */
#ifndef LIB_PLAN_VERIFY_H
#define LIB_PLAN_VERIFY_H

#include "lib/plan/plan.h"

/* Adds findings for everything that is wrong with the runs, each at the value of the spec that
 * brings it about, or in the base. The plan must be complete. */
enum sweep_code verify_runs(
    const struct sweep_plan *plan, struct sweep_findings *findings, struct sweep_error *error);

#endif
