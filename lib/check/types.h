/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a value is of a type that the profile states.
 */
#ifndef LIB_CHECK_TYPES_H
#define LIB_CHECK_TYPES_H

#include "lib/check/resolved.h"
#include "lib/trainer/profile.h"

/* A value and what it is: the `name` of `owner` ("lr" of "torch.optim.AdamW"), which stands at
 * `path`, "" for the config as a whole. */
struct given {
    const json_t *value;
    const char *path, *name, *owner;
};

/* Complains when the value is of another type. True when it is fine, or nothing is known of it. */
bool check_type(const struct view *view, const struct profile *profile,
    const struct value_type *type, const struct given *given, const struct sink *sink);

#endif
