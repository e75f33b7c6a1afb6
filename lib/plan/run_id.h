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

/* The digest after some of the pieces. */
struct run_id_state {
    const struct id_text *text; /* of the last of them; NULL: unused */
    uint64_t before;            /* number of the state before that piece */
    uint64_t number;            /* 0: after the pieces that are the same in all runs */
    struct sha256_ctx digest;
};

/* States that are kept: 2.3 MiB, of which small sweeps use little. */
enum { RUN_ID_STATES = 16384 };

/* Computes the identities of many runs in any order. Runs whose JSON begins alike share the state
 * of the digest there, so that only the rest is hashed for each. */
struct run_id_cursor {
    const struct sweep_plan *plan; /* borrowed */
    size_t n_head;                 /* pieces that are the same in all runs, */
    struct run_id_state head;      /* and the state after them */
    size_t n_shared;               /* pieces after which states are kept */
    struct run_id_state *states;   /* hashed by `before` and `text`; owned */
    uint64_t n_states;             /* computed so far */
};

/* False if memory is exhausted. Always to be released with run_id_end(). */
bool run_id_begin(struct run_id_cursor *cursor, const struct sweep_plan *plan);
void run_id_end(struct run_id_cursor *cursor);

/* plan_run() with `id` set always; it is NULL if memory is exhausted. */
struct run run_id_next(
    struct run_id_cursor *cursor, uint64_t index, const size_t *choices, struct run_names *names);

#endif
