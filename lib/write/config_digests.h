/* SPDX-License-Identifier: Apache-2.0
 *
 * The digests of the configs, computed from the plan in a thread of its own while they are written.
 * The thread renders each config again, which takes a tenth of the time that its digest takes. To
 * hand the rendered text over takes longer: it moves between the caches of two CPUs.
 */
#ifndef LIB_WRITE_CONFIG_DIGESTS_H
#define LIB_WRITE_CONFIG_DIGESTS_H

#include <pthread.h>
#include <stdatomic.h>

#include "lib/plan/plan.h"
#include "lib/util/digest.h"

/* Not to be moved while it has a thread. */
struct config_digests {
    const struct sweep_plan *plan; /* borrowed */
    pthread_t thread;
    bool has_thread;
    atomic_bool is_cancelled;
    char (*hex)[DIGEST_HEX];  /* of each config; packed: one, of all; owned */
    _Atomic uint64_t n_ready; /* of them */
};

/* Starts the thread. It is left out if configs have ids or values that are computed per run, which
 * only one thread at a time can evaluate, and in a confined process. Always to be released with
 * config_digests_deinit(). */
void config_digests_start(struct config_digests *digests, const struct sweep_plan *plan);

/* The digest of a config, or NULL if it is not there yet: then the caller computes it. Packed:
 * index 0 is that of the file, after config_digests_wait(). */
const char *config_digests_get(const struct config_digests *digests, uint64_t index);

/* Waits for the thread. A digest that is not there then will not come: memory is exhausted. */
void config_digests_wait(struct config_digests *digests);

void config_digests_deinit(struct config_digests *digests);

#endif
