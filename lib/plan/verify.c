/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/check/checker.h"
#include "lib/check/selection.h"
#include "lib/findings/findings.h"
#include "lib/plan/axis_effects.h"
#include "lib/plan/axis_reads.h"
#include "lib/plan/combinations.h"
#include "lib/plan/output_link.h"
#include "lib/plan/resources.h"
#include "lib/plan/render.h"
#include "lib/plan/run_findings.h"
#include "lib/plan/runs.h"
#include "lib/plan/values.h"
#include "lib/plan/variation.h"
#include "lib/plan/verify.h"
#include "lib/util/cleanup.h"

enum { MAX_GROUPS = 256 };

/* Of fewer combinations, each is checked in full: selecting checks would take as long. */
enum { MIN_SELECTED = 8 };

/* Axes that decide something together. */
struct axis_group {
    struct axis_set axes;
    bool is_checked;
};

/* How the combinations of some axes are checked without doing everything for each of them. */
struct verify_quickly {
    bool possible;
    struct variation variation;
    struct selection_changes changes;
    struct selection *selection; /* NULL: no combination was checked yet */
};

struct verifier {
    const struct sweep_plan *plan;
    struct sweep_findings *findings;
    struct run_findings run_findings;
    struct checker checker;
    struct axis_reads axis_reads;
    struct axis_set relevant; /* the axes that the current diagnostic depends on */
    struct axis_set varied;   /* the axes whose combinations are being checked */
    bool is_single;           /* each of them is checked by itself */
    bool is_asked;            /* only: does the diagnostic depend on the varied axes? */
    bool is_changed;          /* the answer */
    struct axis_group groups[MAX_GROUPS];
    size_t n_groups;
    bool too_many_groups;        /* every run has to be checked */
    uint64_t run;                /* the run being checked, which stands for others */
    size_t *choices;             /* its choices */
    struct verify_quickly quick; /* for the varied axes */
    struct axis_effects effects;
    enum sweep_code code; /* anything but SWEEP_INVALID ends the verification */
};

static bool verify_has_failed(const struct verifier *v)
{
    return v->code != SWEEP_OK && v->code != SWEEP_INVALID;
}

static void verify_note(struct verifier *v, enum sweep_code code)
{
    if (code != SWEEP_OK && !verify_has_failed(v))
        v->code = code;
}

/* --- which axes something depends on ------------------------------------------------------ */

static void verify_add_path(void *context, const char *path)
{
    struct verifier *v = context;
    if (!v->is_asked)
        axis_reads_collect(&v->axis_reads, path, &v->relevant);
    else if (!v->is_changed)
        v->is_changed = axis_reads_meets(&v->axis_reads, path, &v->varied);
}

/* The component that a mapping names decides which arguments it takes. */
static void verify_add_component(struct verifier *v, const char *path)
{
    const char *component_key = v->checker.profile->component_key;
    char key[PATH_MAX_BYTES];
    snprintf(key, sizeof key, "%s", path);
    if (component_key != NULL && path_append(key, strlen(key), component_key) > 0)
        verify_add_path(v, key);
}

/* A rule says nothing of a component that cannot be found, so it depends on what each component is
 * that it reads a value of. */
static void verify_add_read(void *context, const char *path)
{
    struct verifier *v = context;
    char component[PATH_MAX_BYTES];
    verify_add_path(v, path);
    if (v->checker.profile->component_key == NULL)
        return;
    for (const char *dot = strchr(path, '.'); dot != NULL; dot = strchr(dot + 1, '.')) {
        snprintf(component, sizeof component, "%.*s", (int)(dot - path), path);
        verify_add_component(v, component);
    }
}

/* Sets v->relevant to the axes that a diagnostic depends on. */
static void verify_find_axes(struct verifier *v, const struct diagnostic *diagnostic)
{
    axis_set_clear(&v->relevant);
    if (diagnostic->rule != NULL)
        rules_reads(v->checker.rules, diagnostic->rule, diagnostic->it_path, verify_add_read, v);
    else if (json_is_object(path_get(v->checker.config.tree, diagnostic->path)))
        /* What is missing in a mapping depends on its component, not on its other values. */
        verify_add_component(v, diagnostic->path);
    else
        verify_add_path(v, diagnostic->path);
    if (diagnostic->it_path != NULL)
        verify_add_component(v, diagnostic->it_path);
}

