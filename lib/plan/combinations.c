/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "lib/plan/combinations.h"
#include "lib/plan/runs.h"

/* --- all combinations --------------------------------------------------------------------- */

static size_t combinations_number(const struct combinations *c, const size_t *choices)
{
    size_t number = 0;
    for (size_t i = 0; i < c->axes.size; i++)
        if (c->axes.has[i])
            number = number * c->plan->spec.axes.items[i].n_choices + choices[i];
    return number;
}

/* Sets c->choices to those of the first run with combination `number`. */
static void combinations_choose(struct combinations *c, size_t number)
{
    for (size_t i = c->axes.size; i-- > 0;) {
        size_t n = c->plan->spec.axes.items[i].n_choices;
        c->choices[i] = 0;
        if (!c->axes.has[i])
            continue;
        c->choices[i] = number % n;
        number /= n;
    }
}

/* The next run with the combination that c->choices are the first run of. */
static uint64_t combinations_next_run(struct combinations *c)
{
    for (size_t i = c->axes.size; i-- > 0;)
        if (!c->axes.has[i] && c->plan->spec.axes.items[i].n_choices > 1) {
            c->choices[i] = 1;
            return plan_run_index(c->plan, c->choices);
        }
    return UINT64_MAX;
}

static enum sweep_code combinations_compute(struct combinations *c)
{
    size_t n = 1;
    for (size_t i = 0; i < c->axes.size; i++)
        if (c->axes.has[i])
            n *= c->plan->spec.axes.items[i].n_choices;
    c->items = calloc(n, sizeof *c->items);
    if (c->items == NULL)
        return SWEEP_NO_MEMORY;
    for (c->count = 0; c->count < n; c->count++) {
        struct combination *item = &c->items[c->count];
        combinations_choose(c, c->count);
        item->runs = c->plan->spec.runs / n;
        item->first = plan_run_index(c->plan, c->choices);
        item->second = combinations_next_run(c);
    }
    return SWEEP_OK;
}

/* --- those that occur --------------------------------------------------------------------- */

static size_t combinations_hash(const struct combinations *c, const size_t *choices)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < c->axes.size; i++) {
        if (!c->axes.has[i])
            continue;
        hash = (hash ^ choices[i]) * 0x9e3779b97f4a7c15;
        hash ^= hash >> 29;
    }
    return (size_t)hash;
}

static bool combinations_has_choices(
    struct combinations *c, const struct combination *item, const size_t *choices)
{
    plan_choices(c->plan, item->first, c->choices);
    for (size_t i = 0; i < c->axes.size; i++)
        if (c->axes.has[i] && c->choices[i] != choices[i])
            return false;
    return true;
}

/* The slot of the table that has the combination, or where it belongs. */
static size_t *combinations_slot(struct combinations *c, const size_t *choices)
{
    size_t mask = c->table_size - 1, at = combinations_hash(c, choices) & mask;
    while (c->table[at] != 0 && !combinations_has_choices(c, &c->items[c->table[at] - 1], choices))
        at = (at + 1) & mask;
    return &c->table[at];
}

/* Doubles the table, which is at most half full. */
static bool combinations_grow(struct combinations *c, size_t *choices)
{
    size_t capacity = c->capacity * 2 + 16;
    struct combination *items = realloc(c->items, capacity * sizeof *items);
    if (items == NULL)
        return false;
    c->items = items;
    c->capacity = capacity;
    free(c->table);
    c->table_size = 32;
    while (c->table_size < 2 * capacity)
        c->table_size *= 2;
    c->table = calloc(c->table_size, sizeof *c->table);
    if (c->table == NULL)
        return false;
    for (size_t i = 0; i < c->count; i++) {
        plan_choices(c->plan, items[i].first, choices);
        *combinations_slot(c, choices) = i + 1;
    }
    return true;
}

static enum sweep_code combinations_scan(struct combinations *c)
{
    size_t *choices = calloc(c->axes.size + 1, sizeof *choices);
    enum sweep_code code = choices == NULL ? SWEEP_NO_MEMORY : SWEEP_OK;
    for (uint64_t run = 0; code == SWEEP_OK && run < c->plan->spec.runs; run++) {
        if (c->count == c->capacity && !combinations_grow(c, choices)) {
            code = SWEEP_NO_MEMORY;
            break;
        }
        plan_choices(c->plan, run, choices);
        size_t *slot = combinations_slot(c, choices);
        if (*slot == 0) {
            c->items[c->count++] = (struct combination){run, UINT64_MAX, 1};
            *slot = c->count;
            continue;
        }
        struct combination *item = &c->items[*slot - 1];
        if (item->runs++ == 1)
            item->second = run;
    }
    free(choices);
    return code;
}

