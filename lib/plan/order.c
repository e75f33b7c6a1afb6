/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/path.h"
#include "lib/findings/findings.h"
#include "lib/plan/order.h"
#include "lib/plan/run_id.h"
#include "lib/plan/runs.h"
#include "lib/util/cleanup.h"

/* A point that becomes a run. */
struct order_item {
    uint64_t point;
    unsigned char key[SHA256_DIGEST_SIZE]; /* that a shuffled sweep is sorted by */
};

struct orderer {
    struct planner *planner;
    struct order_item *items;
    uint64_t count;
    uint64_t *table; /* identities as numbers, plus 1; open addressing */
    uint64_t table_size;
};

/* True if a point with the same identity was kept; remembers this one if not. */
static bool order_is_known(struct orderer *o, const char id[RUN_ID_BYTES])
{
    uint64_t number = strtoull(id, NULL, 16) + 1, mask = o->table_size - 1;
    uint64_t at = number * 0x9e3779b97f4a7c15 >> 20 & mask;
    for (; o->table[at] != 0; at = (at + 1) & mask)
        if (o->table[at] == number)
            return true;
    o->table[at] = number;
    return false;
}

static void order_make_key(const struct spec *spec, const char *id, struct order_item *item)
{
    char text[64];
    struct sha256_ctx context;
    int length =
        snprintf(text, sizeof text, "sweepd-order|%lld|%s", (long long)spec->shuffle_seed, id);
    sha256_init(&context);
    sha256_update(&context, (size_t)length, (const uint8_t *)text);
    sha256_digest(&context, sizeof item->key, item->key);
}

static int order_compare(const void *a, const void *b)
{
    return memcmp(((const struct order_item *)a)->key, ((const struct order_item *)b)->key,
        SHA256_DIGEST_SIZE);
}

/* Keeps the first point of each identity. */
static bool order_collect(struct orderer *o, size_t *choices)
{
    const struct sweep_plan *plan = o->planner->plan;
    struct run_id_cursor cursor;
    struct run_names names;
    bool good = run_id_begin(&cursor, plan);
    for (uint64_t point = 0; good && point < plan->spec.runs; point++) {
        plan_choices(plan, point, choices);
        if (run_id_next(&cursor, point, choices, &names).id == NULL)
            good = false;
        if (!good || order_is_known(o, names.id))
            continue;
        struct order_item *item = &o->items[o->count++];
        item->point = point;
        if (plan->spec.is_shuffled)
            order_make_key(&plan->spec, names.id, item);
    }
    run_id_end(&cursor);
    return good;
}

static bool order_use(struct orderer *o)
{
    struct sweep_plan *plan = o->planner->plan;
    uint64_t dropped = plan->spec.runs - o->count;
    if (dropped == 0 && !plan->spec.is_shuffled)
        return true;
    if (plan->spec.is_shuffled)
        qsort(o->items, o->count, sizeof *o->items, order_compare);
    uint64_t *order = calloc(o->count + 1, sizeof *order);
    if (order == NULL)
        return false;
    for (uint64_t i = 0; i < o->count; i++)
        order[i] = o->items[i].point;
    plan->order = order;
    plan->spec.runs = o->count;
    plan->n_equal = dropped;
    if (dropped > 0)
        FINDING_NOTE(o->planner->findings, "equal-runs", plan->spec.product->place, NULL, NULL,
            "%llu points have the same config as another one; each is run once",
            (unsigned long long)dropped);
    return true;
}

/* True if a value of the axis is a mapping, which may merge to the same as another one, or may have
 * a template in it. */
static bool order_may_repeat(const struct sweep_plan *plan, const struct assignment *axis)
{
    size_t index;
    for (size_t c = 0; c < axis->n_choices; c++)
        for (size_t k = 0; k < axis->choices[c].operations.count; k++) {
            const json_t *value = axis->choices[c].operations.items[k].value;
            const char *text = json_string_value(value);
            if (json_is_object(value))
                return true;
            if (plan->computed.count == 0)
                continue;
            if (json_is_array(value) ||
                (text != NULL && computed_find(&plan->computed, text, &index) != NULL))
                return true;
        }
    return false;
}

/* True if an axis sets something that is not part of a run's identity. */
static bool order_has_volatile_axis(const struct sweep_plan *plan)
{
    const struct profile *profile = &plan->trainer->profile;
    const char *const *paths = profile->volatile_paths;
    for (size_t i = 0; i < plan->spec.axes.count; i++) {
        const struct assignment *axis = &plan->spec.axes.items[i];
        if (order_may_repeat(plan, axis))
            return true;
        for (size_t p = 0; p < axis->n_paths; p++) {
            if (spec_is_output(&plan->spec, axis->paths[p]))
                return true;
            for (size_t v = 0; paths != NULL && paths[v] != NULL; v++)
                if (path_overlaps(axis->paths[p], paths[v]))
                    return true;
        }
    }
    return false;
}

bool order_may_merge(const struct sweep_plan *plan)
{
    if (order_has_volatile_axis(plan))
        return true;
    for (size_t i = 0; i < plan->spec.axes.count; i++)
        if (plan->spec.axes.items[i].unset != SIZE_MAX)
            return true;
    for (size_t i = 0; i < plan->computed.count; i++)
        if (!computed_is_template(&plan->computed.items[i]))
            return true;
    return false;
}

/* A product of lists of different values has no equal points otherwise. */
static bool order_is_needed(const struct sweep_plan *plan)
{
    return plan->spec.is_shuffled || !plan_is_product(plan) || order_may_merge(plan);
}

void order_runs(struct planner *p)
{
    struct sweep_plan *plan = p->plan;
    if (!order_is_needed(plan))
        return;
    struct orderer o = {.planner = p, .table_size = 64};
    while (o.table_size < 2 * plan->spec.runs)
        o.table_size *= 2;
    CLEANUP_FREE size_t *choices = calloc(plan->spec.axes.count + 1, sizeof *choices);
    o.items = calloc(plan->spec.runs + 1, sizeof *o.items);
    o.table = calloc(o.table_size, sizeof *o.table);
    if (choices == NULL || o.items == NULL || o.table == NULL || !order_collect(&o, choices) ||
        !order_use(&o))
        planner_note(p, SWEEP_NO_MEMORY);
    free(o.items);
    free(o.table);
}
