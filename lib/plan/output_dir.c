/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/doc/scalar.h"
#include "lib/findings/findings.h"
#include "lib/plan/output_dir.h"
#include "lib/plan/run_findings.h"
#include "lib/plan/run_id.h"
#include "lib/plan/runs.h"
#include "lib/util/cleanup.h"

enum sweep_code output_dir_prepare(struct sweep_plan *plan, struct sweep_error *error)
{
    const char *path = profile_output(plan->spec.profile);
    if (path == NULL)
        return SWEEP_OK;
    CLEANUP_JSON json_t *value = json_string("output");
    struct operation operation = {(char *)path, value};
    if (value == NULL)
        return SWEEP_NO_MEMORY;
    if (json_is_string(path_get(plan->doc->tree, path)))
        return document_separate(&plan->doc, &operation, error);
    return document_apply(&plan->doc, &operation, error);
}

/* --- paths -------------------------------------------------------------------------------- */

void output_dir_put_normal(struct strbuf *out, const char *path)
{
    size_t start = out->length, root = start;
    if (path[0] == '/') {
        strbuf_putc(out, '/');
        root++;
    }
    while (*path != '\0' && !out->oom) {
        size_t n = strcspn(path, "/");
        bool is_up = n == 2 && strncmp(path, "..", 2) == 0;
        bool is_here = n == 0 || (n == 1 && path[0] == '.');
        size_t last = out->length;
        while (last > root && out->data[last - 1] != '/')
            last--;
        bool can_go_up =
            out->length > root && strncmp(out->data + last, "..", out->length - last) != 0;
        if (is_up && can_go_up) {
            out->length = last > root ? last - 1 : root;
        } else if (!is_here && !(is_up && root > start)) {
            if (out->length > root)
                strbuf_putc(out, '/');
            strbuf_append(out, path, n);
        }
        path += n;
        path += strspn(path, "/");
    }
    if (out->length == start)
        strbuf_putc(out, '.');
    strbuf_append(out, "", 0);
}

/* Refuses a directory that is empty or the root: it is too likely a mistake, such as a variable
 * that was not set. */
static enum sweep_code output_dir_check_text(const struct sweep_plan *plan, const char *text,
    const struct sweep_place *place, struct sweep_findings *findings)
{
    const char *path = profile_output(plan->spec.profile);
    CLEANUP_STRBUF struct strbuf normal = {0};
    if (text[strspn(text, " \t")] == '\0')
        return FINDING_ERROR(findings, "empty", *place, path, "for example \"/data/sweeps\"",
            "%s cannot be empty", path);
    output_dir_put_normal(&normal, text);
    if (normal.oom)
        return SWEEP_NO_MEMORY;
    if (strcmp(normal.data, "/") != 0)
        return SWEEP_OK;
    return FINDING_ERROR(findings, "bad-output-dir", *place, path,
        "name a directory, for example \"/data/sweeps\"", "%s is the root directory", path);
}

/* --- templates ---------------------------------------------------------------------------- */

static bool output_dir_is_set_by(const struct spec *spec, const struct assignment *assignment)
{
    return assignment->n_choices > 0 && assignment->n_paths == 1 &&
           spec_is_output(spec, assignment->paths[0]);
}

static const struct choice *output_dir_fixed(const struct spec *spec)
{
    for (size_t i = spec->fixed.count; i-- > 0;)
        if (output_dir_is_set_by(spec, &spec->fixed.items[i]))
            return &spec->fixed.items[i].choices[0];
    return NULL;
}

/* The index of the axis that sets output_dir, or SIZE_MAX. */
static size_t output_dir_find_axis(const struct spec *spec)
{
    for (size_t i = 0; i < spec->axes.count; i++)
        if (output_dir_is_set_by(spec, &spec->axes.items[i]))
            return i;
    return SIZE_MAX;
}

