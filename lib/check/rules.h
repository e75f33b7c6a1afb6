/* SPDX-License-Identifier: Apache-2.0
 *
 * The profile's rules, compiled for one recipe and applied to configs.
 */
#ifndef LIB_CHECK_RULES_H
#define LIB_CHECK_RULES_H

#include <stdint.h>

#include "lib/check/resolved.h"
#include "lib/trainer/profile.h"

/* A run is one process, which no launcher started: to rules, launch.processes is 0. */
enum { NO_LAUNCHER = -1 };

/* What is known beside the config: stated by the user, or by the sweep that it belongs to. */
struct surroundings {
    const char *recipe;    /* NULL when it is not known */
    int64_t processes;     /* of a run on one node; 0 when it is not known, or NO_LAUNCHER */
    int bf16;              /* whether the hardware computes in bfloat16; -1 when it is not known */
    bool check_paths;      /* look whether the files that a config names exist */
    const char *directory; /* that relative paths start from; used only with check_paths */
};

struct rules;

/* Collects the rules that apply to the recipe; rules_verify() tells whether they are sound. The
 * profile and the strings must outlive the rules. */
enum sweep_code rules_new(const struct profile *profile, const struct surroundings *around,
    struct rules **out, struct sweep_error *error);
void rules_free(struct rules *rules);

/* Whether every rule of a profile can be compiled; a user's may not. */
enum sweep_code rules_verify(const struct profile *profile, struct sweep_error *error);

/* Begins with a config; then its rules can be applied. The view must stay until the next. `sparse`
 * when only few of them will be, by rules_apply(). */
void rules_begin(struct rules *rules, const struct view *view, bool sparse);

/* Applies one rule of the profile to the component `node` at `it_path`, or (NULL) to the config. */
void rules_apply(struct rules *rules, const struct rule *rule, const json_t *node,
    const char *it_path, const struct sink *sink);

/* Applies the rules on the config as a whole, and those on its top-level mappings. */
void rules_check_config(struct rules *rules, const struct sink *sink);

/* Applies the rules on one component, the mapping `node` at `path`. */
void rules_check_component(
    struct rules *rules, const json_t *node, const char *path, const struct sink *sink);

/* Why the value at `path` cannot change what the current config's run learns: a text that is valid
 * until the next call, or NULL. */
const char *rules_inert(struct rules *rules, const char *path);

/* Calls `visit` for each config path that decides whether the value at `path` changes anything. */
void rules_inert_reads(struct rules *rules, const char *path,
    void (*visit)(void *context, const char *path), void *context);

/* Calls `visit` for each rule that is applied to the component `node` at `path`; with NULL for each
 * that is applied to the current config or its top-level mappings. */
void rules_visit(struct rules *rules, const json_t *node, const char *path,
    void (*visit)(void *context, const struct rule *rule, const char *it_path), void *context);

/* Calls `visit` for each config path that the condition of a rule reads. */
void rules_reads(struct rules *rules, const struct rule *rule, const char *it_path,
    void (*visit)(void *context, const char *path), void *context);

/* Whether memory ran out; then what was found is not all. */
bool rules_lost(const struct rules *rules);

#endif
