/* SPDX-License-Identifier: Apache-2.0
 *
 * What changing a config means, on values alone: the deep merge that every edit of a text must
 * agree with.
 *
 * Mappings merge key by key; scalars and lists are replaced whole. A null may become anything and
 * anything may become null; int and float mix; a value with an interpolation (${…}) has no type
 * yet. Any other change of type is refused: it is nearly always a mistake.
 */
#ifndef LIB_CONFIG_MERGE_H
#define LIB_CONFIG_MERGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/doc/path.h"
#include "lib/doc/scalar.h"
#include "sweep/error.h"

/* One change of one place in a config. */
struct operation {
    char *path;    /* dotted; owned */
    json_t *value; /* a reference; NULL deletes the path, which may be absent */
};

struct operations {
    struct operation *items;
    size_t count, capacity;
};

/* Appends an operation; `value` is borrowed (its count is raised), NULL deletes. */
enum sweep_code operations_add(struct operations *list, const char *path, json_t *value);
void operations_deinit(struct operations *list);

/* Takes mappings apart: appends to `out` one operation per value that replaces something, so that
 * {"optimizer": {"lr": 1}} becomes optimizer.lr where `tree` has an optimizer. SWEEP_INVALID for a
 * key that is empty or holds a dot: no path leads to it. */
enum sweep_code operations_flatten(
    const json_t *tree, const struct operation *operation, struct operations *out);

/* Whether a value may take the place of another; `old` NULL means an absent one. */
bool merge_allows(const struct dialect *dialect, const json_t *old, const json_t *new);

/* Why an operation does not fit a config. */
struct mismatch {
    char path[PATH_MAX_BYTES];
    const char *old_type, *new_type; /* Python's names; NULL when the path itself is the problem */
};

/* Checks an operation, flattened or not, against a config: SWEEP_INVALID fills *mismatch when a
 * value would change its type, or a list or scalar is in the way. */
enum sweep_code merge_check(const struct dialect *dialect, const json_t *tree,
    const struct operation *operation, struct mismatch *mismatch);

/* Applies an operation that merge_check() accepts, flattening it first. SWEEP_NO_MEMORY may leave a
 * part of it applied. */
enum sweep_code merge_operation(json_t *tree, const struct operation *operation);

/* Appends the operations that turn `from` into `to`: one for each value that differs. SWEEP_INVALID
 * when a difference lies under a key that no path leads to. */
enum sweep_code merge_difference(const json_t *from, const json_t *to, struct operations *out);

/* Applies a flattened operation to `tree`, making mappings on the way; shares nothing with the
 * operation. SWEEP_INVALID when a list or scalar is in the way (the tree is then unchanged). */
enum sweep_code merge_apply(json_t *tree, const struct operation *operation);

#endif
