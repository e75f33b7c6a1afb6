/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/check/checker.h"
#include "lib/plan/axis_reads.h"
#include "lib/plan/output_dir.h"
#include "lib/plan/verify.h"
#include "lib/util/cleanup.h"
#include "lib/findings/findings.h"

enum { MAX_SETS = 256 };

/* A complaint that was reported: for all runs with these values of these axes. */
struct reported {
    char *key;       /* code, path and message */
    size_t *choices; /* of each axis; SIZE_MAX where any will do */
};

struct verifier {
    const struct sweep_plan *plan;
    struct sweep_findings *findings;
    struct checker checker;
    struct axis_reads axis_reads;
    struct axis_set reads;          /* the axes that the complaint at hand depends on */
    struct axis_set varied;         /* the axes whose combinations are being checked */
    struct axis_set sets[MAX_SETS]; /* of axes that decide something together */
    size_t n_sets;
    struct reported *reported;
    size_t n_reported, n_before; /* findings that were there before */
    size_t *choices;             /* the combination being checked */
    bool *dead;                  /* per axis: nothing it sets has mattered so far */
    char (*why)[300];            /* per axis: why, as the profile says it; "": it is not read */
    struct yaml_doc *base;       /* the base as it is written, for places; parsed when needed */
    enum sweep_code code;
};

static bool ended(const struct verifier *v)
{
    return v->code != SWEEP_OK && v->code != SWEEP_INVALID;
}

static void set_code(struct verifier *v, enum sweep_code code)
{
    if (code != SWEEP_OK && !ended(v))
        v->code = code;
}

/* --- places ------------------------------------------------------------------------------- */

static bool touches(const struct assignment *assignment, const char *path)
{
    for (size_t i = 0; i < assignment->n_paths; i++)
        if (path_overlaps(assignment->paths[i], path))
            return true;
    return false;
}

static struct sweep_place base_place(struct verifier *v, const char *path)
{
    const struct spec *spec = &v->plan->spec;
    const char *file = spec->base_file != NULL ? spec->base_file : spec->base_name;
    if (v->base == NULL)
        set_code(v, yaml_reparse(
                        v->plan->base_text, v->plan->base_length, &v->plan->doc->limits, &v->base));
    return v->base != NULL ? yaml_place(v->base, file, path) : spec->base_place;
}

/* What to blame for a complaint: the value of an axis that sets the path, or that the complaint
 * depends on; a fixed assignment; the base. */
static struct sweep_place place_of(struct verifier *v, const char *path)
{
    const struct spec *spec = &v->plan->spec;
    const struct assignment *blamed = NULL;
    size_t choice = 0;
    for (size_t i = 0; i < spec->axes.count; i++)
        if (v->reads.has[i] && (blamed == NULL || touches(&spec->axes.items[i], path))) {
            blamed = &spec->axes.items[i];
            choice = v->choices[i];
        }
    for (size_t i = 0; blamed == NULL && i < spec->axes.count; i++)
        if (spec->axes.items[i].n_choices == 1 && touches(&spec->axes.items[i], path))
            blamed = &spec->axes.items[i];
    for (size_t i = spec->fixed.count; blamed == NULL && i-- > 0;)
        if (touches(&spec->fixed.items[i], path))
            blamed = &spec->fixed.items[i];
    if (blamed == NULL)
        return base_place(v, path);
    return choice < blamed->n_choices && blamed->choices[choice].place.line > 0
               ? blamed->choices[choice].place
               : blamed->place;
}

/* --- complaints --------------------------------------------------------------------------- */

static void read_path(void *context, const char *path)
{
    struct verifier *v = context;
    axis_reads_collect(&v->axis_reads, path, &v->reads);
}

/* Which component a mapping holds decides what its arguments are. */
static void read_component(struct verifier *v, const char *path)
{
    char of[PATH_MAX_BYTES];
    snprintf(of, sizeof of, "%s", path);
    if (path_append(of, strlen(of), v->checker.profile->component_key) > 0)
        read_path(v, of);
}

/* Finds the axes that decide about a complaint: v->reads. */
static void find_axes(struct verifier *v, const struct diagnostic *diagnostic)
{
    memset(v->reads.has, 0, v->reads.size * sizeof(bool));
    v->reads.count = 0;
    if (diagnostic->rule != NULL) {
        rules_reads(v->checker.rules, diagnostic->rule, diagnostic->it_path, read_path, v);
        if (diagnostic->it_path != NULL)
            read_component(v, diagnostic->it_path);
        return;
    }
    /* Something missing in a mapping depends on what the mapping is, not on all that is in it. */
    if (json_is_object(path_get(v->checker.config.tree, diagnostic->path)))
        read_component(v, diagnostic->path);
    else
        read_path(v, diagnostic->path);
    if (diagnostic->it_path != NULL)
        read_component(v, diagnostic->it_path);
}

