/* SPDX-License-Identifier: Apache-2.0
 *
 * The values of sbatch's options: what sbatch would refuse, and what it accepts but takes for
 * something that the user cannot have meant.
 */
#ifndef LIB_SLURM_VALUES_H
#define LIB_SLURM_VALUES_H

#include "lib/slurm/table.h"

struct slurm_verdict {
    bool good, oom;
    char reason[120]; /* what Slurm makes of a bad value; "" when the wanted form says it all */
    char remark[160]; /* what Slurm makes of a good value that may surprise; "": nothing */
};

/* Judges a value, as it would be written after `=`. */
void slurm_value_judge(
    const struct slurm_option *option, const char *text, struct slurm_verdict *verdict);

/* What a value of the option must be, as messages say it. */
void slurm_value_wanted(const struct slurm_option *option, char *out, size_t size);

/* Reads a duration in one of Slurm's forms, or "UNLIMITED" (-1 seconds). */
bool slurm_time_parse(const char *text, long long *seconds);

/* The GPUs that a value asks for. */
struct slurm_gpus {
    bool typed, untyped; /* with a type as in "a100:2", and without */
    long long count;
};

/* Reads a valid value of a FORM_GPUS or FORM_GRES option; of gres, only the GPUs count. */
struct slurm_gpus slurm_gpus_parse(const struct slurm_option *option, const char *text);

/* Reads the range of a valid FORM_NODES value; false if it is a list of sizes. */
bool slurm_nodes_parse(const char *text, long long *min, long long *max);

#endif
