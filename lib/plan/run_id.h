/* SPDX-License-Identifier: Apache-2.0
 *
 * The identity of a run: the first 12 hex digits of SHA-256 over the canonical JSON of
 *
 *     {"config": CONFIG, "recipe": RECIPE, "trainer": TRAINER}
 *
 * CONFIG is the run's config without what does not affect training: the run's own directory, values
 * of templates that use {name}, {run}, {index} or {id}, and the profile's volatile paths. So the
 * same training has the same identity in every sweep.
 *
 * Most of that JSON is the same in all runs. As with the text of configs (pieces.h) it is cut where
 * axes change it; each piece that is cut out has one text for each value of its axis.
 */
#ifndef LIB_PLAN_RUN_ID_H
#define LIB_PLAN_RUN_ID_H

#include "lib/plan/plan.h"

/* The bytes of an identity, with its NUL. */
enum { RUN_ID_BYTES = 13 };

/* Prepares plan->ids and sets plan->uses_id. All templates must be set. */
enum sweep_code run_ids_prepare(struct sweep_plan *plan);

/* The strings of a run that plan_run() makes. */
struct run_names {
    char name[32];
    char id[RUN_ID_BYTES];
};

/* Run `index`, which has these choices, for its templates. `id` is set if a template uses it, and
 * NULL otherwise or if memory is exhausted. The result borrows `choices` and `names`. */
struct run plan_run(
    const struct sweep_plan *plan, uint64_t index, const size_t *choices, struct run_names *names);

/* The identity of the run with these choices from its whole config, without the pieces. */
enum sweep_code run_id_of(
    const struct sweep_plan *plan, const size_t *choices, char id[RUN_ID_BYTES]);

/* Computes the identities of many runs: what a run has in common with the one before, up to the
 * first difference, is not hashed again. */
struct run_id_cursor {
    const struct sweep_plan *plan; /* borrowed */
    struct sha256_ctx *states;     /* before each piece; owned */
    size_t *last;                  /* choices of the run before; owned */
    size_t n_valid;                /* states that are of the run before */
};

/* False if memory is exhausted. Always to be released with run_id_end(). */
bool run_id_begin(struct run_id_cursor *cursor, const struct sweep_plan *plan);
void run_id_end(struct run_id_cursor *cursor);

/* plan_run() with `id` set always; it is NULL if memory is exhausted. */
struct run run_id_next(
    struct run_id_cursor *cursor, uint64_t index, const size_t *choices, struct run_names *names);

#endif