/* " (8 of 24 runs: lr 3e-4, batch_size 4)" */
static void put_runs(const struct verifier *v, struct strbuf *out)
{
    const struct spec *spec = &v->plan->spec;
    uint64_t runs = spec->runs;
    if (v->varied.count == 0)
        return;
    for (size_t i = 0; i < spec->axes.count; i++)
        if (v->varied.has[i])
            runs /= spec->axes.items[i].n_choices;
    strbuf_printf(
        out, " (%llu of %llu runs", (unsigned long long)runs, (unsigned long long)spec->runs);
    const char *before = ": ";
    for (size_t i = 0; i < spec->axes.count; i++)
        if (v->varied.has[i]) {
            strbuf_printf(out, "%s%s %s", before, spec->axes.items[i].key,
                spec->axes.items[i].choices[v->choices[i]].label);
            before = ", ";
        }
    strbuf_putc(out, ')');
}

/* Whether an earlier check of the spec found an error at this place already. */
static bool is_known(const struct verifier *v, const char *path, const struct sweep_place *place)
{
    const struct sweep_finding *f;
    for (size_t i = 0; i < v->n_before && (f = sweep_findings_get(v->findings, i)) != NULL; i++)
        if (f->severity == SWEEP_ERROR && f->path != NULL && strcmp(f->path, path) == 0 &&
            f->place.line == place->line && f->place.column == place->column)
            return true;
    return false;
}

/* Whether it was said already, for runs that the current combination is among. */
static bool was_reported(const struct verifier *v, const char *key)
{
    for (size_t i = 0; i < v->n_reported; i++) {
        bool covers = strcmp(v->reported[i].key, key) == 0;
        for (size_t a = 0; covers && a < v->plan->spec.axes.count; a++)
            covers = v->reported[i].choices[a] == SIZE_MAX ||
                     (v->varied.has[a] && v->reported[i].choices[a] == v->choices[a]);
        if (covers)
            return true;
    }
    return false;
}

/* Remembers a complaint for all runs of the current combination, or for all; takes the key over. */
static bool remember(struct verifier *v, char *key, bool all_runs)
{
    size_t n = v->plan->spec.axes.count;
    size_t *choices = calloc(n + 1, sizeof *choices);
    struct reported *all = realloc(v->reported, (v->n_reported + 1) * sizeof *all);
    v->reported = all != NULL ? all : v->reported;
    if (choices == NULL || all == NULL || key == NULL) {
        free(choices);
        free(key);
        set_code(v, SWEEP_NO_MEMORY);
        return false;
    }
    for (size_t a = 0; a < n; a++)
        choices[a] = v->varied.has[a] && !all_runs ? v->choices[a] : SIZE_MAX;
    all[v->n_reported++] = (struct reported){key, choices};
    return true;
}

static bool is_within(const struct axis_set *inner, const struct axis_set *outer)
{
    for (size_t i = 0; i < inner->size; i++)
        if (inner->has[i] && !outer->has[i])
            return false;
    return true;
}

static void add_set(struct verifier *v);

/* Reports a complaint about the current combination, unless it depends on more axes than those that
 * are being varied: then it will come again when they are. */
static void take(void *context, const struct diagnostic *diagnostic)
{
    struct verifier *v = context;
    find_axes(v, diagnostic);
    /* Notes are no reason to look for the runs concerned: one is enough. */
    bool note = diagnostic->severity == SWEEP_NOTE;
    if (!note && !is_within(&v->reads, &v->varied)) {
        add_set(v);
        return;
    }
    CLEANUP_STRBUF struct strbuf key = {0}, runs = {0};
    strbuf_printf(&key, "%s\n%s\n%s", diagnostic->code, diagnostic->path, diagnostic->message);
    if (key.oom || was_reported(v, key.data)) {
        set_code(v, key.oom ? SWEEP_NO_MEMORY : SWEEP_OK);
        return;
    }
    struct sweep_place place = place_of(v, diagnostic->path);
    if (!remember(v, strdup(key.data), note) || is_known(v, diagnostic->path, &place))
        return;
    if (!note)
        put_runs(v, &runs);
    struct finding_head head = {
        diagnostic->severity, diagnostic->code, place, diagnostic->path, diagnostic->hint};
    set_code(v, runs.oom ? SWEEP_NO_MEMORY
                         : finding_add(v->findings, &head, "%s%s", diagnostic->message,
                               runs.length > 0 ? runs.data : ""));
}

