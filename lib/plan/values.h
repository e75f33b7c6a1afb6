/* SPDX-License-Identifier: Apache-2.0
 *
 * Strings of the configs that are computed for each run. The document and the pieces of a plan have
 * tokens for them (lib/spec/computed.h); here are the strings.
 */
#ifndef LIB_PLAN_VALUES_H
#define LIB_PLAN_VALUES_H

#include "lib/plan/axis_reads.h"
#include "lib/plan/plan.h"

/* Reads the templates; again if plan->doc or the values of axes were not complete before. */
enum sweep_code values_read(struct sweep_plan *plan, struct sweep_findings *findings);
void values_free(struct sweep_plan *plan);

/* Makes the paths of computed strings depend on what their templates use. */
void values_link(const struct sweep_plan *plan, struct axis_reads *reads);

/* Puts the strings of a run into a config's text, which has tokens from `start` on. */
void values_put(
    const struct sweep_plan *plan, const struct run *run, size_t start, struct strbuf *text);

/* The same for a row of run_mapping.csv, where fields with commas or quotes are quoted. */
void values_put_csv(
    const struct sweep_plan *plan, const struct run *run, size_t start, struct strbuf *text);

/* The same for canonical JSON (lib/doc/canonical.h) in which tokens have no quotes. */
void values_put_json(
    const struct sweep_plan *plan, const struct run *run, size_t start, struct strbuf *text);

/* Appends a computed value to the text of a template: put_computed() of a run whose context is the
 * plan. */
bool values_put_text(const struct run *run, size_t index, struct strbuf *out);

/* The same for a config's value. */
enum sweep_code values_replace(const struct sweep_plan *plan, const struct run *run, json_t *tree);

#endif
