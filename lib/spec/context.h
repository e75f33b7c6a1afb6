/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LIB_SPEC_CONTEXT_H
#define LIB_SPEC_CONTEXT_H

#include "lib/doc/json_source.h"
#include "lib/spec/computed.h"
#include "lib/trainer/profile.h"
#include "lib/util/limits.h"
#include "sweep/error.h"

/* A value of the spec and where it is; both borrowed. */
struct placed_value {
    json_t *value;
    const struct json_place *place;
};

struct input_files;

/* What a spec is read with; all borrowed. */
struct spec_context {
    const struct profile *profile; /* of the trainer: parameters, and where runs write */
    const char *directory;         /* where relative paths of data are looked up */
    const struct sweep_limits *limits;
    struct sweep_findings *findings;
    struct computed_list *computed; /* gets the strings that are computed for each run */
    struct input_files *inputs;     /* gets the files that the spec refers to */
    const char *sweep; /* a sweep directory, which keeps these files; NULL: read the originals */
    const char *const *prologs; /* the files that "prolog" may name; NULL: any */
    const char *defaults;       /* a spec that every spec extends, in inputs; NULL: none */
    const json_t *cluster;      /* facts to compare options of sbatch with; NULL: none */
    uint64_t *n_values;         /* counts the values of axes; NULL: no limit */
    bool is_then;               /* what is read is the "then" of a spec */
};

#endif
