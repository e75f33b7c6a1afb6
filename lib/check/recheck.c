/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/check/components.h"
#include "lib/check/keys.h"
#include "lib/check/recheck.h"
#include "lib/doc/path.h"
#include "lib/doc/scalar.h"
#include "lib/util/array.h"

/* Of a config in which more changes, or that has more interpolations, everything is checked again:
 * each of them is compared with every application. */
enum { RECHECK_MAX = 64 };

/* A rule and what it is applied to. */
struct application {
    const struct rule *rule;
    struct check_subject it; /* zeroed: the config as a whole; the path is owned */
    bool always;             /* it reads a string with interpolations */
};

/* The nearest component above a value, and which argument of it the value belongs to. Without a
 * component above: which top-level key. */
struct holder {
    struct check_subject component; /* `node` NULL: none; the path is owned */
    char *name;                     /* of the argument or key; owned */
};

/* What to check when a scalar changes. */
struct dependents {
    bool known;
    bool names_component; /* it decides which checks apply: re-check everything */
    size_t *applications; /* indices; owned */
    size_t count;
    struct holder holder;
};

struct recheck {
    struct checker *checker;
    const struct similar *similar;
    struct application *applications;
    size_t n_applications, capacity;
    struct dependents *scalars;    /* of each scalar of the document, found when it changes */
    size_t n_known;                /* of them */
    struct holder *interpolations; /* of the strings with interpolations */
    size_t n_interpolations;
    bool oom;
};

static void recheck_add_application(void *context, const struct rule *rule, const char *it_path)
{
    struct recheck *recheck = context;
    struct application *all =
        array_grow(recheck->applications, recheck->n_applications, &recheck->capacity, sizeof *all);
    if (all == NULL) {
        recheck->oom = true;
        return;
    }
    recheck->applications = all;
    struct application one = {.rule = rule};
    if (it_path != NULL) {
        one.it.path = strdup(it_path);
        if (one.it.path == NULL) {
            recheck->oom = true;
            return;
        }
    }
    recheck->applications[recheck->n_applications++] = one;
}

static const json_t *recheck_node_at(const struct checker *checker, const char *path)
{
    char parts[PATH_MAX_BYTES];
    size_t count = *path != '\0' ? 1 : 0;
    size_t length = strlen(path);
    if (length >= sizeof parts)
        return NULL;
    memcpy(parts, path, length + 1);
    for (char *p = parts; *p != '\0'; p++)
        if (*p == '.') {
            *p = '\0';
            count++;
        }
    return resolved_get(&checker->config, checker->config.tree, parts, count);
}

struct recheck_search {
    const char *path;
    bool found;
};

static void recheck_compare(void *context, const char *path)
{
    struct recheck_search *search = context;
    if (path_overlaps(path, search->path))
        search->found = true;
}

/* True if the condition of a rule reads a path. */
static bool recheck_reads(
    const struct recheck *recheck, const struct application *one, const char *path)
{
    struct recheck_search search = {path, false};
    rules_reads(recheck->checker->rules, one->rule, one->it.path, recheck_compare, &search);
    return search.found;
}

static void recheck_find_holder(struct recheck *recheck, const char *path, struct holder *out)
{
    const char *component_key = recheck->checker->profile->component_key;
    char parent[PATH_MAX_BYTES];
    const char *name;
    const json_t *node;
    snprintf(parent, sizeof parent, "%s", path);
    do {
        char *dot = strrchr(parent, '.');
        if (dot != NULL) {
            *dot = '\0';
            name = path + (dot - parent) + 1;
        } else {
            parent[0] = '\0';
            name = path;
        }
        node = recheck_node_at(recheck->checker, parent);
        if (json_object_get(node, component_key) == NULL)
            node = NULL;
    } while (node == NULL && parent[0] != '\0');
    out->component.node = node;
    out->component.path = strdup(parent);
    out->name = strndup(name, strcspn(name, "."));
    if (out->component.path == NULL || out->name == NULL)
        recheck->oom = true;
}

static void recheck_free_holder(struct holder *holder)
{
    free((char *)holder->component.path);
    free(holder->name);
}

static void recheck_add_interpolation(struct recheck *recheck, const char *path)
{
    struct holder *all =
        realloc(recheck->interpolations, (recheck->n_interpolations + 1) * sizeof *all);
    if (all == NULL) {
        recheck->oom = true;
        return;
    }
    recheck->interpolations = all;
    recheck_find_holder(recheck, path, &all[recheck->n_interpolations++]);
    for (size_t i = 0; i < recheck->n_applications; i++)
        if (recheck_reads(recheck, &recheck->applications[i], path))
            recheck->applications[i].always = true;
}

/* The value of a string with interpolations may change although the string does not, so whatever
 * reads one is always checked again. */
static void recheck_find_interpolations(
    struct recheck *recheck, const json_t *node, char *path, size_t length)
{
    const char *key;
    json_t *value;
    size_t index, longer;
    if (recheck->n_interpolations > RECHECK_MAX)
        return;
    if (scalar_is_interpolation(node))
        recheck_add_interpolation(recheck, path);
    json_object_foreach ((json_t *)node, key, value) {
        longer = path_append(path, length, key);
        if (longer > 0)
            recheck_find_interpolations(recheck, value, path, longer);
    }
    json_array_foreach (node, index, value) {
        longer = path_append_index(path, length, index);
        if (longer > 0)
            recheck_find_interpolations(recheck, value, path, longer);
    }
    path[length] = '\0';
}

