/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/plan/processes.h"
#include "lib/plan/resource_values.h"
#include "lib/plan/resources.h"
#include "lib/plan/run_findings.h"
#include "lib/plan/runs.h"
#include "lib/findings/findings.h"
#include "lib/util/cleanup.h"
#include "lib/util/index.h"

struct resource_finder {
    struct planner *p;
    struct sweep_plan *plan;
    struct resources *out;
    struct resource_values values;
    struct run_findings run_findings;
    const struct json_place *place; /* of the "slurm" object */
    json_t *index;                  /* of the groups, by their values; owned */
    size_t *choices;                /* of the current run; owned */
    struct sweep_findings **found;  /* of each group; owned */
};

/* --- grouping ----------------------------------------------------------------------------- */

static enum sweep_code resources_report_too_many(const struct resource_finder *f)
{
    return FINDING_ERROR(f->p->findings, "too-large", f->values.items[0].at->value, "/slurm",
        "round the values, for example up to whole hours; --limit groups=… allows more",
        "the runs ask Slurm for more than %llu different combinations of resources: each needs job "
        "arrays of its own",
        (unsigned long long)f->p->limits.groups);
}

/* Takes `values` over. */
static enum sweep_code resources_add_group(
    struct resource_finder *f, const char *key, json_t *values)
{
    struct resources *out = f->out;
    struct resource_group *groups = NULL;
    if (index_add(&f->index, key, strlen(key), out->count))
        groups = realloc(out->groups, (out->count + 1) * sizeof *groups);
    if (groups == NULL) {
        json_decref(values);
        return SWEEP_NO_MEMORY;
    }
    out->groups = groups;
    groups[out->count++] = (struct resource_group){.values = values};
    return SWEEP_OK;
}

static enum sweep_code resources_group_combination(struct resource_finder *f, size_t index)
{
    json_t *values = NULL;
    plan_choices(f->plan, f->out->combinations.items[index].first, f->choices);
    enum sweep_code code =
        resource_values_compute(&f->values, &f->run_findings, f->choices, &values);
    if (code != SWEEP_OK)
        return code;
    CLEANUP_FREE char *key = json_dumps(values, JSON_COMPACT | JSON_ENSURE_ASCII);
    size_t group = SIZE_MAX;
    if (key != NULL)
        group = index_find(f->index, key, strlen(key));
    if (group != SIZE_MAX || key == NULL) {
        json_decref(values);
        f->out->groups_of[index] = group;
        return key != NULL ? SWEEP_OK : SWEEP_NO_MEMORY;
    }
    if (f->out->count == f->p->limits.groups) {
        json_decref(values);
        return resources_report_too_many(f);
    }
    f->out->groups_of[index] = f->out->count;
    return resources_add_group(f, key, values);
}

static enum sweep_code resources_group_all(struct resource_finder *f)
{
    struct combinations *combinations = &f->out->combinations;
    enum sweep_code code = combinations_find(f->plan, &f->values.axes, combinations);
    if (code != SWEEP_OK)
        return code;
    f->out->groups_of = calloc(combinations->count + 1, sizeof *f->out->groups_of);
    if (f->out->groups_of == NULL)
        return SWEEP_NO_MEMORY;
    for (size_t i = 0; i < combinations->count && code == SWEEP_OK; i++)
        code = resources_group_combination(f, i);
    return code;
}

/* --- checking ----------------------------------------------------------------------------- */

/* Reads the options of a group as if its values were written in the spec. */
static enum sweep_code resources_check_group(struct resource_finder *f, size_t index)
{
    struct resource_group *group = &f->out->groups[index];
    struct sweep_findings *findings = sweep_findings_new();
    const struct slurm_reading reading = {findings, f->p->request->cluster, group->values};
    f->found[index] = findings;
    if (findings == NULL)
        return SWEEP_NO_MEMORY;
    enum sweep_code code =
        slurm_options_parse(resource_values_object(f->plan), f->place, &reading, &group->options);
    if (code == SWEEP_OK)
        code = processes_check(f->plan, &group->options, findings);
    if (code == SWEEP_OK)
        code = processes_check_launch(f->plan, &group->options, findings);
    return code;
}

