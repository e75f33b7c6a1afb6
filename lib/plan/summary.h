/* SPDX-License-Identifier: Apache-2.0
 *
 * How many runs a spec has, how they are counted and what they cost, as JSON. Also for a spec that
 * a limit refuses. specs/schema/sweep-plan.schema.json describes the members.
 */
#ifndef LIB_PLAN_SUMMARY_H
#define LIB_PLAN_SUMMARY_H

#include "lib/plan/plan.h"

enum { SUMMARY_VERSION = 1 };

/* A new reference; NULL if memory is exhausted. `is_complete`: the plan has no errors. */
json_t *summary_of(
    const struct sweep_plan *plan, const struct sweep_limits *limits, bool is_complete);

#endif
