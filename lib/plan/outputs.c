/* SPDX-License-Identifier: Apache-2.0
 *
 * An output is evaluated once for each combination of the axes that it depends on, with a stand-in
 * for the run's own directory. The result is a pattern. A pattern that starts with the stand-in is
 * inside the run's own directory, and needs no further check. One without it is the same place for
 * all runs of the combination. Only other patterns are filled in and compared for every run.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/doc/path.h"
#include "lib/findings/findings.h"
#include "lib/plan/output_dir.h"
#include "lib/plan/output_reader.h"
#include "lib/plan/outputs.h"
#include "lib/plan/render.h"
#include "lib/plan/run_findings.h"
#include "lib/plan/run_id.h"
#include "lib/plan/runs.h"
#include "lib/plan/values.h"
#include "lib/util/cleanup.h"

/* Stands for the run's own directory in a pattern; no path of a config has this character. */
static const char outputs_own[] = "\001";

/* Stand for the name, the number and the identity of a run, which templates may use. */
static const char outputs_run[] = "\003", outputs_index[] = "\004", outputs_id[] = "\005";

struct outputs_checker {
    const struct sweep_plan *plan;
    struct sweep_findings *findings;
    struct run_findings run_findings;
    struct axis_reads axis_reads;
    struct output_reader reader;
    const struct output *output;      /* the one being checked */
    struct axis_set axes;             /* that it depends on */
    struct combinations combinations; /* of their values */
    char **patterns;                  /* for each combination; NULL: the runs do not write there */
    bool is_certain;                  /* that the runs write there */
    const char *absolute_file; /* the config path of a file name that replaces the directory */
    bool writes_outside;       /* so far: some output is not inside the run's own directory */
    size_t *choices;
    const struct outputs_visitor *visitor; /* of outputs_visit() */
};

/* --- patterns ----------------------------------------------------------------------------- */

/* Evaluates the output of a run. */
static enum sweep_code outputs_evaluate(struct outputs_checker *c, uint64_t index, char **pattern)
{
    plan_choices(c->plan, index, c->choices);
    CLEANUP_JSON json_t *tree = NULL;
    CLEANUP_JSON json_t *own = json_string(outputs_own);
    const struct operation operation = {(char *)profile_output(&c->plan->trainer->profile), own};
    *pattern = NULL;
    if (own == NULL)
        return SWEEP_NO_MEMORY;
    struct run_names names;
    struct run run = plan_run(c->plan, index, c->choices, &names);
    run.name = outputs_run;
    run.number = outputs_index;
    run.id = outputs_id;
    enum sweep_code code = plan_config_of(c->plan, &run, &tree);
    if (code == SWEEP_OK)
        code = merge_operation(tree, &operation);
    if (code != SWEEP_OK)
        return code;
    output_reader_begin(&c->reader, tree);
    *pattern = output_reader_path(&c->reader, c->output);
    if (c->reader.oom)
        return SWEEP_NO_MEMORY;
    if (*pattern != NULL && !c->reader.is_certain)
        c->is_certain = false;
    if (c->reader.absolute_file != NULL)
        c->absolute_file = c->reader.absolute_file;
    return SWEEP_OK;
}

/* --- combinations ------------------------------------------------------------------------- */

/* Sets c->axes. */
static void outputs_find_axes(struct outputs_checker *c)
{
    const struct output *output = c->output;
    char component[PATH_MAX_BYTES];
    axis_set_clear(&c->axes);
    axis_reads_collect(&c->axis_reads, output->path, &c->axes);
    if (output->when != NULL)
        axis_reads_collect(&c->axis_reads, output->when, &c->axes);
    if (output->components != NULL &&
        output_component_path(&c->plan->trainer->profile, output, component))
        axis_reads_collect(&c->axis_reads, component, &c->axes);
    for (size_t i = 0; output->file != NULL && output->file[i] != NULL; i++)
        axis_reads_collect(&c->axis_reads, output->file[i], &c->axes);
}

/* --- reporting ---------------------------------------------------------------------------- */

static bool outputs_is_set(const struct assignments *assignments, const char *path)
{
    for (size_t i = 0; i < assignments->count; i++)
        for (size_t p = 0; p < assignments->items[i].n_paths; p++)
            if (path_overlaps(assignments->items[i].paths[p], path))
                return true;
    return false;
}

