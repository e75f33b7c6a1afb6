/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/findings/findings.h"
#include "lib/plan/assign.h"
#include "lib/plan/base.h"
#include "lib/plan/computed_check.h"
#include "lib/plan/constant.h"
#include "lib/plan/formula.h"
#include "lib/plan/identity.h"
#include "lib/plan/labels.h"
#include "lib/plan/order.h"
#include "lib/plan/output_dir.h"
#include "lib/plan/outputs.h"
#include "lib/plan/prove.h"
#include "lib/plan/resources.h"
#include "lib/plan/run_id.h"
#include "lib/plan/runs.h"
#include "lib/plan/select.h"
#include "lib/plan/size.h"
#include "lib/plan/summary.h"
#include "lib/plan/then.h"
#include "lib/plan/values.h"
#include "lib/plan/verify.h"
#include "lib/util/cleanup.h"

/* Replaces the document by one of the same value in plain block style, which can be edited
 * everywhere. */
static bool planner_rewrite(struct planner *p)
{
    struct sweep_plan *plan = p->plan;
    struct yaml_doc *plain = NULL;
    if (!planner_note(p, document_rewrite(plan->doc->tree, plan->doc, &plain, p->error)))
        return false;
    FINDING_WARNING(p->findings, "rewritten", plan->spec.base_place, "/base", NULL,
        "the base cannot be edited in place: the configs are rewritten without its comments");
    yaml_doc_free(plan->doc);
    plan->doc = plain;
    return true;
}

/* Cuts the document at the axes' paths. */
static void planner_cut(struct planner *p)
{
    struct sweep_plan *plan = p->plan;
    enum pieces_result result = pieces_compile(plan->doc, &plan->spec, p->findings, &plan->pieces);
    if (result == PIECES_CANNOT_CUT) {
        if (!planner_rewrite(p))
            return;
        result = pieces_compile(plan->doc, &plan->spec, p->findings, &plan->pieces);
    }
    switch (result) {
    case PIECES_OK:
        return;
    case PIECES_OVERLAP:
        planner_note(p, SWEEP_INVALID);
        return;
    case PIECES_NO_MEMORY:
        planner_note(p, SWEEP_NO_MEMORY);
        return;
    case PIECES_CANNOT_CUT:
        planner_note(p, sweep_error_set(p->error, SWEEP_IO,
                            "internal error: the rewritten base cannot be edited; please report "
                            "it"));
        return;
    }
}

static enum sweep_code planner_check_bytes(struct planner *p)
{
    const struct sweep_plan *plan = p->plan;
    if (plan->bytes <= p->limits.output_bytes)
        return SWEEP_OK;
    const struct json_place *grid = json_place_member(plan->extends.merged.root, "grid");
    struct sweep_place place = plan->spec.base_place;
    if (grid != NULL)
        place = grid->key;
    return FINDING_ERROR(p->findings, "too-large", place, NULL, NULL,
        "the configs of %llu runs are %llu bytes together; the limit is %llu",
        (unsigned long long)plan->spec.runs, (unsigned long long)plan->bytes,
        (unsigned long long)p->limits.output_bytes);
}

static void planner_read_spec(struct planner *p)
{
    struct spec *spec = &p->plan->spec;
    const struct sweep_request *request = p->request;
    const struct spec_context context = planner_context(p);
    if (request->defaults != NULL)
        planner_note(p, input_files_insert(&p->plan->inputs, request->defaults_file,
                            request->defaults, request->defaults_length));
    if (!planner_has_failed(p))
        planner_note(p, extends_read(p->plan->source, &context, &p->plan->extends));
    if (!planner_has_failed(p))
        planner_note(p, spec_parse(&p->plan->extends.merged, &context, spec));
    for (size_t i = 0; i < request->n_overrides && !planner_has_failed(p); i++)
        planner_note(p, spec_override(spec, request->overrides[i], &context));
    if (!planner_has_failed(p))
        planner_note(p, spec_check(spec, p->findings));
    if (!planner_has_failed(p) && spec->then != NULL)
        planner_note(p, spec_check(spec->then, p->findings));
    if (!planner_has_failed(p) && request->check_paths)
        planner_note(p, setup_check_paths(&spec->setup, p->findings));
}

/* Each computed value and each template is evaluated for each run, and looked for in each value. */
static enum sweep_code planner_check_computed(struct planner *p)
{
    const struct sweep_plan *plan = p->plan;
    const struct computed_list *computed = &plan->computed;
    uint64_t times = plan->spec.runs;
    if (times < p->n_values)
        times = p->n_values;
    if (computed->count == 0 || computed->count <= p->limits.computed / times)
        return SWEEP_OK;
    return FINDING_ERROR(p->findings, "too-large", computed->items[0].place,
        computed->items[0].path, "--limit computed=… allows more",
        "%zu computed values and templates for %llu runs with %llu values are too many: the limit "
        "of their product is %llu",
        computed->count, (unsigned long long)plan->spec.runs, (unsigned long long)p->n_values,
        (unsigned long long)p->limits.computed);
}

