/* SPDX-License-Identifier: Apache-2.0
 *
 * A run's config, as text and as a value.
 */
#ifndef LIB_PLAN_RENDER_H
#define LIB_PLAN_RENDER_H

#include "lib/plan/plan.h"

/* Replaces the content of `out` with the run's config. `scratch` saves allocations between runs. */
void plan_render(const struct sweep_plan *plan, const struct run *run, struct strbuf *scratch,
    struct strbuf *out);

/* The value that the config of run `index`, which has these choices, must have: the document with
 * the run's values merged into it. A new reference. SWEEP_INVALID if a value does not fit; the
 * planner has reported that. */
enum sweep_code plan_config_value(
    const struct sweep_plan *plan, uint64_t index, const size_t *choices, json_t **out);
/* The same with the name and number that `run` gives. */
enum sweep_code plan_config_of(const struct sweep_plan *plan, const struct run *run, json_t **out);

/* Replaces the computed strings and the output_dir of a tree that plan_merged() made for a run. */
enum sweep_code plan_complete_value(
    const struct sweep_plan *plan, uint64_t index, const size_t *choices, json_t *tree);

#endif
