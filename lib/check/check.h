/* SPDX-License-Identifier: Apache-2.0
 *
 * What every check is given.
 */
#ifndef LIB_CHECK_CHECK_H
#define LIB_CHECK_CHECK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/check/resolved.h"
#include "lib/trainer/profile.h"

/* A run is one process that no launcher started: rules see launch.processes == 0. */
enum { CHECK_NO_LAUNCHER = -1 };

/* What is known about a run besides its config, from the user or from its sweep. */
struct check_options {
    const char *recipe;    /* NULL: not known */
    int64_t processes;     /* per node; 0: not known; or CHECK_NO_LAUNCHER */
    int bf16;              /* whether the hardware supports bfloat16; -1: not known */
    bool new_directory;    /* the run gets an output directory of its own; false: not known */
    bool check_paths;      /* check that the files a config names exist and fit */
    const char *directory; /* base of relative paths; NULL: those are not checked */
    bool refuse_unknown;   /* components that the profile does not know are errors */
};

/* One config being checked. */
struct check {
    const struct resolved_config *config;
    const struct profile *profile;
    const struct recipe *recipe; /* NULL: not known, or not in the profile */
    bool refuse_unknown;
    const struct diagnostic_sink *sink;
};

/* A mapping inside the config, nearly always a component. Rules call it `it`. */
struct check_subject {
    const json_t *node;
    const char *path;
};

/* Called with a config path that a check reads. */
typedef void check_path_visitor(void *context, const char *path);

/* Called with a rule and the path of the mapping that it is applied to; NULL: the whole config. */
typedef void check_rule_visitor(void *context, const struct rule *rule, const char *it_path);

#endif
