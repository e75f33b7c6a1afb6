/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/findings/findings.h"
#include "lib/plan/draw.h"
#include "lib/doc/number.h"
#include "lib/plan/order.h"
#include "lib/plan/run_id.h"
#include "lib/plan/sampler.h"
#include "lib/spec/distribution.h"
#include "lib/util/cleanup.h"

struct drawer {
    struct planner *planner;
    struct axis_reading reading; /* of drawn values */
    struct scope *scope;
    const struct draw_filter *filter;
    struct structure *product; /* whose points are drawn */
    struct sampler *sampler;
    const char **keys; /* of the factors */
    uint64_t *point;   /* the number of each factor's point */
    size_t *choices;   /* of each axis, in that point */
    json_t *seen;      /* the points that were kept, as a set */
    bool may_merge;    /* they are compared by identity, not only by choices */
};

/* --- factors ------------------------------------------------------------------------------ */

/* Each axis of "grid" is a factor, and each other item as a whole. */
static bool draw_collect_factors(struct structure *product)
{
    size_t n = 0, capacity = product->n_items;
    for (size_t i = 0; i < product->n_items; i++)
        capacity += product->items[i]->n_items;
    product->factors = calloc(capacity + 1, sizeof(struct structure *));
    if (product->factors == NULL)
        return false;
    for (size_t i = 0; i < product->n_items; i++) {
        struct structure *item = product->items[i];
        if (strcmp(item->where, "grid") != 0) {
            product->factors[n++] = item;
            continue;
        }
        for (size_t k = 0; k < item->n_items; k++)
            product->factors[n++] = item->items[k];
    }
    product->n_factors = n;
    return true;
}

static const char *draw_key(const struct drawer *d, const struct structure *factor)
{
    if (factor->kind != STRUCTURE_AXIS)
        return factor->where;
    const struct assignment *axis = &d->planner->plan->spec.axes.items[factor->axis];
    if (axis->parameter != NULL)
        return axis->parameter->name;
    return axis->key;
}

/* --- values of distributions -------------------------------------------------------------- */

/* Adds the value of a draw as the last choice of its axis. */
static bool draw_add_value(struct drawer *d, struct structure *factor, uint64_t draw)
{
    const struct assignment *axis = &d->planner->plan->spec.axes.items[factor->axis];
    CLEANUP_JSON json_t *value = distribution_value(factor->distribution, draw);
    CLEANUP_STRBUF struct strbuf label = {0};
    if (value != NULL)
        number_write_repr(&label, value);
    if (value == NULL || label.oom)
        return planner_note(d->planner, SWEEP_NO_MEMORY);
    const struct json_place place = {.value = factor->distribution->place,
        .key = factor->place,
        .name = axis->key,
        .text = label.data,
        .length = label.length};
    const struct placed_value at = {value, &place};
    enum sweep_code code = axis_append_value(&d->reading, factor->axis, &at);
    if (code == SWEEP_OK && !scope_update(d->scope, factor->axis))
        code = SWEEP_NO_MEMORY;
    return planner_note(d->planner, code);
}

/* Removes the last choice of the axis of each distribution. If the point is kept, its value is
 * added again unless the axis has it. */
static bool draw_settle_values(struct drawer *d, bool keeps)
{
    struct structure *product = d->product;
    for (size_t f = 0; f < product->n_factors; f++) {
        struct structure *factor = product->factors[f];
        if (factor->distribution == NULL)
            continue;
        struct assignment *axis = &d->planner->plan->spec.axes.items[factor->axis];
        struct choice choice = axis->choices[--axis->n_choices];
        size_t index = axis->n_choices;
        enum sweep_code code = SWEEP_OK;
        if (keeps)
            code = assignment_intern(axis, &choice, &index);
        choice_deinit(&choice);
        if (code == SWEEP_OK && keeps) {
            d->point[f] = factor->n_choices;
            d->choices[factor->axis] = index;
            code = structure_add_choice(factor, index);
        }
        if (!planner_note(d->planner, code))
            return false;
    }
    return true;
}

