/* SPDX-License-Identifier: Apache-2.0
 *
 * Options of sbatch that exclude or need each other. sbatch says so only at submission, and for
 * some not even then: it lets the last one win, or gives other GPUs than were meant.
 */
#ifndef LIB_SLURM_CONFLICTS_H
#define LIB_SLURM_CONFLICTS_H

#include "lib/doc/json_source.h"
#include "lib/slurm/table.h"

/* One option of the spec. */
struct slurm_given {
    const struct json_place *at; /* NULL: not given, or given with a bad value */
    const char *text;            /* the value as sbatch gets it; NULL: none */
    bool off;                    /* `false`: as if it were not given */
};

/* Reports the conflicts among the options; `given` is by the index in the table. */
enum sweep_code slurm_conflicts_check(
    const struct slurm_given given[], struct sweep_findings *findings);

#endif