static enum sweep_code output_dir_check_base(
    const struct sweep_plan *plan, const char *text, struct sweep_findings *findings)
{
    struct run_findings base = {0};
    struct sweep_place place;
    enum sweep_code code = SWEEP_NO_MEMORY;
    if (run_findings_init(&base, plan, findings))
        code = run_findings_locate(
            &base, profile_output(plan->spec.profile), NULL, &base.none, &place);
    if (code == SWEEP_OK)
        code = output_dir_check_text(plan, text, &place, findings);
    run_findings_deinit(&base);
    return code;
}

/* Sets plan->output_text to the base's output_dir, followed by /{name}/{run}. */
static enum sweep_code output_dir_make_default(
    struct sweep_plan *plan, struct sweep_findings *findings)
{
    const char *path = profile_output(plan->spec.profile);
    const char *base = json_string_value(path_get(plan->doc->tree, path));
    struct strbuf text = {0};
    if (base == NULL)
        return SWEEP_NO_MEMORY; /* output_dir_prepare() has made it a string */
    enum sweep_code code = output_dir_check_base(plan, base, findings);
    if (code != SWEEP_OK)
        return code;
    size_t length = strlen(base);
    while (length > 1 && base[length - 1] == '/')
        length--;
    strbuf_append(&text, base, length);
    strbuf_puts(&text, "/{name}/{run}");
    plan->output_text = strbuf_steal(&text);
    if (plan->output_text == NULL)
        return SWEEP_NO_MEMORY;
    return SWEEP_OK;
}

static enum sweep_code output_dir_read_template(struct sweep_plan *plan, size_t index,
    const char *text, const struct sweep_place *place, struct sweep_findings *findings)
{
    struct template *template = &plan->templates[index];
    /* Here "=" only says what is known: a template. */
    if (text[0] == '=')
        text++;
    enum sweep_code code = output_dir_check_text(plan, text, place, findings);
    if (code != SWEEP_OK)
        return code;
    const struct template_source source = {.text = text,
        .path = profile_output(plan->spec.profile),
        .place = *place,
        .spec = &plan->spec,
        .setters = &plan->setters,
        .computed = &plan->computed,
        .tree = plan->doc->tree,
        .recipe = plan->recipe,
        .is_directory = true};
    code = template_parse(&source, findings, template);
    if (code == SWEEP_OK)
        template_separate(template, &plan->spec, plan->output_axis);
    return code;
}

static enum sweep_code output_dir_read_choice(struct sweep_plan *plan, size_t index,
    const struct choice *choice, struct sweep_findings *findings)
{
    const json_t *value = choice->operations.items[0].value;
    const char *text = json_string_value(value);
    const char *path = profile_output(plan->spec.profile);
    if (text == NULL)
        return FINDING_ERROR(findings, "wrong-type", choice->place, path, NULL,
            "%s must be str, got %s", path, value_type_name(value));
    return output_dir_read_template(plan, index, text, &choice->place, findings);
}

/* Reads the template for runs of a spec that does not say where they write. */
static enum sweep_code output_dir_read_default(
    struct sweep_plan *plan, size_t index, struct sweep_findings *findings)
{
    enum sweep_code code = output_dir_make_default(plan, findings);
    if (code != SWEEP_OK)
        return code;
    return output_dir_read_template(
        plan, index, plan->output_text, &plan->spec.output_place, findings);
}

/* Reads a template for each value of the axis that sets output_dir. */
static enum sweep_code output_dir_read_axis(
    struct sweep_plan *plan, const struct assignment *axis, struct sweep_findings *findings)
{
    enum sweep_code result = SWEEP_OK;
    for (size_t i = 0; i < axis->n_choices; i++) {
        enum sweep_code code;
        if (i == axis->unset)
            code = output_dir_read_default(plan, i, findings);
        else
            code = output_dir_read_choice(plan, i, &axis->choices[i], findings);
        if (code == SWEEP_NO_MEMORY)
            return code;
        if (code != SWEEP_OK)
            result = code;
    }
    return result;
}