static bool outputs_spec_sets(const struct outputs_checker *c, const char *path)
{
    return outputs_is_set(&c->plan->spec.fixed, path) || outputs_is_set(&c->plan->spec.axes, path);
}

/* The path to blame: the output if the spec sets it, or else what the spec sets that it refers to
 * or that makes the run write there, or else the output in the base. */
static const char *outputs_blamed_path(const struct outputs_checker *c)
{
    const struct output *output = c->output;
    if (c->absolute_file != NULL)
        return c->absolute_file;
    if (outputs_spec_sets(c, output->path))
        return output->path;
    for (size_t i = 0; i < c->axis_reads.n_references; i++) {
        const struct reference *reference = &c->axis_reads.references[i];
        if (strcmp(reference->from, output->path) == 0 &&
            outputs_is_set(&c->plan->spec.fixed, reference->to))
            return reference->to;
    }
    if (output->when != NULL && outputs_spec_sets(c, output->when))
        return output->when;
    return output->path;
}

static void outputs_make_hint(const struct outputs_checker *c, struct strbuf *out)
{
    const struct profile *profile = &c->plan->trainer->profile;
    const char *path = c->output->path;
    if (c->absolute_file != NULL)
        path = c->absolute_file;
    if (profile->dialect.interpolation == INTERPOLATION_NONE)
        strbuf_printf(out, "use a template for %s, such as \"=/data/{name}/{run}\"", path);
    else
        strbuf_printf(out,
            "begin %s with \"${%s}\", the run's own directory, or use a template such as "
            "\"=/data/{name}/{run}\"",
            path, profile_output(profile));
}

/* Reports that the runs `a` and `b` both write to a place. */
static enum sweep_code outputs_report(
    struct outputs_checker *c, uint64_t a, uint64_t b, const char *where)
{
    CLEANUP_STRBUF struct strbuf hint = {0};
    struct sweep_place place;
    char one[32], other[32];
    int length = (int)strcspn(where, output_values);
    const char *path = outputs_blamed_path(c);
    const struct axis_set *relevant = &c->run_findings.none;
    if (outputs_is_set(&c->plan->spec.axes, path))
        relevant = &c->axes;
    plan_run_name(c->plan, a, one);
    plan_run_name(c->plan, b, other);
    plan_choices(c->plan, b, c->choices);
    enum sweep_code code =
        run_findings_locate(&c->run_findings, path, c->choices, relevant, &place);
    if (code != SWEEP_OK)
        return code;
    outputs_make_hint(c, &hint);
    if (hint.oom)
        return SWEEP_NO_MEMORY;
    if (!c->is_certain)
        return FINDING_WARNING(c->findings, "output-collision", place, path, hint.data,
            "%s and %s may both write to \"%.*s\" (%s)", one, other, length, where,
            c->output->path);
    return FINDING_ERROR(c->findings, "output-collision", place, path, hint.data,
        "%s and %s would both write to \"%.*s\" (%s)", one, other, length, where, c->output->path);
}

/* --- comparing ---------------------------------------------------------------------------- */

static bool outputs_has_parent_part(const char *path)
{
    for (const char *p = path; (p = strstr(p, "..")) != NULL; p += 2)
        if ((p == path || p[-1] == '/') && (p[2] == '/' || p[2] == '\0'))
            return true;
    return false;
}

/* True if the pattern is inside the run's own directory. */
static bool outputs_is_inside(const char *pattern)
{
    return pattern[0] == outputs_own[0] && (pattern[1] == '/' || pattern[1] == '\0') &&
           !outputs_has_parent_part(pattern);
}

/* Puts in what the stand-ins stand for. `own`: the directory of the run. */
static void outputs_fill(
    const struct run *run, const char *pattern, const struct strbuf *own, struct strbuf *out)
{
    out->length = 0;
    for (const char *p = pattern; *p != '\0'; p++) {
        if (*p == outputs_own[0])
            strbuf_append(out, own->data, own->length);
        else if (*p == outputs_run[0])
            strbuf_puts(out, run->name);
        else if (*p == outputs_index[0])
            strbuf_printf(out, "%llu", (unsigned long long)run->index);
        else if (*p == outputs_id[0] && run->id == NULL)
            out->oom = true;
        else if (*p == outputs_id[0])
            strbuf_puts(out, run->id);
        else
            strbuf_putc(out, *p);
    }
    strbuf_append(out, "", 0);
}

