/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/findings/findings.h"
#include "lib/doc/path.h"
#include "lib/plan/run_findings.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

/* A diagnostic of one run. */
struct run_diagnostic {
    const struct diagnostic *diagnostic;
    const size_t *choices;
    const struct axis_set *relevant;
};

bool run_findings_init(
    struct run_findings *out, const struct sweep_plan *plan, struct sweep_findings *findings)
{
    *out = (struct run_findings){.plan = plan, .findings = findings, .reported = json_object()};
    while (sweep_findings_get(findings, out->n_before) != NULL)
        out->n_before++;
    return axis_set_init(&out->none, plan->spec.axes.count) && out->reported != NULL;
}

void run_findings_deinit(struct run_findings *run_findings)
{
    for (size_t i = 0; i < run_findings->n_sets; i++)
        combinations_deinit(&run_findings->sets[i]);
    free(run_findings->sets);
    axis_set_deinit(&run_findings->none);
    json_decref(run_findings->reported);
    yaml_doc_free(run_findings->base);
    *run_findings = (struct run_findings){0};
}

/* --- positions ---------------------------------------------------------------------------- */

static bool run_findings_sets_path(const struct assignment *assignment, const char *path)
{
    for (size_t i = 0; i < assignment->n_paths; i++)
        if (path_overlaps(assignment->paths[i], path))
            return true;
    return false;
}

/* The relevant axis that sets the path, or else any relevant one, or else an axis of one value that
 * sets it. SIZE_MAX if there is none. */
static size_t run_findings_axis(const struct run_findings *rf, const struct run_diagnostic *d)
{
    const struct assignments *axes = &rf->plan->spec.axes;
    const char *path = d->diagnostic->path;
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < axes->count; i++) {
        if (!d->relevant->has[i])
            continue;
        if (found == SIZE_MAX || run_findings_sets_path(&axes->items[i], path))
            found = i;
    }
    for (size_t i = 0; found == SIZE_MAX && i < axes->count; i++)
        if (axes->items[i].n_choices == 1 && run_findings_sets_path(&axes->items[i], path))
            found = i;
    return found;
}

static enum sweep_code run_findings_base_place(
    struct run_findings *rf, const char *path, struct sweep_place *out)
{
    const struct sweep_plan *plan = rf->plan;
    if (plan->base_path == NULL) { /* compiled in: there is no file to point to */
        *out = plan->spec.base_place;
        return SWEEP_OK;
    }
    if (rf->base == NULL) {
        enum sweep_code code =
            yaml_reparse(plan->base_text, plan->base_length, plan->doc, &rf->base);
        if (code != SWEEP_OK)
            return code;
    }
    *out = yaml_place(rf->base, plan->base_path, path);
    return SWEEP_OK;
}

static struct sweep_place run_findings_choice_place(
    const struct assignment *assignment, const struct choice *choice)
{
    if (choice->place.line > 0)
        return choice->place;
    return assignment->place;
}

/* --- what the spec itself sets ------------------------------------------------------------ */

/* Which parts of the spec the paths that a diagnostic depends on come from. */
struct run_causes {
    const struct run_findings *rf;
    const struct assignment *fixed; /* the last one that sets such a path, or NULL */
    bool output;                    /* the run's directory is such a path, or one refers to it */
};

static bool run_findings_refers_to(const struct run_findings *rf, const char *path, const char *key)
{
    char target[PATH_MAX_BYTES + 4];
    if (rf->checker == NULL)
        return false;
    const char *text = json_string_value(path_get(rf->checker->config.tree, path));
    snprintf(target, sizeof target, "${%s}", key);
    return text != NULL && strstr(text, target) != NULL;
}

static void run_findings_visit_cause(void *context, const char *path)
{
    struct run_causes *causes = context;
    const struct sweep_plan *plan = causes->rf->plan;
    const char *output = profile_output(&plan->trainer->profile);
    for (size_t i = 0; i < plan->spec.fixed.count; i++) {
        const struct assignment *fixed = &plan->spec.fixed.items[i];
        if (fixed->n_choices > 0 && run_findings_sets_path(fixed, path))
            causes->fixed = fixed;
    }
    if (output != NULL && plan->spec.output_place.line > 0 &&
        (path_overlaps(path, output) || run_findings_refers_to(causes->rf, path, output)))
        causes->output = true;
}