/* Remembers to check all combinations of the axes in v->relevant. */
static void verify_add_group(struct verifier *v)
{
    if (v->relevant.count < 2 || v->too_many_groups)
        return;
    for (size_t i = 0; i < v->n_groups; i++)
        if (axis_set_equal(&v->groups[i].axes, &v->relevant))
            return;
    if (v->n_groups == MAX_GROUPS) {
        v->too_many_groups = true;
        return;
    }
    struct axis_group *group = &v->groups[v->n_groups];
    if (!axis_set_init(&group->axes, v->relevant.size)) {
        verify_note(v, SWEEP_NO_MEMORY);
        return;
    }
    axis_set_copy(&group->axes, &v->relevant);
    v->n_groups++;
}

static void verify_add_rule(void *context, const struct rule *rule, const char *it_path)
{
    struct verifier *v = context;
    verify_find_axes(v, &(struct diagnostic){.rule = rule, .it_path = it_path, .path = ""});
    verify_add_group(v);
}

/* Adds a group for each scalar: its checks depend on what it refers to and on its component. */
static void verify_add_values(struct verifier *v, const json_t *node, char *path, size_t length)
{
    const char *key;
    json_t *value;
    size_t index, longer;
    if (!json_is_object(node) && !json_is_array(node)) {
        struct diagnostic diagnostic = {.path = path};
        char parent[PATH_MAX_BYTES];
        snprintf(parent, sizeof parent, "%s", path);
        char *dot = strrchr(parent, '.');
        if (dot != NULL) {
            *dot = '\0';
            diagnostic.it_path = parent;
        }
        verify_find_axes(v, &diagnostic);
        verify_add_group(v);
    }
    json_object_foreach ((json_t *)node, key, value)
        if ((longer = path_append(path, length, key)) > 0)
            verify_add_values(v, value, path, longer);
    json_array_foreach (node, index, value)
        if ((longer = path_append_index(path, length, index)) > 0)
            verify_add_values(v, value, path, longer);
    path[length] = '\0';
}

/* Adds a group for each axis path that may be inert: for the axes that decide whether it is. */
static void verify_add_inert(struct verifier *v)
{
    const struct assignments *axes = &v->plan->spec.axes;
    for (size_t i = 0; i < axes->count; i++)
        for (size_t k = 0; k < axes->items[i].n_paths; k++) {
            axis_set_clear(&v->relevant);
            rules_inert_reads(v->checker.rules, axes->items[i].paths[k], verify_add_path, v);
            verify_add_group(v);
        }
}

/* --- checking combinations ---------------------------------------------------------------- */

/* True if the current combination stands for all runs that a diagnostic is about. */
static bool verify_covers(const struct verifier *v)
{
    if (v->is_single && v->relevant.count > 1)
        return false;
    return axis_set_is_within(&v->relevant, &v->varied);
}

/* Reports a diagnostic for the current combination. If it depends on axes that are not being
 * varied, queue that set of axes instead; the diagnostic reappears when the set is checked. */
static void verify_emit(void *context, const struct diagnostic *diagnostic)
{
    struct verifier *v = context;
    verify_find_axes(v, diagnostic);
    /* Notes are not worth checking more combinations. */
    if (diagnostic->severity != SWEEP_NOTE && !verify_covers(v)) {
        verify_add_group(v);
        return;
    }
    verify_note(v, run_findings_add(&v->run_findings, diagnostic, v->choices, &v->relevant));
}

static bool verify_is_only_counting(void *context, enum sweep_severity severity)
{
    const struct verifier *v = context;
    return findings_are_full(v->findings, severity);
}

/* True if a choice replaces a component, a mapping or a list. */
static bool verify_changes_structure(const struct verifier *v, const struct choice *choice)
{
    for (size_t i = 0; i < choice->operations.count; i++) {
        const struct operation *operation = &choice->operations.items[i];
        const char *dot = strrchr(operation->path, '.');
        if (json_is_object(operation->value) || json_is_array(operation->value) ||
            (dot != NULL && profile_is_component_key(v->checker.profile, dot + 1)))
            return true;
    }
    return false;
}

