/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/findings/findings.h"
#include "lib/plan/draw.h"
#include "lib/plan/select.h"
#include "lib/util/cleanup.h"

/* Points that filters of one sweep look at; a few seconds. */
#define SELECT_MAX_POINTS UINT64_C(20000000)

struct selector {
    struct planner *planner;
    struct scope *scope;
    struct scope_run run;
    size_t *choices;
    size_t n_axes;
};

static struct scope_source select_source(const struct filter *filter)
{
    return (struct scope_source){.text = filter->text,
        .where = filter->excludes ? "exclude" : "where",
        .place = filter->place,
        .is_written = !filter->is_object,
        .quote = 1};
}

/* --- one structure ------------------------------------------------------------------------ */

/* Marks the axes that points of the structure can set. */
static void select_mark_axes(const struct structure *structure, bool *axes)
{
    if (structure->kind == STRUCTURE_AXIS)
        axes[structure->axis] = true;
    for (size_t i = 0; i < structure->n_bundles; i++)
        for (size_t k = 0; k < structure->bundles[i].count; k++)
            axes[structure->bundles[i].axes[k]] = true;
    for (size_t i = 0; i < structure->n_items; i++)
        select_mark_axes(structure->items[i], axes);
}

static void select_compile(struct selector *s, struct structure *structure)
{
    for (size_t i = 0; i < structure->n_items; i++)
        select_compile(s, structure->items[i]);
    if (structure->filters.count == 0)
        return;
    CLEANUP_FREE bool *visible = calloc(s->n_axes + 1, sizeof *visible);
    if (visible == NULL) {
        planner_note(s->planner, SWEEP_NO_MEMORY);
        return;
    }
    select_mark_axes(structure, visible);
    s->scope->visible = visible;
    for (size_t i = 0; i < structure->filters.count; i++) {
        struct filter *filter = &structure->filters.items[i];
        const struct scope_source source = select_source(filter);
        enum sweep_code code =
            scope_compile(s->scope, &source, s->planner->findings, &filter->compiled);
        if (planner_note(s->planner, code) &&
            (expr_kinds(filter->compiled) & (EXPR_BOOL | EXPR_NULL)) == 0) {
            struct expr_error error = {.column = 1, .length = 1};
            snprintf(error.message, sizeof error.message, "it is not a condition");
            snprintf(error.hint, sizeof error.hint, "compare something: NAME < 8");
            planner_note(s->planner, scope_report(s->planner->findings, &source, &error));
        }
    }
    s->scope->visible = NULL;
}

/* True if the filter drops the point that the scope is set to. */
static bool select_drops(struct selector *s, const struct filter *filter)
{
    struct expr_value result;
    struct expr_error error = {0};
    if (scope_run_eval(&s->run, filter->compiled, &result, &error)) {
        bool holds = result.kind == EXPR_BOOL && result.truth;
        return holds == filter->excludes;
    }
    const struct scope_source source = select_source(filter);
    planner_note(s->planner, scope_run_report(&s->run, s->planner->findings, &source, &error));
    return true;
}

/* True if one of the filters drops the point with these choices; counts it. */
static bool select_drops_point(struct selector *s, struct structure *structure)
{
    struct filter *filters = structure->filters.items;
    scope_run_set(&s->run, s->choices);
    for (size_t i = 0; i < structure->filters.count; i++)
        if (select_drops(s, &filters[i])) {
            filters[i].dropped++;
            return true;
        }
    return false;
}

static bool select_keep(struct structure *structure, uint64_t index)
{
    uint64_t n = structure->size;
    if ((n & (n - 1)) == 0) {
        uint64_t *kept = realloc(structure->kept, (2 * n + 1) * sizeof *kept);
        if (kept == NULL)
            return false;
        structure->kept = kept;
    }
    structure->kept[structure->size++] = index;
    return true;
}

/* Looks at every point. `kept` is filled aside, since structure_choose() uses it. */
static void select_scan(struct selector *s, struct structure *structure)
{
    struct structure kept = {0};
    for (uint64_t point = 0; point < structure->all && s->planner->code == SWEEP_OK; point++) {
        for (size_t axis = 0; axis < s->n_axes; axis++)
            s->choices[axis] = SIZE_MAX;
        structure_choose(structure, point, s->choices);
        if (!select_drops_point(s, structure) && !select_keep(&kept, point))
            planner_note(s->planner, SWEEP_NO_MEMORY);
    }
    if (kept.kept == NULL)
        kept.kept = calloc(1, sizeof *kept.kept);
    if (kept.kept == NULL)
        planner_note(s->planner, SWEEP_NO_MEMORY);
    structure->kept = kept.kept;
    structure->size = kept.size;
}

