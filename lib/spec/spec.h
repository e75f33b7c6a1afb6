/* SPDX-License-Identifier: Apache-2.0
 *
 * The sweep spec: what varies and what is fixed. Reading it checks everything that can be checked
 * without the base config. What it does to the config is kept as operations (lib/config/merge.h).
 */
#ifndef LIB_SPEC_SPEC_H
#define LIB_SPEC_SPEC_H

#include <stdint.h>

#include "lib/slurm/options.h"
#include "lib/slurm/setup.h"
#include "lib/spec/sample.h"
#include "lib/spec/structure_read.h"

enum {
    SPEC_MAX_NAME = 64,
    SPEC_MAX_RECIPE = 200, /* and fewer */
    SPEC_MAX_PROCESSES = 1024,
};

struct spec {
    const struct profile *profile; /* that it was read with; borrowed */
    char *name;
    struct sweep_place name_place;
    char *description;           /* for people; NULL: not given */
    json_t *tags;                /* a list of strings; NULL: not given */
    char *base_name, *base_file; /* one of them; the file as written, relative to the spec */
    struct sweep_place base_place;
    char *recipe; /* NULL: the base's own */
    struct sweep_place recipe_place;
    unsigned processes; /* of a run; 0: not given */
    struct sweep_place processes_place;
    struct assignments fixed, axes;
    /* A product of "grid", "zip", "cases" and "sweep", as written, with the filters of the spec. */
    struct structure *product;
    struct sample sample;
    bool is_shuffled;
    int64_t shuffle_seed;
    bool is_sampled;          /* the spec has "sample", though it may be wrong */
    struct structure *points; /* `product`, then "include", all of it repeated; owned */
    char *output_dir;         /* template, or NULL */
    struct sweep_place output_place;
    struct slurm_options slurm;
    bool is_packed; /* "layout": "packed" */
    /* What is done after each run: another config, in jobs of its own. It has a base, a recipe,
     * processes, fixed values and slurm, and is_then is set. NULL: nothing; owned. */
    struct spec *then;
    struct sweep_place then_place;
    bool is_then;
    struct setup setup; /* with run_with */
    uint64_t runs;
    bool is_counted; /* `runs` is right: filters and samples are applied, and nothing is wrong */
};

/* A key of a spec. */
struct spec_key {
    const char *name;
    bool required;
    const char *definition; /* of its value in the JSON Schema: lib/spec/schema.c */
    const char *about;      /* for editors */
};

/* Key `index`, NULL after the last one. */
const struct spec_key *spec_key(size_t index);

/* Reads a spec and adds a finding for each mistake. After SWEEP_INVALID, *out still has everything
 * that could be read, so that the caller can look for more errors. Always to be released with
 * spec_deinit(). */
enum sweep_code spec_parse(
    const struct json_source *source, const struct spec_context *context, struct spec *out);

/* Applies a `path=value` or `~path` of a command line to the fixed assignments. The value is YAML,
 * in which 1e-4 is a float for every trainer. It replaces what "fixed" sets; what an axis sets
 * cannot be overridden. */
enum sweep_code spec_override(
    struct spec *spec, const char *text, const struct spec_context *context);

/* Checks the assignments together: no path may be set twice, and of the profile's groups of paths
 * all or none must be set. To be called once, after the overrides. */
enum sweep_code spec_check(struct spec *spec, struct sweep_findings *findings);

/* True if the config path is that of the run's own directory. */
bool spec_is_output(const struct spec *spec, const char *path);

void spec_deinit(struct spec *spec);

#endif
