/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs all checks on parsed configs of one recipe.
 */
#ifndef LIB_CHECK_CHECKER_H
#define LIB_CHECK_CHECKER_H

#include "lib/check/consequences.h"
#include "lib/check/rules.h"

struct checker {
    const struct profile *profile;
    const struct recipe *recipe; /* NULL: not known, or not in the profile */
    bool own_recipe;             /* the user's own recipe: its keys are not known */
    bool refuse_unknown;
    struct rules *rules;
    struct resolved_config config; /* the one that was checked last */
};

/* The profile and the strings in `options` must outlive the checker. One thread at a time. */
enum sweep_code checker_init(struct checker *checker, const struct profile *profile,
    const struct check_options *options, struct sweep_error *error);
void checker_deinit(struct checker *checker);

/* Checks a config and reports everything that is wrong with it: first interpolations, then keys,
 * components and rules. SWEEP_NO_MEMORY if a check could not be finished. */
enum sweep_code checker_run(
    struct checker *checker, const json_t *tree, const struct diagnostic_sink *sink);

/* The same; the diagnostics go through `consequences`. */
enum sweep_code checker_run_into(
    struct checker *checker, const json_t *tree, struct consequences *consequences);

/* What the checks of this checker are given. */
struct check checker_check(const struct checker *checker, const struct diagnostic_sink *sink);

/* Starts on a config without checking anything yet but its interpolations. `few_rules`: only some
 * rules are going to be applied, by rules_apply(). */
struct check checker_begin(struct checker *checker, const json_t *tree,
    const struct diagnostic_sink *sink, bool few_rules);

/* True if memory ran out; then the diagnostics are incomplete. */
bool checker_oom(const struct checker *checker);

/* Calls `visit` for each rule that was applied in the last run. */
void checker_visit(struct checker *checker, check_rule_visitor *visit, void *context);

/* The same for the components at or below a node, whose path must be in a buffer of PATH_MAX_BYTES:
 * checks them, applies the rules for them, or visits these. */
void checker_check_below(
    const struct checker *checker, const struct check *check, const json_t *node, char *path);
void checker_apply_below(
    const struct checker *checker, const struct check *check, const json_t *node, char *path);
void checker_visit_below(const struct checker *checker, const json_t *node, char *path,
    check_rule_visitor *visit, void *context);

#endif
