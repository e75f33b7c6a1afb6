/* SPDX-License-Identifier: Apache-2.0
 *
 * Limits that keep a wrong or hostile spec, or the base that it names, from exhausting the machine.
 * Each is checked before memory or space is spent on what it bounds.
 *
 * Every limit has a name, a default and a range, so that a program can accept `NAME=VALUE` without
 * knowing the limits one by one:
 *
 *     struct sweep_limit_info limit;
 *     struct sweep_limits limits = {0};
 *     for (size_t i = 0; sweep_limit(i, &limit); i++)
 *         if (strcmp(limit.name, "runs") == 0)
 *             *sweep_limit_in(&limits, i) = 500;
 *
 * A pointer must not be NULL unless its comment says that it may. Builds with assertions (without
 * NDEBUG) abort if one is.
 */
#ifndef SWEEP_LIMITS_H
#define SWEEP_LIMITS_H

#include <stdint.h>

#include "sweep/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A limit of 0 means its default, so `struct sweep_limits limits = {0};` is all defaults. Values
 * above a limit's maximum are reduced to it. */
struct sweep_limits {
    uint64_t spec_bytes;   /* 1 MiB: size of a spec */
    uint64_t depth;        /* 32: nesting of lists and objects in a spec */
    uint64_t keys;         /* 10,000: keys of all objects in a spec */
    uint64_t string;       /* 4 KiB: one string in a spec, as written */
    uint64_t settings;     /* 1,000: keys of "fixed" and "grid" together */
    uint64_t runs;         /* 100,000: product of the axes; never overflows */
    uint64_t base_bytes;   /* 1 MiB: size of a base config */
    uint64_t base_depth;   /* 64: nesting of lists and mappings in a base config */
    uint64_t base_values;  /* 100,000: values in a base config. An alias counts as the values it
                            * expands to, since 300 bytes of nested aliases can expand to
                            * gigabytes; each KiB of a string counts as one more value. */
    uint64_t output_bytes; /* 4 GiB: all configs of a sweep together */
    uint64_t data_bytes;   /* 4 MiB: all data files (CSV) of a spec together */
    uint64_t groups;       /* 64: groups of runs with equal options of sbatch, a script each */
    uint64_t values;       /* 100,000: different values of all axes together */
    uint64_t computed;     /* 1,000,000: computed values and templates, times the runs */
};

struct sweep_limit_info {
    const char *name; /* of the member: "runs" */
    const char *text; /* what it bounds, for people; no final period */
    bool is_size;     /* in bytes; otherwise a count */
    uint64_t default_value;
    uint64_t min, max;
};

/* Describes limit `index`, in the order of the members; false after the last. The strings are
 * static. */
SWEEP_API bool sweep_limit(size_t index, struct sweep_limit_info *out);

/* The member of `limits` for limit `index`; NULL after the last. */
SWEEP_API uint64_t *sweep_limit_in(struct sweep_limits *limits, size_t index);

#ifdef __cplusplus
}
#endif
#endif
