/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/plan/axis_reads.h"

enum { MAX_REFERENCES = 1000 };

bool axis_set_init(struct axis_set *set, size_t size)
{
    *set = (struct axis_set){calloc(size + 1, sizeof(bool)), size, 0};
    return set->has != NULL;
}

void axis_set_add(struct axis_set *set, size_t axis)
{
    set->count += !set->has[axis];
    set->has[axis] = true;
}

bool axis_set_equal(const struct axis_set *a, const struct axis_set *b)
{
    return a->count == b->count && memcmp(a->has, b->has, a->size * sizeof(bool)) == 0;
}

void axis_set_deinit(struct axis_set *set)
{
    free(set->has);
    *set = (struct axis_set){0};
}

void depends_link(struct depends *depends, const char *from, const char *to)
{
    struct reference *all = realloc(depends->references, (depends->n_references + 1) * sizeof *all);
    depends->no_memory |= all == NULL;
    if (all == NULL)
        return;
    depends->references = all;
    struct reference *new = &all[depends->n_references++];
    *new = (struct reference){.followed = false};
    snprintf(new->from, sizeof new->from, "%s", from);
    snprintf(new->to, sizeof new->to, "%s", to);
}

static void add_reference(
    struct depends *depends, const char *from, const char *text, size_t length)
{
    char to[PATH_MAX_BYTES] = "", part[PATH_MAX_BYTES];
    size_t dots = strspn(text, ".");
    if (dots > 0) /* relative: below what the string stands in, or further up */
        snprintf(to, sizeof to, "%s", from);
    for (size_t i = 0; i < dots; i++) {
        char *dot = strrchr(to, '.');
        *(dot != NULL ? dot : to) = '\0';
    }
    snprintf(part, sizeof part, "%.*s", (int)(length - dots), text + dots);
    path_append(to, strlen(to), part);
    size_t end = strlen(to);
    if (end > 0 && to[end - 1] == '.') /* what follows is an interpolation itself */
        to[end - 1] = '\0';
    depends->too_many |= depends->n_references >= MAX_REFERENCES;
    if (!depends->too_many)
        depends_link(depends, from, to);
}

/* Notes what `${a.b}` in a text refers to. A part with brackets or further interpolations counts
 * as all that stands in front of it. */
static void scan_text(struct depends *depends, const char *from, const char *text)
{
    while ((text = strstr(text, "${")) != NULL) {
        text += 2;
        text += strspn(text, " \t[");
        size_t length = strcspn(text, "}[]:$ \t");
        if (text[length] != ':' && length > 0)
            add_reference(depends, from, text, length);
    }
}

static void scan(struct depends *depends, const json_t *node, char *path, size_t length)
{
    const char *key;
    json_t *value;
    size_t index, longer;
    if (json_is_string(node))
        scan_text(depends, path, json_string_value(node));
    json_object_foreach ((json_t *)node, key, value)
        if ((longer = path_append(path, length, key)) > 0)
            scan(depends, value, path, longer);
    json_array_foreach (node, index, value)
        if ((longer = path_append_index(path, length, index)) > 0)
            scan(depends, value, path, longer);
    path[length] = '\0';
}

void depends_init(struct depends *depends, const struct settings *axes, const json_t *tree)
{
    char path[PATH_MAX_BYTES] = "";
    *depends = (struct depends){.axes = axes};
    scan(depends, tree, path, 0);
    for (size_t i = 0; i < axes->count; i++)
        for (size_t c = 0; c < axes->items[i].n_choices; c++)
            for (size_t k = 0; k < axes->items[i].choices[c].operations.count; k++) {
                const struct operation *one = &axes->items[i].choices[c].operations.items[k];
                scan(depends, one->value, path, path_append(path, 0, one->path));
                path[0] = '\0';
            }
}

void depends_deinit(struct depends *depends)
{
    free(depends->references);
    *depends = (struct depends){0};
}

static void add(struct depends *depends, const char *path, struct axis_set *set)
{
    for (size_t i = 0; i < depends->axes->count; i++) {
        const struct setting *axis = &depends->axes->items[i];
        if (depends->too_many && axis->n_choices > 1)
            axis_set_add(set, i);
        for (size_t k = 0; axis->n_choices > 1 && k < axis->n_paths; k++)
            if (path_overlaps(axis->paths[k], path))
                axis_set_add(set, i);
    }
    for (size_t i = 0; i < depends->n_references; i++) {
        struct reference *one = &depends->references[i];
        if (one->followed || !path_overlaps(one->from, path))
            continue;
        one->followed = true;
        add(depends, one->to, set);
    }
}

void depends_add(struct depends *depends, const char *path, struct axis_set *set)
{
    for (size_t i = 0; i < depends->n_references; i++)
        depends->references[i].followed = false;
    add(depends, path, set);
}
