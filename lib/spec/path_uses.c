/* SPDX-License-Identifier: Apache-2.0
 *
 * What assignments do together.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/config/params.h"
#include "lib/doc/path.h"
#include "lib/findings/findings.h"
#include "lib/spec/spec.h"
#include "lib/util/index.h"

/* A config path and an assignment that sets it. */
struct path_use {
    const char *path;
    const struct assignment *assignment;
    const struct structure *leaf; /* of an axis: where the sweep uses it; NULL for a fixed one */
    size_t axis;
    struct sweep_place place;
};

struct path_uses {
    struct path_use *items;
    size_t count;
    /* The user of each used path and of each mapping around one, and those that have several users;
     * see lib/util/index.h. A user is the first use of its assignment in a place of the sweep. */
    json_t *used, *used_by_several;
    json_t *around, *around_several;
    size_t user; /* of the last use */
    bool oom;
};

static void path_uses_note(
    struct path_uses *uses, json_t **users, json_t **several, const char *path, size_t length)
{
    size_t user = index_find(*users, path, length);
    bool good = true;
    if (user == SIZE_MAX)
        good = index_add(users, path, length, uses->user);
    else if (user != uses->user)
        good = index_add(several, path, length, 0);
    if (!good)
        uses->oom = true;
}

/* Notes the path of the last use. */
static void path_uses_index(struct path_uses *uses)
{
    const struct path_use *last = &uses->items[uses->count - 1], *first = &uses->items[uses->user];
    const char *path = last->path;
    if (last->assignment != first->assignment || last->leaf != first->leaf)
        uses->user = uses->count - 1;
    path_uses_note(uses, &uses->used, &uses->used_by_several, path, strlen(path));
    for (const char *dot = strchr(path, '.'); dot != NULL; dot = strchr(dot + 1, '.'))
        path_uses_note(uses, &uses->around, &uses->around_several, path, (size_t)(dot - path));
}

/* True if a path has another user than that of use `own`. */
static bool path_uses_has_other(const struct path_uses *uses, const json_t *users,
    const json_t *several, const struct path_use *own, size_t length)
{
    size_t user = index_find(users, own->path, length);
    if (user == SIZE_MAX)
        return false;
    const struct path_use *one = &uses->items[user];
    return one->assignment != own->assignment || one->leaf != own->leaf ||
           index_find(several, own->path, length) != SIZE_MAX;
}

/* False if no other assignment uses the path of `own`, something in it, or a mapping around it. */
static bool path_uses_may_overlap(const struct path_uses *uses, const struct path_use *own)
{
    size_t length = strlen(own->path);
    if (path_uses_has_other(uses, uses->used, uses->used_by_several, own, length) ||
        path_uses_has_other(uses, uses->around, uses->around_several, own, length))
        return true;
    for (const char *dot = strchr(own->path, '.'); dot != NULL; dot = strchr(dot + 1, '.'))
        if (path_uses_has_other(
                uses, uses->used, uses->used_by_several, own, (size_t)(dot - own->path)))
            return true;
    return false;
}

static void path_uses_append(struct path_uses *uses, const struct path_use *use)
{
    struct path_use *items = realloc(uses->items, (uses->count + 1) * sizeof *items);
    if (items == NULL) {
        uses->oom = true;
        return;
    }
    uses->items = items;
    items[uses->count++] = *use;
    path_uses_index(uses);
}

static void path_uses_add_fixed(struct path_uses *uses, const struct assignments *fixed)
{
    for (size_t i = 0; i < fixed->count; i++)
        for (size_t p = 0; p < fixed->items[i].n_paths; p++)
            path_uses_append(uses, &(struct path_use){.path = fixed->items[i].paths[p],
                                       .assignment = &fixed->items[i],
                                       .place = fixed->items[i].place});
}

static void path_uses_add_axis(struct path_uses *uses, const struct spec *spec, size_t axis,
    const struct structure *leaf, const struct sweep_place *place)
{
    const struct assignment *assignment = &spec->axes.items[axis];
    for (size_t p = 0; p < assignment->n_paths; p++)
        path_uses_append(
            uses, &(struct path_use){assignment->paths[p], assignment, leaf, axis, *place});
}