/* --- points ------------------------------------------------------------------------------- */

/* Sets d->point and d->choices to draw `i`. */
static bool draw_choose(struct drawer *d, uint64_t i)
{
    const struct spec *spec = &d->planner->plan->spec;
    for (size_t axis = 0; axis < spec->axes.count; axis++)
        d->choices[axis] = SIZE_MAX;
    for (size_t f = 0; f < d->product->n_factors; f++) {
        struct structure *factor = d->product->factors[f];
        uint64_t draw = sampler_draw(d->sampler, i, f);
        if (factor->distribution != NULL) {
            if (!draw_add_value(d, factor, draw))
                return false;
            d->choices[factor->axis] = spec->axes.items[factor->axis].n_choices - 1;
        } else {
            d->point[f] = sampler_pick(draw, factor->size);
            structure_choose(factor, d->point[f], d->choices);
        }
    }
    return true;
}

/* What the current point has in common with equal ones: its identity, unless only equal choices
 * give equal configs, or it does not fit the base, which is reported later. */
static void draw_put_key(const struct drawer *d, struct strbuf *key)
{
    const struct sweep_plan *plan = d->planner->plan;
    char id[RUN_ID_BYTES];
    if (d->may_merge) {
        enum sweep_code code = run_id_of(plan, d->choices, id);
        if (code == SWEEP_NO_MEMORY)
            key->oom = true;
        if (code == SWEEP_OK)
            strbuf_puts(key, id);
        if (code == SWEEP_OK || code == SWEEP_NO_MEMORY)
            return;
    }
    for (size_t axis = 0; axis < plan->spec.axes.count; axis++)
        strbuf_printf(key, "%zu,", d->choices[axis]);
}

/* True if an equal point was kept before; remembers this one if not. */
static bool draw_is_known(struct drawer *d)
{
    CLEANUP_STRBUF struct strbuf key = {0};
    draw_put_key(d, &key);
    if (!key.oom && json_object_get(d->seen, strbuf_string(&key)) != NULL)
        return true;
    if (key.oom || json_object_set_new(d->seen, strbuf_string(&key), json_true()) != 0)
        planner_note(d->planner, SWEEP_NO_MEMORY);
    return false;
}

static void draw_keep(struct drawer *d, uint64_t draw)
{
    struct structure *product = d->product;
    product->draws[product->size] = draw;
    memcpy(product->drawn + product->size * product->n_factors, d->point,
        product->n_factors * sizeof *d->point);
    product->size++;
}

/* One draw. */
static void draw_one(struct drawer *d, uint64_t i)
{
    if (!draw_choose(d, i))
        return;
    bool keeps = !d->filter->drops(d->filter->context, d->choices);
    if (!draw_settle_values(d, keeps) || !keeps)
        return;
    if (!draw_is_known(d))
        draw_keep(d, i);
}

static void draw_report(struct drawer *d, uint64_t draws)
{
    const struct sample *sample = &d->planner->plan->spec.sample;
    uint64_t found = d->product->size;
    if (found == sample->n)
        return;
    if (sample->method == SAMPLE_LHS)
        FINDING_NOTE(d->planner->findings, "fewer-samples", sample->place, "sample", NULL,
            "%llu of the %llu samples are missing: filters drop them, or they came twice",
            (unsigned long long)(sample->n - found), (unsigned long long)sample->n);
    else
        planner_note(d->planner,
            FINDING_ERROR(d->planner->findings, "fewer-samples", sample->place, "sample",
                "take fewer samples, or let the filters keep more",
                "only %llu of %llu samples were found in %llu draws", (unsigned long long)found,
                (unsigned long long)sample->n, (unsigned long long)draws));
}

static void draw_all(struct drawer *d)
{
    const struct sample *sample = &d->planner->plan->spec.sample;
    uint64_t draws = 0, max = 1000 * sample->n + 10000;
    if (sample->method == SAMPLE_LHS)
        max = sample->n;
    d->product->size = 0;
    for (; draws < max && d->product->size < sample->n; draws++) {
        draw_one(d, draws);
        if (d->planner->code != SWEEP_OK)
            return;
    }
    draw_report(d, draws);
}

