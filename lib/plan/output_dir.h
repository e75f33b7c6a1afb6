/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the runs of a plan write. No two runs may share a directory: the trainer would silently
 * overwrite one run's checkpoints with another's.
 */
#ifndef LIB_PLAN_OUTPUT_DIR_H
#define LIB_PLAN_OUTPUT_DIR_H

#include "lib/plan/plan.h"

/* Appends a path without "." parts, double slashes and "..", as far as that is possible without
 * looking at the file system. */
void output_dir_put_normal(struct strbuf *out, const char *path);

/* Makes sure that plan->doc has a string at the path of the run's directory, which can be replaced.
 * A trainer without such a path has no templates: nothing here does anything then. */
enum sweep_code output_dir_prepare(struct sweep_plan *plan, struct sweep_error *error);

/* Reads the plan's templates: from the spec's output_dir, a fixed assignment or an axis. If the
 * spec has none of these, the template is the base's output_dir followed by /{name}/{run}.
 * plan->spec and plan->doc must be set. */
enum sweep_code output_dir_read(struct sweep_plan *plan, struct sweep_findings *findings);

/* Reports the first two runs that share a directory. */
enum sweep_code output_dir_check(const struct sweep_plan *plan, struct sweep_findings *findings);

/* Replaces the content of `out` with the output directory of a run. */
void output_dir_fill(const struct sweep_plan *plan, const struct run *run, struct strbuf *out);

#endif