/* True if the list has the finding. Notes at a place count as the same: one is enough. */
static bool resources_has_finding(
    const struct sweep_findings *list, const struct sweep_finding *finding)
{
    const struct sweep_finding *other;
    for (size_t i = 0; (other = sweep_findings_get(list, i)) != NULL; i++)
        if (strcmp(other->code, finding->code) == 0 && other->place.line == finding->place.line &&
            other->place.column == finding->place.column &&
            (finding->severity == SWEEP_NOTE || strcmp(other->message, finding->message) == 0))
            return true;
    return false;
}

/* Appends which runs have a finding: " (8 of 24 runs: batch_size 4)". They may have several values
 * of what the options depend on: then it is those of the first. */
static void resources_put_runs(
    struct resource_finder *f, const struct sweep_finding *finding, struct strbuf *out)
{
    const struct combinations *combinations = &f->out->combinations;
    const struct assignments *axes = &f->plan->spec.axes;
    const char *separator = ": ";
    uint64_t runs = 0;
    size_t n = 0;
    for (size_t i = 0; i < combinations->count; i++) {
        if (!resources_has_finding(f->found[f->out->groups_of[i]], finding))
            continue;
        if (n++ == 0)
            plan_choices(f->plan, combinations->items[i].first, f->choices);
        runs += combinations->items[i].runs;
    }
    if (n > 1)
        separator = ", such as ";
    strbuf_printf(out, " (%llu of %llu runs", (unsigned long long)runs,
        (unsigned long long)f->plan->spec.runs);
    for (size_t i = 0; i < axes->count; i++) {
        if (!f->values.axes.has[i])
            continue;
        const struct assignment *axis = &axes->items[i];
        strbuf_printf(out, "%s%s %s", separator, axis->key, axis->choices[f->choices[i]].label);
        separator = ", ";
    }
    strbuf_putc(out, ')');
}

/* Passes a finding about a group on, unless a group before it has it as well. */
static enum sweep_code resources_pass(
    struct resource_finder *f, size_t group, const struct sweep_finding *finding)
{
    CLEANUP_STRBUF struct strbuf runs = {0};
    bool is_common = true;
    for (size_t i = 0; i < f->out->count; i++) {
        bool has = resources_has_finding(f->found[i], finding);
        if (has && i < group)
            return SWEEP_OK;
        if (!has)
            is_common = false;
    }
    if (resources_has_finding(f->p->findings, finding)) /* about what is not computed */
        return SWEEP_OK;
    if (!is_common && finding->severity != SWEEP_NOTE)
        resources_put_runs(f, finding, &runs);
    if (runs.oom)
        return SWEEP_NO_MEMORY;
    const struct finding_head head = {
        finding->severity, finding->code, finding->place, finding->path, finding->hint};
    return finding_add(f->p->findings, &head, "%s%s", finding->message, strbuf_string(&runs));
}

static enum sweep_code resources_check_all(struct resource_finder *f)
{
    enum sweep_code result = SWEEP_OK;
    const struct sweep_finding *finding;
    f->found = calloc(f->out->count + 1, sizeof *f->found);
    if (f->found == NULL)
        return SWEEP_NO_MEMORY;
    for (size_t i = 0; i < f->out->count && result != SWEEP_NO_MEMORY; i++) {
        enum sweep_code code = resources_check_group(f, i);
        if (code != SWEEP_OK)
            result = code;
    }
    for (size_t i = 0; i < f->out->count && result != SWEEP_NO_MEMORY; i++)
        for (size_t k = 0; (finding = sweep_findings_get(f->found[i], k)) != NULL; k++)
            if (resources_pass(f, i, finding) == SWEEP_NO_MEMORY)
                return SWEEP_NO_MEMORY;
    return result;
}

/* --- entry -------------------------------------------------------------------------------- */