/* Each axis of the bundles once. */
static void path_uses_add_cases(
    struct path_uses *uses, const struct spec *spec, const struct structure *cases)
{
    bool *seen = calloc(spec->axes.count + 1, sizeof *seen);
    if (seen == NULL)
        uses->oom = true;
    for (size_t b = 0; b < cases->n_bundles && !uses->oom; b++) {
        const struct bundle *bundle = &cases->bundles[b];
        for (size_t i = 0; i < bundle->count; i++) {
            if (!seen[bundle->axes[i]])
                path_uses_add_axis(uses, spec, bundle->axes[i], cases, &bundle->place);
            seen[bundle->axes[i]] = true;
        }
    }
    free(seen);
}

static void path_uses_add_points(
    struct path_uses *uses, const struct spec *spec, const struct structure *points)
{
    if (points->kind == STRUCTURE_AXIS)
        path_uses_add_axis(uses, spec, points->axis, points, &points->place);
    if (points->kind == STRUCTURE_CASES)
        path_uses_add_cases(uses, spec, points);
    for (size_t i = 0; i < points->n_items; i++)
        path_uses_add_points(uses, spec, points->items[i]);
}

/* --- paths that are set twice ------------------------------------------------------------- */

/* True if use `a` is reported, and not `b`: the one that is written later, or found later. */
static bool path_uses_is_later(const struct path_uses *uses, size_t a, size_t b)
{
    const struct sweep_place *one = &uses->items[a].place;
    const struct sweep_place *other = &uses->items[b].place;
    if (one->line != other->line)
        return one->line > other->line;
    if (one->column != other->column)
        return one->column > other->column;
    return a > b;
}

/* "sets" or "deletes", for messages. */
static const char *path_uses_verb(const struct path_use *use)
{
    if (assignment_deletes(use->assignment, use->path))
        return "deletes";
    return "sets";
}

/* The key of the spec that it is in. */
static const char *path_uses_where(const struct path_use *use)
{
    if (use->leaf != NULL)
        return use->leaf->where;
    return use->assignment->where;
}

static enum sweep_code path_uses_report_twice(
    const struct path_use *use, const struct path_use *other, struct sweep_findings *findings)
{
    char where[64] = "";
    const struct sweep_place *place = &other->place;
    if (place->line > 0)
        snprintf(where, sizeof where, " (line %u, column %u)", place->line, place->column);
    return FINDING_ERROR(findings, "set-twice", use->place, use->path, NULL,
        "\"%s\" %s %s, which \"%s\" %s already in %s%s", use->assignment->key, path_uses_verb(use),
        use->path, other->assignment->key, path_uses_verb(other), path_uses_where(other), where);
}

static bool path_uses_share_bundle(const struct path_use *a, const struct path_use *b)
{
    for (size_t i = 0; i < a->leaf->n_bundles; i++) {
        const struct bundle *bundle = &a->leaf->bundles[i];
        if (bundle_has(bundle, a->axis) && bundle_has(bundle, b->axis))
            return true;
    }
    return false;
}

/* True if both happen in some run. */
static bool path_uses_meet(const struct path_use *a, const struct path_use *b)
{
    if (a->leaf == NULL || b->leaf == NULL)
        return a->assignment != b->assignment;
    if (a->leaf != b->leaf)
        return structure_meet(a->leaf, b->leaf);
    return a->axis != b->axis && path_uses_share_bundle(a, b);
}

static enum sweep_code path_uses_check_twice(const struct path_uses *uses, size_t index,
    const struct spec *spec, struct sweep_findings *findings)
{
    const struct path_use *use = &uses->items[index];
    size_t others = path_uses_may_overlap(uses, use) ? uses->count : 0;
    for (size_t i = 0; i < others; i++) {
        const struct path_use *other = &uses->items[i];
        if (path_overlaps(other->path, use->path) && path_uses_is_later(uses, index, i) &&
            path_uses_meet(other, use))
            return path_uses_report_twice(use, other, findings);
    }
    if (spec->output_dir == NULL || !spec_is_output(spec, use->path))
        return SWEEP_OK;
    return FINDING_ERROR(findings, "set-twice", use->place, use->path, NULL,
        "\"%s\" sets %s, which the spec's \"output_dir\" sets already (line %u, column %u)",
        use->assignment->key, use->path, spec->output_place.line, spec->output_place.column);
}

