/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the runs of a plan write, apart from their own directories: checkpoints, logs and traces.
 * The profile lists the config paths. Two runs that write to the same place would overwrite each
 * other's results.
 */
#ifndef LIB_PLAN_OUTPUTS_H
#define LIB_PLAN_OUTPUTS_H

#include "lib/plan/plan.h"

/* Reports each output that two runs share, at the value that causes it: an error, or a warning
 * where it is not certain that the run writes there. plan->pieces must be set. */
enum sweep_code outputs_check(const struct sweep_plan *plan, struct sweep_findings *findings);

#endif
