/* SPDX-License-Identifier: Apache-2.0
 *
 * A config as the trainer will see it: a tree with its `${…}` resolved, as OmegaConf does it. The
 * tree itself is not touched; what its interpolations stand for is kept beside it.
 */
#ifndef LIB_CHECK_RESOLVED_H
#define LIB_CHECK_RESOLVED_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/check/diagnostic.h"

/* What one string of the tree stands for. */
struct resolution {
    const json_t *source; /* the string; borrowed from the tree */
    json_t *value;        /* NULL: an error; an unknown one (interpolation.h) is not to be used */
    bool busy;            /* being resolved: meeting it again is a cycle */
};

struct view {
    const json_t *tree; /* borrowed */
    struct resolution *items;
    size_t count, capacity;
    const char *used[32]; /* top-level keys that interpolations refer to; borrowed from the tree */
    size_t n_used;
    bool no_memory;
};

/* Resolves everything in a tree and reports what cannot be resolved, and each `???`. Start with a
 * zeroed view; one that is used again keeps its memory. */
void view_resolve(struct view *view, const json_t *tree, const struct sink *sink);
void view_deinit(struct view *view);

/* A value as the trainer sees it: the value itself unless it is an interpolation. NULL for NULL and
 * for what is not known. */
const json_t *view_value(const struct view *view, const json_t *value);

/* Whether the value is known only when the run starts; and then whether it will be a text, and one
 * that is no dotted name. */
bool view_is_unknown(const struct view *view, const json_t *value);
bool view_is_text(const struct view *view, const json_t *value);
bool view_is_no_name(const struct view *view, const json_t *value);

/* The value at a path of `n_parts` NUL-terminated parts, one behind the other, below `from`. */
const json_t *view_walk(
    const struct view *view, const json_t *from, const char *parts, size_t n_parts);

/* Whether an interpolation refers to this top-level key, or to something inside it. */
bool view_uses(const struct view *view, const char *key);

#endif
