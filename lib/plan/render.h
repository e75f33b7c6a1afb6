/* SPDX-License-Identifier: Apache-2.0
 *
 * The text of a run's config.
 */
#ifndef LIB_PLAN_RENDER_H
#define LIB_PLAN_RENDER_H

#include "lib/plan/plan.h"

/* Empties `out` and fills it with the run's config; `scratch` saves allocations from run to run. */
void plan_render(const struct sweep_plan *plan, uint64_t index, const size_t *choices,
    struct strbuf *scratch, struct strbuf *out);

#endif
