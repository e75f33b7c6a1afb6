/* SPDX-License-Identifier: Apache-2.0
 *
 * A sweep that was read, checked and is ready to be written. sweep/generate.h describes the public
 * functions.
 */
#ifndef LIB_PLAN_PLAN_H
#define LIB_PLAN_PLAN_H

#include "lib/plan/pieces.h"
#include "lib/plan/template.h"
#include "lib/spec/extends.h"
#include "lib/trainer/trainer.h"
#include "lib/util/digest.h"
#include "sweep/generate.h"

struct resources;
struct scope;

struct sweep_plan {
    const struct sweep_trainer *trainer; /* borrowed */
    struct json_source *source;
    struct spec spec;
    const char *recipe;               /* the spec's, or the base's */
    bool check_paths, absolute_paths; /* of the request */
    char *base_path;                  /* its file, for findings; NULL if it is compiled in */
    char *base_text;
    size_t base_length;
    enum sweep_origin origin;
    struct yaml_doc *doc; /* the base with all fixed assignments and an output_dir */
    struct pieces pieces;
    /* One template for all runs, or one for each value of the axis that sets output_dir. */
    struct template *templates;
    size_t n_templates;
    struct path_list setters;      /* the paths of the axes, for reading templates */
    struct computed_list computed; /* strings that differ from run to run */
    struct input_files inputs;     /* that the spec refers to */
    struct extends extends;        /* the spec with what it inherits */
    struct template *values;       /* the template of each of them */
    size_t n_values;
    struct scope *scope;         /* what names mean in expressions */
    struct resources *resources; /* if options of sbatch are computed; NULL: none are */
    struct sweep_plan *then;     /* spec.then with its document (then.h); NULL: none; owned */
    struct run_ids *ids;         /* for the runs' identities: run_id.h */
    bool uses_id;                /* a template has {id} */
    size_t output_axis;          /* that axis; SIZE_MAX: none */
    uint64_t *order;             /* the point of each run; NULL: all points in their order */
    uint64_t n_equal; /* points that were left out because another one has their identity */
    uint64_t first;   /* the number of the first run, after those of earlier sweeps */
    struct sweep_growth *growth;   /* what sweep_plan_grow() was given; NULL: nothing; owned */
    char *formula;                 /* how the runs are counted */
    char *output_text;             /* of the default template; NULL if the spec has one */
    bool writes_outside;           /* of the runs' own directories: outputs_check() */
    int name_width;                /* digits of a run number, at least 3 */
    uint64_t bytes;                /* of all configs; if they are packed, with padding */
    uint64_t longest;              /* max bytes of a config; an upper bound */
    char input_digest[DIGEST_HEX]; /* the digest of a sweep of all runs */
    char digest[DIGEST_HEX];       /* of the sweep of these runs: identity.h */
    char directory[SPEC_MAX_NAME + 16];
};

/* The base by name, or its file as the spec gives it. */
const char *plan_base(const struct sweep_plan *plan);

/* True if a run with these options has several processes: its recipe is a distributed one of the
 * trainer, or the user's own and the spec asks for several processes or GPUs. */
bool plan_is_distributed(const struct sweep_plan *plan, const struct slurm_options *options);

/* Nodes of a run; and processes on each, 0 if that is decided when it starts. */
unsigned plan_nodes(const struct sweep_plan *plan, const struct slurm_options *options);
unsigned plan_processes(const struct sweep_plan *plan, const struct slurm_options *options);

/* The command of a run, word by word; ends with NULL. Borrowed from the trainer's profile. */
const char *const *plan_launch(const struct sweep_plan *plan, const struct slurm_options *options);

#endif