static void select_report_idle(struct selector *s, const struct structure *structure)
{
    for (size_t i = 0; i < structure->filters.count; i++) {
        const struct filter *filter = &structure->filters.items[i];
        if (filter->dropped == 0 && structure->size > 0)
            FINDING_WARNING(s->planner->findings, "idle-filter", filter->place,
                filter->excludes ? "exclude" : "where", "remove it, or check its values",
                "this drops none of the %llu points: %s", (unsigned long long)structure->all,
                filter->text);
    }
}

/* Applies the filters of a structure, which are compiled. */
static void select_filter(struct selector *s, struct structure *structure)
{
    struct planner *p = s->planner;
    if (structure->all > SELECT_MAX_POINTS) {
        planner_note(
            p, FINDING_ERROR(p->findings, "too-many-runs", structure->filters.items[0].place, NULL,
                   "filter parts of the sweep with \"sweep\", or take a \"sample\"",
                   "a filter would look at %llu points; the limit is %llu",
                   (unsigned long long)structure->all, (unsigned long long)SELECT_MAX_POINTS));
        return;
    }
    select_scan(s, structure);
    if (p->code == SWEEP_OK)
        select_report_idle(s, structure);
}

/* For draw_points(). */
static bool select_drops_draw(void *context, const size_t *choices)
{
    struct selector *s = context;
    memcpy(s->choices, choices, s->n_axes * sizeof *choices);
    return select_drops_point(s, s->planner->plan->spec.product);
}

/* Inner structures first: outer ones count their points. */
static void select_all(struct selector *s, struct structure *structure)
{
    for (size_t i = 0; i < structure->n_items && s->planner->code == SWEEP_OK; i++)
        select_all(s, structure->items[i]);
    if (s->planner->code != SWEEP_OK)
        return;
    structure_measure(structure);
    if (structure->kind == STRUCTURE_ZIP)
        planner_note(s->planner, structure_check_zip(structure, &s->planner->plan->spec.axes, true,
                                     s->planner->findings));
    if (s->planner->code != SWEEP_OK)
        return;
    const struct draw_filter filter = {s, select_drops_draw};
    if (structure == s->planner->plan->spec.product && s->planner->plan->spec.is_sampled)
        draw_points(s->planner, s->scope, &filter);
    else if (structure->filters.count > 0)
        select_filter(s, structure);
}

/* --- all ---------------------------------------------------------------------------------- */

static void select_check_count(struct planner *p)
{
    struct spec *spec = &p->plan->spec;
    const struct sweep_place *place = &spec->product->place;
    spec->runs = spec->points->size;
    spec->is_counted = true;
    if (spec->product->filters.count > 0)
        place = &spec->product->filters.items[0].place;
    if (spec->runs == 0)
        planner_note(
            p, FINDING_ERROR(p->findings, "no-runs", *place, NULL, NULL,
                   "the filters leave no run of %llu", (unsigned long long)spec->product->all));
    else if (spec->runs > p->limits.runs)
        planner_note(p, FINDING_ERROR(p->findings, "too-many-runs", *place, NULL, NULL,
                            "the filters leave %llu runs; the limit is %llu",
                            (unsigned long long)spec->runs, (unsigned long long)p->limits.runs));
}

void select_points(struct planner *p, struct scope *scope)
{
    struct spec *spec = &p->plan->spec;
    if (!spec->is_sampled && !structure_is_filtered(spec->points))
        return;
    CLEANUP_FREE size_t *choices = calloc(spec->axes.count + 1, sizeof *choices);
    if (choices == NULL) {
        planner_note(p, SWEEP_NO_MEMORY);
        return;
    }
    struct selector s = {
        .planner = p, .scope = scope, .choices = choices, .n_axes = spec->axes.count};
    select_compile(&s, spec->points);
    if (!scope_run_init(&s.run, scope))
        planner_note(p, SWEEP_NO_MEMORY);
    if (p->code == SWEEP_OK)
        select_all(&s, spec->points);
    scope_run_deinit(&s.run);
    if (p->code == SWEEP_OK)
        select_check_count(p);
}