/* Compares the output of every run with those of the others. */
static enum sweep_code outputs_compare_runs(struct outputs_checker *c)
{
    CLEANUP_JSON json_t *seen = json_object(); /* normal path: index of its first run */
    CLEANUP_STRBUF struct strbuf own = {0}, text = {0}, normal = {0};
    if (seen == NULL)
        return SWEEP_NO_MEMORY;
    struct run_names names;
    for (uint64_t i = 0; i < c->plan->spec.runs; i++) {
        plan_choices(c->plan, i, c->choices);
        const char *pattern = c->patterns[combinations_of(&c->combinations, c->choices)];
        if (pattern == NULL || outputs_is_inside(pattern))
            continue;
        const struct run run = plan_run(c->plan, i, c->choices, &names);
        output_dir_fill(c->plan, &run, &own);
        outputs_fill(&run, pattern, &own, &text);
        normal.length = 0;
        if (!text.oom && !own.oom)
            output_dir_put_normal(&normal, text.data);
        if (text.oom || own.oom || normal.oom)
            return SWEEP_NO_MEMORY;
        const json_t *first = json_object_get(seen, normal.data);
        if (first != NULL)
            return outputs_report(c, (uint64_t)json_integer_value(first), i, normal.data);
        if (json_object_set_new(seen, normal.data, json_integer((json_int_t)i)) != 0)
            return SWEEP_NO_MEMORY;
    }
    return SWEEP_OK;
}

static enum sweep_code outputs_compare(struct outputs_checker *c)
{
    bool is_open = false;
    for (size_t i = 0; i < c->combinations.count; i++) {
        const struct combination *item = &c->combinations.items[i];
        const char *pattern = c->patterns[i];
        if (pattern == NULL || outputs_is_inside(pattern))
            continue;
        is_open = c->writes_outside = true;
        if (strpbrk(pattern, "\001\003\004\005") == NULL && item->runs > 1)
            return outputs_report(c, item->first, item->second, pattern);
    }
    if (is_open)
        return outputs_compare_runs(c);
    return SWEEP_OK;
}

/* --- entry -------------------------------------------------------------------------------- */

static enum sweep_code outputs_evaluate_all(struct outputs_checker *c)
{
    for (size_t i = 0; i < c->combinations.count; i++) {
        enum sweep_code code = outputs_evaluate(c, c->combinations.items[i].first, &c->patterns[i]);
        if (code != SWEEP_OK)
            return code;
    }
    return SWEEP_OK;
}

/* Evaluates an output and passes on to `use`. */
static enum sweep_code outputs_check_one(struct outputs_checker *c, const struct output *output,
    enum sweep_code (*use)(struct outputs_checker *c))
{
    c->output = output;
    c->is_certain = true;
    c->absolute_file = NULL;
    if (!output_reader_may_write(&c->reader, output))
        return SWEEP_OK;
    outputs_find_axes(c);
    enum sweep_code code = combinations_find(c->plan, &c->axes, &c->combinations);
    c->patterns = calloc(c->combinations.count + 1, sizeof *c->patterns);
    if (c->patterns == NULL)
        code = SWEEP_NO_MEMORY;
    if (code == SWEEP_OK)
        code = outputs_evaluate_all(c);
    if (code == SWEEP_OK)
        code = use(c);
    for (size_t i = 0; c->patterns != NULL && i < c->combinations.count; i++)
        free(c->patterns[i]);
    free(c->patterns);
    combinations_deinit(&c->combinations);
    return code;
}

static bool outputs_begin(struct outputs_checker *c)
{
    const struct sweep_plan *plan = c->plan;
    size_t n = plan->spec.axes.count;
    c->reader.profile = &plan->trainer->profile;
    c->reader.recipe = plan->recipe;
    c->choices = calloc(n + 1, sizeof *c->choices);
    axis_reads_init(&c->axis_reads, &plan->spec.axes, plan->doc->tree);
    values_link(plan, &c->axis_reads);
    return c->choices != NULL && !c->axis_reads.oom &&
           run_findings_init(&c->run_findings, plan, c->findings) && axis_set_init(&c->axes, n);
}

