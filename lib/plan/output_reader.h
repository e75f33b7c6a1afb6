/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a config makes its run write: one path for each output of the profile.
 */
#ifndef LIB_PLAN_OUTPUT_READER_H
#define LIB_PLAN_OUTPUT_READER_H

#include "lib/check/resolved.h"
#include "lib/config/merge.h"
#include "lib/doc/path.h"
#include "lib/trainer/profile.h"

/* Precedes the part of an output that is not a path: values that the trainer makes names from. */
extern const char output_values[];

struct output_reader {
    const struct profile *profile; /* borrowed */
    const char *recipe;            /* borrowed; NULL: not known */
    struct resolved_config config; /* the current one */
    const struct output *output;   /* that was read last; for it: */
    bool is_certain;               /* that the run writes there */
    const char *absolute_file;     /* config path of a file name that replaces the directory */
    bool oom;
};

/* Makes this config the current one; the tree must outlive its use. Start with a struct that has
 * profile and recipe and is zero otherwise. */
void output_reader_begin(struct output_reader *r, const json_t *tree);

/* Where the current config writes to this output; NULL if it does not, or if it is not known where.
 * The caller's. */
char *output_reader_path(struct output_reader *r, const struct output *output);

void output_reader_deinit(struct output_reader *r);

/* False if the recipe never writes to this output. */
bool output_reader_may_write(const struct output_reader *r, const struct output *output);

/* The path of the key that names the component around an output; false if there is none. */
bool output_component_path(
    const struct profile *profile, const struct output *output, char path[PATH_MAX_BYTES]);

#endif
