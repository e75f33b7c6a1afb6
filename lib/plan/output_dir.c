/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/plan/output_dir.h"
#include "lib/plan/runs.h"
#include "lib/util/cleanup.h"
#include "lib/findings/findings.h"

static bool sets_output_dir(const struct assignment *assignment)
{
    return assignment->n_choices > 0 && assignment->n_paths == 1 &&
           strcmp(assignment->paths[0], "output_dir") == 0;
}

static const char *output_value(const struct choice *choice)
{
    const char *text = json_string_value(choice->operations.items[0].value);
    return text != NULL ? text : "";
}

/* The base's output_dir, with {name}/{run} below it. The caller's. */
static char *default_template(const struct sweep_plan *plan)
{
    const char *base = json_string_value(json_object_get(plan->doc->tree, "output_dir"));
    struct strbuf text = {0};
    size_t length = base == NULL ? 0 : strlen(base);
    while (length > 1 && base[length - 1] == '/')
        length--;
    strbuf_append(&text, base, length);
    strbuf_puts(&text, "/{name}/{run}");
    return strbuf_steal(&text);
}

static enum sweep_code read_one(struct sweep_plan *plan, size_t index, const char *text,
    const struct sweep_place *place, struct sweep_findings *findings)
{
    enum sweep_code code =
        template_parse(text, &plan->spec, place, findings, &plan->templates[index]);
    if (code == SWEEP_OK)
        template_separate(&plan->templates[index], &plan->spec, plan->output_axis);
    return code;
}

enum sweep_code output_read(struct sweep_plan *plan, struct sweep_findings *findings)
{
    const struct spec *spec = &plan->spec;
    const struct choice *fixed = NULL;
    plan->output_axis = SIZE_MAX;
    for (size_t i = 0; i < spec->fixed.count; i++)
        if (sets_output_dir(&spec->fixed.items[i]))
            fixed = &spec->fixed.items[i].choices[0];
    for (size_t i = 0; i < spec->axes.count; i++)
        if (sets_output_dir(&spec->axes.items[i]))
            plan->output_axis = i;
    const struct assignment *axis =
        plan->output_axis == SIZE_MAX ? NULL : &spec->axes.items[plan->output_axis];
    plan->n_templates = axis != NULL ? axis->n_choices : 1;
    plan->templates = calloc(plan->n_templates, sizeof *plan->templates);
    if (plan->templates == NULL)
        return SWEEP_NO_MEMORY;
    if (fixed != NULL)
        return read_one(plan, 0, output_value(fixed), &fixed->place, findings);
    if (spec->output_dir != NULL)
        return read_one(plan, 0, spec->output_dir, &spec->output_place, findings);
    if (axis == NULL) {
        plan->output_text = default_template(plan);
        return plan->output_text == NULL
                   ? SWEEP_NO_MEMORY
                   : read_one(plan, 0, plan->output_text, &spec->output_place, findings);
    }
    enum sweep_code code = SWEEP_OK;
    for (size_t i = 0; i < axis->n_choices && code != SWEEP_NO_MEMORY; i++) {
        const struct choice *choice = &axis->choices[i];
        enum sweep_code one = read_one(plan, i, output_value(choice), &choice->place, findings);
        code = one != SWEEP_OK ? one : code;
    }
    return code;
}

void output_fill(
    const struct sweep_plan *plan, uint64_t index, const size_t *choices, struct strbuf *out)
{
    char name[32];
    plan_run_name(plan, index, name);
    struct run run = {index, name, choices};
    size_t which = plan->output_axis == SIZE_MAX ? 0 : choices[plan->output_axis];
    out->length = 0;
    template_fill(&plan->templates[which], &plan->spec, &run, out);
}

static enum sweep_code report_collision(const struct sweep_plan *plan, uint64_t a, uint64_t b,
    const char *directory, struct sweep_findings *findings)
{
    struct sweep_place place = plan->spec.output_place;
    if (plan->output_axis != SIZE_MAX)
        place = plan->spec.axes.items[plan->output_axis].place;
    char one[32], other[32];
    plan_run_name(plan, a, one);
    plan_run_name(plan, b, other);
    return FINDING_ERROR(findings, "output-collision", place, "output_dir",
        "put {run} into the template", "%s and %s would both write to \"%s\"", one, other,
        directory);
}

enum sweep_code output_check(const struct sweep_plan *plan, struct sweep_findings *findings)
{
    if (plan->n_templates == 1 && template_is_unique(&plan->templates[0]))
        return SWEEP_OK;
    CLEANUP_JSON json_t *seen = json_object();
    CLEANUP_STRBUF struct strbuf text = {0};
    CLEANUP_FREE size_t *choices = calloc(plan->spec.axes.count + 1, sizeof *choices);
    if (seen == NULL || choices == NULL)
        return SWEEP_NO_MEMORY;
    for (uint64_t i = 0; i < plan->spec.runs; i++) {
        plan_choices(plan, i, choices);
        output_fill(plan, i, choices, &text);
        if (text.oom)
            return SWEEP_NO_MEMORY;
        const char *directory = text.data != NULL ? text.data : "";
        const json_t *other = json_object_get(seen, directory);
        if (other != NULL)
            return report_collision(
                plan, (uint64_t)json_integer_value(other), i, directory, findings);
        if (json_object_set_new(seen, directory, json_integer((json_int_t)i)) != 0)
            return SWEEP_NO_MEMORY;
    }
    return SWEEP_OK;
}
