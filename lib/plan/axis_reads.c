/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/plan/axis_reads.h"
#include "lib/util/cleanup.h"
#include "lib/util/index.h"

enum { MAX_REFERENCES = 1000 };

bool axis_set_init(struct axis_set *set, size_t size)
{
    *set = (struct axis_set){calloc(size + 1, sizeof(bool)), size, 0};
    return set->has != NULL;
}

void axis_set_add(struct axis_set *set, size_t axis)
{
    if (set->has[axis])
        return;
    set->has[axis] = true;
    set->count++;
}

void axis_set_clear(struct axis_set *set)
{
    memset(set->has, 0, set->size * sizeof(bool));
    set->count = 0;
}

void axis_set_copy(struct axis_set *to, const struct axis_set *from)
{
    memcpy(to->has, from->has, to->size * sizeof(bool));
    to->count = from->count;
}

bool axis_set_equal(const struct axis_set *a, const struct axis_set *b)
{
    return a->count == b->count && memcmp(a->has, b->has, a->size * sizeof(bool)) == 0;
}

bool axis_set_is_within(const struct axis_set *inner, const struct axis_set *outer)
{
    for (size_t i = 0; i < inner->size; i++)
        if (inner->has[i] && !outer->has[i])
            return false;
    return true;
}

void axis_set_deinit(struct axis_set *set)
{
    free(set->has);
    *set = (struct axis_set){0};
}

/* --- collecting references ---------------------------------------------------------------- */

/* True if the reference is new; then it is noted. */
static bool axis_reads_is_new(struct axis_reads *reads, const char *from, const char *to)
{
    CLEANUP_STRBUF struct strbuf name = {0};
    strbuf_printf(&name, "%s\n%s", from, to);
    if (name.oom) {
        reads->oom = true;
        return false;
    }
    if (index_find(reads->index, name.data, name.length) != SIZE_MAX)
        return false;
    if (!index_add(&reads->index, name.data, name.length, reads->n_references))
        reads->oom = true;
    return !reads->oom;
}

void axis_reads_link(struct axis_reads *reads, const char *from, const char *to)
{
    if (!axis_reads_is_new(reads, from, to))
        return;
    struct reference *all = realloc(reads->references, (reads->n_references + 1) * sizeof *all);
    if (all == NULL) {
        reads->oom = true;
        return;
    }
    reads->references = all;
    struct reference *new = &all[reads->n_references++];
    *new = (struct reference){.followed = false};
    snprintf(new->from, sizeof new->from, "%s", from);
    snprintf(new->to, sizeof new->to, "%s", to);
}

/* Cuts the last part off a path. */
static void axis_reads_go_up(char *path)
{
    char *dot = strrchr(path, '.');
    if (dot == NULL)
        dot = path;
    *dot = '\0';
}

/* Adds what the `length` bytes of `text` refer to: a path, or a relative one with dots in front. */
static void axis_reads_add_reference(
    struct axis_reads *reads, const char *from, const char *text, size_t length)
{
    char to[PATH_MAX_BYTES] = "", part[PATH_MAX_BYTES];
    size_t dots = strspn(text, ".");
    if (dots > 0)
        snprintf(to, sizeof to, "%s", from);
    for (size_t i = 0; i < dots; i++)
        axis_reads_go_up(to);
    snprintf(part, sizeof part, "%.*s", (int)(length - dots), text + dots);
    path_append(to, strlen(to), part);
    size_t end = strlen(to);
    if (end > 0 && to[end - 1] == '.') /* the next part is an interpolation itself */
        to[end - 1] = '\0';
    if (reads->n_references >= MAX_REFERENCES)
        reads->too_many = true;
    if (!reads->too_many)
        axis_reads_link(reads, from, to);
}

/* Notes what `${a.b}` in a string refers to. Where a part is in brackets or is an interpolation
 * itself, the path ends before it. */
