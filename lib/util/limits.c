/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stddef.h>

#include "lib/util/limits.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

const struct sweep_limits limits_default = {
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
    .data_bytes = SPEC_MAX_DATA,
    .groups = SPEC_MAX_GROUPS,
    .values = SPEC_MAX_VALUES,
    .computed = SPEC_MAX_COMPUTED,
};

/* The maxima are bounds of the implementation: depths use the stack, run numbers have six digits,
 * and offsets in a text are 32 bits. */
static const struct {
    const char *name;
    size_t offset;
    bool is_size;
    uint64_t min, max;
    const char *text;
} limits_table[] = {
#define MEMBER(name) #name, offsetof(struct sweep_limits, name)
    {MEMBER(spec_bytes), true, 2, 64 * MIB, "size of a spec"},
    {MEMBER(depth), false, 2, 256, "nesting of lists and objects in a spec"},
    {MEMBER(keys), false, 2, 10000000, "keys of all objects in a spec"},
    {MEMBER(string), true, 16, 64 * MIB, "size of one string in a spec, as written"},
    {MEMBER(settings), false, 1, 100000, "keys in \"fixed\" and \"grid\" together"},
    {MEMBER(runs), false, 1, 1000000, "runs of one sweep"},
    {MEMBER(base_bytes), true, 16, 64 * MIB, "size of a base config"},
    {MEMBER(base_depth), false, 2, 256, "nesting of lists and mappings in a base config"},
    {MEMBER(base_values), false, 2, 10000000,
        "values in a base config with all aliases expanded; each KiB of a string counts as one "
        "more"},
    {MEMBER(output_bytes), true, 1024, 1024 * GIB, "size of all configs of a sweep together"},
    {MEMBER(data_bytes), true, 16, 256 * MIB, "size of all data files of a spec together"},
    {MEMBER(groups), false, 1, 1000, "groups of runs that ask Slurm for the same, a script each"},
    {MEMBER(values), false, 1, 100000000, "different values of all axes of a spec together"},
    {MEMBER(computed), false, 1, 1000000000, "computed values and templates, times the runs"},
#undef MEMBER
};

enum { N_LIMITS = sizeof limits_table / sizeof *limits_table };

uint64_t *sweep_limit_in(struct sweep_limits *in, size_t index)
{
    assert(in != NULL);
    if (index >= N_LIMITS)
        return NULL;
    return (uint64_t *)((char *)in + limits_table[index].offset);
}

bool sweep_limit(size_t index, struct sweep_limit_info *out)
{
    assert(out != NULL);
    struct sweep_limits defaults = limits_default;
    if (index >= N_LIMITS)
        return false;
    *out = (struct sweep_limit_info){
        .name = limits_table[index].name,
        .text = limits_table[index].text,
        .is_size = limits_table[index].is_size,
        .default_value = *sweep_limit_in(&defaults, index),
        .min = limits_table[index].min,
        .max = limits_table[index].max,
    };
    return true;
}

struct sweep_limits limits_of(const struct sweep_limits *given)
{
    if (given == NULL)
        return limits_default;
    struct sweep_limits limits = *given;
    struct sweep_limit_info info;
    for (size_t i = 0; sweep_limit(i, &info); i++) {
        uint64_t *value = sweep_limit_in(&limits, i);
        if (*value == 0)
            *value = info.default_value;
        else if (*value > info.max)
            *value = info.max;
    }
    return limits;
}