/* True if the current combination may have components and values that others have not. */
static bool verify_has_new_structure(const struct verifier *v)
{
    if (v->varied.count == 0)
        return true;
    for (size_t i = 0; i < v->varied.size; i++) {
        const struct assignment *axis = &v->plan->spec.axes.items[i];
        if (!v->varied.has[i])
            continue;
        /* Where one choice deletes a key, the others keep it. */
        for (size_t k = 0; k < axis->n_paths; k++)
            if (assignment_deletes(axis, axis->paths[k]))
                return true;
        if (verify_changes_structure(v, &axis->choices[v->choices[i]]))
            return true;
    }
    return false;
}

/* Runs all checks on the tree of the current run. */
static void verify_check_tree(struct verifier *v, const json_t *tree)
{
    struct diagnostic_sink sink = {verify_emit, v, verify_is_only_counting};
    char path[PATH_MAX_BYTES] = "";
    verify_note(v, checker_run(&v->checker, tree, &sink));
    axis_effects_update(&v->effects, &v->checker);
    if (v->too_many_groups || !verify_has_new_structure(v))
        return;
    checker_visit(&v->checker, verify_add_rule, v);
    verify_add_values(v, tree, path, 0);
}

static void verify_choose(struct verifier *v, uint64_t run)
{
    v->run = run;
    plan_choices(v->plan, run, v->choices);
}

static void verify_check(struct verifier *v, uint64_t run)
{
    CLEANUP_JSON json_t *tree = NULL;
    verify_choose(v, run);
    enum sweep_code code = plan_config_value(v->plan, v->run, v->choices, &tree);
    if (code == SWEEP_NO_MEMORY)
        verify_note(v, code);
    if (code == SWEEP_OK)
        verify_check_tree(v, tree);
}

/* --- the same, quickly -------------------------------------------------------------------- */

/* Where a selected rule may read the run's directory, it must be that of the run. */
static void verify_note_output(void *context, const char *path)
{
    struct verifier *v = context;
    const char *output = profile_output(v->plan->spec.profile);
    if (output != NULL && path_overlaps(path, output))
        v->quick.changes.resolve = true;
    if (dialect_is_interpolation(
            &v->checker.profile->dialect, path_get(v->checker.config.tree, path)))
        v->quick.changes.resolve = true;
}

/* True if a diagnostic depends on one of the varied axes. */
static bool verify_is_changed(void *context, const struct diagnostic *about)
{
    struct verifier *v = context;
    v->is_asked = true;
    v->is_changed = false;
    verify_find_axes(v, about);
    v->is_asked = false;
    if (v->is_changed && about->rule != NULL)
        rules_reads(v->checker.rules, about->rule, about->it_path, verify_note_output, v);
    else if (v->is_changed)
        verify_note_output(v, about->path);
    return v->is_changed;
}

static void verify_begin_quickly(struct verifier *v, size_t n_combinations)
{
    v->quick = (struct verify_quickly){.possible = false};
    if (n_combinations >= MIN_SELECTED && !v->axis_reads.too_many)
        v->quick.possible = variation_init(&v->quick.variation, v->plan, &v->varied);
}

static void verify_end_quickly(struct verifier *v)
{
    selection_free(v->quick.selection);
    variation_deinit(&v->quick.variation);
    v->quick = (struct verify_quickly){.possible = false};
}

/* Checks the current run in full, and selects the checks for the others. */
static void verify_select(struct verifier *v)
{
    struct verify_quickly *quick = &v->quick;
    struct variation *variation = &quick->variation;
    quick->possible = false;
    enum sweep_code code = variation_begin(variation, v->run, v->choices);
    if (code == SWEEP_NO_MEMORY)
        verify_note(v, code);
    if (code != SWEEP_OK)
        return;
    verify_check_tree(v, variation->tree);
    quick->changes = (struct selection_changes){.paths = variation->paths,
        .n_paths = variation->n_paths,
        .is_changed = verify_is_changed,
        .context = v,
        .resolve = variation->has_interpolations};
    quick->selection = selection_new(&v->checker, &quick->changes);
    quick->possible = quick->selection != NULL;
}

