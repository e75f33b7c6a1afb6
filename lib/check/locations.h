/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the strings, lists and mappings of a tree are in it. Every one is in one place only.
 */
#ifndef LIB_CHECK_LOCATIONS_H
#define LIB_CHECK_LOCATIONS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/doc/path.h"
#include "lib/doc/yaml.h"

/* The collections from the root down to a value. */
struct location {
    const json_t *inside[YAML_MAX_DEPTH * 2]; /* outermost first */
    size_t depth;
    char path[PATH_MAX_BYTES]; /* dotted */
};

/* Zero before the first use; borrows from the tree. */
struct locations {
    struct location_step *steps;
    size_t count, capacity;
    json_t *index; /* the number of each value's step; see lib/util/index.h */
};

/* Fills *out. False (with depth 0 and an empty path) if the value is nested too deeply, or *oom is
 * set. The first call visits the whole tree. */
bool locations_find(struct locations *locations, const json_t *tree, const json_t *wanted,
    struct location *out, bool *oom);

/* Forgets the tree. */
void locations_clear(struct locations *locations);

#endif
