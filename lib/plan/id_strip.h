/* SPDX-License-Identifier: Apache-2.0
 *
 * What the identity of a run (run_id.h) does not depend on, because it does not affect training:
 * the run's own directory, values of templates that use {name}, {run}, {index} or {id}, and the
 * profile's volatile paths.
 */
#ifndef LIB_PLAN_ID_STRIP_H
#define LIB_PLAN_ID_STRIP_H

#include "lib/plan/plan.h"

/* Removes what does not affect training from a config, or from a part that has only some of its
 * top-level keys. `choices`: the run's; NULL: only what no run has, and SWEEP_NOT_FOUND if that
 * depends on the run. */
enum sweep_code id_strip(const struct sweep_plan *plan, json_t *tree, const size_t *choices);

/* True if the text of a template depends, in some run, on the name of the sweep or on the run's own
 * name, number or identity. `index` is that of the computed value. */
bool id_strip_names_run(const struct sweep_plan *plan, size_t index);

#endif
