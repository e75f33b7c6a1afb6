/* SPDX-License-Identifier: Apache-2.0
 *
 * Changes of a config, as values: the deep merge that every edit of a text is compared with.
 *
 * Mappings merge key by key; scalars and lists are replaced as a whole. Null can become any type
 * and any type null; int and float can replace each other; a value with an interpolation (${…}) has
 * no type yet. Any other change of type is refused, since it is nearly always a mistake.
 */
#ifndef LIB_CONFIG_MERGE_H
#define LIB_CONFIG_MERGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/doc/path.h"
#include "lib/doc/scalar.h"
#include "sweep/error.h"

/* A change at one path of a config. */
struct operation {
    char *path;    /* dotted; owned */
    json_t *value; /* a reference; NULL deletes what is at the path, if anything */
};

struct operations {
    struct operation *items;
    size_t count, capacity;
};

/* Appends an operation with a reference of its own to `value`; NULL deletes. */
enum sweep_code operations_add(struct operations *list, const char *path, json_t *value);
void operations_deinit(struct operations *list);

/* Splits mappings: appends to `out` one operation for each value that replaces another, so that
 * {"a": {"b": 1}} becomes a.b if `tree` has a mapping "a". SWEEP_INVALID for a key that is empty or
 * contains a dot, which no path can name. */
enum sweep_code operations_flatten(
    const json_t *tree, const struct operation *operation, struct operations *out);

/* True if a value can take the place of another; `old` is NULL if there is none. */
bool merge_allows(const struct dialect *dialect, const json_t *old, const json_t *new);

/* The reason why an operation does not fit a config. */
struct mismatch {
    char path[PATH_MAX_BYTES];
    const char *old_type, *new_type; /* Python's names; NULL if the path cannot be set at all */
};

/* Checks an operation, flattened or not, against a config. SWEEP_INVALID fills *mismatch if a value
 * would change its type, or a list or scalar is in the way. */
enum sweep_code merge_check(const struct dialect *dialect, const json_t *tree,
    const struct operation *operation, struct mismatch *mismatch);

/* Flattens an operation that merge_check() accepts, and applies it. After SWEEP_NO_MEMORY, a part
 * of it may be applied. */
enum sweep_code merge_operation(json_t *tree, const struct operation *operation);

/* Whether lists of the same length differ as a whole or in some of their items. */
enum merge_lists { MERGE_WHOLE_LISTS, MERGE_LIST_ITEMS };

/* Appends the operations that turn `from` into `to`, one for each value that differs. SWEEP_INVALID
 * if a difference is below a key that no path can name. */
enum sweep_code merge_difference(
    const json_t *from, const json_t *to, enum merge_lists lists, struct operations *out);

/* Applies a flattened operation to `tree`, creating mappings on the way; the value is copied.
 * SWEEP_INVALID if a list or scalar is in the way; the tree is then unchanged. */
enum sweep_code merge_apply(json_t *tree, const struct operation *operation);

#endif
