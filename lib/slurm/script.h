/* SPDX-License-Identifier: Apache-2.0
 *
 * The bash scripts of a sweep directory. Of the user's text, only names and option values of a
 * checked form get into them; the config of a run is found at run time, by the task's number.
 */
#ifndef LIB_SLURM_SCRIPT_H
#define LIB_SLURM_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/slurm/options.h"
#include "lib/slurm/setup.h"

/* How a later attempt goes on. Words as in profiles; they need no quotes. */
struct script_resuming {
    const char *mode;         /* "no", "exact" or "changed" */
    const char *state;        /* in the run's directory: its last file; may be NULL for "no" */
    const char *epochs;       /* the directory of an epoch's weights, without its number */
    const char *const *words; /* added to the command; ends with NULL; or NULL */
    const char *files;        /* the config path that names the weights, or NULL */
};

struct script {
    const char *name;   /* of the sweep; letters, digits and "._-" */
    const char *then;   /* the suffix of configs and attempts of what is done after each run, which
                         * the script is for; NULL: it is for the runs themselves */
    const char *recipe; /* letters, digits and "._/-" */
    /* The command of a run (on each node), word by word; ends with NULL. It has the placeholders of
     * profiles. */
    const char *const *launch;
    const char *trainer;      /* a Python distribution of that name has its version */
    const char *outputs;      /* config paths that later attempts change, with spaces; the first is
                               * the run's own directory; "": none */
    const char *own_output;   /* the config path of the run's own directory; NULL: none */
    unsigned processes;       /* of a run, on a node; 0: one for each of its GPUs */
    unsigned nodes;           /* of a run; 0: not decided here */
    uint64_t first, runs;     /* the number of the sweep's first run, and how many there are */
    const char *list;         /* a file in the sweep directory with those that this script is for,
                               * by default; NULL: all */
    int name_width;           /* digits in run_000 */
    uint64_t runs_per_folder; /* inside configs/; 0: no folders */
    const struct slurm_options *options;
    const struct setup *setup;
    struct script_resuming resuming;
};

/* Number of job arrays that submit.sh makes: each has up to options->array_size tasks. */
uint64_t script_arrays(const struct script *script);

/* Appends the sbatch script of all arrays: what varies, then lib/slurm/run.bash. It is called as
 * `sweep.sbatch DIRECTORY LIST`: task k does the run in line k+1 of the list, a file in the
 * directory. Without a list, task k does the run in line k+1 of script->list, or the k-th run. */
void script_write_array(const struct script *script, struct strbuf *out);

/* Appends submit.sh, which submits all arrays and prints their job ids: what varies, then
 * lib/slurm/submit.bash. */
void script_write_submit(const struct script *script, struct strbuf *out);

#endif