/* --- combinations ------------------------------------------------------------------------- */

/* The config of the combination in v->choices, as a tree. NULL when it cannot be made: an operation
 * that does not fit was reported before. */
static json_t *tree_of(struct verifier *v)
{
    const struct sweep_plan *plan = v->plan;
    json_t *tree = json_deep_copy(plan->doc->tree);
    enum sweep_code code = tree != NULL ? SWEEP_OK : SWEEP_NO_MEMORY;
    for (size_t i = 0; code == SWEEP_OK && i < plan->spec.axes.count; i++) {
        const struct operations *operations =
            &plan->spec.axes.items[i].choices[v->choices[i]].operations;
        for (size_t k = 0; code == SWEEP_OK && k < operations->count; k++)
            code = merge_operation(tree, &operations->items[k]);
    }
    CLEANUP_STRBUF struct strbuf output = {0};
    uint64_t index = 0;
    for (size_t i = 0; i < plan->spec.axes.count; i++)
        index = index * plan->spec.axes.items[i].n_choices + v->choices[i];
    output_fill(plan, index, v->choices, &output);
    if (code == SWEEP_OK &&
        (output.oom || output.data == NULL ||
            json_object_set_new(tree, "output_dir", json_stringn(output.data, output.length)) != 0))
        code = SWEEP_NO_MEMORY;
    if (code == SWEEP_OK)
        return tree;
    if (code == SWEEP_NO_MEMORY)
        set_code(v, code);
    json_decref(tree);
    return NULL;
}

/* Whether the value at a path makes no difference to the config that was checked last. */
static bool is_dead(struct verifier *v, const char *path, char why[300])
{
    char key[PATH_MAX_BYTES];
    snprintf(key, sizeof key, "%.*s", (int)strcspn(path, "."), path);
    why[0] = '\0';
    if (v->checker.recipe != NULL && !recipe_reads(v->checker.recipe, key) &&
        !resolved_refers_to(&v->checker.config, key))
        return true;
    const char *inert = rules_inert(v->checker.rules, path);
    snprintf(why, 300, "%s", inert != NULL ? inert : "");
    return inert != NULL;
}

static void look_for_dead_axes(struct verifier *v)
{
    for (size_t i = 0; i < v->plan->spec.axes.count; i++) {
        const struct assignment *axis = &v->plan->spec.axes.items[i];
        for (size_t k = 0; v->dead[i] && k < axis->n_paths; k++)
            v->dead[i] = is_dead(v, axis->paths[k], v->why[i]);
    }
}

/* --- what depends on several axes --------------------------------------------------------- */

static void add_set(struct verifier *v)
{
    if (v->reads.count < 2)
        return;
    for (size_t i = 0; i < v->n_sets; i++)
        if (axis_set_equal(&v->sets[i], &v->reads))
            return;
    if (v->n_sets == MAX_SETS || !axis_set_init(&v->sets[v->n_sets], v->reads.size)) {
        set_code(v, SWEEP_NO_MEMORY);
        return;
    }
    struct axis_set *set = &v->sets[v->n_sets++];
    memcpy(set->has, v->reads.has, set->size * sizeof(bool));
    set->count = v->reads.count;
}

static void note_rule(void *context, const struct rule *rule, const char *it_path)
{
    struct verifier *v = context;
    find_axes(v, &(struct diagnostic){.rule = rule, .it_path = it_path, .path = ""});
    add_set(v);
}

/* Every value is checked for its own sake: with what it refers to and its component. */
static void note_values(struct verifier *v, const json_t *node, char *path, size_t length)
{
    const char *key;
    json_t *value;
    size_t index, longer;
    if (!json_is_object(node) && !json_is_array(node)) {
        char above[PATH_MAX_BYTES];
        snprintf(above, sizeof above, "%s", path);
        char *dot = strrchr(above, '.');
        *(dot != NULL ? dot : above) = '\0';
        find_axes(v, &(struct diagnostic){.path = path, .it_path = dot != NULL ? above : NULL});
        add_set(v);
    }
    json_object_foreach ((json_t *)node, key, value)
        if ((longer = path_append(path, length, key)) > 0)
            note_values(v, value, path, longer);
    json_array_foreach (node, index, value)
        if ((longer = path_append_index(path, length, index)) > 0)
            note_values(v, value, path, longer);
    path[length] = '\0';
}

