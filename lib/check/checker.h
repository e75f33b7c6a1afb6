/* SPDX-License-Identifier: Apache-2.0
 *
 * All checks on a config that has been read, for one recipe.
 */
#ifndef LIB_CHECK_CHECKER_H
#define LIB_CHECK_CHECKER_H

#include "lib/check/components.h"
#include "lib/check/rules.h"

struct checker {
    const struct profile *profile;
    const struct recipe *recipe; /* NULL when it is not a known one */
    bool own_recipe;             /* it is the user's: what its keys mean is not known */
    struct rules *rules;
    struct view view;
    enum strangers strangers;
};

/* The profile and the strings in `around` must outlive the checker. One thread at a time. */
enum sweep_code checker_init(struct checker *checker, const struct profile *profile,
    const struct surroundings *around, enum strangers strangers, struct sweep_error *error);
void checker_deinit(struct checker *checker);

/* Checks a config and hands all that is wrong with it to the sink: what cannot be resolved, then
 * keys, components, rules. SWEEP_NO_MEMORY when not all could be checked. */
enum sweep_code checker_run(struct checker *checker, const json_t *tree, const struct sink *sink);

/* Calls `visit` for each rule that was applied in the last run, and what to. */
void checker_visit(struct checker *checker,
    void (*visit)(void *context, const struct rule *rule, const char *it_path), void *context);

#endif