void axis_reads_add_string(struct axis_reads *reads, const char *from, const char *text)
{
    while ((text = strstr(text, "${")) != NULL) {
        text += 2;
        text += strspn(text, " \t[");
        size_t length = strcspn(text, "}[]:$ \t");
        if (text[length] != ':' && length > 0)
            axis_reads_add_reference(reads, from, text, length);
    }
}

static void axis_reads_scan(struct axis_reads *reads, const json_t *node, char *path, size_t length)
{
    const char *key;
    json_t *value;
    size_t index, longer;
    if (json_is_string(node))
        axis_reads_add_string(reads, path, json_string_value(node));
    json_object_foreach ((json_t *)node, key, value)
        if ((longer = path_append(path, length, key)) > 0)
            axis_reads_scan(reads, value, path, longer);
    json_array_foreach (node, index, value)
        if ((longer = path_append_index(path, length, index)) > 0)
            axis_reads_scan(reads, value, path, longer);
    path[length] = '\0';
}

static void axis_reads_scan_choice(struct axis_reads *reads, const struct choice *choice)
{
    for (size_t i = 0; i < choice->operations.count; i++) {
        const struct operation *operation = &choice->operations.items[i];
        char path[PATH_MAX_BYTES] = "";
        size_t length = path_append(path, 0, operation->path);
        axis_reads_scan(reads, operation->value, path, length);
    }
}

void axis_reads_init(struct axis_reads *reads, const struct assignments *axes, const json_t *tree)
{
    char path[PATH_MAX_BYTES] = "";
    *reads = (struct axis_reads){.axes = axes};
    axis_reads_scan(reads, tree, path, 0);
    for (size_t i = 0; i < axes->count; i++)
        for (size_t c = 0; c < axes->items[i].n_choices; c++)
            axis_reads_scan_choice(reads, &axes->items[i].choices[c]);
}

void axis_reads_deinit(struct axis_reads *reads)
{
    free(reads->references);
    json_decref(reads->index);
    *reads = (struct axis_reads){0};
}

/* --- following them ----------------------------------------------------------------------- */

static bool axis_reads_sets(const struct assignment *axis, const char *path)
{
    for (size_t i = 0; i < axis->n_paths; i++)
        if (path_overlaps(axis->paths[i], path))
            return true;
    return false;
}

static void axis_reads_follow(struct axis_reads *reads, const char *path, struct axis_set *set)
{
    for (size_t i = 0; i < reads->axes->count; i++) {
        const struct assignment *axis = &reads->axes->items[i];
        if (axis->n_choices > 1 && (reads->too_many || axis_reads_sets(axis, path)))
            axis_set_add(set, i);
    }
    for (size_t i = 0; i < reads->n_references; i++) {
        struct reference *one = &reads->references[i];
        if (one->followed || !path_overlaps(one->from, path))
            continue;
        one->followed = true;
        axis_reads_follow(reads, one->to, set);
    }
}

static void axis_reads_forget(struct axis_reads *reads)
{
    for (size_t i = 0; i < reads->n_references; i++)
        reads->references[i].followed = false;
}

void axis_reads_collect(struct axis_reads *reads, const char *path, struct axis_set *set)
{
    axis_reads_forget(reads);
    axis_reads_follow(reads, path, set);
}

static bool axis_reads_leads(struct axis_reads *reads, const char *path, const struct axis_set *set)
{
    for (size_t i = 0; i < set->size; i++)
        if (set->has[i] && axis_reads_sets(&reads->axes->items[i], path))
            return true;
    for (size_t i = 0; i < reads->n_references; i++) {
        struct reference *one = &reads->references[i];
        if (one->followed || !path_overlaps(one->from, path))
            continue;
        one->followed = true;
        if (axis_reads_leads(reads, one->to, set))
            return true;
    }
    return false;
}

bool axis_reads_meets(struct axis_reads *reads, const char *path, const struct axis_set *set)
{
    if (reads->too_many)
        return set->count > 0;
    axis_reads_forget(reads);
    return axis_reads_leads(reads, path, set);
}
