/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/doc/path_list.h"
#include "lib/util/array.h"

bool path_list_add(struct path_list *list, const char *path, size_t number)
{
    struct path_item *items = array_grow(list->items, list->count, &list->capacity, sizeof *items);
    if (items == NULL)
        return false;
    list->items = items;
    list->items[list->count++] = (struct path_item){path, number};
    list->is_sorted = false;
    return true;
}

void path_list_deinit(struct path_list *list)
{
    free(list->items);
    *list = (struct path_list){0};
}

static int path_list_compare(const void *a, const void *b)
{
    const struct path_item *x = a, *y = b;
    int order = strcmp(x->path, y->path);
    if (order != 0)
        return order;
    return (x->number > y->number) - (x->number < y->number);
}

/* The index of the first path that is not before the `length` bytes of `text`. */
static size_t path_list_first(const struct path_list *list, const char *text, size_t length)
{
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strncmp(list->items[middle].path, text, length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Visits the paths that are the `length` bytes of `text`. */
static bool path_list_visit_equal(const struct path_list *list, const char *text, size_t length,
    path_visitor *visit, void *context)
{
    for (size_t i = path_list_first(list, text, length); i < list->count; i++) {
        const struct path_item *item = &list->items[i];
        if (strncmp(item->path, text, length) != 0 || item->path[length] != '\0')
            break;
        if (!visit(context, item->number))
            return false;
    }
    return true;
}

/* Visits the paths inside the one of `length` bytes. Others may be between it and them: "a-b" comes
 * before "a.b". */
static bool path_list_visit_inside(const struct path_list *list, const char *text, size_t length,
    path_visitor *visit, void *context)
{
    size_t low = path_list_first(list, text, length), high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *path = list->items[middle].path;
        if (strncmp(path, text, length) == 0 && (unsigned char)path[length] < '.')
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = low; i < list->count; i++) {
        const struct path_item *item = &list->items[i];
        if (strncmp(item->path, text, length) != 0 || item->path[length] != '.')
            break;
        if (!visit(context, item->number))
            return false;
    }
    return true;
}

bool path_list_visit(struct path_list *list, const char *path, path_visitor *visit, void *context)
{
    if (!list->is_sorted && list->count > 0)
        qsort(list->items, list->count, sizeof *list->items, path_list_compare);
    list->is_sorted = true;
    for (const char *dot = strchr(path, '.'); dot != NULL; dot = strchr(dot + 1, '.'))
        if (!path_list_visit_equal(list, path, (size_t)(dot - path), visit, context))
            return false;
    return path_list_visit_equal(list, path, strlen(path), visit, context) &&
           path_list_visit_inside(list, path, strlen(path), visit, context);
}
