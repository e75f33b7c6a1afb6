/* SPDX-License-Identifier: Apache-2.0
 *
 * Decides what became of each run of some sweeps: collects the evidence that verdict.h needs. All
 * sweeps share one squeue; accounting is asked only if runs stay that nothing else explains.
 */
#ifndef DAEMON_JOBS_JUDGE_H
#define DAEMON_JOBS_JUDGE_H

#include "daemon/jobs/jobs_sweep.h"

struct judge {
    const struct log_phrases *phrases; /* of the trainer; NULL: none */
    bool offline;                      /* ask neither the queue nor accounting */
    struct queue queue, accounting;    /* their answers; rows of runs are borrowed from here */
};

/* Sets `submitted`, `row` and `verdict` of all runs. Start with zeroed queues. False if memory runs
 * out. */
bool judge_sweeps(struct judge *judge, struct jobs_sweep *const sweeps[], size_t n_sweeps);

void judge_deinit(struct judge *judge);

#endif