static struct run_causes run_findings_causes(
    const struct run_findings *rf, const struct diagnostic *diagnostic)
{
    struct run_causes causes = {.rf = rf};
    char component[PATH_MAX_BYTES];
    run_findings_visit_cause(&causes, diagnostic->path);
    if (causes.fixed != NULL || causes.output)
        return causes;
    if (rf->checker == NULL)
        return causes;
    if (diagnostic->rule != NULL)
        rules_reads(rf->checker->rules, diagnostic->rule, diagnostic->it_path,
            run_findings_visit_cause, &causes);
    if (diagnostic->it_path == NULL || rf->checker->profile->component_key == NULL)
        return causes;
    snprintf(component, sizeof component, "%s", diagnostic->it_path);
    if (path_append(component, strlen(component), rf->checker->profile->component_key) > 0)
        run_findings_visit_cause(&causes, component);
    return causes;
}

/* True if the spec has chosen another recipe than the one that its base, given by name, is for. */
static bool run_findings_changes_recipe(const struct sweep_plan *plan)
{
    const struct spec *spec = &plan->spec;
    if (spec->recipe == NULL || spec->base_name == NULL || spec->recipe_place.line == 0)
        return false;
    const char *own = profile_recipe_of(&plan->trainer->profile, spec->base_name);
    return own == NULL || strcmp(own, spec->recipe) != 0;
}

/* The position to blame: what the spec sets, and the base only for what is wrong in it. *key is the
 * key of the spec there, or NULL. */
static enum sweep_code run_findings_place(struct run_findings *rf, const struct run_diagnostic *d,
    struct sweep_place *out, const char **key)
{
    *key = NULL;
    const struct spec *spec = &rf->plan->spec;
    size_t index = run_findings_axis(rf, d);
    if (index != SIZE_MAX) {
        const struct assignment *axis = &spec->axes.items[index];
        size_t choice = 0;
        if (d->relevant->has[index])
            choice = d->choices[index];
        *out = run_findings_choice_place(axis, &axis->choices[choice]);
        *key = axis->key;
        return SWEEP_OK;
    }
    const struct run_causes causes = run_findings_causes(rf, d->diagnostic);
    if (causes.fixed != NULL) {
        *out = run_findings_choice_place(causes.fixed, &causes.fixed->choices[0]);
        *key = causes.fixed->key;
        return SWEEP_OK;
    }
    if (causes.output) {
        *out = spec->output_place;
        return SWEEP_OK;
    }
    if (rf->checker != NULL && run_findings_changes_recipe(rf->plan)) {
        *out = spec->recipe_place;
        return SWEEP_OK;
    }
    return run_findings_base_place(rf, d->diagnostic->path, out);
}

enum sweep_code run_findings_locate(struct run_findings *rf, const char *path,
    const size_t *choices, const struct axis_set *relevant, struct sweep_place *out)
{
    const struct diagnostic diagnostic = {.path = path};
    const struct run_diagnostic d = {&diagnostic, choices, relevant};
    const char *key;
    return run_findings_place(rf, &d, out, &key);
}

/* --- what was reported -------------------------------------------------------------------- */

/* Code, path and message, and the choices of the axes in `set`: "code\npath\nmessage\n0=1\n3=0". */
static void run_findings_key(
    const struct run_diagnostic *d, const struct axis_set *set, struct strbuf *out)
{
    out->length = 0;
    strbuf_printf(
        out, "%s\n%s\n%s", d->diagnostic->code, d->diagnostic->path, d->diagnostic->message);
    for (size_t i = 0; i < set->size; i++)
        if (set->has[i])
            strbuf_printf(out, "\n%zu=%zu", i, d->choices[i]);
}

/* True if the same was reported for these runs, or for a group of runs that they belong to. */
static bool run_findings_is_reported(
    const struct run_findings *rf, const struct run_diagnostic *d, struct strbuf *key)
{
    for (size_t i = 0; i < rf->n_sets; i++) {
        if (!axis_set_is_within(&rf->sets[i].axes, d->relevant))
            continue;
        run_findings_key(d, &rf->sets[i].axes, key);
        if (!key->oom && json_object_get(rf->reported, key->data) != NULL)
            return true;
    }
    return false;
}

/* The index of the set, which is added if it is new; SIZE_MAX without memory. */
static size_t run_findings_add_set(struct run_findings *rf, const struct axis_set *set)
{
    for (size_t i = 0; i < rf->n_sets; i++)
        if (axis_set_equal(&rf->sets[i].axes, set))
            return i;
    struct combinations *sets = realloc(rf->sets, (rf->n_sets + 1) * sizeof *sets);
    if (sets == NULL)
        return SIZE_MAX;
    rf->sets = sets;
    if (combinations_find(rf->plan, set, &sets[rf->n_sets]) != SWEEP_OK) {
        combinations_deinit(&sets[rf->n_sets]);
        return SIZE_MAX;
    }
    return rf->n_sets++;
}

