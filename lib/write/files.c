/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/plan/render.h"
#include "lib/plan/run_id.h"
#include "lib/plan/runs.h"
#include "lib/plan/values.h"
#include "lib/slurm/script.h"
#include "lib/util/cleanup.h"
#include "lib/write/files.h"
#include "lib/write/mapping.h"

/* Makes the directory that a file is in. */
static enum sweep_code files_make_parent(struct writer *w, const char *path)
{
    char folder[64];
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    return stage_mkdir(w->stage, folder, w->error);
}

static enum sweep_code files_write_each_config(
    struct writer *w, size_t *choices, struct run_id_cursor *cursor, struct mapping *mapping)
{
    const struct sweep_plan *plan = w->plan;
    bool in_folders = plan->spec.runs > RUNS_PER_FOLDER;
    CLEANUP_STRBUF struct strbuf scratch = {0};
    struct run_names names;
    struct run run;
    for (uint64_t i = 0; i < plan->spec.runs; i++) {
        char path[64];
        enum sweep_code code = SWEEP_OK;
        plan_config_path(plan, i, path);
        if (in_folders && i % RUNS_PER_FOLDER == 0)
            code = files_make_parent(w, path);
        if (code != SWEEP_OK)
            return code;
        plan_choices(plan, i, choices);
        run = run_id_next(cursor, i, choices, &names);
        if (run.id == NULL)
            return writer_no_memory(w);
        plan_render(plan, &run, &scratch, &w->text);
        size_t start = mapping->text.length;
        mapping_add_row(mapping, &run, path);
        values_put_csv(plan, &run, start, &mapping->text);
        code = writer_flush(w, path);
        if (code != SWEEP_OK)
            return code;
    }
    return SWEEP_OK;
}

/* "sweep.extends/00-common.json": of the file's name, letters, digits and "._-". */
static void files_name_inherited(const char *path, unsigned number, char *out, size_t size)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    int start = snprintf(out, size, "sweep.extends/%02u-", number);
    snprintf(out + start, size - (size_t)start, "%s", name);
    for (char *p = out + start; *p != '\0'; p++)
        if (!isalnum((unsigned char)*p) && strchr("._-", *p) == NULL)
            *p = '_';
}

enum sweep_code files_write_inherited(struct writer *w)
{
    const struct input_files *inputs = &w->plan->inputs;
    enum sweep_code code = SWEEP_OK;
    unsigned n = 0;
    for (size_t i = 0; i < inputs->count && code == SWEEP_OK; i++) {
        const struct input_file *input = &inputs->items[i];
        if (input->json == NULL)
            continue;
        if (n == 0)
            code = stage_mkdir(w->stage, "sweep.extends", w->error);
        char name[64];
        files_name_inherited(input->path, n++, name, sizeof name);
        const struct stage_file file = {name, input->text, input->length, false};
        if (code == SWEEP_OK)
            code = stage_write(w->stage, &file, w->error);
    }
    return code;
}

enum sweep_code files_write_configs(struct writer *w)
{
    const struct assignments *axes = &w->plan->spec.axes;
    CLEANUP_FREE size_t *choices = calloc(axes->count + 1, sizeof *choices);
    if (choices == NULL)
        return writer_no_memory(w);
    enum sweep_code code = stage_mkdir(w->stage, "configs", w->error);
    if (code != SWEEP_OK)
        return code;
    struct mapping mapping;
    struct run_id_cursor cursor;
    mapping_init(&mapping, axes, w->plan->doc->tree);
    if (!run_id_begin(&cursor, w->plan) || mapping.text.oom)
        code = writer_no_memory(w);
    else
        code = files_write_each_config(w, choices, &cursor, &mapping);
    if (code == SWEEP_OK)
        code = writer_write(w, "run_mapping.csv", &mapping.text);
    mapping_deinit(&mapping);
    run_id_end(&cursor);
    return code;
}

enum sweep_code files_write_scripts(struct writer *w)
{
    const struct sweep_plan *plan = w->plan;
    struct script script = {
        .name = plan->spec.name,
        .recipe = plan->recipe,
        .launch = plan_launch(plan),
        .processes = plan->spec.processes,
        .runs = plan->spec.runs,
        .name_width = plan->name_width,
        .options = &plan->spec.slurm,
    };
    if (plan->spec.runs > RUNS_PER_FOLDER)
        script.runs_per_folder = RUNS_PER_FOLDER;
    for (uint64_t i = 0; i < script_arrays(&script); i++) {
        char name[32];
        script_file_name(&script, i, name);
        script_write_array(&script, i, &w->text);
        enum sweep_code code = writer_flush(w, name);
        if (code != SWEEP_OK)
            return code;
    }
    script_write_submit(&script, &w->text);
    return writer_flush_script(w, "submit.sh");
}
