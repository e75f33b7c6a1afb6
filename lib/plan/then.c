/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/check/checker.h"
#include "lib/doc/path.h"
#include "lib/findings/findings.h"
#include "lib/plan/assign.h"
#include "lib/plan/base.h"
#include "lib/plan/output_dir.h"
#include "lib/plan/run_id.h"
#include "lib/plan/runs.h"
#include "lib/plan/then.h"
#include "lib/plan/values.h"
#include "lib/util/cleanup.h"

/* --- reading ------------------------------------------------------------------------------ */

/* The fixed value of "then" that sets a path or something in it; NULL if there is none. */
static const struct assignment *then_setter(const struct sweep_plan *then, const char *path)
{
    for (size_t i = 0; i < then->spec.fixed.count; i++) {
        const struct assignment *fixed = &then->spec.fixed.items[i];
        for (size_t k = 0; k < fixed->n_paths; k++)
            if (path_overlaps(fixed->paths[k], path))
                return fixed;
    }
    return NULL;
}

/* Unless it sets another directory, it writes into one below that of the run. */
static void then_set_output(struct planner *q)
{
    struct sweep_plan *then = q->plan;
    const char *output = profile_output(&then->trainer->profile);
    char text[PATH_MAX_BYTES + 16];
    if (output == NULL || then_setter(then, output) != NULL ||
        path_get(then->doc->tree, output) == NULL)
        return;
    snprintf(text, sizeof text, "{%s}/" THEN_NAME, output);
    const struct computed item = {text, NULL, (char *)output, then->spec.base_place, NULL, true};
    CLEANUP_JSON json_t *token = computed_add(&then->computed, &item);
    if (token == NULL) {
        planner_note(q, SWEEP_NO_MEMORY);
        return;
    }
    struct operation operation = {(char *)output, token};
    planner_note(q, document_apply(&then->doc, &operation, q->error));
}

void then_read(struct planner *p)
{
    struct sweep_plan *plan = p->plan;
    if (plan->spec.then == NULL)
        return;
    if (plan->spec.is_packed)
        planner_note(p, FINDING_ERROR(p->findings, "bad-value", plan->spec.then_place, "/layout",
                            "remove \"layout\"",
                            "\"then\" needs \"layout\": \"files\": its configs cannot be packed"));
    struct sweep_plan *then = plan->then = calloc(1, sizeof *then);
    if (then == NULL) {
        planner_note(p, SWEEP_NO_MEMORY);
        return;
    }
    then->trainer = plan->trainer;
    then->spec = *plan->spec.then;   /* borrowed */
    then->computed = plan->computed; /* lent, see below */
    struct planner q = *p;
    q.plan = then;
    q.tree = NULL;
    q.code = SWEEP_OK;
    base_read(&q);
    if (!planner_has_failed(&q) && then->doc != NULL)
        then_set_output(&q);
    if (!planner_has_failed(&q) && then->doc != NULL)
        assign_fixed_to_base(&q);
    plan->computed = then->computed;
    then->computed = (struct computed_list){0};
    planner_note(p, q.code);
}

void then_free(struct sweep_plan *then)
{
    if (then == NULL)
        return;
    yaml_doc_free(then->doc);
    free(then->base_path);
    free(then->base_text);
    free(then);
}

/* --- one run ------------------------------------------------------------------------------ */

void then_config_path(const struct sweep_plan *plan, uint64_t index, char path[64])
{
    plan_config_path(plan, index, path);
    char *end = strrchr(path, '.');
    snprintf(end, 64 - (size_t)(end - path), "." THEN_NAME ".yaml");
}

/* The same run, with its directory. */
static struct run then_run(
    const struct sweep_plan *plan, const struct run *run, struct strbuf *output)
{
    struct run out = *run;
    output_dir_fill(plan, run, output);
    out.output = strbuf_string(output);
    return out;
}

void then_render(const struct sweep_plan *plan, const struct run *run, struct strbuf *out)
{
    CLEANUP_STRBUF struct strbuf output = {0};
    const struct run with_output = then_run(plan, run, &output);
    size_t start = out->length;
    strbuf_append(out, plan->then->doc->text, plan->then->doc->length);
    values_put(plan, &with_output, start, out);
    if (output.oom)
        out->oom = true;
}

