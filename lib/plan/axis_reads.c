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
    struct reference *new = &all[reads->n_references];
    *new = (struct reference){.from = strdup(from), .to = strdup(to)};
    if (new->from == NULL || new->to == NULL ||
        !path_list_add(&reads->from, new->from, reads->n_references)) {
        free(new->from);
        free(new->to);
        reads->oom = true;
        return;
    }
    reads->n_references++;
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
    for (size_t i = 0; i < axes->count; i++) {
        const struct assignment *axis = &axes->items[i];
        for (size_t c = 0; c < axis->n_choices; c++)
            axis_reads_scan_choice(reads, &axis->choices[c]);
        for (size_t k = 0; k < axis->n_paths; k++)
            if (!path_list_add(&reads->set_by, axis->paths[k], i))
                reads->oom = true;
    }
}

void axis_reads_deinit(struct axis_reads *reads)
{
    for (size_t i = 0; i < reads->n_references; i++) {
        free(reads->references[i].from);
        free(reads->references[i].to);
    }
    free(reads->references);
    path_list_deinit(&reads->from);
    path_list_deinit(&reads->set_by);
    json_decref(reads->index);
    *reads = (struct axis_reads){0};
}

/* --- following them ----------------------------------------------------------------------- */

/* What a search is for. */
struct axis_search {
    struct axis_reads *reads;
    struct axis_set *add;         /* gets the axes that are found, or NULL: */
    const struct axis_set *meets; /* ends at the first axis of this set */
};

static bool axis_reads_visit_axis(void *context, size_t number)
{
    const struct axis_search *search = context;
    if (search->add == NULL)
        return !search->meets->has[number];
    if (search->reads->axes->items[number].n_choices > 1)
        axis_set_add(search->add, number);
    return true;
}

static bool axis_reads_visit_reference(void *context, size_t number);

/* False if it has ended. */
static bool axis_reads_follow(struct axis_search *search, const char *path)
{
    struct axis_reads *reads = search->reads;
    return path_list_visit(&reads->set_by, path, axis_reads_visit_axis, search) &&
           path_list_visit(&reads->from, path, axis_reads_visit_reference, search);
}

static bool axis_reads_visit_reference(void *context, size_t number)
{
    struct axis_search *search = context;
    struct reference *reference = &search->reads->references[number];
    if (reference->followed == search->reads->n_searches)
        return true;
    reference->followed = search->reads->n_searches;
    return axis_reads_follow(search, reference->to);
}

void axis_reads_collect(struct axis_reads *reads, const char *path, struct axis_set *set)
{
    struct axis_search search = {.reads = reads, .add = set};
    for (size_t i = 0; i < reads->axes->count && reads->too_many; i++)
        axis_reads_visit_axis(&search, i);
    reads->n_searches++;
    axis_reads_follow(&search, path);
}

bool axis_reads_meets(struct axis_reads *reads, const char *path, const struct axis_set *set)
{
    struct axis_search search = {.reads = reads, .meets = set};
    if (reads->too_many)
        return set->count > 0;
    reads->n_searches++;
    return !axis_reads_follow(&search, path);
}
