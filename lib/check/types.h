/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks a value against a type of the profile.
 */
#ifndef LIB_CHECK_TYPES_H
#define LIB_CHECK_TYPES_H

#include "lib/check/check.h"

/* A value and what to call it in messages: "lr of torch.optim.AdamW". */
struct named_value {
    const json_t *value;
    const char *path; /* of the mapping that holds it; "": the root */
    const char *name, *owner;
};

/* Reports a value of another type. Types and values that are not known are never reported. */
void check_type(
    const struct check *check, const struct value_type *type, const struct named_value *named);

/* Writes a hint for a string such as 1e-4, which YAML 1.1 does not read as a float: the same number
 * with a dot. Other values leave `hint` as it is. */
void check_suggest_float(const json_t *string, char *hint, size_t size);

#endif
