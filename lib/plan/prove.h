/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads generated configs back, and compares them with the intended values.
 */
#ifndef LIB_PLAN_PROVE_H
#define LIB_PLAN_PROVE_H

#include "lib/plan/plan.h"

/* Reads the first run and the last one back, and others, so that each axis has had two values.
 * The others end after PROVE_MAX_BYTES of configs: each piece was read back when it was cut. */
enum sweep_code prove_runs(const struct sweep_plan *plan, struct sweep_error *error);

#endif