enum sweep_code output_dir_read(struct sweep_plan *plan, struct sweep_findings *findings)
{
    const struct spec *spec = &plan->spec;
    const struct choice *fixed = output_dir_fixed(spec);
    const struct assignment *axis = NULL;
    plan->output_axis = output_dir_find_axis(spec);
    if (profile_output(spec->profile) == NULL)
        return SWEEP_OK;
    size_t n_templates = 1;
    if (plan->output_axis != SIZE_MAX) {
        axis = &spec->axes.items[plan->output_axis];
        n_templates = axis->n_choices;
    }
    plan->templates = calloc(n_templates, sizeof *plan->templates);
    if (plan->templates == NULL)
        return SWEEP_NO_MEMORY;
    plan->n_templates = n_templates;
    if (template_list_setters(spec, &plan->setters) != SWEEP_OK)
        return SWEEP_NO_MEMORY;
    if (fixed != NULL)
        return output_dir_read_choice(plan, 0, fixed, findings);
    if (spec->output_dir != NULL)
        return output_dir_read_template(plan, 0, spec->output_dir, &spec->output_place, findings);
    if (axis != NULL)
        return output_dir_read_axis(plan, axis, findings);
    return output_dir_read_default(plan, 0, findings);
}

/* --- runs --------------------------------------------------------------------------------- */

void output_dir_fill(const struct sweep_plan *plan, const struct run *run, struct strbuf *out)
{
    out->length = 0;
    if (plan->n_templates == 0)
        return;
    const struct template *template = &plan->templates[0];
    if (plan->output_axis != SIZE_MAX)
        template = &plan->templates[run->choices[plan->output_axis]];
    template_fill(template, &plan->spec, run, out);
}

static enum sweep_code output_dir_report_collision(const struct sweep_plan *plan, uint64_t a,
    uint64_t b, const char *directory, struct sweep_findings *findings)
{
    struct sweep_place place = plan->spec.output_place;
    if (plan->output_axis != SIZE_MAX)
        place = plan->spec.axes.items[plan->output_axis].place;
    char one[32], other[32];
    plan_run_name(plan, a, one);
    plan_run_name(plan, b, other);
    return FINDING_ERROR(findings, "output-collision", place, profile_output(plan->spec.profile),
        "put {run} into the template", "%s and %s would both write to \"%s\"", one, other,
        directory);
}

enum sweep_code output_dir_check(const struct sweep_plan *plan, struct sweep_findings *findings)
{
    if (plan->n_templates == 0)
        return SWEEP_OK;
    if (plan->n_templates == 1 && template_is_unique(&plan->templates[0]))
        return SWEEP_OK;
    CLEANUP_JSON json_t *seen = json_object(); /* directory: index of its first run */
    CLEANUP_STRBUF struct strbuf text = {0}, normal = {0};
    CLEANUP_FREE size_t *choices = calloc(plan->spec.axes.count + 1, sizeof *choices);
    if (seen == NULL || choices == NULL)
        return SWEEP_NO_MEMORY;
    for (uint64_t i = 0; i < plan->spec.runs; i++) {
        plan_choices(plan, i, choices);
        struct run_names names;
        const struct run run = plan_run(plan, i, choices, &names);
        output_dir_fill(plan, &run, &text);
        if (text.oom)
            return SWEEP_NO_MEMORY;
        normal.length = 0;
        output_dir_put_normal(&normal, strbuf_string(&text));
        if (normal.oom)
            return SWEEP_NO_MEMORY;
        const char *directory = normal.data;
        const json_t *first = json_object_get(seen, directory);
        if (first != NULL)
            return output_dir_report_collision(
                plan, (uint64_t)json_integer_value(first), i, directory, findings);
        if (json_object_set_new(seen, directory, json_integer((json_int_t)i)) != 0)
            return SWEEP_NO_MEMORY;
    }
    return SWEEP_OK;
}
