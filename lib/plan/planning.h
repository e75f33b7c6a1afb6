/* SPDX-License-Identifier: Apache-2.0
 *
 * The state of sweep_plan_new(), shared by its steps: reading the base (base.h), applying the
 * assignments to it (assign.h), and everything after that (planner.c).
 */
#ifndef LIB_PLAN_PLANNING_H
#define LIB_PLAN_PLANNING_H

#include "lib/plan/plan.h"

struct planner {
    const struct sweep_request *request;
    struct sweep_findings *findings;
    struct sweep_error *error;
    struct sweep_plan *plan;
    struct sweep_limits limits;
    uint64_t n_values; /* of all axes */
    json_t *tree;      /* the base's value with what is fixed so far, ahead of plan->doc; or NULL */
    enum sweep_code code; /* the first failure; SWEEP_INVALID gives way to any other */
};

/* After SWEEP_INVALID a step goes on to look for more errors; anything worse ends it. */
static inline bool planner_has_failed(const struct planner *p)
{
    return p->code != SWEEP_OK && p->code != SWEEP_INVALID;
}

/* What values of the spec are read with. */
static inline struct spec_context planner_context(struct planner *p)
{
    return (struct spec_context){&p->plan->trainer->profile, p->request->spec_directory, &p->limits,
        p->findings, &p->plan->computed, &p->plan->inputs, p->request->sweep_directory,
        p->request->prologs, p->request->defaults_file, p->request->cluster, &p->n_values, false};
}

/* Notes the result of a step; true if it is SWEEP_OK. */
static inline bool planner_note(struct planner *p, enum sweep_code code)
{
    if (code != SWEEP_OK && !planner_has_failed(p))
        p->code = code;
    return code == SWEEP_OK;
}

#endif