static void outputs_end(struct outputs_checker *c)
{
    run_findings_deinit(&c->run_findings);
    axis_reads_deinit(&c->axis_reads);
    axis_set_deinit(&c->axes);
    output_reader_deinit(&c->reader);
    free(c->choices);
}

enum sweep_code outputs_check(
    const struct sweep_plan *plan, struct sweep_findings *findings, bool *writes_outside)
{
    const struct profile *profile = &plan->trainer->profile;
    *writes_outside = false;
    if (profile->n_outputs < 2)
        return SWEEP_OK;
    struct outputs_checker c = {.plan = plan, .findings = findings};
    enum sweep_code result = SWEEP_OK;
    if (!outputs_begin(&c))
        result = SWEEP_NO_MEMORY;
    for (size_t i = 1; i < profile->n_outputs && result != SWEEP_NO_MEMORY; i++) {
        enum sweep_code code = outputs_check_one(&c, &profile->outputs[i], outputs_compare);
        if (code != SWEEP_OK)
            result = code;
    }
    *writes_outside = c.writes_outside;
    outputs_end(&c);
    return result;
}

/* --- for other checks --------------------------------------------------------------------- */

/* Tells c->visitor where each run writes to the current output. */
static enum sweep_code outputs_visit_runs(struct outputs_checker *c)
{
    CLEANUP_STRBUF struct strbuf own = {0}, text = {0}, normal = {0};
    struct output_of_run item = {.output = (size_t)(c->output - c->reader.profile->outputs),
        .blamed = outputs_blamed_path(c),
        .is_certain = c->is_certain};
    enum sweep_code code = SWEEP_OK;
    struct run_names names;
    for (uint64_t i = 0; i < c->plan->spec.runs && code == SWEEP_OK; i++) {
        plan_choices(c->plan, i, c->choices);
        const char *pattern = c->patterns[combinations_of(&c->combinations, c->choices)];
        if (pattern == NULL)
            continue;
        const struct run run = plan_run(c->plan, i, c->choices, &names);
        output_dir_fill(c->plan, &run, &own);
        outputs_fill(&run, pattern, &own, &text);
        normal.length = 0;
        if (!text.oom && !own.oom)
            output_dir_put_normal(&normal, text.data);
        if (text.oom || own.oom || normal.oom)
            return SWEEP_NO_MEMORY;
        item.run = i;
        item.path = normal.data;
        code = c->visitor->visit(c->visitor->context, &item);
    }
    return code;
}

/* The same for the runs' own directories. */
static enum sweep_code outputs_visit_own(struct outputs_checker *c)
{
    CLEANUP_STRBUF struct strbuf own = {0}, normal = {0};
    struct output_of_run item = {.blamed = profile_output(c->reader.profile), .is_certain = true};
    enum sweep_code code = SWEEP_OK;
    struct run_names names;
    for (uint64_t i = 0; i < c->plan->spec.runs && code == SWEEP_OK; i++) {
        plan_choices(c->plan, i, c->choices);
        const struct run run = plan_run(c->plan, i, c->choices, &names);
        output_dir_fill(c->plan, &run, &own);
        normal.length = 0;
        if (!own.oom)
            output_dir_put_normal(&normal, strbuf_string(&own));
        if (own.oom || normal.oom)
            return SWEEP_NO_MEMORY;
        item.run = i;
        item.path = normal.data;
        code = c->visitor->visit(c->visitor->context, &item);
    }
    return code;
}

enum sweep_code outputs_visit(const struct sweep_plan *plan, struct sweep_findings *findings,
    const struct outputs_visitor *visitor)
{
    const struct profile *profile = &plan->trainer->profile;
    struct outputs_checker c = {.plan = plan, .findings = findings, .visitor = visitor};
    enum sweep_code code = SWEEP_OK;
    if (!outputs_begin(&c))
        code = SWEEP_NO_MEMORY;
    if (code == SWEEP_OK && plan->n_templates > 0)
        code = outputs_visit_own(&c);
    for (size_t i = 1; i < profile->n_outputs && code == SWEEP_OK; i++)
        code = outputs_check_one(&c, &profile->outputs[i], outputs_visit_runs);
    outputs_end(&c);
    return code;
}
