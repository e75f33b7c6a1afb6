/* SPDX-License-Identifier: Apache-2.0
 *
 * What the runs of a plan ask Slurm for. If options of sbatch are computed for each run, the runs
 * that get the same values are a group, which has a job script of its own. Otherwise all runs are
 * one group.
 */
#ifndef LIB_PLAN_RESOURCES_H
#define LIB_PLAN_RESOURCES_H

#include "lib/plan/combinations.h"
#include "lib/plan/planning.h"

struct resource_group {
    struct slurm_options options;
    json_t *values; /* of computed options, by their names as written; owned */
    uint64_t runs;  /* of the plan; 0 if earlier sweeps have them all */
};

struct resources {
    struct resource_group *groups; /* by their first runs; owned */
    size_t count;
    struct combinations combinations; /* of the axes that the options depend on */
    size_t *groups_of;                /* of each combination; owned */
};

/* Computes the options of all runs and finds the groups, with the findings about each. Does nothing
 * if no option is computed. Needs the final runs. */
enum sweep_code resources_find(struct planner *p);

/* Counts the runs of the groups again, after plan->order has changed. */
enum sweep_code resources_recount(const struct sweep_plan *plan);

void resources_free(struct resources *resources); /* accepts NULL */

/* The groups of a plan, at least one. */
size_t resources_count(const struct sweep_plan *plan);
const struct slurm_options *resources_options(const struct sweep_plan *plan, size_t group);
uint64_t resources_runs(const struct sweep_plan *plan, size_t group);

/* The group of the run with these choices. */
size_t resources_of(const struct sweep_plan *plan, const size_t *choices);

/* The number of job scripts: of groups that have runs, at least 1. */
size_t resources_scripts(const struct sweep_plan *plan);

/* The processes of a run, of all its nodes; 0 if that is not known or not the same in all runs. */
unsigned resources_processes(const struct sweep_plan *plan);

/* Job arrays of all groups. */
uint64_t resources_arrays(const struct sweep_plan *plan);

#endif
