/* SPDX-License-Identifier: Apache-2.0
 *
 * The names that rules use, and their values for one config. Names are collected while rules are
 * compiled: a path that ten rules read is looked up once.
 *
 *     optimizer.lr            a config path
 *     it, it.lr, it_path      the mapping that a rule is applied to, and its path
 *     facts.model.num_heads   an argument of a component or, if not given, a fact of the profile
 *     launch.recipe  launch.distributed  launch.processes
 *     launch.new_directory  host.bf16
 */
#ifndef LIB_CHECK_RULE_NAMES_H
#define LIB_CHECK_RULE_NAMES_H

#include "lib/check/check.h"
#include "lib/expr/expr.h"

enum rule_name_kind {
    NAME_CONFIG,
    NAME_IT,
    NAME_IT_PATH,
    NAME_IT_INSIDE,
    NAME_FACT,
    NAME_IT_FACT,
    NAME_OPTION,
};

struct rule_name {
    enum rule_name_kind kind;
    char *name;  /* as rules write it; owned */
    char *parts; /* of the path, each NUL-terminated; owned */
    size_t n_parts;
    uint32_t hash;    /* of the name */
    const char *fact; /* the last part of the name of a fact; inside `name` */
};

/* Expressions refer to names by their index: what lib/expr calls a slot. */
struct rule_names {
    const struct profile *profile;
    const struct check_options *options;
    struct rule_name *items;
    struct expr_value *values; /* of each name */
    size_t count, capacity;
    size_t *thawed; /* by the profile's list of names: the index here plus 1, or 0 */
    size_t filled;  /* how many names have been looked up in the current config */
    const struct resolved_config *config;
    struct check_subject it; /* of the current rule; zeroed: the config as a whole */
    bool few_rules;          /* each rule looks up what it reads */
    bool allow_it;           /* while compiling: the rule is applied to mappings */
};

/* For struct expr_scope: finds or adds a name. */
bool rule_names_resolve(
    void *context, const char *name, size_t *slot, unsigned *kinds, const char **hint);

/* For struct expr_names: finds or adds one of the profile's names. */
bool rule_names_thaw(void *context, size_t number, size_t *slot);

/* Starts on a config: looks up all names that do not depend on `it`, unless `few_rules`. */
void rule_names_begin(
    struct rule_names *names, const struct resolved_config *config, bool few_rules);

/* Looks up what an expression reads of `it`; NULL: it is applied to the config as a whole. */
void rule_names_read(
    struct rule_names *names, const struct expr *expr, const struct check_subject *it);

/* Calls `visit` for each config path that the value of a name is taken from. */
void rule_names_paths(const struct rule_names *names, size_t slot, const char *it_path,
    check_path_visitor *visit, void *context);

void rule_names_deinit(struct rule_names *names);

#endif
