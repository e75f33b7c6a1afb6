/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the runs of a plan write: no two of them into one directory. torchtune would overwrite one
 * run's checkpoints with another's and not say a word.
 */
#ifndef LIB_PLAN_OUTPUT_DIR_H
#define LIB_PLAN_OUTPUT_DIR_H

#include "lib/plan/plan.h"

/* Reads the plan's templates. They come from the spec's output_dir, a fixed assignment, an axis,
 * or, when the spec does not say, from the base's output_dir with a directory for the sweep and one
 * for the run in it. plan->spec and plan->doc must be there. */
enum sweep_code output_read(struct sweep_plan *plan, struct sweep_findings *findings);

/* Finds runs that would share a directory. */
enum sweep_code output_check(const struct sweep_plan *plan, struct sweep_findings *findings);

/* Replaces `out` by the output directory of a run. */
void output_fill(
    const struct sweep_plan *plan, uint64_t index, const size_t *choices, struct strbuf *out);

#endif
