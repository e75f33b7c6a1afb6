/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/path.h"
#include "lib/util/text.h"

bool path_parse(const char *text, struct path *out)
{
    size_t length = strlen(text);
    out->n_parts = 0;
    if (length == 0 || length >= sizeof out->storage || utf8_valid_prefix(text, length) != length)
        return false;
    memcpy(out->storage, text, length + 1);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    for (char *part = out->storage; part != NULL;) {
        char *dot = strchr(part, '.');
        if (dot != NULL)
            *dot++ = '\0';
        if (*part == '\0' || out->n_parts == PATH_MAX_PARTS)
            return false;
        out->parts[out->n_parts++] = part;
        part = dot;
    }
    return true;
}

bool path_index(const char *part, size_t *index)
{
    size_t length = strlen(part);
    if (length == 0 || length > 9 || part[strspn(part, "0123456789")] != '\0')
        return false;
    if (part[0] == '0' && length > 1)
        return false;
    *index = strtoul(part, NULL, 10);
    return true;
}

json_t *path_step(const json_t *node, const char *part)
{
    size_t index;
    if (!json_is_array(node))
        return json_object_get(node, part);
    if (!path_index(part, &index))
        return NULL;
    return json_array_get(node, index);
}

json_t *path_get(const json_t *tree, const char *text)
{
    struct path path;
    if (!path_parse(text, &path))
        return NULL;
    json_t *value = (json_t *)tree;
    for (size_t i = 0; value != NULL && i < path.n_parts; i++)
        value = path_step(value, path.parts[i]);
    return value;
}

bool path_is_inside(const char *path, const char *outer)
{
    size_t length = strlen(outer);
    return strncmp(path, outer, length) == 0 && (path[length] == '\0' || path[length] == '.');
}

bool path_overlaps(const char *a, const char *b)
{
    return path_is_inside(a, b) || path_is_inside(b, a);
}

size_t path_append(char *path, size_t length, const char *part)
{
    size_t added = strlen(part), start = length;
    if (length > 0)
        start++; /* the dot */
    if (start + added >= PATH_MAX_BYTES)
        return 0;
    if (length > 0)
        path[length] = '.';
    memcpy(path + start, part, added + 1);
    return start + added;
}

size_t path_append_index(char *path, size_t length, size_t index)
{
    char number[24];
    snprintf(number, sizeof number, "%zu", index);
    return path_append(path, length, number);
}