/* --- checking ----------------------------------------------------------------------------- */

static bool then_is_reported(
    const struct planner *p, const struct sweep_place *place, const struct diagnostic *diagnostic)
{
    const struct sweep_finding *f;
    for (size_t i = 0; (f = sweep_findings_get(p->findings, i)) != NULL; i++)
        if (strcmp(f->code, diagnostic->code) == 0 && f->place.line == place->line &&
            f->place.column == place->column && strstr(f->message, diagnostic->message) != NULL)
            return true;
    return false;
}

/* Reports at what "then" sets, or else at its base. */
static void then_emit(void *context, const struct diagnostic *diagnostic)
{
    struct planner *p = context;
    const struct sweep_plan *then = p->plan->then;
    const struct assignment *fixed = then_setter(then, diagnostic->path);
    struct sweep_place place = then->spec.base_place;
    if (fixed != NULL)
        place = fixed->choices[0].place;
    if (then_is_reported(p, &place, diagnostic))
        return;
    const struct finding_head head = {
        diagnostic->severity, diagnostic->code, place, diagnostic->path, diagnostic->hint};
    planner_note(p, finding_add(p->findings, &head, "then: %s", diagnostic->message));
}

/* Whether the text of the config reads as intended. */
static enum sweep_code then_prove(
    const struct sweep_plan *plan, const struct run *run, const json_t *tree, bool *same)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    struct yaml_doc *doc = NULL;
    then_render(plan, run, &text);
    if (text.oom)
        return SWEEP_NO_MEMORY;
    enum sweep_code code = yaml_reparse(text.data, text.length, plan->then->doc, &doc);
    *same = code == SWEEP_OK && json_equal(doc->tree, tree);
    yaml_doc_free(doc);
    if (code == SWEEP_NO_MEMORY)
        return code;
    return SWEEP_OK;
}

static enum sweep_code then_check_run(
    struct planner *p, struct checker *checker, uint64_t index, size_t *choices)
{
    const struct sweep_plan *plan = p->plan;
    const struct diagnostic_sink sink = {then_emit, p, NULL};
    CLEANUP_JSON json_t *tree = json_deep_copy(plan->then->doc->tree);
    CLEANUP_STRBUF struct strbuf output = {0};
    struct run_names names;
    bool same = true;
    if (tree == NULL)
        return SWEEP_NO_MEMORY;
    plan_choices(plan, index, choices);
    const struct run run = plan_run(plan, index, choices, &names);
    const struct run with_output = then_run(plan, &run, &output);
    enum sweep_code code = values_replace(plan, &with_output, tree);
    if (code == SWEEP_OK)
        code = then_prove(plan, &run, tree, &same);
    if (code == SWEEP_OK && !same)
        return sweep_error_set(p->error, SWEEP_IO,
            "internal error: a config of \"then\" does not read as intended; please report it");
    if (code == SWEEP_OK)
        code = checker_run(checker, tree, &sink);
    return code;
}

void then_check(struct planner *p)
{
    const struct sweep_plan *plan = p->plan, *then = plan->then;
    if (then == NULL)
        return;
    /* Files are not looked for: the run is going to write them. */
    const struct check_options options = {
        .recipe = then->recipe, .bf16 = -1, .new_directory = true};
    struct checker checker = {0};
    CLEANUP_FREE size_t *choices = calloc(plan->spec.axes.count + 1, sizeof *choices);
    if (choices == NULL)
        planner_note(p, SWEEP_NO_MEMORY);
    else
        planner_note(p, checker_init(&checker, &plan->trainer->profile, &options, p->error));
    if (!planner_has_failed(p))
        planner_note(p, then_check_run(p, &checker, 0, choices));
    if (!planner_has_failed(p) && plan->spec.runs > 1)
        planner_note(p, then_check_run(p, &checker, plan->spec.runs - 1, choices));
    if (choices != NULL)
        checker_deinit(&checker);
}
