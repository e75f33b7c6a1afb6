/* SPDX-License-Identifier: Apache-2.0
 *
 * The options of sbatch that a spec computes for each run: expressions and templates over the run's
 * values, as in configs.
 */
#ifndef LIB_PLAN_RESOURCE_VALUES_H
#define LIB_PLAN_RESOURCE_VALUES_H

#include "lib/plan/run_findings.h"
#include "lib/plan/scope.h"

/* A computed option. */
struct resource_value {
    const struct json_place *at; /* borrowed */
    struct expr *expr;           /* NULL: it is a template */
    struct template *template;
};

struct resource_values {
    const struct sweep_plan *plan;   /* borrowed */
    struct sweep_findings *findings; /* borrowed */
    struct resource_value *items;
    size_t count;
    struct axis_set axes; /* that they depend on */
    struct scope_run run;
};

/* The spec's "slurm" object. */
const json_t *resource_values_object(const struct sweep_plan *plan);

/* Compiles the options. Always to be released with resource_values_deinit(). */
enum sweep_code resource_values_init(
    struct resource_values *values, const struct sweep_plan *plan, struct sweep_findings *findings);
void resource_values_deinit(struct resource_values *values);

/* The values in the run with these choices: a new object, by the options' names as written. A
 * finding says for which runs one cannot be computed. */
enum sweep_code resource_values_compute(struct resource_values *values,
    struct run_findings *run_findings, const size_t *choices, json_t **out);

#endif
