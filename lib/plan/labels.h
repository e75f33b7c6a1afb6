/* SPDX-License-Identifier: Apache-2.0
 *
 * The values of a sweep as people see them, "8/16", where the spec has "8/=2*lora.rank".
 */
#ifndef LIB_PLAN_LABELS_H
#define LIB_PLAN_LABELS_H

#include "lib/plan/plan.h"

/* Puts values into the labels of choices that are computed from values of the same axis only, or
 * from values that all runs share. Every computed value must have been checked. */
enum sweep_code labels_compute(struct sweep_plan *plan);

/* Appends the label of a choice with all that is computed in it, for a run. */
void labels_put(const struct sweep_plan *plan, const struct run *run, const struct choice *choice,
    struct strbuf *out);

#endif