/* --- entry -------------------------------------------------------------------------------- */

enum sweep_code combinations_find(
    const struct sweep_plan *plan, const struct axis_set *axes, struct combinations *out)
{
    *out = (struct combinations){.plan = plan};
    out->choices = calloc(axes->size + 1, sizeof *out->choices);
    if (out->choices == NULL || !axis_set_init(&out->axes, axes->size))
        return SWEEP_NO_MEMORY;
    axis_set_copy(&out->axes, axes);
    if (plan_is_product(plan))
        return combinations_compute(out);
    return combinations_scan(out);
}

void combinations_deinit(struct combinations *combinations)
{
    axis_set_deinit(&combinations->axes);
    free(combinations->items);
    free(combinations->table);
    free(combinations->of_choice);
    free(combinations->choices);
    *combinations = (struct combinations){0};
}

size_t combinations_of(struct combinations *combinations, const size_t *choices)
{
    for (size_t i = 0; i < combinations->axes.size && combinations->of_choice != NULL; i++)
        if (combinations->axes.has[i])
            return combinations->of_choice[choices[i]] - 1;
    if (combinations->table == NULL)
        return combinations_number(combinations, choices);
    return *combinations_slot(combinations, choices) - 1;
}

/* --- those of single axes ----------------------------------------------------------------- */

static bool combinations_init_single(
    struct combinations *out, const struct sweep_plan *plan, size_t axis)
{
    size_t n_axes = plan->spec.axes.count, n = plan->spec.axes.items[axis].n_choices;
    *out = (struct combinations){.plan = plan};
    out->choices = calloc(n_axes + 1, sizeof *out->choices);
    out->items = calloc(n + 1, sizeof *out->items);
    out->of_choice = calloc(n + 1, sizeof *out->of_choice);
    if (out->choices == NULL || out->items == NULL || out->of_choice == NULL ||
        !axis_set_init(&out->axes, n_axes))
        return false;
    axis_set_add(&out->axes, axis);
    return true;
}

static void combinations_count(struct combinations *c, uint64_t run, size_t choice)
{
    size_t *index = &c->of_choice[choice];
    if (*index == 0) {
        c->items[c->count++] = (struct combination){run, UINT64_MAX, 1};
        *index = c->count;
        return;
    }
    struct combination *item = &c->items[*index - 1];
    if (item->runs++ == 1)
        item->second = run;
}

static bool combinations_scan_each(const struct sweep_plan *plan, struct combinations *each)
{
    size_t n = plan->spec.axes.count;
    size_t *choices = calloc(n + 1, sizeof *choices);
    bool good = choices != NULL;
    for (size_t i = 0; i < n && good; i++)
        good = combinations_init_single(&each[i], plan, i);
    for (uint64_t run = 0; run < plan->spec.runs && good; run++) {
        plan_choices(plan, run, choices);
        for (size_t i = 0; i < n; i++)
            combinations_count(&each[i], run, choices[i]);
    }
    free(choices);
    return good;
}

static bool combinations_compute_each(const struct sweep_plan *plan, struct combinations *each)
{
    struct axis_set axis;
    bool good = axis_set_init(&axis, plan->spec.axes.count);
    for (size_t i = 0; i < axis.size && good; i++) {
        axis_set_clear(&axis);
        axis_set_add(&axis, i);
        good = combinations_find(plan, &axis, &each[i]) == SWEEP_OK;
    }
    axis_set_deinit(&axis);
    return good;
}

struct combinations *combinations_find_each(const struct sweep_plan *plan)
{
    struct combinations *each = calloc(plan->spec.axes.count + 1, sizeof *each);
    bool good = each != NULL;
    if (good && plan_is_product(plan))
        good = combinations_compute_each(plan, each);
    else if (good)
        good = combinations_scan_each(plan, each);
    if (good)
        return each;
    combinations_free_each(each, plan);
    return NULL;
}

void combinations_free_each(struct combinations *each, const struct sweep_plan *plan)
{
    for (size_t i = 0; each != NULL && i < plan->spec.axes.count; i++)
        combinations_deinit(&each[i]);
    free(each);
}
