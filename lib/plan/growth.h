/* SPDX-License-Identifier: Apache-2.0
 *
 * Sweeps that grow: which runs of a plan earlier sweeps of the same name have, and the number that
 * the new ones begin with. lib/write/made_runs.c finds them in a queue.
 */
#ifndef LIB_PLAN_GROWTH_H
#define LIB_PLAN_GROWTH_H

#include "lib/plan/plan.h"

/* A sweep directory of the plan's name. */
struct growth_directory {
    char *name;             /* in the queue; owned */
    char input[DIGEST_HEX]; /* of what it was made from: plan->input_digest */
    uint64_t runs;
    uint64_t first, end; /* its runs have numbers from `first` to before `end` */
    int name_width;      /* digits of run numbers in their names */
    uint32_t index;      /* in which order it was found */
    bool sets_output;    /* an axis sets its runs' output directories */
    bool is_used;        /* it has runs of the plan */
};

/* Where a run of the plan is. */
struct growth_run {
    uint64_t id;        /* the hex digits as a number */
    uint32_t directory; /* GROWTH_NEW: none has it */
    uint32_t number;    /* in its name; that a new one will get */
};

#define GROWTH_NEW UINT32_MAX

struct sweep_growth {
    struct growth_directory *directories; /* by their last number: the newest is last; owned */
    size_t n_directories;
    struct growth_run *runs; /* of the plan; NULL: all are new; owned */
    uint64_t n_runs, n_new;
    uint64_t first;  /* number of the first new run */
    size_t newest;   /* directory with runs of the plan; SIZE_MAX: none */
    bool is_same;    /* a directory with runs of the plan was made from the same input */
    uint64_t *order; /* plan->order before sweep_plan_grow() has changed it; owned */
};

/* Sets what follows from `directories`, `runs` and `n_runs`. */
void growth_count(struct sweep_growth *growth);

/* True if the plan has not all runs of its spec, or does not begin with number 0. */
bool growth_is_partial(const struct sweep_plan *plan);

/* Appends inherited.csv: `id,run,directory` of each run of the spec that the plan leaves out. */
void growth_put_inherited(const struct sweep_growth *growth, struct strbuf *out);

#endif
