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
 * where it is not certain that the run writes there. plan->pieces must be set. *writes_outside:
 * some output is not inside the run's own directory. */
enum sweep_code outputs_check(
    const struct sweep_plan *plan, struct sweep_findings *findings, bool *writes_outside);

/* A place that a run writes to. */
struct output_of_run {
    uint64_t run;
    size_t output;      /* its index in the profile; 0 is the run's own directory */
    const char *path;   /* the place, in the form of output_dir_put_normal() */
    const char *blamed; /* the config path that decides it */
    bool is_certain;    /* that the run writes there */
};

struct outputs_visitor {
    enum sweep_code (*visit)(void *context, const struct output_of_run *item);
    void *context;
};

/* Tells the visitor every place that a run of the plan writes to, until it fails. */
enum sweep_code outputs_visit(const struct sweep_plan *plan, struct sweep_findings *findings,
    const struct outputs_visitor *visitor);

#endif
