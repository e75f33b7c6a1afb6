/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "lib/util/limits.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

const struct sweep_limits limits_standard = {
    .spec_bytes = JSON_MAX_BYTES,
    .depth = JSON_MAX_DEPTH,
    .keys = JSON_MAX_KEYS,
    .string = JSON_MAX_STRING,
    .settings = SPEC_MAX_SETTINGS,
    .runs = SPEC_MAX_RUNS,
    .base_bytes = YAML_MAX_BYTES,
    .base_depth = YAML_MAX_DEPTH,
    .base_values = YAML_MAX_VALUES,
    .output_bytes = 4 * GIB,
};

/* The largest values are what the rest is made for: the stack bears the depths, run numbers have
 * six digits, and a text's places are counted in 32 bits. */
static const struct {
    const char *name, *text;
    size_t offset;
    bool is_size;
    uint64_t least, most;
} limits[] = {
#define LIMIT(name, is_size, least, most, text)                                                    \
    {                                                                                              \
#name, text, offsetof(struct sweep_limits, name), is_size, least, most                     \
    }
    LIMIT(spec_bytes, true, 2, 64 * MIB, "the size of a spec"),
    LIMIT(depth, false, 2, 256, "how deep lists and objects may be nested in a spec"),
    LIMIT(keys, false, 2, 10000000, "keys of all objects in a spec"),
    LIMIT(string, true, 16, 64 * MIB, "the size of one text in a spec, as it is written"),
    LIMIT(settings, false, 1, 100000, "keys in \"fixed\" and \"grid\" together"),
    LIMIT(runs, false, 1, 1000000, "runs of one sweep"),
    LIMIT(base_bytes, true, 16, 64 * MIB, "the size of a base config"),
    LIMIT(base_depth, false, 2, 256, "how deep lists and mappings may be nested in a base config"),
    LIMIT(base_values, false, 2, 10000000,
        "values in a base config, with every alias written out; each KiB of a text counts as one "
        "more"),
    LIMIT(output_bytes, true, 1024, 1024 * GIB, "the size of all configs of a sweep together"),
#undef LIMIT
};

enum { N_LIMITS = sizeof limits / sizeof *limits };

uint64_t *sweep_limit_in(struct sweep_limits *in, size_t index)
{
    return index < N_LIMITS ? (uint64_t *)((char *)in + limits[index].offset) : NULL;
}

bool sweep_limit(size_t index, struct sweep_limit_info *out)
{
    struct sweep_limits standard = limits_standard;
    if (index >= N_LIMITS)
        return false;
    *out = (struct sweep_limit_info){limits[index].name, limits[index].text, limits[index].is_size,
        *sweep_limit_in(&standard, index), limits[index].least, limits[index].most};
    return true;
}

struct sweep_limits limits_of(const struct sweep_limits *given)
{
    struct sweep_limits own = given != NULL ? *given : limits_standard;
    struct sweep_limit_info info;
    for (size_t i = 0; sweep_limit(i, &info); i++) {
        uint64_t *value = sweep_limit_in(&own, i);
        if (*value == 0)
            *value = info.standard;
        else if (*value > info.most)
            *value = info.most;
    }
    return own;
}
