/* SPDX-License-Identifier: Apache-2.0
 *
 * A config as the trainer sees it: a tree with its `${…}` resolved, as OmegaConf does it. The tree
 * itself is not modified; resolved values are stored next to it.
 */
#ifndef LIB_CHECK_RESOLVED_H
#define LIB_CHECK_RESOLVED_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/check/diagnostic.h"
#include "lib/check/locations.h"
#include "lib/doc/scalar.h"

/* The value of one string with interpolations. */
struct resolved_string {
    const json_t *source; /* the string; borrowed from the tree */
    json_t *value;        /* NULL: it cannot be resolved; see interpolation_is_unknown() */
    bool busy;            /* being resolved: meeting it again is a cycle */
};

struct resolved_config {
    enum interpolation_rules rules; /* of the trainer; with INTERPOLATION_NONE all is literal */
    const json_t *tree;             /* borrowed */
    struct resolved_string *items;
    size_t count, capacity;
    json_t *index; /* of the sources, by their addresses; see lib/util/index.h */
    struct locations locations;
    const char *referenced[32]; /* top-level keys that interpolations refer to; borrowed */
    size_t n_referenced;
    bool oom;
};

/* Resolves every string of a tree and reports those that cannot be resolved, and each `???`. Start
 * with a struct that is zero but for `rules`; memory is kept from one tree to the next. */
void resolved_build(
    struct resolved_config *config, const json_t *tree, const struct diagnostic_sink *sink);
void resolved_deinit(struct resolved_config *config);

/* The value itself, or what it resolves to if it is an interpolation. NULL for NULL and when the
 * value is missing, invalid or unknown. */
const json_t *resolved_value(const struct resolved_config *config, const json_t *value);

/* True if the value is known only when the run starts. */
bool resolved_is_unknown(const struct resolved_config *config, const json_t *value);

/* True if it is unknown but certainly a string. */
bool resolved_is_unknown_string(const struct resolved_config *config, const json_t *value);

/* True if it is an unknown string that certainly is not a dotted name. */
bool resolved_cannot_be_name(const struct resolved_config *config, const json_t *value);

/* The value at a path of `n_parts` consecutive NUL-terminated parts below `from`, or NULL. */
const json_t *resolved_get(
    const struct resolved_config *config, const json_t *from, const char *parts, size_t n_parts);

/* True if an interpolation refers to this top-level key, or to something inside it. */
bool resolved_refers_to(const struct resolved_config *config, const char *key);

#endif
