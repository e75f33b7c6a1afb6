/* SPDX-License-Identifier: Apache-2.0
 *
 * Dotted config paths: `optimizer.lr`. A part is any string without a dot; keys that contain a dot
 * cannot be addressed, as in OmegaConf. An item of a list is addressed by its number, from 0:
 * `dataset.0.packed`.
 */
#ifndef LIB_DOC_PATH_H
#define LIB_DOC_PATH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { PATH_MAX_BYTES = 512, PATH_MAX_PARTS = 32 };

/* A path split into its parts, which are NUL-terminated strings in `storage`. */
struct path {
    char storage[PATH_MAX_BYTES];
    const char *parts[PATH_MAX_PARTS];
    size_t n_parts;
};

/* False if `text` is empty or too long, has an empty part (such as a leading or trailing dot),
 * contains a control character, or is not UTF-8. */
bool path_parse(const char *text, struct path *out);

/* Whether a part is the number of a list item: decimal digits without leading zeros. */
bool path_index(const char *part, size_t *index);

/* What a part leads to in a mapping or list, or NULL. Borrowed from `node`. */
json_t *path_step(const json_t *node, const char *part);

/* The value at a path, or NULL if there is none. Borrowed from `tree`. */
json_t *path_get(const json_t *tree, const char *text);

/* Appends a part to the path of `length` bytes in `path`, which has room for PATH_MAX_BYTES.
 * Returns the new length, or 0 if it does not fit. */
size_t path_append(char *path, size_t length, const char *part);

/* The same for item `index` of a list. */
size_t path_append_index(char *path, size_t length, size_t index);

/* True if `path` is `outer`, or inside it. */
bool path_is_inside(const char *path, const char *outer);

/* True if the paths are equal or one is inside the other. */
bool path_overlaps(const char *a, const char *b);

#endif