/* --- entry -------------------------------------------------------------------------------- */

/* UINT64_MAX if there are more, or a distribution, and a point for each factor. */
static uint64_t draw_count_points(const struct structure *product)
{
    uint64_t points = 1;
    for (size_t f = 0; f < product->n_factors; f++)
        if (product->factors[f]->distribution == NULL && product->factors[f]->size == 0)
            return 0;
    for (size_t f = 0; f < product->n_factors; f++) {
        const struct structure *factor = product->factors[f];
        if (factor->distribution != NULL || __builtin_mul_overflow(points, factor->size, &points))
            return UINT64_MAX;
    }
    return points;
}

/* Adds a finding if there are fewer points than samples. */
static bool draw_check(struct drawer *d)
{
    struct planner *p = d->planner;
    const struct sample *sample = &p->plan->spec.sample;
    uint64_t points = draw_count_points(d->product);
    d->product->all = points;
    if (sample->method == SAMPLE_SOBOL && d->product->n_factors > SAMPLER_MAX_SOBOL)
        return planner_note(p, FINDING_ERROR(p->findings, "bad-value", sample->place, "sample",
                                   "use the method \"random\" or \"lhs\"",
                                   "\"sobol\" takes at most %d factors, and the spec has %zu",
                                   SAMPLER_MAX_SOBOL, d->product->n_factors));
    if (sample->n <= points)
        return true;
    return planner_note(
        p, FINDING_ERROR(p->findings, "fewer-samples", sample->place, "sample",
               "take fewer samples, or leave out \"sample\"", "%llu samples of only %llu points",
               (unsigned long long)sample->n, (unsigned long long)points));
}

static bool draw_begin(struct drawer *d)
{
    static const enum sampler_method methods[] = {SAMPLER_RANDOM, SAMPLER_SOBOL, SAMPLER_LHS};
    const struct spec *spec = &d->planner->plan->spec;
    struct structure *product = d->product;
    size_t n = product->n_factors;
    d->keys = calloc(n + 1, sizeof *d->keys);
    d->point = calloc(n + 1, sizeof *d->point);
    d->choices = calloc(spec->axes.count + 1, sizeof *d->choices);
    d->seen = json_object();
    d->may_merge = order_may_merge(d->planner->plan);
    product->drawn = calloc(spec->sample.n * n + 1, sizeof *product->drawn);
    product->draws = calloc(spec->sample.n + 1, sizeof *product->draws);
    if (d->keys == NULL || d->point == NULL || d->choices == NULL || d->seen == NULL ||
        product->drawn == NULL || product->draws == NULL)
        return false;
    for (size_t f = 0; f < n; f++)
        d->keys[f] = draw_key(d, product->factors[f]);
    const struct sampler_request request = {.method = methods[spec->sample.method],
        .seed = spec->sample.seed,
        .n = spec->sample.n,
        .keys = d->keys,
        .n_keys = n};
    return sampler_new(&request, &d->sampler) == SWEEP_OK;
}

void draw_points(struct planner *p, struct scope *scope, const struct draw_filter *filter)
{
    const struct spec_context context = planner_context(p);
    struct drawer d = {.planner = p,
        .reading = {&context, &p->plan->spec.axes, "sample"},
        .scope = scope,
        .filter = filter,
        .product = p->plan->spec.product};
    if (!draw_collect_factors(d.product)) {
        planner_note(p, SWEEP_NO_MEMORY);
        return;
    }
    if (!draw_check(&d))
        return;
    if (!draw_begin(&d))
        planner_note(p, SWEEP_NO_MEMORY);
    else
        draw_all(&d);
    sampler_free(d.sampler);
    json_decref(d.seen);
    free(d.keys);
    free(d.point);
    free(d.choices);
}