static void note_inert(struct verifier *v)
{
    const struct assignments *axes = &v->plan->spec.axes;
    for (size_t i = 0; i < axes->count; i++)
        for (size_t k = 0; k < axes->items[i].n_paths; k++) {
            memset(v->reads.has, 0, v->reads.size * sizeof(bool));
            v->reads.count = 0;
            rules_inert_reads(v->checker.rules, axes->items[i].paths[k], read_path, v);
            add_set(v);
        }
}

/* Whether the values of the varied axes change which components there are. */
static bool changes_shape(const struct verifier *v)
{
    for (size_t i = 0; i < v->varied.size; i++) {
        const struct assignment *axis = &v->plan->spec.axes.items[i];
        if (!v->varied.has[i])
            continue;
        const struct operations *operations = &axis->choices[v->choices[i]].operations;
        for (size_t k = 0; k < operations->count; k++) {
            const char *last = strrchr(operations->items[k].path, '.');
            if (json_is_object(operations->items[k].value) ||
                json_is_array(operations->items[k].value) ||
                (last != NULL && strcmp(last + 1, v->checker.profile->component_key) == 0))
                return true;
        }
    }
    return v->varied.count == 0;
}

/* Checks the combination in v->choices. */
static void check(struct verifier *v)
{
    struct diagnostic_sink sink = {take, v};
    char path[PATH_MAX_BYTES] = "";
    CLEANUP_JSON json_t *tree = tree_of(v);
    if (tree == NULL)
        return;
    set_code(v, checker_run(&v->checker, tree, &sink));
    look_for_dead_axes(v);
    if (changes_shape(v)) {
        checker_visit(&v->checker, note_rule, v);
        note_values(v, tree, path, 0);
    }
}

/* The next combination of the varied axes; false behind the last. */
static bool next_combination(struct verifier *v)
{
    for (size_t i = v->varied.size; i-- > 0;) {
        if (!v->varied.has[i])
            continue;
        if (++v->choices[i] < v->plan->spec.axes.items[i].n_choices)
            return true;
        v->choices[i] = 0;
    }
    return false;
}

static void check_combinations(struct verifier *v)
{
    do
        check(v);
    while (next_combination(v) && !ended(v));
}

static void check_each_axis(struct verifier *v)
{
    const struct assignments *axes = &v->plan->spec.axes;
    for (size_t i = 0; i < axes->count && !ended(v); i++) {
        if (axes->items[i].n_choices < 2)
            continue;
        axis_set_add(&v->varied, i);
        check_combinations(v);
        v->varied.has[i] = false;
        v->varied.count = 0;
    }
}

/* Small sets first: what they explain is not said again. More may be found on the way. */
static void check_sets(struct verifier *v)
{
    bool done[MAX_SETS] = {false};
    for (size_t best = 0; best < MAX_SETS && !ended(v);) {
        best = MAX_SETS;
        for (size_t i = 0; i < v->n_sets; i++)
            if (!done[i] && (best == MAX_SETS || v->sets[i].count < v->sets[best].count))
                best = i;
        if (best == MAX_SETS)
            return;
        done[best] = true;
        memcpy(v->varied.has, v->sets[best].has, v->varied.size * sizeof(bool));
        v->varied.count = v->sets[best].count;
        check_combinations(v);
    }
}

/* --- axes that change nothing ------------------------------------------------------------- */

static void report_dead_axes(struct verifier *v)
{
    const struct spec *spec = &v->plan->spec;
    for (size_t i = 0; i < spec->axes.count; i++) {
        const struct assignment *axis = &spec->axes.items[i];
        if (!v->dead[i] || axis->n_choices < 2)
            continue;
        char message[600];
        if (v->why[i][0] != '\0')
            snprintf(message, sizeof message, "%s changes nothing: %s", axis->key, v->why[i]);
        else
            snprintf(message, sizeof message, "%s changes nothing: %s never reads \"%s\"",
                axis->key, v->plan->recipe, axis->paths[0]);
        set_code(v, FINDING_ERROR(v->findings, "dead-axis", axis->place, axis->paths[0],
                        "every run would be made once for each of its values",
                        "%s; %llu of %llu runs would repeat others", message,
                        (unsigned long long)(spec->runs - spec->runs / axis->n_choices),
                        (unsigned long long)spec->runs));
    }
}

/* --- the whole ---------------------------------------------------------------------------- */

