/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds the number of a name, for lists that are too long to be searched one by one. An index is a
 * JSON object: jansson's hash table has a random seed, so that names cannot be made to collide.
 */
#ifndef LIB_UTIL_INDEX_H
#define LIB_UTIL_INDEX_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Gives a name of `length` bytes a number, unless it has one. *index is made when it is NULL, and
 * freed with json_decref(). False when memory is exhausted. */
bool index_add(json_t **index, const char *name, size_t length, size_t number);

/* The number of a name; SIZE_MAX if it has none. `index` may be NULL. */
size_t index_find(const json_t *index, const char *name, size_t length);

#endif
