/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdlib.h>

#include "lib/plan/render.h"
#include "lib/plan/run_id.h"
#include "lib/plan/runs.h"
#include "lib/util/cleanup.h"
#include "lib/write/config_digests.h"
#include "lib/write/packed.h"

static void *config_digests_main(void *context)
{
    struct config_digests *digests = context;
    const struct sweep_plan *plan = digests->plan;
    CLEANUP_FREE size_t *choices = calloc(plan->spec.axes.count + 1, sizeof *choices);
    CLEANUP_STRBUF struct strbuf config = {0}, scratch = {0};
    struct sha256_ctx all;
    struct run_names names;
    sha256_init(&all);
    for (uint64_t i = 0; i < plan->spec.runs; i++) {
        if (choices == NULL || config.oom || atomic_load(&digests->is_cancelled))
            return NULL;
        plan_choices(plan, i, choices);
        const struct run run = plan_run(plan, i, choices, &names);
        plan_render(plan, &run, &scratch, &config);
        if (plan->spec.is_packed)
            packed_put_padding(&config, plan->longest);
        if (config.oom)
            return NULL;
        if (plan->spec.is_packed) {
            sha256_update(&all, config.length, (const uint8_t *)config.data);
        } else {
            digest_of(config.data, config.length, digests->hex[i]);
            atomic_store(&digests->n_ready, i + 1);
        }
    }
    if (plan->spec.is_packed) {
        digest_finish(&all, digests->hex[0]);
        atomic_store(&digests->n_ready, 1);
    }
    return NULL;
}

void config_digests_start(struct config_digests *digests, const struct sweep_plan *plan)
{
    sigset_t every, old;
    *digests = (struct config_digests){.plan = plan};
    if (plan->n_values > 0 || plan->uses_id)
        return;
    size_t n = 1;
    if (!plan->spec.is_packed)
        n = plan->spec.runs;
    digests->hex = calloc(n, sizeof *digests->hex);
    if (digests->hex == NULL)
        return;
    /* Signals are for the caller's threads. */
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &old);
    if (pthread_create(&digests->thread, NULL, config_digests_main, digests) == 0)
        digests->has_thread = true;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

const char *config_digests_get(const struct config_digests *digests, uint64_t index)
{
    if (index >= atomic_load(&digests->n_ready))
        return NULL;
    return digests->hex[index];
}

void config_digests_wait(struct config_digests *digests)
{
    if (!digests->has_thread)
        return;
    pthread_join(digests->thread, NULL);
    digests->has_thread = false;
}

void config_digests_deinit(struct config_digests *digests)
{
    atomic_store(&digests->is_cancelled, true);
    config_digests_wait(digests);
    free(digests->hex);
}
