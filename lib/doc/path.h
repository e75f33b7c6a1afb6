/* SPDX-License-Identifier: Apache-2.0
 *
 * Dotted config paths: `optimizer.lr`. A part is any text without a dot; keys that hold a dot
 * cannot be addressed, as in OmegaConf.
 */
#ifndef LIB_DOC_PATH_H
#define LIB_DOC_PATH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { PATH_MAX_BYTES = 512, PATH_MAX_PARTS = 32 };

/* A path taken apart. The parts are NUL-terminated and live in `storage`. */
struct path {
    char storage[PATH_MAX_BYTES];
    const char *parts[PATH_MAX_PARTS];
    size_t n_parts;
};

/* False when `text` is empty or too long, has an empty part (also by a leading or trailing dot),
 * holds a control character, or is not UTF-8. */
bool path_parse(const char *text, struct path *out);

/* The value at a path, or NULL when it is absent. Borrowed from `tree`. */
json_t *path_get(const json_t *tree, const char *text);

/* Appends a part to the path of `length` bytes in `path`, which has room for PATH_MAX_BYTES.
 * Returns the new length, or 0 when it does not fit. */
size_t path_append(char *path, size_t length, const char *part);

/* The same for the item `index` of a list. */
size_t path_append_index(char *path, size_t length, size_t index);

/* True when one path is the other, or lies inside it. */
bool path_overlaps(const char *a, const char *b);

#endif