struct recheck *recheck_new(struct checker *checker, const struct similar *similar)
{
    struct recheck *recheck = calloc(1, sizeof *recheck);
    char path[PATH_MAX_BYTES] = "";
    if (recheck == NULL)
        return NULL;
    recheck->checker = checker;
    recheck->similar = similar;
    recheck->scalars = calloc(similar_count(similar) + 1, sizeof *recheck->scalars);
    checker_visit(checker, recheck_add_application, recheck);
    for (size_t i = 0; i < recheck->n_applications; i++) {
        struct check_subject *it = &recheck->applications[i].it;
        if (it->path != NULL)
            it->node = recheck_node_at(checker, it->path);
    }
    recheck_find_interpolations(recheck, checker->config.tree, path, 0);
    if (recheck->scalars == NULL || recheck->oom || recheck->n_interpolations > RECHECK_MAX) {
        recheck_free(recheck);
        return NULL;
    }
    return recheck;
}

void recheck_free(struct recheck *recheck)
{
    if (recheck == NULL)
        return;
    for (size_t i = 0; recheck->scalars != NULL && i < similar_count(recheck->similar); i++) {
        free(recheck->scalars[i].applications);
        recheck_free_holder(&recheck->scalars[i].holder);
    }
    for (size_t i = 0; i < recheck->n_interpolations; i++)
        recheck_free_holder(&recheck->interpolations[i]);
    for (size_t i = 0; i < recheck->n_applications; i++)
        free((char *)recheck->applications[i].it.path);
    free(recheck->interpolations);
    free(recheck->scalars);
    free(recheck->applications);
    free(recheck);
}

/* Whether an application must run again when the scalar at `path` changes. Rules without a
 * condition look for files, which any value may name. */
static bool recheck_depends(
    const struct recheck *recheck, const struct application *one, const char *path)
{
    if (one->always)
        return false; /* it runs anyway */
    return one->rule->when == NULL || recheck_reads(recheck, one, path);
}

/* NULL if there are too many, or memory is exhausted. */
static const struct dependents *recheck_dependents(struct recheck *recheck, size_t scalar)
{
    struct dependents *out = &recheck->scalars[scalar];
    const char *component_key = recheck->checker->profile->component_key;
    const char *path = similar_path(recheck->similar, scalar);
    if (out->known)
        return out;
    if (recheck->oom || recheck->n_known == RECHECK_MAX)
        return NULL;
    const char *dot = strrchr(path, '.');
    const char *name = dot != NULL ? dot + 1 : path;
    out->names_component = component_key != NULL && strcmp(name, component_key) == 0;
    out->applications = calloc(recheck->n_applications + 1, sizeof *out->applications);
    if (out->applications == NULL) {
        recheck->oom = true;
        return NULL;
    }
    for (size_t i = 0; i < recheck->n_applications; i++)
        if (recheck_depends(recheck, &recheck->applications[i], path))
            out->applications[out->count++] = i;
    recheck_find_holder(recheck, path, &out->holder);
    if (recheck->oom)
        return NULL;
    out->known = true;
    recheck->n_known++;
    return out;
}

/* --- running ------------------------------------------------------------------------------ */

static void recheck_count(void *context, const struct diagnostic *diagnostic)
{
    size_t *count = context;
    (void)diagnostic;
    ++*count;
}

static void recheck_apply(struct recheck *recheck, size_t index, const struct diagnostic_sink *sink)
{
    const struct application *one = &recheck->applications[index];
    const struct check_subject *it = one->it.path != NULL ? &one->it : NULL;
    rules_apply(recheck->checker->rules, one->rule, it, sink);
}

/* Checks the type of an argument or key. */
static void recheck_type(
    const struct recheck *recheck, const struct check *check, const struct holder *holder)
{
    if (holder->component.node != NULL)
        check_component_argument(check, &holder->component, holder->name);
    if (holder->component.path[0] != '\0' || recheck->checker->own_recipe)
        return;
    if (check->recipe == NULL || recipe_reads(check->recipe, holder->name))
        check_key_type(check, holder->name, json_object_get(check->config->tree, holder->name));
}

bool recheck_is_clean(struct recheck *recheck, const json_t *tree)
{
    size_t n_diagnostics = 0, n_changes;
    const size_t *changes = similar_changes(recheck->similar, &n_changes);
    struct diagnostic_sink sink = {recheck_count, &n_diagnostics, NULL};
    struct check check = checker_begin(recheck->checker, tree, &sink, true);
    for (size_t i = 0; i < recheck->n_applications; i++)
        if (recheck->applications[i].always)
            recheck_apply(recheck, i, &sink);
    for (size_t i = 0; i < n_changes; i++) {
        const struct dependents *dependents = recheck_dependents(recheck, changes[i]);
        if (dependents == NULL || dependents->names_component)
            return false;
        for (size_t k = 0; k < dependents->count; k++)
            recheck_apply(recheck, dependents->applications[k], &sink);
        recheck_type(recheck, &check, &dependents->holder);
    }
    for (size_t i = 0; i < recheck->n_interpolations; i++)
        recheck_type(recheck, &check, &recheck->interpolations[i]);
    return n_diagnostics == 0 && !checker_oom(recheck->checker);
}
