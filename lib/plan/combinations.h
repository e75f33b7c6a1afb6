/* SPDX-License-Identifier: Apache-2.0
 *
 * The combinations of values that some axes have in the runs of a plan. What is decided by a few
 * axes is checked once for each of them, not for every run.
 */
#ifndef LIB_PLAN_COMBINATIONS_H
#define LIB_PLAN_COMBINATIONS_H

#include "lib/plan/axis_reads.h"
#include "lib/plan/plan.h"

struct combination {
    uint64_t first, second; /* two runs that have it; `second` is UINT64_MAX if it is one run's */
    uint64_t runs;
};

struct combinations {
    const struct sweep_plan *plan; /* borrowed */
    struct axis_set axes;
    struct combination *items; /* in the order of their first runs; owned */
    size_t count, capacity;
    size_t *table; /* of hashes ► index + 1; NULL if the number follows from the choices; owned */
    size_t table_size;
    size_t *of_choice; /* of a single axis: its choices ► index + 1; NULL: see `table`; owned */
    size_t *choices;   /* scratch; owned */
};

/* Finds the combinations of the axes in `axes`, which is copied. Takes a pass over all runs, unless
 * the runs are all combinations of all axes. */
enum sweep_code combinations_find(
    const struct sweep_plan *plan, const struct axis_set *axes, struct combinations *out);
void combinations_deinit(struct combinations *combinations);

/* Finds the combinations of each axis by itself, in a single pass over the runs. The array has one
 * element for each axis; NULL without memory. */
struct combinations *combinations_find_each(const struct sweep_plan *plan);
void combinations_free_each(struct combinations *each, const struct sweep_plan *plan);

/* The index of the combination that a run with these choices has. */
size_t combinations_of(struct combinations *combinations, const size_t *choices);

#endif
