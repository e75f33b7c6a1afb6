/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/plan/runs.h"
#include "lib/plan/space.h"

/* Upper bounds of what is not worth to be computed, in bytes. */
enum {
    SCRIPT_BYTES = 4096,  /* a script without what is counted below */
    SUBMIT_BYTES = 128,   /* of submit.sh, for each job array */
    MANIFEST_BYTES = 128, /* of the manifest, for each file: its name and digest */
    MAPPING_BYTES = 96,   /* of a row without its values: numbers and names */
    REPORT_BYTES = 16384, /* the report */
    ENTRY_BYTES = 64,     /* of a directory, for each name in it */
};

static uint64_t space_in_blocks(uint64_t bytes, uint64_t block)
{
    return (bytes + block - 1) / block * block;
}

/* The most bytes that all values of one run can take in a config. */
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

/* The bytes of a config that are the same in every run. */
static uint64_t space_fixed(const struct sweep_plan *plan)
{
    uint64_t bytes = plan->doc->length;
    for (size_t i = 0; i < plan->pieces.count; i++)
        bytes -= plan->pieces.items[i].end - plan->pieces.items[i].start;
    return bytes;
}

void plan_space(const struct sweep_plan *plan, uint64_t block, struct sweep_space *out)
{
    uint64_t runs = plan->spec.runs, values = space_max_values(plan);
    uint64_t arrays = (runs + plan->spec.slurm.array_size - 1) / plan->spec.slurm.array_size;
    uint64_t folders = runs > RUNS_PER_FOLDER ? (runs + RUNS_PER_FOLDER - 1) / RUNS_PER_FOLDER : 0;
    /* sweep.json, submit.sh, run_mapping.csv, validation_report.txt, manifest.json */
    uint64_t files = runs + arrays + 5;
    uint64_t directories = folders + 3; /* itself, configs, logs */
    /* All alike, or each with almost a block in vain: whichever is less. */
    uint64_t alike =
        runs * space_in_blocks(space_fixed(plan) + values + plan->longest_output, block);
    uint64_t any = plan->bytes + runs * (block - 1);
    out->files = files + directories;
    out->bytes = (alike < any ? alike : any) + arrays * space_in_blocks(SCRIPT_BYTES, block) +
                 space_in_blocks(plan->source->length, block) +
                 space_in_blocks(SCRIPT_BYTES + arrays * SUBMIT_BYTES, block) +
                 space_in_blocks(MAPPING_BYTES + runs * (MAPPING_BYTES + values), block) +
                 space_in_blocks(REPORT_BYTES, block) +
                 space_in_blocks(SCRIPT_BYTES + files * MANIFEST_BYTES, block) +
                 directories * block + files * ENTRY_BYTES;
}
