/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether the processes of a run, which its recipe decides, use what Slurm reserves for them.
 */
#ifndef LIB_PLAN_PROCESSES_H
#define LIB_PLAN_PROCESSES_H

#include "lib/plan/plan.h"

/* Reports GPUs and nodes that a run would not use, or that Slurm could split in another way than
 * the processes. plan->recipe must be set. */
enum sweep_code processes_check(const struct sweep_plan *plan, const struct slurm_options *slurm,
    struct sweep_findings *findings);

/* Reports that the profile has no command for such runs, without which no script can be written. */
enum sweep_code processes_check_launch(const struct sweep_plan *plan,
    const struct slurm_options *slurm, struct sweep_findings *findings);

/* Reports "resume" where it would change what is trained, or is not known to work. */
enum sweep_code processes_check_resume(
    const struct sweep_plan *plan, struct sweep_findings *findings);

#endif