/* Whether a string below `node` begins with `prefix`, but for the output directory itself. */
static bool begins_so(const json_t *node, const char *prefix, size_t length, bool top)
{
    const char *key;
    json_t *value;
    size_t index;
    bool found = json_is_string(node) && strncmp(json_string_value(node), prefix, length) == 0;
    json_object_foreach ((json_t *)node, key, value)
        found |=
            !(top && strcmp(key, "output_dir") == 0) && begins_so(value, prefix, length, false);
    json_array_foreach (node, index, value)
        found |= begins_so(value, prefix, length, false);
    return found;
}

/* Whether what an axis puts into a run's output directory can matter: no rule can tell two of them
 * apart but by another path that begins as they do, in the config or in the rule. */
static bool output_matters(const struct sweep_plan *plan, const struct template *template)
{
    const struct part *first = &template->parts[0];
    size_t length = template->n_parts > 0 && first->kind == PART_LITERAL ? first->length : 0;
    bool matters = begins_so(plan->doc->tree, first->text, length, true);
    for (size_t i = 0; i < plan->spec.axes.count; i++)
        for (size_t c = 0; c < plan->spec.axes.items[i].n_choices; c++) {
            const struct operations *all = &plan->spec.axes.items[i].choices[c].operations;
            for (size_t k = 0; k < all->count; k++)
                matters |= strcmp(all->items[k].path, "output_dir") != 0 &&
                           begins_so(all->items[k].value, first->text, length, false);
        }
    const struct profile *profile = &plan->trainer->profile;
    for (size_t i = 0; i < profile->n_rules && length > 0; i++)
        matters |= profile->rules[i].when != NULL &&
                   memmem(profile->rules[i].when, strlen(profile->rules[i].when), first->text,
                       length) != NULL;
    return length == 0 || matters;
}

/* A run's output directory depends on the axes that its template names. */
static void note_output(struct verifier *v)
{
    const struct sweep_plan *plan = v->plan;
    for (size_t t = 0; t < plan->n_templates; t++)
        for (size_t p = 0;
             p < plan->templates[t].n_parts && output_matters(plan, &plan->templates[t]); p++)
            if (plan->templates[t].parts[p].kind == PART_AXIS)
                axis_reads_link(&v->axis_reads, "output_dir",
                    plan->spec.axes.items[plan->templates[t].parts[p].axis].paths[0]);
}

static bool prepare(struct verifier *v, struct sweep_error *error)
{
    const struct sweep_plan *plan = v->plan;
    size_t n = plan->spec.axes.count;
    struct check_options options = {.recipe = plan->recipe, .bf16 = -1};
    v->choices = calloc(n + 1, sizeof *v->choices);
    v->dead = calloc(n + 1, sizeof *v->dead);
    v->why = calloc(n + 1, sizeof *v->why);
    axis_reads_init(&v->axis_reads, &plan->spec.axes, plan->doc->tree);
    if (plan->trainer->profile.memory != NULL)
        set_code(v, rules_verify(&plan->trainer->profile, error));
    set_code(v, checker_init(&v->checker, &plan->trainer->profile, &options, error));
    for (size_t i = 0; sweep_findings_get(v->findings, i) != NULL; i++)
        v->n_before++;
    if (v->choices == NULL || v->dead == NULL || v->why == NULL || !axis_set_init(&v->reads, n) ||
        !axis_set_init(&v->varied, n) || v->axis_reads.oom)
        set_code(v, SWEEP_NO_MEMORY);
    for (size_t i = 0; v->code == SWEEP_OK && i < n; i++)
        v->dead[i] = plan->spec.axes.items[i].n_paths > 0;
    return v->code == SWEEP_OK;
}

enum sweep_code verify_runs(
    const struct sweep_plan *plan, struct sweep_findings *findings, struct sweep_error *error)
{
    struct verifier v = {.plan = plan, .findings = findings};
    if (prepare(&v, error)) {
        note_output(&v);
        note_inert(&v);
        check(&v);
        check_each_axis(&v);
        check_sets(&v);
        if (!ended(&v))
            report_dead_axes(&v);
    }
    for (size_t i = 0; i < v.n_sets; i++)
        axis_set_deinit(&v.sets[i]);
    axis_set_deinit(&v.reads);
    axis_set_deinit(&v.varied);
    for (size_t i = 0; i < v.n_reported; i++) {
        free(v.reported[i].key);
        free(v.reported[i].choices);
    }
    free(v.reported);
    axis_reads_deinit(&v.axis_reads);
    checker_deinit(&v.checker);
    yaml_doc_free(v.base);
    free(v.choices);
    free(v.dead);
    free(v.why);
    return v.code;
}