/* The steps that need a spec and a base without errors. */
static void planner_compile(struct planner *p)
{
    struct sweep_plan *plan = p->plan;
    plan->name_width = plan_name_width(plan->spec.runs);
    plan->formula = formula_of(&plan->spec);
    if (plan->formula == NULL)
        planner_note(p, SWEEP_NO_MEMORY);
    if (p->code == SWEEP_OK)
        planner_note(p, output_dir_prepare(plan, p->error));
    if (p->code == SWEEP_OK)
        planner_note(p, output_dir_read(plan, p->findings));
    if (p->code == SWEEP_OK)
        planner_cut(p);
    if (p->code == SWEEP_OK)
        planner_note(p, planner_check_computed(p));
    if (p->code == SWEEP_OK)
        planner_note(p, values_read(plan, p->findings));
    if (p->code == SWEEP_OK)
        planner_note(p, computed_check(plan, p->findings));
    if (p->code == SWEEP_OK)
        planner_note(p, labels_compute(plan));
    if (p->code == SWEEP_OK)
        planner_note(p, run_ids_prepare(plan));
    if (p->code == SWEEP_OK)
        order_runs(p);
    if (p->code == SWEEP_OK)
        planner_note(p, constant_note_axes(plan, p->findings));
    if (p->code == SWEEP_OK)
        planner_note(p, resources_find(p));
    plan->name_width = plan_name_width(plan->spec.runs);
    if (p->code == SWEEP_OK)
        planner_note(p, plan_measure(plan));
    if (p->code == SWEEP_OK)
        planner_note(p, planner_check_bytes(p));
    if (p->code == SWEEP_OK)
        planner_note(p, output_dir_check(plan, p->findings));
    if (p->code == SWEEP_OK)
        planner_note(p, outputs_check(plan, p->findings, &plan->writes_outside));
    if (p->code == SWEEP_OK)
        planner_note(p, verify_runs(plan, p->findings, p->error));
    if (p->code == SWEEP_OK)
        then_check(p);
    if (p->code == SWEEP_OK)
        planner_note(p, prove_runs(plan, p->error));
    if (p->code == SWEEP_OK)
        identity_set(plan);
}

/* Computes which points become runs. */
static void planner_select(struct planner *p)
{
    /* Templates that cannot be read, or that use themselves, cannot be used in expressions. */
    if (!planner_note(p, values_read(p->plan, p->findings)))
        return;
    p->plan->scope = calloc(1, sizeof *p->plan->scope);
    if (p->plan->scope == NULL)
        planner_note(p, SWEEP_NO_MEMORY);
    else
        planner_note(p, scope_init(p->plan->scope, p->plan, p->findings));
    if (!planner_has_failed(p))
        select_points(p, p->plan->scope);
}

static void planner_run(struct planner *p)
{
    planner_read_spec(p);
    if (!planner_has_failed(p))
        base_read(p);
    if (!planner_has_failed(p) && p->plan->doc != NULL)
        assign_fixed_to_base(p);
    if (!planner_has_failed(p))
        then_read(p);
    if (!planner_has_failed(p) && p->plan->doc != NULL)
        planner_select(p);
    if (!planner_has_failed(p) && p->plan->doc != NULL)
        assign_axes_to_base(p);
    if (p->code == SWEEP_OK)
        planner_compile(p);
}

enum sweep_code sweep_plan_new(const struct sweep_trainer *trainer,
    const struct sweep_request *request, struct sweep_findings *findings, struct sweep_plan **out,
    struct sweep_error *error)
{
    assert(trainer != NULL && request != NULL && findings != NULL && out != NULL);
    struct sweep_plan *plan = calloc(1, sizeof *plan);
    if (plan == NULL)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    plan->trainer = trainer;
    plan->check_paths = request->check_paths;
    plan->absolute_paths = request->absolute_paths;
    struct planner p = {.request = request,
        .findings = findings,
        .error = error,
        .plan = plan,
        .limits = limits_of(request->limits)};
    const struct json_input input = {.text = request->spec,
        .length = request->spec_length,
        .file = request->spec_file,
        .strict = request->strict_json,
        .limits = &p.limits};
    if (planner_note(&p, json_source_parse_input(&input, findings, &plan->source)))
        planner_run(&p);
    if (findings_oom(findings))
        planner_note(&p, SWEEP_NO_MEMORY);
    if (request->summary != NULL)
        *request->summary = NULL;
    /* Out of memory, the structure may name axes that could not be added. */
    if (request->summary != NULL && p.code != SWEEP_NO_MEMORY)
        *request->summary = summary_of(plan, &p.limits, p.code == SWEEP_OK);
    if (p.code != SWEEP_OK) {
        sweep_plan_free(plan);
        if (p.code == SWEEP_INVALID)
            sweep_error_set(error, p.code, "the sweep spec is not valid");
        return sweep_error_set(error, p.code, "out of memory");
    }
    *out = plan;
    return SWEEP_OK;
}
