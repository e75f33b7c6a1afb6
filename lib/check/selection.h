/* SPDX-License-Identifier: Apache-2.0
 *
 * The checks that can tell configs apart which differ only in some values. Of ten thousand configs
 * that differ in one value, all checks run on the first one, and only these on the others.
 */
#ifndef LIB_CHECK_SELECTION_H
#define LIB_CHECK_SELECTION_H

#include "lib/check/checker.h"

struct selection;

/* How the configs differ. */
struct selection_changes {
    const char *const *paths; /* of the values that differ; none is inside another one */
    size_t n_paths;
    /* True if a diagnostic depends on these values. Of it, only `path`, `rule` and `it_path` are
     * set. May set `resolve`. */
    bool (*is_changed)(void *context, const struct diagnostic *about);
    void *context;
    bool resolve; /* strings with interpolations have to be resolved again in each config */
};

/* Selects checks for configs that differ from the one that the checker has checked last. NULL if
 * memory is exhausted, or only a full check can tell what is wrong with each of them. The checker
 * must outlive the selection. */
struct selection *selection_new(struct checker *checker, struct selection_changes *changes);
void selection_free(struct selection *selection);

/* True if interpolations are resolved again: then strings outside the paths may differ, too. */
bool selection_resolves(const struct selection *selection);

/* Runs the selected checks on a config: the tree that selection_new() has seen, with other values
 * at the paths. *is_certain: these are all diagnostics that depend on the values; otherwise only a
 * full check can tell. */
enum sweep_code selection_run(struct selection *selection, const json_t *tree,
    const struct diagnostic_sink *sink, bool *is_certain);

/* Calls `visit` for the rules for the components in the values that differ. */
void selection_visit(struct selection *selection, check_rule_visitor *visit, void *context);

#endif
