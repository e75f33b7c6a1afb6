/* SPDX-License-Identifier: Apache-2.0
 *
 * The runs of a plan by number: which value each axis has, and what the run is called.
 */
#ifndef LIB_PLAN_RUNS_H
#define LIB_PLAN_RUNS_H

#include "lib/plan/plan.h"

/* More runs than this are split into folders of this many. */
enum { RUNS_PER_FOLDER = 1000 };

/* The choices of run `index`, one for each axis. */
void plan_choices(const struct sweep_plan *plan, uint64_t index, size_t *choices);

/* True if the runs are all combinations of the axes' choices, the last axis varying fastest. */
bool plan_is_product(const struct sweep_plan *plan);

/* The run with these choices, of a plan for which plan_is_product() is true. */
uint64_t plan_run_index(const struct sweep_plan *plan, const size_t *choices);

/* The digits of run numbers below `end`: 3, or as many as the last one needs. */
int plan_name_width(uint64_t end);

/* The run's name: "run_007". Its number is `index` and the plan's first number together. */
void plan_run_name(const struct sweep_plan *plan, uint64_t index, char name[32]);

/* The path of its config in the sweep directory: "configs/run_007.yaml", or, if there are more than
 * RUNS_PER_FOLDER runs in the sweep, "configs/012/run_012345.yaml". */
void plan_config_path(const struct sweep_plan *plan, uint64_t index, char path[64]);
/* The same for run `number`, called `name` (up to 31 bytes), of a sweep directory with so many
 * runs. */
void run_config_path(uint64_t runs, uint64_t number, const char *name, char path[64]);

/* The value of the run's config with the tokens of computed strings (lib/spec/computed.h), and with
 * any output_dir. An axis without a choice, SIZE_MAX, is left out. A new reference.
 * SWEEP_INVALID if a value does not fit. */
enum sweep_code plan_merged(const struct sweep_plan *plan, const size_t *choices, json_t **out);

#endif
