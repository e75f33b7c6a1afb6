/* SPDX-License-Identifier: Apache-2.0
 *
 * Config paths with a number each, for finding those that overlap with a path without looking at
 * all of them.
 */
#ifndef LIB_DOC_PATH_LIST_H
#define LIB_DOC_PATH_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct path_list {
    struct path_item {
        const char *path; /* borrowed */
        size_t number;
    } * items;
    size_t count, capacity;
    bool is_sorted;
};

/* False when memory is exhausted. */
bool path_list_add(struct path_list *list, const char *path, size_t number);
void path_list_deinit(struct path_list *list);

/* Called with the number of a path; false ends the search. */
typedef bool path_visitor(void *context, size_t number);

/* Visits each path that is `path`, or in it, or around it. False if a visitor ended the search. */
bool path_list_visit(struct path_list *list, const char *path, path_visitor *visit, void *context);

#endif
