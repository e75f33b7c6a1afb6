/* SPDX-License-Identifier: Apache-2.0
 *
 * How much of a sweep is taken: limits that keep a wrong or hostile spec, or the base that it
 * names, from using up the machine. Each is looked at before memory or space is spent on what it
 * bounds.
 *
 * Every limit has a name, a default and a range, so that a program can take `NAME=VALUE` without
 * knowing them one by one:
 *
 *     struct sweep_limit_info limit;
 *     struct sweep_limits limits = {0};
 *     for (size_t i = 0; sweep_limit(i, &limit); i++)
 *         if (strcmp(limit.name, "runs") == 0)
 *             *sweep_limit_in(&limits, i) = 500;
 */
#ifndef SWEEP_LIMITS_H
#define SWEEP_LIMITS_H

#include <stdint.h>

#include "sweep/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A limit of 0 is its default, so `struct sweep_limits limits = {0};` is all defaults. What is
 * larger than the largest value that a limit can have counts as that. */
struct sweep_limits {
    uint64_t spec_bytes;   /* 1 MiB: the text of a spec */
    uint64_t depth;        /* 32: lists and objects in one another in a spec */
    uint64_t keys;         /* 10,000: keys of all objects in a spec */
    uint64_t string;       /* 4 KiB: one text in a spec, as written */
    uint64_t settings;     /* 1,000: keys of "fixed" and "grid" together */
    uint64_t runs;         /* 100,000: the product of the axes; never overflows */
    uint64_t base_bytes;   /* 1 MiB: the text of a base */
    uint64_t base_depth;   /* 64: lists and mappings in one another in a base */
    uint64_t base_values;  /* 100,000: values in a base; what an alias stands for counts each time,
                            * and each KiB of a text as one more: 300 bytes of aliases of aliases
                            * would make gigabytes */
    uint64_t output_bytes; /* 4 GiB: all configs of a sweep together */
};

struct sweep_limit_info {
    const char *name;  /* the member's: "runs" */
    const char *text;  /* what it bounds, for people: no final stop */
    bool is_size;      /* bytes; otherwise a number of things */
    uint64_t standard; /* the default */
    uint64_t least, most;
};

/* Limit `index`, in the order of the members; false behind the last. Strings are static. */
SWEEP_API bool sweep_limit(size_t index, struct sweep_limit_info *out);

/* The member of `limits` that limit `index` is; NULL behind the last. */
SWEEP_API uint64_t *sweep_limit_in(struct sweep_limits *limits, size_t index);

#ifdef __cplusplus
}
#endif
#endif
