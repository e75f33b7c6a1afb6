/* SPDX-License-Identifier: Apache-2.0
 *
 * The names that rules may use, and their values for one config. Names are collected while rules
 * are compiled; each gets a slot, and a path that ten rules read is looked up once.
 *
 *     optimizer.lr            a config path
 *     it, it.lr, it_path      the component that a rule is applied to, and where it stands
 *     facts.model.num_heads   an argument of a component, else what the profile knows of it
 *     launch.recipe  launch.distributed  launch.processes  host.bf16
 */
#ifndef LIB_CHECK_RULE_NAMES_H
#define LIB_CHECK_RULE_NAMES_H

#include "lib/check/rules.h"
#include "lib/expr/expr.h"

enum slot_kind { SLOT_CONFIG, SLOT_IT, SLOT_IT_PATH, SLOT_FACT, SLOT_IT_FACT, SLOT_STATED };

struct slot {
    enum slot_kind kind;
    char *name;  /* as rules write it; owned */
    char *parts; /* of the path, each NUL-terminated; owned */
    size_t n_parts;
    uint32_t hash;    /* of the name */
    const char *fact; /* the last part of a fact's name; inside `name` */
};

struct slots {
    const struct profile *profile;
    const struct surroundings *around;
    struct slot *items;
    struct expr_value *values; /* one for each */
    size_t count, capacity;
    size_t *named; /* by the profile's names: the slot, plus one; 0 when there is none yet */
    size_t filled; /* values of config paths up to here are those of the current config */
    const struct view *view;
    const json_t *it;
    const char *it_path;
    bool sparse;   /* few rules are applied: each looks up all that it reads */
    bool allow_it; /* while compiling: whether the rule is applied to components */
};

/* For struct expr_scope: finds or makes the slot of a name. */
bool slots_resolve(
    void *context, const char *name, size_t *slot, unsigned *kinds, const char **hint);

/* For struct expr_names: the slot of one of the profile's names. */
bool slots_named(void *context, size_t number, size_t *slot);

/* Begins with a config: looks up all that does not depend on a component, unless `sparse`. */
void slots_begin(struct slots *slots, const struct view *view, bool sparse);

/* Looks up what an expression reads of the component that it is applied to; NULL for none. */
void slots_apply(
    struct slots *slots, const struct expr *expr, const json_t *it, const char *it_path);

/* Calls `visit` for each config path that a slot's value is taken from. */
void slots_paths(const struct slots *slots, size_t slot, const char *it_path,
    void (*visit)(void *context, const char *path), void *context);

void slots_deinit(struct slots *slots);

#endif
