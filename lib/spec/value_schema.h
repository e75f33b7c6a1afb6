/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON Schema of parameters and config paths of a profile, and of their values.
 */
#ifndef LIB_SPEC_VALUE_SCHEMA_H
#define LIB_SPEC_VALUE_SCHEMA_H

#include "lib/trainer/profile.h"

/* Adds the definitions that the schemas below refer to. On failure *definitions becomes NULL. */
void value_schema_define(json_t **definitions, const struct profile *profile);

/* What the members of an object are. */
enum value_schema_kind {
    VALUE_SCHEMA_FIXED,      /* values for all runs */
    VALUE_SCHEMA_POINT,      /* values of one point */
    VALUE_SCHEMA_AXES,       /* axes */
    VALUE_SCHEMA_GRID,       /* axes that may be distributions */
    VALUE_SCHEMA_CONDITIONS, /* what points have, in "exclude" */
    VALUE_SCHEMA_KINDS,
};

/* An object of parameters and config paths. */
json_t *value_schema_object(const struct profile *profile, enum value_schema_kind kind);

/* Members of "fixed" must not be null, except where it is a value. */
json_t *value_schema_not_null(const struct profile *profile);

#endif
