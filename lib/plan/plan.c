/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "lib/plan/output_dir.h"
#include "lib/util/cleanup.h"

const char *sweep_version(void)
{
    return SWEEP_VERSION;
}

void sweep_plan_free(struct sweep_plan *plan)
{
    if (plan == NULL)
        return;
    layout_deinit(&plan->layout);
    free(plan->templates);
    free(plan->output_text);
    yaml_doc_free(plan->doc);
    free(plan->base_text);
    spec_deinit(&plan->spec);
    json_source_free(plan->source);
    free(plan);
}

/* --- runs --------------------------------------------------------------------------------- */

void plan_choices(const struct sweep_plan *plan, uint64_t index, size_t *choices)
{
    for (size_t i = plan->spec.axes.count; i-- > 0;) {
        size_t n = plan->spec.axes.items[i].n_choices;
        choices[i] = (size_t)(index % n);
        index /= n;
    }
}

void plan_run_name(const struct sweep_plan *plan, uint64_t index, char name[32])
{
    snprintf(name, 32, "run_%0*llu", plan->name_width, (unsigned long long)index);
}

void plan_config_path(const struct sweep_plan *plan, uint64_t index, char path[64])
{
    char name[32];
    plan_run_name(plan, index, name);
    if (plan->spec.runs > RUNS_PER_FOLDER)
        snprintf(path, 64, "configs/%03llu/%s.yaml", (unsigned long long)(index / RUNS_PER_FOLDER),
            name);
    else
        snprintf(path, 64, "configs/%s.yaml", name);
}

void plan_render(const struct sweep_plan *plan, uint64_t index, const size_t *choices,
    struct strbuf *scratch, struct strbuf *out)
{
    output_fill(plan, index, choices, scratch);
    out->length = 0;
    if (scratch->oom)
        out->oom = true;
    else
        layout_render(&plan->layout, choices, scratch->data, scratch->length, out);
}

char *sweep_plan_config(const struct sweep_plan *plan, uint64_t index, size_t *length)
{
    CLEANUP_FREE size_t *choices = calloc(plan->spec.axes.count + 1, sizeof *choices);
    CLEANUP_STRBUF struct strbuf scratch = {0};
    struct strbuf out = {0};
    if (choices == NULL || index >= plan->spec.runs)
        return NULL;
    plan_choices(plan, index, choices);
    plan_render(plan, index, choices, &scratch, &out);
    *length = out.length;
    return strbuf_steal(&out);
}

/* --- description -------------------------------------------------------------------------- */

void sweep_plan_describe(const struct sweep_plan *plan, struct sweep_plan_info *out)
{
    const struct spec *spec = &plan->spec;
    *out = (struct sweep_plan_info){
        .name = spec->name,
        .directory = plan->directory,
        .base = spec->base_name != NULL ? spec->base_name : spec->base_file,
        .recipe = plan->recipe,
        .origin = plan->origin,
        .runs = spec->runs,
        .bytes = plan->bytes,
        .n_axes = spec->axes.count,
        .n_fixed = spec->fixed.count,
        .n_arrays = (spec->runs + spec->slurm.array_size - 1) / spec->slurm.array_size,
        .array_parallelism = spec->slurm.array_parallelism,
    };
}

static bool describe(const struct settings *settings, size_t index, struct sweep_setting_info *out)
{
    if (index >= settings->count)
        return false;
    const struct setting *setting = &settings->items[index];
    *out = (struct sweep_setting_info){
        setting->key, (const char *const *)setting->paths, setting->n_paths, setting->n_choices};
    return true;
}

bool sweep_plan_axis(const struct sweep_plan *plan, size_t index, struct sweep_setting_info *out)
{
    return describe(&plan->spec.axes, index, out);
}

bool sweep_plan_fixed(const struct sweep_plan *plan, size_t index, struct sweep_setting_info *out)
{
    return describe(&plan->spec.fixed, index, out);
}

const char *sweep_plan_axis_value(const struct sweep_plan *plan, size_t axis, size_t value)
{
    const struct settings *axes = &plan->spec.axes;
    return axis < axes->count && value < axes->items[axis].n_choices
               ? axes->items[axis].choices[value].label
               : NULL;
}

const char *sweep_plan_fixed_value(const struct sweep_plan *plan, size_t index)
{
    const struct settings *fixed = &plan->spec.fixed;
    return index < fixed->count ? fixed->items[index].choices[0].label : NULL;
}

bool sweep_plan_run(const struct sweep_plan *plan, uint64_t index, char name[32], size_t *values)
{
    if (index >= plan->spec.runs)
        return false;
    plan_run_name(plan, index, name);
    if (values != NULL)
        plan_choices(plan, index, values);
    return true;
}
