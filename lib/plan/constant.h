/* SPDX-License-Identifier: Apache-2.0
 *
 * Axes that have several values, of which all runs have the same one.
 */
#ifndef LIB_PLAN_CONSTANT_H
#define LIB_PLAN_CONSTANT_H

#include "lib/plan/plan.h"

/* Adds a note for each axis that filters or a sample leave one value of. */
enum sweep_code constant_note_axes(const struct sweep_plan *plan, struct sweep_findings *findings);

#endif
