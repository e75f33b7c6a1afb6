/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/plan/growth.h"
#include "lib/plan/identity.h"
#include "lib/plan/resources.h"
#include "lib/plan/runs.h"
#include "lib/plan/size.h"
#include "lib/util/cleanup.h"

void sweep_growth_free(struct sweep_growth *growth)
{
    if (growth == NULL)
        return;
    for (size_t i = 0; i < growth->n_directories; i++)
        free(growth->directories[i].name);
    free(growth->directories);
    free(growth->runs);
    free(growth->order);
    free(growth);
}

void growth_count(struct sweep_growth *growth)
{
    growth->first = 0;
    growth->newest = SIZE_MAX;
    for (size_t i = 0; i < growth->n_directories; i++)
        if (growth->directories[i].end > growth->first)
            growth->first = growth->directories[i].end;
    growth->n_new = 0;
    if (growth->runs == NULL)
        growth->n_new = growth->n_runs;
    for (uint64_t i = 0; growth->runs != NULL && i < growth->n_runs; i++) {
        struct growth_run *run = &growth->runs[i];
        if (run->directory == GROWTH_NEW)
            run->number = (uint32_t)(growth->first + growth->n_new++);
        else
            growth->directories[run->directory].is_used = true;
    }
    for (size_t i = 0; i < growth->n_directories; i++)
        if (growth->directories[i].is_used)
            growth->newest = i;
}

void sweep_growth_describe(const struct sweep_growth *growth, struct sweep_growth_info *out)
{
    assert(growth != NULL && out != NULL);
    *out = (struct sweep_growth_info){.n_new = growth->n_new,
        .n_made = growth->n_runs - growth->n_new,
        .first = growth->first,
        .same_input = growth->is_same};
    if (growth->newest != SIZE_MAX)
        out->newest = growth->directories[growth->newest].name;
}

/* The digits of the numbers of new runs. */
static int growth_width(const struct sweep_growth *growth)
{
    return plan_name_width(growth->first + growth->n_new);
}

bool sweep_growth_run(
    const struct sweep_growth *growth, uint64_t index, char name[32], const char **directory)
{
    assert(growth != NULL && name != NULL && directory != NULL);
    int width = growth_width(growth);
    uint64_t number = growth->first + index;
    *directory = NULL;
    if (index >= growth->n_runs)
        return false;
    if (growth->runs != NULL) {
        const struct growth_run *run = &growth->runs[index];
        number = run->number;
        if (run->directory != GROWTH_NEW) {
            width = growth->directories[run->directory].name_width;
            *directory = growth->directories[run->directory].name;
        }
    }
    snprintf(name, 32, "run_%0*llu", width, (unsigned long long)number);
    return true;
}

/* --- the plan ----------------------------------------------------------------------------- */

bool growth_is_partial(const struct sweep_plan *plan)
{
    return plan->growth != NULL && plan->growth->n_directories > 0;
}

/* Gives the plan back the runs that it had before it grew. */
static void growth_undo(struct sweep_plan *plan)
{
    struct sweep_growth *growth = plan->growth;
    if (growth == NULL)
        return;
    free(plan->order);
    plan->order = growth->order;
    growth->order = NULL;
    plan->spec.runs = growth->n_runs;
    plan->first = 0;
    sweep_growth_free(growth);
    plan->growth = NULL;
}

/* The points of the new runs; NULL if memory is exhausted. */
static uint64_t *growth_new_order(const struct sweep_plan *plan, const struct sweep_growth *growth)
{
    uint64_t *order = calloc(growth->n_new + 1, sizeof *order);
    uint64_t n = 0;
    for (uint64_t i = 0; order != NULL && i < growth->n_runs; i++) {
        if (growth->runs[i].directory != GROWTH_NEW)
            continue;
        order[n] = i;
        if (plan->order != NULL)
            order[n] = plan->order[i];
        n++;
    }
    return order;
}

/* Exchanges plan->order, so that growth_undo() can give it back. */
static enum sweep_code growth_choose(struct sweep_plan *plan, struct sweep_growth *growth)
{
    uint64_t *order = NULL;
    if (growth->n_new < growth->n_runs) {
        order = growth_new_order(plan, growth);
    } else if (plan->order != NULL) {
        order = calloc(growth->n_runs + 1, sizeof *order);
        if (order != NULL)
            memcpy(order, plan->order, growth->n_runs * sizeof *order);
    } else {
        return SWEEP_OK;
    }
    if (order == NULL)
        return SWEEP_NO_MEMORY;
    growth->order = plan->order;
    plan->order = order;
    return SWEEP_OK;
}

void growth_put_inherited(const struct sweep_growth *growth, struct strbuf *out)
{
    strbuf_puts(out, "id,run,directory\n");
    for (uint64_t i = 0; growth->runs != NULL && i < growth->n_runs; i++) {
        const struct growth_run *run = &growth->runs[i];
        if (run->directory == GROWTH_NEW)
            continue;
        const struct growth_directory *directory = &growth->directories[run->directory];
        strbuf_printf(out, "%012llx,run_%0*llu,%s\n", (unsigned long long)run->id,
            directory->name_width, (unsigned long long)run->number, directory->name);
    }
}

/* Sets the digest and the name of the directory. */
static bool growth_set_directory(struct sweep_plan *plan)
{
    const struct sweep_growth *growth = plan->growth;
    CLEANUP_STRBUF struct strbuf inherited = {0};
    if (growth != NULL && growth->n_new == 0) {
        snprintf(plan->directory, sizeof plan->directory, "%s",
            growth->directories[growth->newest].name);
        return true;
    }
    identity_set(plan);
    if (!growth_is_partial(plan))
        return true;
    growth_put_inherited(growth, &inherited);
    if (inherited.oom)
        return false;
    identity_grow(plan, &inherited);
    return true;
}

/* Sets what depends on the runs. */
static enum sweep_code growth_update(struct sweep_plan *plan, struct sweep_error *error)
{
    plan->name_width = plan_name_width(plan->first + plan->spec.runs);
    if (plan_measure(plan) != SWEEP_OK || resources_recount(plan) != SWEEP_OK ||
        !growth_set_directory(plan))
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    return SWEEP_OK;
}

enum sweep_code sweep_plan_grow(
    struct sweep_plan *plan, struct sweep_growth *growth, struct sweep_error *error)
{
    assert(plan != NULL);
    bool was_partial = growth_is_partial(plan);
    growth_undo(plan);
    if (growth == NULL && !was_partial)
        return SWEEP_OK;
    if (growth == NULL)
        return growth_update(plan, error);
    enum sweep_code code = growth_choose(plan, growth);
    if (code != SWEEP_OK) {
        sweep_growth_free(growth);
        return sweep_error_set(error, code, "out of memory");
    }
    plan->growth = growth;
    if (!was_partial && !growth_is_partial(plan))
        return SWEEP_OK; /* all runs are new, as before */
    plan->first = growth->first;
    plan->spec.runs = growth->n_new;
    return growth_update(plan, error);
}
