/* SPDX-License-Identifier: Apache-2.0
 *
 * From diagnostics of single runs to findings about the sweep: at the position in the spec or the
 * base that causes them, with the runs concerned, and each once.
 */
#ifndef LIB_PLAN_RUN_FINDINGS_H
#define LIB_PLAN_RUN_FINDINGS_H

#include "lib/check/checker.h"
#include "lib/plan/combinations.h"
#include "lib/plan/plan.h"

struct run_findings {
    const struct sweep_plan *plan;   /* borrowed */
    struct checker *checker;         /* of the runs, to be set by the caller; NULL: none */
    struct sweep_findings *findings; /* borrowed */
    size_t n_before;                 /* findings that earlier checks of the spec have added */
    json_t *reported;                /* an object used as a set: see run_findings_key() */
    struct combinations *sets;       /* of the different sets of axes in `reported` */
    size_t n_sets;
    struct axis_set none;  /* the empty set */
    struct yaml_doc *base; /* the base as it is in its file, for positions; parsed on demand */
};

/* False if memory is exhausted. */
bool run_findings_init(
    struct run_findings *out, const struct sweep_plan *plan, struct sweep_findings *findings);
void run_findings_deinit(struct run_findings *run_findings);

/* Finds the position to blame for the value at a path, in the run with these choices: a value of
 * one of the axes in `relevant`, a fixed assignment, or the base. */
enum sweep_code run_findings_locate(struct run_findings *run_findings, const char *path,
    const size_t *choices, const struct axis_set *relevant, struct sweep_place *out);

/* Reports a diagnostic of the run with these choices. It depends on the axes in `relevant`, so it
 * is about all runs that have the same choices of those. SWEEP_INVALID for an error. */
enum sweep_code run_findings_add(struct run_findings *run_findings,
    const struct diagnostic *diagnostic, const size_t *choices, const struct axis_set *relevant);

/* Appends which runs have the same choices of the axes in `relevant`, which is not empty:
 * " (8 of 24 runs: lr 3e-4, batch_size 4)". */
void run_findings_put_runs(struct run_findings *run_findings, const size_t *choices,
    const struct axis_set *relevant, struct strbuf *out);

#endif
