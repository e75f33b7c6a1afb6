/* SPDX-License-Identifier: Apache-2.0
 *
 * Arrays that grow by one item at a time.
 */
#ifndef LIB_UTIL_ARRAY_H
#define LIB_UTIL_ARRAY_H

#include <stdlib.h>

/* Makes room for one more item in an array of `count` items of `size` bytes, with room for
 * *capacity. Returns the array, which may have moved. NULL when out of memory: the array is as it
 * was. The room doubles, so that each item is moved about once. */
static inline void *array_grow(void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    size_t grown = *capacity == 0 ? 8 : 2 * *capacity;
    void *moved = reallocarray(items, grown, size);
    if (moved != NULL)
        *capacity = grown;
    return moved;
}

#endif
