/* SPDX-License-Identifier: Apache-2.0
 *
 * "then": what is done after each run that succeeds, with a config of its own. That config is the
 * same for all runs but for tokens (lib/spec/computed.h), whose values are those of the run.
 */
#ifndef LIB_PLAN_THEN_H
#define LIB_PLAN_THEN_H

#include "lib/plan/planning.h"

/* The suffix of its configs, scripts, attempts and logs: "run_007.then". */
#define THEN_NAME "then"

/* Reads the base of "then" and applies its fixed values. To be called before scope_init(), which
 * compiles what is computed in them. */
void then_read(struct planner *p);

/* Checks the config of the first and the last run. Needs the final runs. */
void then_check(struct planner *p);

void then_free(struct sweep_plan *then); /* accepts NULL */

/* The path of a run's config: "configs/run_007.then.yaml". */
void then_config_path(const struct sweep_plan *plan, uint64_t index, char path[64]);

/* Appends the config for a run of the plan. */
void then_render(const struct sweep_plan *plan, const struct run *run, struct strbuf *out);

#endif
