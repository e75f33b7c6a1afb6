/* SPDX-License-Identifier: Apache-2.0
 *
 * Which axes make no difference in any run: the recipe never reads what they set, or ignores it
 * because of other values.
 */
#ifndef LIB_PLAN_AXIS_EFFECTS_H
#define LIB_PLAN_AXIS_EFFECTS_H

#include "lib/check/checker.h"
#include "lib/plan/plan.h"

struct axis_effects {
    const struct sweep_plan *plan; /* borrowed */
    struct axis_effect *items;     /* of each axis; owned */
    size_t n_dead;                 /* without any effect so far */
};

/* False if memory is exhausted. */
bool axis_effects_init(struct axis_effects *out, const struct sweep_plan *plan);
void axis_effects_deinit(struct axis_effects *effects);

/* Looks for axes that make a difference in the config that was checked last. */
void axis_effects_update(struct axis_effects *effects, struct checker *checker);

/* Reports each axis without an effect. SWEEP_INVALID if there is one. */
enum sweep_code axis_effects_report(
    const struct axis_effects *effects, struct sweep_findings *findings);

#endif