static void resources_finish(struct resource_finder *f)
{
    for (size_t i = 0; f->found != NULL && i < f->out->count; i++)
        sweep_findings_free(f->found[i]);
    free(f->found);
    free(f->choices);
    json_decref(f->index);
    run_findings_deinit(&f->run_findings);
    resource_values_deinit(&f->values);
}

enum sweep_code resources_find(struct planner *p)
{
    struct sweep_plan *plan = p->plan;
    struct resource_finder f = {.p = p, .plan = plan};
    if (plan->spec.slurm.n_computed == 0)
        return SWEEP_OK;
    f.place = json_place_member(plan->extends.merged.root, "slurm");
    f.out = plan->resources = calloc(1, sizeof *plan->resources);
    f.choices = calloc(plan->spec.axes.count + 1, sizeof *f.choices);
    enum sweep_code code = SWEEP_NO_MEMORY;
    if (f.out != NULL && f.choices != NULL && run_findings_init(&f.run_findings, plan, p->findings))
        code = resource_values_init(&f.values, plan, p->findings);
    if (code == SWEEP_OK)
        code = resources_group_all(&f);
    if (code == SWEEP_OK)
        code = resources_check_all(&f);
    if (code == SWEEP_OK)
        code = resources_recount(plan);
    resources_finish(&f);
    return code;
}

enum sweep_code resources_recount(const struct sweep_plan *plan)
{
    struct resources *resources = plan->resources;
    if (resources == NULL)
        return SWEEP_OK;
    CLEANUP_FREE size_t *choices = calloc(plan->spec.axes.count + 1, sizeof *choices);
    if (choices == NULL)
        return SWEEP_NO_MEMORY;
    for (size_t i = 0; i < resources->count; i++)
        resources->groups[i].runs = 0;
    for (uint64_t run = 0; run < plan->spec.runs; run++) {
        plan_choices(plan, run, choices);
        resources->groups[resources_of(plan, choices)].runs++;
    }
    return SWEEP_OK;
}

void resources_free(struct resources *resources)
{
    if (resources == NULL)
        return;
    for (size_t i = 0; i < resources->count; i++) {
        slurm_options_deinit(&resources->groups[i].options);
        json_decref(resources->groups[i].values);
    }
    combinations_deinit(&resources->combinations);
    free(resources->groups);
    free(resources->groups_of);
    free(resources);
}

size_t resources_count(const struct sweep_plan *plan)
{
    if (plan->resources == NULL)
        return 1;
    return plan->resources->count;
}

const struct slurm_options *resources_options(const struct sweep_plan *plan, size_t group)
{
    if (plan->resources == NULL)
        return &plan->spec.slurm;
    return &plan->resources->groups[group].options;
}

uint64_t resources_runs(const struct sweep_plan *plan, size_t group)
{
    if (plan->resources == NULL)
        return plan->spec.runs;
    return plan->resources->groups[group].runs;
}

size_t resources_of(const struct sweep_plan *plan, const size_t *choices)
{
    struct resources *resources = plan->resources;
    if (resources == NULL)
        return 0;
    return resources->groups_of[combinations_of(&resources->combinations, choices)];
}

size_t resources_scripts(const struct sweep_plan *plan)
{
    size_t n = 0;
    for (size_t i = 0; i < resources_count(plan); i++)
        if (resources_runs(plan, i) > 0)
            n++;
    return n > 0 ? n : 1;
}

unsigned resources_processes(const struct sweep_plan *plan)
{
    unsigned all = 0;
    for (size_t i = 0; i < resources_count(plan); i++) {
        const struct slurm_options *options = resources_options(plan, i);
        unsigned processes = 0;
        if (plan_is_distributed(plan, options))
            processes = plan_processes(plan, options) * plan_nodes(plan, options);
        if (i > 0 && processes != all)
            return 0;
        all = processes;
    }
    return all;
}

uint64_t resources_arrays(const struct sweep_plan *plan)
{
    uint64_t size = plan->spec.slurm.array_size, arrays = 0;
    for (size_t i = 0; i < resources_count(plan); i++)
        arrays += (resources_runs(plan, i) + size - 1) / size;
    return arrays;
}
