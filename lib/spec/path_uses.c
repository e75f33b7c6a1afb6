/* SPDX-License-Identifier: Apache-2.0
 *
 * What assignments do together.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/config/params.h"
#include "lib/doc/path.h"
#include "lib/findings/findings.h"
#include "lib/spec/spec.h"

/* A config path and an assignment that sets it. */
struct path_use {
    const char *path;
    const struct assignment *assignment;
};

struct path_uses {
    struct path_use *items;
    size_t count;
};

static size_t path_uses_count(const struct assignments *assignments)
{
    size_t count = 0;
    for (size_t i = 0; i < assignments->count; i++)
        count += assignments->items[i].n_paths;
    return count;
}

static void path_uses_add(struct path_uses *uses, const struct assignments *assignments)
{
    for (size_t i = 0; i < assignments->count; i++) {
        const struct assignment *assignment = &assignments->items[i];
        for (size_t p = 0; p < assignment->n_paths; p++)
            uses->items[uses->count++] = (struct path_use){assignment->paths[p], assignment};
    }
}

/* --- paths that are set twice ------------------------------------------------------------- */

/* True if use `a` is reported, and not `b`: the one that is written later, or found later. */
static bool path_uses_is_later(const struct path_uses *uses, size_t a, size_t b)
{
    const struct sweep_place *one = &uses->items[a].assignment->place;
    const struct sweep_place *other = &uses->items[b].assignment->place;
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

static enum sweep_code path_uses_report_twice(
    const struct path_use *use, const struct path_use *other, struct sweep_findings *findings)
{
    char where[64] = "";
    const struct sweep_place *place = &other->assignment->place;
    if (place->line > 0)
        snprintf(where, sizeof where, " (line %u, column %u)", place->line, place->column);
    return FINDING_ERROR(findings, "set-twice", use->assignment->place, use->path, NULL,
        "\"%s\" %s %s, which \"%s\" %s already in %s%s", use->assignment->key, path_uses_verb(use),
        use->path, other->assignment->key, path_uses_verb(other), other->assignment->where, where);
}

static enum sweep_code path_uses_check_twice(const struct path_uses *uses, size_t index,
    const struct spec *spec, struct sweep_findings *findings)
{
    const struct path_use *use = &uses->items[index];
    for (size_t i = 0; i < uses->count; i++) {
        const struct path_use *other = &uses->items[i];
        if (other->assignment != use->assignment && path_overlaps(other->path, use->path) &&
            path_uses_is_later(uses, index, i))
            return path_uses_report_twice(use, other, findings);
    }
    if (spec->output_dir == NULL || !spec_is_output(spec, use->path))
        return SWEEP_OK;
    return FINDING_ERROR(findings, "set-twice", use->assignment->place, use->path, NULL,
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

/* --- all ---------------------------------------------------------------------------------- */

enum sweep_code spec_check(struct spec *spec, struct sweep_findings *findings)
{
    size_t count = path_uses_count(&spec->fixed) + path_uses_count(&spec->axes);
    struct path_uses uses = {calloc(count + 1, sizeof *uses.items), 0};
    if (uses.items == NULL)
        return SWEEP_NO_MEMORY;
    path_uses_add(&uses, &spec->fixed);
    path_uses_add(&uses, &spec->axes);
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
    free(uses.items);
    return result;
}
