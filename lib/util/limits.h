/* SPDX-License-Identifier: Apache-2.0
 *
 * The defaults of sweep/limits.h. They also apply where no limits can be set, such as when a config
 * is validated.
 */
#ifndef LIB_UTIL_LIMITS_H
#define LIB_UTIL_LIMITS_H

#include "sweep/limits.h"

enum {
    JSON_MAX_BYTES = 1 << 20,
    JSON_MAX_DEPTH = 32,
    JSON_MAX_KEYS = 10000,
    JSON_MAX_STRING = 4096, /* bytes of one string, as written */
    SPEC_MAX_RUNS = 100000,
    SPEC_MAX_DATA = 4 << 20,  /* size of all data files of a spec */
    SPEC_MAX_SETTINGS = 1000, /* keys in fixed and grid together */
    SPEC_MAX_GROUPS = 64,     /* of runs that ask Slurm for the same */
    SPEC_MAX_VALUES = 100000,
    SPEC_MAX_COMPUTED = 1000000,
    YAML_MAX_BYTES = 1 << 20, /* size of a config */
    YAML_MAX_DEPTH = 64,      /* nesting */
    YAML_MAX_VALUES = 100000, /* counted with every alias expanded */
};

extern const struct sweep_limits limits_default;

/* The limits to apply: members that are 0 replaced by their default, larger ones capped at their
 * maximum. `given` may be NULL for all defaults. */
struct sweep_limits limits_of(const struct sweep_limits *given);

#endif
