/* SPDX-License-Identifier: Apache-2.0
 *
 * Compares the spec's options with what is known of a cluster: names that it does not have, and
 * requests that no node and no partition can ever meet. sbatch accepts several of these, and the
 * jobs then wait for ever.
 */
#ifndef LIB_SLURM_CLUSTER_H
#define LIB_SLURM_CLUSTER_H

#include <jansson.h>

#include "lib/slurm/conflicts.h"

/* Reports what cannot run. `given` is by the index in the table of options; `slurm` is the place of
 * the whole object. `facts` is an object as daemon/slurm/facts.h describes it; what it does not
 * have is not checked. */
enum sweep_code slurm_cluster_check(const struct slurm_given given[],
    const struct json_place *slurm, const json_t *facts, struct sweep_findings *findings);

#endif
