/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/findings/findings.h"
#include "lib/plan/resource_values.h"
#include "lib/plan/run_id.h"
#include "lib/plan/values.h"
#include "lib/spec/option_templates.h"
#include "lib/util/cleanup.h"

const json_t *resource_values_object(const struct sweep_plan *plan)
{
    return json_object_get(plan->extends.merged.value, "slurm");
}

/* --- compiling ---------------------------------------------------------------------------- */

/* A template that is never the same in two runs would give each run a job array. */
static enum sweep_code resource_values_check_template(
    const struct resource_values *values, const struct resource_value *item, const char *key)
{
    static const struct {
        enum part_kind kind;
        const char *name;
    } names[] = {{PART_RUN, "run"}, {PART_INDEX, "index"}, {PART_ID, "id"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (template_has(item->template, names[i].kind))
            return FINDING_ERROR(values->findings, "bad-template", item->at->value, key, NULL,
                "%s uses {%s}, but runs that ask Slurm for the same share a job array", key,
                names[i].name);
    return SWEEP_OK;
}

static enum sweep_code resource_values_compile(
    struct resource_values *values, struct resource_value *item, const char *text)
{
    const struct sweep_plan *plan = values->plan;
    char key[80];
    option_templates_key(item->at->name, key);
    if (strchr(text, '{') == NULL) {
        const struct scope_source source = {text, key, item->at->value, true, 2};
        return scope_compile(plan->scope, &source, values->findings, &item->expr);
    }
    item->template = calloc(1, sizeof *item->template);
    if (item->template == NULL)
        return SWEEP_NO_MEMORY;
    struct path_list setters = {0};
    const struct template_source source = {.text = text,
        .path = key,
        .place = item->at->value,
        .spec = &plan->spec,
        .setters = &setters,
        .computed = &plan->computed,
        .tree = plan->doc->tree,
        .recipe = plan->recipe};
    enum sweep_code code = template_list_setters(&plan->spec, &setters);
    if (code == SWEEP_OK)
        code = template_parse(&source, values->findings, item->template);
    path_list_deinit(&setters);
    if (code == SWEEP_OK)
        code = resource_values_check_template(values, item, key);
    return code;
}

/* --- what they depend on ------------------------------------------------------------------ */

static void resource_values_collect_slots(
    struct resource_values *values, const struct expr *expr, struct axis_reads *reads)
{
    size_t n;
    const size_t *slots = expr_slots(expr, &n);
    for (size_t i = 0; i < n; i++)
        axis_reads_collect(reads, values->plan->scope->names[slots[i]].path, &values->axes);
}

static void resource_values_collect_part(
    struct resource_values *values, const struct part *part, struct axis_reads *reads)
{
    const struct sweep_plan *plan = values->plan;
    size_t index;
    if (part->kind == PART_AXIS && plan->spec.axes.items[part->axis].n_choices > 1)
        axis_set_add(&values->axes, part->axis);
    if (part->kind != PART_VALUE)
        return;
    if (part->token == NULL)
        axis_reads_collect(reads, part->path, &values->axes);
    else if (computed_find(&plan->computed, json_string_value(part->token), &index) != NULL)
        resource_values_collect_slots(values, plan->scope->computed[index], reads);
}

static enum sweep_code resource_values_collect(struct resource_values *values)
{
    const struct sweep_plan *plan = values->plan;
    struct axis_reads reads;
    axis_reads_init(&reads, &plan->spec.axes, plan->doc->tree);
    values_link(plan, &reads);
    for (size_t i = 0; i < values->count; i++) {
        const struct resource_value *item = &values->items[i];
        if (item->expr != NULL)
            resource_values_collect_slots(values, item->expr, &reads);
        for (size_t k = 0; item->template != NULL && k < item->template->n_parts; k++)
            resource_values_collect_part(values, &item->template->parts[k], &reads);
    }
    bool oom = reads.oom;
    axis_reads_deinit(&reads);
    if (oom)
        return SWEEP_NO_MEMORY;
    return SWEEP_OK;
}

enum sweep_code resource_values_init(
    struct resource_values *values, const struct sweep_plan *plan, struct sweep_findings *findings)
{
    enum sweep_code result = SWEEP_OK;
    const struct json_place *root = json_place_member(plan->extends.merged.root, "slurm");
    const json_t *object = resource_values_object(plan);
    *values = (struct resource_values){.plan = plan, .findings = findings};
    values->items = calloc(plan->spec.slurm.n_computed + 1, sizeof *values->items);
    if (values->items == NULL || !axis_set_init(&values->axes, plan->spec.axes.count))
        return SWEEP_NO_MEMORY;
    for (const struct json_place *at = root->first; at != NULL; at = at->next) {
        const json_t *value = json_object_get(object, at->name);
        if (json_place_is_comment(at) || !slurm_option_is_computed(value))
            continue;
        struct resource_value *item = &values->items[values->count++];
        item->at = at;
        enum sweep_code code = resource_values_compile(values, item, json_string_value(value) + 1);
        if (code != SWEEP_OK)
            result = code;
    }
    if (result == SWEEP_OK)
        result = resource_values_collect(values);
    if (result == SWEEP_OK && !scope_run_init(&values->run, plan->scope))
        result = SWEEP_NO_MEMORY;
    return result;
}

void resource_values_deinit(struct resource_values *values)
{
    for (size_t i = 0; i < values->count; i++) {
        expr_free(values->items[i].expr);
        if (values->items[i].template != NULL)
            template_deinit(values->items[i].template);
        free(values->items[i].template);
    }
    free(values->items);
    axis_set_deinit(&values->axes);
    scope_run_deinit(&values->run);
}

/* --- computing ---------------------------------------------------------------------------- */

/* A new value: ints also for whole floats, since / gives a float. */
static json_t *resource_values_number(double number)
{
    char text[40];
    snprintf(text, sizeof text, "%.15g", number);
    number = strtod(text, NULL);
    if (number == floor(number) && fabs(number) < 1e15)
        return json_integer((json_int_t)number);
    return json_real(number);
}

/* A new value: an int if the template's text is one. */
static json_t *resource_values_text(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    if (digits > 0 && digits < 16 && text[digits] == '\0')
        return json_integer(strtoll(text, NULL, 10));
    return json_string(text);
}

static json_t *resource_values_fill(
    const struct resource_values *values, const struct template *template, const size_t *choices)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    struct run_names names;
    const struct run run = plan_run(values->plan, 0, choices, &names);
    template_fill(template, &values->plan->spec, &run, &text);
    if (text.oom)
        return NULL;
    return resource_values_text(strbuf_string(&text));
}

static enum sweep_code resource_values_report(struct resource_values *values,
    struct run_findings *run_findings, const struct json_place *at, const size_t *choices,
    const struct expr_error *error)
{
    CLEANUP_STRBUF struct strbuf runs = {0};
    const char *hint = NULL;
    char key[80];
    option_templates_key(at->name, key);
    if (error->hint[0] != '\0')
        hint = error->hint;
    if (values->axes.count > 0)
        run_findings_put_runs(run_findings, choices, &values->axes, &runs);
    if (runs.oom)
        return SWEEP_NO_MEMORY;
    return FINDING_ERROR(values->findings, "bad-expression", at->value, key, hint, "%s: %s%s", key,
        error->message, strbuf_string(&runs));
}

enum sweep_code resource_values_compute(struct resource_values *values,
    struct run_findings *run_findings, const size_t *choices, json_t **out)
{
    CLEANUP_JSON json_t *object = json_object();
    scope_run_set(&values->run, choices);
    for (size_t i = 0; i < values->count; i++) {
        const struct resource_value *item = &values->items[i];
        struct expr_value value;
        struct expr_error error = {0};
        json_t *json;
        if (item->template != NULL)
            json = resource_values_fill(values, item->template, choices);
        else if (!scope_run_eval(&values->run, item->expr, &value, &error))
            return resource_values_report(values, run_findings, item->at, choices, &error);
        else if (value.kind == EXPR_FLOAT)
            json = resource_values_number(value.number);
        else
            json = expr_to_json(&value);
        if (json == NULL || json_object_set_new(object, item->at->name, json) != 0)
            return SWEEP_NO_MEMORY;
    }
    *out = object;
    object = NULL;
    return SWEEP_OK;
}