/* Adds groups for the components and scalars that only this combination may have. */
static void verify_add_varied(struct verifier *v)
{
    const struct variation *variation = &v->quick.variation;
    if (v->too_many_groups || !verify_has_new_structure(v))
        return;
    selection_visit(v->quick.selection, verify_add_rule, v);
    for (size_t i = 0; i < variation->n_paths; i++) {
        char path[PATH_MAX_BYTES];
        size_t length = strlen(variation->paths[i]);
        memcpy(path, variation->paths[i], length + 1);
        verify_add_values(v, path_get(variation->tree, path), path, length);
    }
}

/* Checks a run as verify_check() does, but runs only those checks again that the varied axes can
 * matter to. False if that is not possible. */
static bool verify_check_quickly(struct verifier *v, uint64_t run)
{
    struct verify_quickly *quick = &v->quick;
    struct diagnostic_sink sink = {verify_emit, v, verify_is_only_counting};
    bool is_certain = false;
    if (!quick->possible)
        return false;
    verify_choose(v, run);
    if (!variation_allows(&quick->variation, v->choices))
        return false;
    if (quick->selection == NULL) {
        verify_select(v);
        return true;
    }
    enum sweep_code code =
        variation_set(&quick->variation, v->run, v->choices, selection_resolves(quick->selection));
    if (code == SWEEP_OK)
        code = selection_run(quick->selection, quick->variation.tree, &sink, &is_certain);
    if (code == SWEEP_NO_MEMORY)
        verify_note(v, code);
    if (code != SWEEP_OK || !is_certain)
        return false;
    axis_effects_update(&v->effects, &v->checker);
    verify_add_varied(v);
    return true;
}

/* Checks a run for each combination of the varied axes. */
static void verify_check_combinations(struct verifier *v, const struct combinations *combinations)
{
    verify_begin_quickly(v, combinations->count);
    for (size_t i = 0; i < combinations->count && !verify_has_failed(v); i++)
        if (!verify_check_quickly(v, combinations->items[i].first))
            verify_check(v, combinations->items[i].first);
    verify_end_quickly(v);
}

static void verify_check_varied(struct verifier *v)
{
    struct combinations combinations;
    verify_note(v, combinations_find(v->plan, &v->varied, &combinations));
    verify_check_combinations(v, &combinations);
    combinations_deinit(&combinations);
}

/* A run that is to be checked for one of the values of an axis. */
struct verify_single {
    uint64_t run;
    size_t axis;
};

static int verify_compare_singles(const void *a, const void *b)
{
    const struct verify_single *x = a, *y = b;
    if (x->run != y->run)
        return x->run < y->run ? -1 : 1;
    return (x->axis > y->axis) - (x->axis < y->axis);
}

/* Checks each run once, for all axes that it is to be checked for. */
static void verify_check_singles(struct verifier *v, struct verify_single *singles, size_t n)
{
    qsort(singles, n, sizeof *singles, verify_compare_singles);
    v->is_single = true;
    for (size_t i = 0; i < n && !verify_has_failed(v);) {
        uint64_t run = singles[i].run;
        axis_set_clear(&v->varied);
        for (; i < n && singles[i].run == run; i++)
            axis_set_add(&v->varied, singles[i].axis);
        verify_check(v, run);
    }
    v->is_single = false;
}

/* Axes of few values are checked together where the same runs stand for their values. */
static void verify_check_few(struct verifier *v, const struct combinations *each)
{
    size_t n_axes = v->plan->spec.axes.count, n = 0;
    CLEANUP_FREE struct verify_single *singles = calloc(n_axes + 1, MIN_SELECTED * sizeof *singles);
    if (singles == NULL) {
        verify_note(v, SWEEP_NO_MEMORY);
        return;
    }
    for (size_t i = 0; i < n_axes; i++) {
        if (v->plan->spec.axes.items[i].n_choices < 2 || each[i].count >= MIN_SELECTED)
            continue;
        for (size_t k = 0; k < each[i].count; k++)
            singles[n++] = (struct verify_single){each[i].items[k].first, i};
    }
    verify_check_singles(v, singles, n);
}

