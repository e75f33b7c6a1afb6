/* SPDX-License-Identifier: Apache-2.0
 *
 * The configs of runs that differ in what a few axes set: one tree, in which only their values are
 * replaced.
 */
#ifndef LIB_PLAN_VARIATION_H
#define LIB_PLAN_VARIATION_H

#include "lib/plan/axis_reads.h"
#include "lib/plan/plan.h"

/* A path that one of the axes sets. */
struct varied_path {
    size_t axis, operation; /* which operation of each of its choices */
    const json_t *original; /* what the config has there without the axis, or NULL; borrowed */
};

struct variation {
    const struct sweep_plan *plan;
    json_t *tree;               /* of the current run; owned; NULL: none yet */
    struct varied_path *varied; /* owned */
    const char **paths;         /* of each of them; the strings are the spec's */
    size_t n_paths;
    struct operations computed; /* the tokens of the config, other than those that the axes set */
    bool has_interpolations;    /* in a value that one of the axes sets, or computed strings */
};

/* False if the runs cannot be made like this, or memory is exhausted: the axes set values inside
 * one another, or inside those of other axes. Call variation_deinit() in any case. */
bool variation_init(
    struct variation *variation, const struct sweep_plan *plan, const struct axis_set *axes);
void variation_deinit(struct variation *variation);

/* True if the run with these choices has a value at each of the paths. */
bool variation_allows(const struct variation *variation, const size_t *choices);

/* Makes the tree of the first run. */
enum sweep_code variation_begin(struct variation *variation, uint64_t run, const size_t *choices);

/* Makes the tree that of another run, which differs from the first one only in the choices of these
 * axes. `all`: also in its directory and in computed strings; without it they keep the values of an
 * earlier run. SWEEP_INVALID if a value does not fit. */
enum sweep_code variation_set(
    struct variation *variation, uint64_t run, const size_t *choices, bool all);

#endif
