/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/path.h"
#include "lib/findings/findings.h"
#include "lib/plan/deletions.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

/* --- checking ----------------------------------------------------------------------------- */

/* Cuts the last part off `path` and returns it; NULL if the path has only one part. */
static const char *deletions_split(char *path)
{
    char *dot = strrchr(path, '.');
    if (dot == NULL)
        return NULL;
    *dot = '\0';
    return dot + 1;
}

/* Finds a key of that name at any depth; `path` gets the way to it. */
static bool deletions_find_key(const json_t *node, const char *name, char *path, size_t length)
{
    const char *key;
    json_t *value;
    size_t longer;
    json_object_foreach ((json_t *)node, key, value) {
        if ((longer = path_append(path, length, key)) == 0)
            continue;
        if (strcmp(key, name) == 0 || deletions_find_key(value, name, path, longer))
            return true;
        path[length] = '\0';
    }
    return false;
}

/* The path that was probably meant: the same key elsewhere, or a similar key in the same mapping;
 * "" if there is none. */
static void deletions_suggest(
    const struct planner *p, const char *path, char suggested[PATH_MAX_BYTES])
{
    const json_t *tree = p->plan->doc->tree;
    char parent[PATH_MAX_BYTES];
    snprintf(parent, sizeof parent, "%s", path);
    const char *last = deletions_split(parent), *name = last != NULL ? last : path;
    const struct parameter *parameter = profile_parameter(&p->plan->trainer->profile, path);
    suggested[0] = '\0';
    if (parameter != NULL && path_get(tree, parameter->fields[0].path) != NULL) {
        snprintf(suggested, PATH_MAX_BYTES, "%s", parameter->fields[0].path);
        return;
    }
    struct suggestion suggestion = {.word = name};
    const json_t *siblings = last != NULL ? path_get(tree, parent) : tree;
    suggestion_offer_keys(&suggestion, siblings, NULL);
    if (suggestion.best != NULL) {
        size_t length = 0;
        if (last != NULL)
            length = path_append(suggested, 0, parent);
        path_append(suggested, length, suggestion.best);
        return;
    }
    deletions_find_key(tree, name, suggested, 0);
}

static void deletions_refuse_missing(
    struct planner *p, const struct assignment *assignment, const char *path)
{
    char suggested[PATH_MAX_BYTES] = "", hint[PATH_MAX_BYTES + 32];
    struct path parts;
    if (!path_parse(path, &parts)) {
        planner_note(p, FINDING_ERROR(p->findings, "bad-path", assignment->place, path, NULL,
                            "\"%s\" is not a config path: names joined by single dots", path));
        return;
    }
    deletions_suggest(p, path, suggested);
    snprintf(hint, sizeof hint, "did you mean \"~%s\"?", suggested);
    planner_note(p, FINDING_ERROR(p->findings, "unknown-path", assignment->place, path,
                        suggested[0] != '\0' ? hint : NULL,
                        "\"%s\" cannot be deleted: the base has no such path", path));
}

static void deletions_check_path(
    struct planner *p, const struct assignment *assignment, const char *path)
{
    const char *component_key = p->plan->trainer->profile.component_key;
    const json_t *tree = p->plan->doc->tree, *value = path_get(tree, path);
    char parent[PATH_MAX_BYTES];
    snprintf(parent, sizeof parent, "%s", path);
    const char *last = deletions_split(parent);
    const char *output = profile_output(&p->plan->trainer->profile);
    if (output != NULL && path_is_inside(output, path)) {
        planner_note(p, FINDING_ERROR(p->findings, "bad-deletion", assignment->place, path, NULL,
                            "\"%s\" cannot be deleted: it says where each run writes", path));
    } else if (value == NULL) {
        deletions_refuse_missing(p, assignment, path);
    } else if (last != NULL && json_is_array(path_get(tree, parent))) {
        planner_note(p, FINDING_ERROR(p->findings, "bad-deletion", assignment->place, path,
                            "set the whole list instead",
                            "\"%s\" cannot be deleted: it is an item of a list", path));
    } else if (json_object_get(value, component_key) != NULL) {
        planner_note(p, FINDING_ERROR(p->findings, "bad-deletion", assignment->place, path,
                            "set another component, or delete some of its arguments",
                            "\"%s\" cannot be deleted: it is a component", path));
    } else if (last != NULL && strcmp(last, component_key) == 0) {
        planner_note(p, FINDING_ERROR(p->findings, "bad-deletion", assignment->place, path,
                            "set it to another component",
                            "\"%s\" cannot be deleted: the other keys are its arguments", path));
    }
}

