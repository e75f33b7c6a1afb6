/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks all runs of a sweep without checking each run. What depends on one axis is checked once
 * for each of its values; what depends on several axes, once for each combination of their values.
 * If there are too many such groups of axes, every run is checked.
 */
#ifndef LIB_PLAN_VERIFY_H
#define LIB_PLAN_VERIFY_H

#include "lib/plan/plan.h"

/* Adds a finding for everything that is wrong with the runs, at the value in the spec that causes
 * it or in the base. The plan must be complete. */
enum sweep_code verify_runs(
    const struct sweep_plan *plan, struct sweep_findings *findings, struct sweep_error *error);

#endif