static void verify_check_each_axis(struct verifier *v)
{
    struct combinations *each = combinations_find_each(v->plan);
    if (each == NULL) {
        verify_note(v, SWEEP_NO_MEMORY);
        return;
    }
    verify_check_few(v, each);
    for (size_t i = 0; i < v->plan->spec.axes.count && !verify_has_failed(v); i++) {
        if (each[i].count < MIN_SELECTED)
            continue;
        axis_set_clear(&v->varied);
        axis_set_add(&v->varied, i);
        verify_check_combinations(v, &each[i]);
    }
    combinations_free_each(each, v->plan);
}

/* The smallest group that was not checked yet, or NULL. */
static struct axis_group *verify_next_group(struct verifier *v)
{
    struct axis_group *best = NULL;
    for (size_t i = 0; i < v->n_groups; i++) {
        struct axis_group *group = &v->groups[i];
        if (!group->is_checked && (best == NULL || group->axes.count < best->axes.count))
            best = group;
    }
    return best;
}

/* Small groups first: what they explain is not reported again for larger ones. Checking a group may
 * add others. */
static void verify_check_groups(struct verifier *v)
{
    struct axis_group *group;
    while (!v->too_many_groups && (group = verify_next_group(v)) != NULL && !verify_has_failed(v)) {
        group->is_checked = true;
        axis_set_copy(&v->varied, &group->axes);
        verify_check_varied(v);
    }
}

static void verify_check_every_run(struct verifier *v)
{
    const struct assignments *axes = &v->plan->spec.axes;
    for (size_t i = 0; i < axes->count; i++)
        if (axes->items[i].n_choices > 1)
            axis_set_add(&v->varied, i);
    for (uint64_t run = 0; run < v->plan->spec.runs && !verify_has_failed(v); run++)
        verify_check(v, run);
}

/* --- entry -------------------------------------------------------------------------------- */

static bool verify_init(struct verifier *v, struct sweep_error *error)
{
    const struct sweep_plan *plan = v->plan;
    const struct profile *profile = &plan->trainer->profile;
    size_t n = plan->spec.axes.count;
    struct check_options options = {.recipe = plan->recipe,
        .bf16 = -1,
        .processes = resources_processes(plan),
        /* If files are checked, what is in the directory is known. */
        .new_directory = !plan->check_paths,
        .check_paths = plan->check_paths,
        .directory = plan->absolute_paths ? NULL : "."};
    v->choices = calloc(n + 1, sizeof *v->choices);
    axis_reads_init(&v->axis_reads, &plan->spec.axes, plan->doc->tree);
    values_link(plan, &v->axis_reads);
    if (profile->memory != NULL) /* a user's: the rules of the built-in one are known to be right */
        verify_note(v, rules_verify(profile, error));
    verify_note(v, checker_init(&v->checker, profile, &options, error));
    if (v->choices == NULL || v->axis_reads.oom || !axis_effects_init(&v->effects, plan) ||
        !run_findings_init(&v->run_findings, plan, v->findings) ||
        !axis_set_init(&v->relevant, n) || !axis_set_init(&v->varied, n))
        verify_note(v, SWEEP_NO_MEMORY);
    v->run_findings.checker = &v->checker;
    return v->code == SWEEP_OK;
}

static void verify_deinit(struct verifier *v)
{
    for (size_t i = 0; i < v->n_groups; i++)
        axis_set_deinit(&v->groups[i].axes);
    axis_set_deinit(&v->relevant);
    axis_set_deinit(&v->varied);
    run_findings_deinit(&v->run_findings);
    axis_reads_deinit(&v->axis_reads);
    checker_deinit(&v->checker);
    free(v->choices);
    axis_effects_deinit(&v->effects);
}

enum sweep_code verify_runs(
    const struct sweep_plan *plan, struct sweep_findings *findings, struct sweep_error *error)
{
    struct verifier v = {.plan = plan, .findings = findings};
    if (verify_init(&v, error)) {
        output_link(plan, &v.axis_reads);
        verify_add_inert(&v);
        verify_check(&v, 0);
        verify_check_each_axis(&v);
        verify_check_groups(&v);
        if (v.too_many_groups && !verify_has_failed(&v))
            verify_check_every_run(&v);
        if (!verify_has_failed(&v))
            verify_note(&v, axis_effects_report(&v.effects, findings));
        if (v.axis_reads.oom)
            verify_note(&v, SWEEP_NO_MEMORY);
    }
    verify_deinit(&v);
    return v.code;
}