static void deletions_check_all(struct planner *p, const struct assignments *assignments)
{
    for (size_t i = 0; i < assignments->count; i++) {
        const struct assignment *assignment = &assignments->items[i];
        for (size_t k = 0; k < assignment->n_paths; k++)
            if (assignment_deletes(assignment, assignment->paths[k]))
                deletions_check_path(p, assignment, assignment->paths[k]);
    }
}

void deletions_check(struct planner *p)
{
    deletions_check_all(p, &p->plan->spec.fixed);
    deletions_check_all(p, &p->plan->spec.axes);
}

/* --- deleting ----------------------------------------------------------------------------- */

/* True if an axis sets something inside `parent`. */
static bool deletions_axis_sets_in(const struct planner *p, const char *parent)
{
    const struct assignments *axes = &p->plan->spec.axes;
    for (size_t i = 0; i < axes->count; i++)
        for (size_t k = 0; k < axes->items[i].n_paths; k++)
            if (path_is_inside(axes->items[i].paths[k], parent) &&
                !assignment_deletes(&axes->items[i], axes->items[i].paths[k]))
                return true;
    return false;
}

/* A mapping whose last key is deleted goes too, as with `tune run … ~a.b`: makes the deletion one
 * of that mapping. */
static enum sweep_code deletions_widen(
    const struct planner *p, const json_t *tree, struct operation *operation)
{
    char path[PATH_MAX_BYTES], parent[PATH_MAX_BYTES];
    snprintf(path, sizeof path, "%s", operation->path);
    for (;;) {
        snprintf(parent, sizeof parent, "%s", path);
        if (deletions_split(parent) == NULL)
            break;
        const json_t *value = path_get(tree, parent);
        if (!json_is_object(value) || json_object_size(value) > 1 ||
            deletions_axis_sets_in(p, parent))
            break;
        /* An item of a list stays: the others would change their numbers. */
        char above[PATH_MAX_BYTES];
        snprintf(above, sizeof above, "%s", parent);
        if (deletions_split(above) != NULL && json_is_array(path_get(tree, above)))
            break;
        memcpy(path, parent, sizeof path);
    }
    if (strcmp(path, operation->path) == 0)
        return SWEEP_OK;
    char *copy = strdup(path);
    if (copy == NULL)
        return SWEEP_NO_MEMORY;
    free(operation->path);
    operation->path = copy;
    return SWEEP_OK;
}

/* Appends the deletions of a choice, widened, to `out`, and applies them to `tree`. */
static void deletions_take(
    struct planner *p, const struct choice *choice, json_t *tree, struct operations *out)
{
    const struct operations *operations = &choice->operations;
    for (size_t k = operations->count - choice->n_deletions; k < operations->count; k++) {
        struct operation *operation = &operations->items[k];
        if (!planner_note(p, deletions_widen(p, tree, operation)) ||
            !planner_note(p, merge_operation(tree, operation)) ||
            !planner_note(p, operations_add(out, operation->path, NULL)))
            return;
    }
}

