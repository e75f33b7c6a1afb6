/* SPDX-License-Identifier: Apache-2.0
 *
 * Draws the points of a sweep that has a "sample".
 */
#ifndef LIB_PLAN_DRAW_H
#define LIB_PLAN_DRAW_H

#include "lib/plan/planning.h"
#include "lib/plan/scope.h"

/* Whether the filters of the spec drop a point; called with the choices of the point. */
struct draw_filter {
    void *context;
    bool (*drops)(void *context, const size_t *choices);
};

/* Sets the drawn points of spec->product, whose items have their sizes. The values of distributions
 * become choices of their axes. */
void draw_points(struct planner *p, struct scope *scope, const struct draw_filter *filter);

#endif
