/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/plan/growth.h"
#include "lib/plan/resources.h"
#include "lib/plan/runs.h"
#include "lib/plan/space.h"

/* Upper bounds in bytes, for sizes that are not computed exactly. */
enum {
    SCRIPT_BYTES = 32768,  /* a script */
    MANIFEST_START = 4096, /* the manifest without the parts that are counted below */
    MANIFEST_BYTES = 128,  /* in the manifest, for each file: its name and digest */
    MAPPING_BYTES = 96,    /* a row of run_mapping.csv without its values */
    NAME_BYTES = 11,       /* the name of a run, with a newline */
    REPORT_BYTES = 16384,  /* validation_report.txt */
    INDEX_BYTES = 40,      /* a line of configs.index */
    INHERITED_BYTES = 36 + SPEC_MAX_NAME, /* a row of inherited.csv */
    ENTRY_BYTES = 64,                     /* in a directory, for each name */
};

static uint64_t space_in_blocks(uint64_t bytes, uint64_t block)
{
    return (bytes + block - 1) / block * block;
}

/* The max bytes that all values of one run can take in a config. */
static uint64_t space_max_values(const struct sweep_plan *plan)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < plan->pieces.count; i++) {
        const struct piece *piece = &plan->pieces.items[i];
        uint64_t max = 0;
        for (size_t k = 0; k < piece->n_texts; k++)
            if (piece->texts[k].length > max)
                max = piece->texts[k].length;
        sum += max;
    }
    return sum;
}

/* The smaller of two upper bounds: every config as large as the largest possible one, or every
 * config with almost a block wasted. */
static uint64_t space_configs(const struct sweep_plan *plan, uint64_t block)
{
    uint64_t runs = plan->spec.runs;
    uint64_t equal = runs * space_in_blocks(plan->longest, block);
    uint64_t wasted = plan->bytes + runs * (block - 1);
    if (plan->spec.is_packed)
        return space_in_blocks(plan->bytes, block) + space_in_blocks(runs * INDEX_BYTES, block);
    return equal < wasted ? equal : wasted;
}

void plan_space(const struct sweep_plan *plan, uint64_t block, struct sweep_space *out)
{
    uint64_t runs = plan->spec.runs, folders = 0;
    uint64_t configs = runs;
    if (plan->spec.is_packed)
        configs = 2; /* configs.packed, configs.index */
    else if (runs > RUNS_PER_FOLDER)
        folders = (plan->first + runs - 1) / RUNS_PER_FOLDER - plan->first / RUNS_PER_FOLDER + 1;
    /* sweep.json, sweep.sbatch, submit.sh, run_mapping.csv, validation_report.txt, manifest.json */
    uint64_t files = configs + 6;
    uint64_t directories = folders + 3; /* the sweep directory, configs, logs */
    uint64_t mapping = MAPPING_BYTES + runs * (MAPPING_BYTES + space_max_values(plan));
    const struct setup *setup = &plan->spec.setup;
    uint64_t script = SCRIPT_BYTES + setup->modules.length + setup->environment.length +
                      setup->run_with.length + setup->venv.length + setup->prolog.length;
    uint64_t scripts = 0, n_scripts = resources_scripts(plan);
    for (size_t i = 0; i < resources_count(plan); i++) {
        const struct slurm_options *options = resources_options(plan, i);
        if (i == 0 || resources_runs(plan, i) > 0)
            scripts += space_in_blocks(script + options->directives.length, block);
    }
    if (n_scripts > 1) { /* each has a list of its runs */
        scripts += runs * NAME_BYTES + n_scripts * block;
        files += 2 * n_scripts - 1;
    }
    uint64_t manifest = MANIFEST_START + files * MANIFEST_BYTES;
    if (plan->spec.description != NULL || plan->spec.tags != NULL)
        manifest += 3 * plan->source->length; /* "é" is written as \u00e9 */
    uint64_t kept = 0;
    for (size_t i = 0; i < plan->inputs.count; i++)
        kept += space_in_blocks(plan->inputs.items[i].length, block);
    files += plan->inputs.count;
    if (plan->then != NULL) { /* a config for each run, a script, and perhaps the base */
        files += runs + 2;
        kept += runs * space_in_blocks(2 * plan->then->doc->length, block) +
                space_in_blocks(script, block) + space_in_blocks(plan->then->base_length, block);
    }
    if (plan->spec.base_file != NULL) {
        files++;
        kept += space_in_blocks(plan->base_length, block);
    }
    if (kept > 0)
        directories++;
    if (plan->growth != NULL && plan->growth->n_new < plan->growth->n_runs) {
        uint64_t rows = plan->growth->n_runs - plan->growth->n_new + 1;
        files++;
        kept += space_in_blocks(rows * INHERITED_BYTES, block);
    }
    out->files = files + directories;
    out->directories = directories;
    out->bytes = space_configs(plan, block) + space_in_blocks(SCRIPT_BYTES, block) + scripts +
                 space_in_blocks(plan->source->length, block) + space_in_blocks(mapping, block) +
                 space_in_blocks(REPORT_BYTES, block) + space_in_blocks(manifest, block) + kept +
                 directories * block + files * ENTRY_BYTES;
}