/* Remembers that it was reported for all runs with the same choices of `set`. */
static bool run_findings_remember(struct run_findings *rf, const struct run_diagnostic *d,
    const struct axis_set *set, struct strbuf *key)
{
    run_findings_key(d, set, key);
    return !key->oom && run_findings_add_set(rf, set) != SIZE_MAX &&
           json_object_set_new_nocheck(rf->reported, key->data, json_true()) == 0;
}

/* True if an earlier check of the spec has found an error at this position. */
static bool run_findings_is_known(
    const struct run_findings *rf, const char *path, const struct sweep_place *place)
{
    for (size_t i = 0; i < rf->n_before; i++) {
        const struct sweep_finding *f = sweep_findings_get(rf->findings, i);
        if (f != NULL && f->severity == SWEEP_ERROR && f->path != NULL &&
            strcmp(f->path, path) == 0 && f->place.line == place->line &&
            f->place.column == place->column)
            return true;
    }
    return false;
}

/* True if the same was found in the run's directory of another run, whose name it contains. */
static bool run_findings_is_output(
    const struct run_findings *rf, const struct diagnostic *d, const struct sweep_place *place)
{
    const struct sweep_finding *f;
    if (place->line == 0 || place->line != rf->plan->spec.output_place.line ||
        place->column != rf->plan->spec.output_place.column)
        return false;
    for (size_t i = rf->n_before; (f = sweep_findings_get(rf->findings, i)) != NULL; i++)
        if (strcmp(f->code, d->code) == 0 && f->place.line == place->line &&
            f->place.column == place->column)
            return true;
    return false;
}

/* --- reporting ---------------------------------------------------------------------------- */

void run_findings_put_runs(struct run_findings *rf, const size_t *choices,
    const struct axis_set *relevant, struct strbuf *out)
{
    const struct spec *spec = &rf->plan->spec;
    size_t set = run_findings_add_set(rf, relevant);
    if (set == SIZE_MAX) {
        out->oom = true;
        return;
    }
    struct combinations *combinations = &rf->sets[set];
    uint64_t runs = combinations->items[combinations_of(combinations, choices)].runs;
    strbuf_printf(
        out, " (%llu of %llu runs", (unsigned long long)runs, (unsigned long long)spec->runs);
    const char *separator = ": ";
    for (size_t i = 0; i < spec->axes.count; i++) {
        const struct assignment *axis = &spec->axes.items[i];
        if (!relevant->has[i])
            continue;
        strbuf_printf(out, "%s%s %s", separator, axis->key, axis->choices[choices[i]].label);
        separator = ", ";
    }
    strbuf_putc(out, ')');
}

enum sweep_code run_findings_add(struct run_findings *rf, const struct diagnostic *diagnostic,
    const size_t *choices, const struct axis_set *relevant)
{
    const struct run_diagnostic d = {diagnostic, choices, relevant};
    CLEANUP_STRBUF struct strbuf reported = {0}, message = {0}, named = {0};
    struct sweep_place place;
    const char *key;
    if (run_findings_is_reported(rf, &d, &reported))
        return SWEEP_OK;
    /* A note is reported once, not for each group of runs. */
    bool is_note = diagnostic->severity == SWEEP_NOTE;
    if (!run_findings_remember(rf, &d, is_note ? &rf->none : relevant, &reported))
        return SWEEP_NO_MEMORY;
    enum sweep_code code = run_findings_place(rf, &d, &place, &key);
    if (code != SWEEP_OK)
        return code;
    if (run_findings_is_known(rf, diagnostic->path, &place) ||
        run_findings_is_output(rf, diagnostic, &place))
        return SWEEP_OK;
    strbuf_puts(&message, diagnostic->message);
    if (!is_note && relevant->count > 0)
        run_findings_put_runs(rf, choices, relevant, &message);
    text_put_named(&named, key, strbuf_string(&message));
    if (message.oom || named.oom)
        return SWEEP_NO_MEMORY;
    struct finding_head head = {
        diagnostic->severity, diagnostic->code, place, diagnostic->path, diagnostic->hint};
    return finding_add(rf->findings, &head, "%s", named.data);
}