/* --- paths that belong together ----------------------------------------------------------- */

/* The assignment that sets exactly this path, or NULL. */
static const struct assignment *path_uses_find(const struct path_uses *uses, const char *path)
{
    for (size_t i = 0; i < uses->count; i++)
        if (strcmp(uses->items[i].path, path) == 0 &&
            !assignment_deletes(uses->items[i].assignment, path))
            return uses->items[i].assignment;
    return NULL;
}

/* True if an assignment sets the path, something in it, or a mapping around it. */
static bool path_uses_touch(const struct path_uses *uses, const char *path)
{
    for (size_t i = 0; i < uses->count; i++)
        if (path_overlaps(uses->items[i].path, path))
            return true;
    return false;
}

static enum sweep_code path_uses_check_group(
    const struct path_uses *uses, const struct path_group *group, struct sweep_findings *findings)
{
    const char *missing = NULL;
    for (size_t i = 0; group->paths[i] != NULL && missing == NULL; i++)
        if (!path_uses_touch(uses, group->paths[i]))
            missing = group->paths[i];
    if (missing == NULL)
        return SWEEP_OK;
    for (size_t i = 0; group->paths[i] != NULL; i++) {
        const struct assignment *assignment = path_uses_find(uses, group->paths[i]);
        if (assignment == NULL)
            continue;
        struct together together;
        group_together(group, &together);
        return FINDING_ERROR(findings, together.code, assignment->place, group->paths[i],
            together.hint, "%s is set without %s", group->paths[i], missing);
    }
    return SWEEP_OK;
}

/* --- deletions ---------------------------------------------------------------------------- */

static bool path_uses_set_elsewhere(
    const struct path_uses *uses, const char *path, const struct assignment *own)
{
    const struct path_use use = {.path = path, .assignment = own};
    if (!path_uses_may_overlap(uses, &use))
        return false;
    for (size_t i = 0; i < uses->count; i++)
        if (uses->items[i].assignment != own && path_overlaps(uses->items[i].path, path))
            return true;
    return false;
}

/* A value of an assignment may delete a path that another assignment sets: then it is kept. */
static void path_uses_drop_deletions(
    const struct path_uses *uses, const struct assignment *own, struct operations *operations)
{
    size_t kept = 0;
    for (size_t i = 0; i < operations->count; i++) {
        struct operation *operation = &operations->items[i];
        if (operation->value == NULL && path_uses_set_elsewhere(uses, operation->path, own))
            free(operation->path);
        else
            operations->items[kept++] = *operation;
    }
    operations->count = kept;
}

static void path_uses_drop_all_deletions(
    const struct path_uses *uses, struct assignments *assignments)
{
    for (size_t i = 0; i < assignments->count; i++) {
        struct assignment *assignment = &assignments->items[i];
        for (size_t c = 0; c < assignment->n_choices; c++)
            path_uses_drop_deletions(uses, assignment, &assignment->choices[c].operations);
    }
}

static void path_uses_deinit(struct path_uses *uses)
{
    free(uses->items);
    json_decref(uses->used);
    json_decref(uses->used_by_several);
    json_decref(uses->around);
    json_decref(uses->around_several);
}

/* --- all ---------------------------------------------------------------------------------- */

enum sweep_code spec_check(struct spec *spec, struct sweep_findings *findings)
{
    struct path_uses uses = {0};
    path_uses_add_fixed(&uses, &spec->fixed);
    path_uses_add_points(&uses, spec, spec->points);
    if (uses.oom) {
        path_uses_deinit(&uses);
        return SWEEP_NO_MEMORY;
    }
    enum sweep_code result = SWEEP_OK;
    for (size_t i = 0; i < uses.count; i++) {
        enum sweep_code code = path_uses_check_twice(&uses, i, spec, findings);
        if (code != SWEEP_OK)
            result = code;
    }
    for (size_t i = 0; i < spec->profile->n_groups; i++) {
        enum sweep_code code = path_uses_check_group(&uses, &spec->profile->groups[i], findings);
        if (code != SWEEP_OK)
            result = code;
    }
    path_uses_drop_all_deletions(&uses, &spec->fixed);
    path_uses_drop_all_deletions(&uses, &spec->axes);
    path_uses_deinit(&uses);
    return result;
}