void deletions_apply_fixed(struct planner *p)
{
    const struct assignments *fixed = &p->plan->spec.fixed;
    CLEANUP_JSON json_t *tree = json_deep_copy(p->plan->doc->tree);
    struct operations all = {0};
    if (tree == NULL)
        planner_note(p, SWEEP_NO_MEMORY);
    for (size_t i = 0; i < fixed->count && p->code == SWEEP_OK; i++)
        if (fixed->items[i].n_choices > 0)
            deletions_take(p, &fixed->items[i].choices[0], tree, &all);
    if (p->code == SWEEP_OK)
        planner_note(p, document_apply_all(&p->plan->doc, &all, p->error));
    operations_deinit(&all);
}

/* --- deletions on axes -------------------------------------------------------------------- */

/* Widens the deletions of one choice, one after the other. */
static enum sweep_code deletions_widen_choice(const struct planner *p, struct choice *choice)
{
    struct operations *operations = &choice->operations;
    if (operations->count == 1)
        return deletions_widen(p, p->plan->doc->tree, &operations->items[0]);
    CLEANUP_JSON json_t *tree = json_deep_copy(p->plan->doc->tree);
    if (tree == NULL)
        return SWEEP_NO_MEMORY;
    for (size_t i = 0; i < operations->count; i++) {
        enum sweep_code code = SWEEP_OK;
        if (i >= operations->count - choice->n_deletions)
            code = deletions_widen(p, tree, &operations->items[i]);
        if (code == SWEEP_OK)
            code = merge_operation(tree, &operations->items[i]);
        if (code != SWEEP_OK)
            return code;
    }
    return SWEEP_OK;
}

/* The axis other than `own` that deletes this path, or NULL. */
static const struct assignment *deletions_other_axis(
    const struct planner *p, const struct assignment *own, const char *path)
{
    const struct assignments *axes = &p->plan->spec.axes;
    for (size_t i = 0; i < axes->count; i++)
        if (&axes->items[i] != own && assignment_deletes(&axes->items[i], path))
            return &axes->items[i];
    return NULL;
}

/* Refuses axes that together delete all of a mapping: what then becomes of the mapping would depend
 * on several axes. */
static void deletions_check_emptied(
    struct planner *p, const struct assignment *axis, const char *path)
{
    const struct assignment *other = NULL;
    char parent[PATH_MAX_BYTES], inner[PATH_MAX_BYTES];
    const char *key;
    json_t *value;
    snprintf(parent, sizeof parent, "%s", path);
    if (deletions_split(parent) == NULL)
        return;
    json_object_foreach (path_get(p->plan->doc->tree, parent), key, value) {
        snprintf(inner, sizeof inner, "%s", parent);
        if (path_append(inner, strlen(inner), key) == 0)
            return;
        if (assignment_deletes(axis, inner))
            continue;
        const struct assignment *one = deletions_other_axis(p, axis, inner);
        if (one == NULL)
            return;
        other = one;
    }
    if (other == NULL || axis > other) /* one axis alone, or reported already */
        return;
    planner_note(p, FINDING_ERROR(p->findings, "axes-overlap", axis->place, parent,
                        "delete all of it on one axis",
                        "axes \"%s\" and \"%s\" together delete every key of \"%s\"", axis->key,
                        other->key, parent));
}

void deletions_prepare_axes(struct planner *p)
{
    const struct assignments *axes = &p->plan->spec.axes;
    for (size_t i = 0; i < axes->count; i++)
        for (size_t k = 0; k < axes->items[i].n_paths; k++)
            if (assignment_deletes(&axes->items[i], axes->items[i].paths[k]))
                deletions_check_emptied(p, &axes->items[i], axes->items[i].paths[k]);
    for (size_t i = 0; i < axes->count && p->code == SWEEP_OK; i++)
        for (size_t c = 0; c < axes->items[i].n_choices && p->code == SWEEP_OK; c++)
            if (axes->items[i].choices[c].n_deletions > 0)
                planner_note(p, deletions_widen_choice(p, &axes->items[i].choices[c]));
}
