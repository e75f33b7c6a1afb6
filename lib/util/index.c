/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>

#include "lib/util/index.h"

bool index_add(json_t **index, const char *name, size_t length, size_t number)
{
    if (*index == NULL)
        *index = json_object();
    if (*index == NULL)
        return false;
    if (json_object_getn(*index, name, length) != NULL)
        return true;
    return json_object_setn_new_nocheck(*index, name, length, json_integer((json_int_t)number)) ==
           0;
}

size_t index_find(const json_t *index, const char *name, size_t length)
{
    const json_t *number = json_object_getn(index, name, length);
    if (number == NULL)
        return SIZE_MAX;
    return (size_t)json_integer_value(number);
}
