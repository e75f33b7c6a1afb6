/* SPDX-License-Identifier: Apache-2.0
 *
 * The sweep spec: what varies, what stays. Reading it checks everything that can be known without
 * the base config; what it says of the config is kept as operations (lib/config/merge.h).
 */
#ifndef LIB_SPEC_SPEC_H
#define LIB_SPEC_SPEC_H

#include <stdint.h>

#include "lib/config/merge.h"
#include "lib/config/params.h"
#include "lib/slurm/options.h"
#include "lib/util/limits.h"

enum { SPEC_MAX_NAME = 64 };

/* One value that an assignment can take. */
struct choice {
    struct operations operations;
    char *label; /* for people: "1e-4", "8/16"; numbers as they were written; owned */
    struct sweep_place place;
};

/* One key of "fixed" (exactly one choice) or one axis of "grid". */
struct assignment {
    char *key;                         /* as written; owned */
    const char *where;                 /* "fixed", "grid", "--set" or "output_dir" */
    const struct parameter *parameter; /* NULL for a config path */
    struct sweep_place place;          /* of the key */
    struct choice *choices;
    size_t n_choices;
    char **paths; /* all config paths that any choice sets, in order of mention; owned */
    size_t n_paths;
};

struct assignments {
    struct assignment *items;
    size_t count;
};

/* What a spec is read with; all borrowed. */
struct spec_context {
    const struct profile *profile; /* of the trainer: parameters, and where runs write */
    const char *directory;         /* for relative dataset paths */
    const struct sweep_limits *limits;
    struct sweep_findings *findings;
};

struct spec {
    const struct profile *profile; /* borrowed */
    char *name;
    char *base_name, *base_file; /* one of them; the file as written, relative to the spec */
    struct sweep_place base_place;
    char *recipe; /* NULL: the base's own */
    struct sweep_place recipe_place;
    struct assignments fixed, axes;
    char *output_dir; /* template, or NULL */
    struct sweep_place output_place;
    struct slurm_options slurm;
    uint64_t runs; /* product of the axes; 1 for none */
};

/* Reads a spec. Adds findings for everything wrong; SWEEP_INVALID still leaves in *out all that
 * could be understood, so that the caller can go on looking for errors. Always to be released with
 * spec_deinit(). */
enum sweep_code spec_parse(
    const struct json_source *source, const struct spec_context *context, struct spec *out);

/* Applies one `path=value` from a command line to the fixed assignments; the value is read as YAML,
 * as torchtune reads it. It wins over "fixed"; what an axis sets cannot be overridden. */
enum sweep_code spec_override(
    struct spec *spec, const char *text, const struct spec_context *context);

/* Checks what assignments say together: no path twice, LoRA rank and alpha in pairs. To be called
 * once, after the overrides. */
enum sweep_code spec_check(struct spec *spec, struct sweep_findings *findings);

void spec_deinit(struct spec *spec);

#endif
