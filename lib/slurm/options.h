/* SPDX-License-Identifier: Apache-2.0
 *
 * The spec's options for sbatch: by its long option names, each with a value of a known form, so
 * that user input cannot become another directive or a command. sbatch itself silently
 * accepts some nonsense (a negative time, for one) and rejects the rest only at submission.
 */
#ifndef LIB_SLURM_OPTIONS_H
#define LIB_SLURM_OPTIONS_H

#include "lib/doc/json_source.h"
#include "lib/util/strbuf.h"

enum {
    /* Slurm's default MaxArraySize is 1001, and it bounds the index: 0 to 1000. */
    SLURM_ARRAY_DEFAULT = 1000,
    SLURM_ARRAY_MAX = 4000000,
};

struct slurm_options {
    struct strbuf directives;   /* "#SBATCH --partition=gpu\n"…, as ordered in the spec */
    unsigned array_parallelism; /* tasks of an array at the same time; 0: no limit */
    unsigned array_size;        /* max tasks in one array; submit.sh asks the cluster… */
    bool array_size_given;      /* …unless the spec says it */
    long long gpus;             /* that a run asks for, per node or in all; 0: none */
    /* What is asked for in each way; 0: nothing. */
    long long gpus_in_all, gpus_per_node, nodes_min, nodes_max;
    struct sweep_place gpus_place, nodes_place; /* of the options; where their values are */
    long long max_gpus;                         /* of all its nodes; 0: not known */
    long long seconds;                          /* that a run may take; 0: not known */
    /* Options that are computed for each run and left out here: then what depends on several
     * options is not checked, and sums are of the others only. */
    size_t n_computed;
};

struct slurm_reading {
    struct sweep_findings *findings;
    const json_t *cluster; /* facts (cluster.h) to compare the options with; NULL: none */
    /* The values that computed options have in some runs, by their names as written; null: the
     * option is not given. NULL: leave computed options out. */
    const json_t *computed;
};

/* True for a string that begins with "=": an expression or a template. "==" stands for a string
 * that begins with one "=". */
bool slurm_option_is_computed(const json_t *value);

/* Reads the spec's "slurm" object; all errors become findings. Always leaves *out valid. Without an
 * object, place and reading may be NULL. */
enum sweep_code slurm_options_parse(const json_t *object, const struct json_place *place,
    const struct slurm_reading *reading, struct slurm_options *out);
void slurm_options_deinit(struct slurm_options *options);

#endif
