/* SPDX-License-Identifier: Apache-2.0
 *
 * The profile's rules, compiled for one recipe and applied to configs.
 */
#ifndef LIB_CHECK_RULES_H
#define LIB_CHECK_RULES_H

#include "lib/check/check.h"

struct rules;

/* Selects the rules of the options' recipe. They are not compiled yet: rules_verify() tells whether
 * they can be. The profile and the strings in `options` must outlive the rules. */
enum sweep_code rules_new(const struct profile *profile, const struct check_options *options,
    struct rules **out, struct sweep_error *error);
void rules_free(struct rules *rules);

/* Compiles every rule of a profile, to find mistakes in those that a user wrote. */
enum sweep_code rules_verify(const struct profile *profile, struct sweep_error *error);

/* Starts on a config, which must stay valid until the next call. `few_rules`: only some rules are
 * going to be applied, by rules_apply(). */
void rules_begin(struct rules *rules, const struct resolved_config *config, bool few_rules);

/* Applies one rule of the profile to the mapping `it` or (NULL) to the config as a whole. */
void rules_apply(struct rules *rules, const struct rule *rule, const struct check_subject *it,
    const struct diagnostic_sink *sink);

/* Applies one rule of the profile to a top-level mapping, if it is for that. */
void rules_apply_to_key(struct rules *rules, const struct rule *rule, const char *key,
    const struct diagnostic_sink *sink);

/* Applies the rules for the config as a whole, and those for its top-level mappings. */
void rules_check_config(struct rules *rules, const struct diagnostic_sink *sink);

/* Applies the rules for one component. */
void rules_check_component(
    struct rules *rules, const struct check_subject *component, const struct diagnostic_sink *sink);

/* Why the value at `path` makes no difference in the current config, or NULL. The string is valid
 * until the next call. */
const char *rules_inert(struct rules *rules, const char *path);

/* Calls `visit` for each config path that rules_inert() reads to answer for `path`. */
void rules_inert_reads(
    struct rules *rules, const char *path, check_path_visitor *visit, void *context);

/* Calls `visit` for each rule that applies to a component or (NULL) to the current config as a
 * whole and its top-level mappings. */
void rules_visit(struct rules *rules, const struct check_subject *component,
    check_rule_visitor *visit, void *context);

/* Calls `visit` for each config path that a rule reads: its condition, and its file's name. */
void rules_reads(struct rules *rules, const struct rule *rule, const char *it_path,
    check_path_visitor *visit, void *context);

/* True if memory ran out; then the diagnostics are incomplete. */
bool rules_oom(const struct rules *rules);

#endif
