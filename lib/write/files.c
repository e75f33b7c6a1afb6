/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/plan/render.h"
#include "lib/plan/run_id.h"
#include "lib/plan/runs.h"
#include "lib/plan/values.h"
#include "lib/queue/stage_stream.h"
#include "lib/slurm/script.h"
#include "lib/write/files.h"
#include "lib/write/mapping.h"

/* Makes the directory that a file is in. */
static enum sweep_code files_make_parent(struct writer *w, const char *path)
{
    char folder[64];
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    return stage_mkdir(w->stage, folder, w->error);
}

/* What writes the configs, and run_mapping.csv next to them. */
struct config_writer {
    struct writer *w;
    size_t *choices; /* of the current run */
    struct run_id_cursor cursor;
    struct stage_stream rows; /* of run_mapping.csv */
    struct mapping mapping;
    struct strbuf scratch;
};

static enum sweep_code files_write_config(struct config_writer *c, uint64_t index)
{
    struct writer *w = c->w;
    const struct sweep_plan *plan = w->plan;
    struct run_names names;
    char path[64];
    enum sweep_code code = SWEEP_OK;
    plan_config_path(plan, index, path);
    if (plan->spec.runs > RUNS_PER_FOLDER && index % RUNS_PER_FOLDER == 0)
        code = files_make_parent(w, path);
    if (code != SWEEP_OK)
        return code;
    plan_choices(plan, index, c->choices);
    const struct run run = run_id_next(&c->cursor, index, c->choices, &names);
    if (run.id == NULL)
        return writer_no_memory(w);
    size_t start = c->rows.text.length;
    mapping_add_row(&c->mapping, &run, path);
    values_put_csv(plan, &run, start, &c->rows.text);
    code = stage_stream_pass(&c->rows, w->error);
    if (code != SWEEP_OK)
        return code;
    plan_render(plan, &run, &c->scratch, &w->text);
    return writer_flush(w, path);
}

/* Writes a file into sweep.extends/, which is made for the first one. */
static enum sweep_code files_write_kept(
    struct writer *w, const struct stage_file *file, bool *is_made)
{
    enum sweep_code code = SWEEP_OK;
    if (!*is_made)
        code = stage_mkdir(w->stage, INPUT_FILES_KEPT, w->error);
    *is_made = true;
    if (code == SWEEP_OK)
        code = stage_write(w->stage, file, w->error);
    return code;
}

enum sweep_code files_write_inputs(struct writer *w)
{
    const struct sweep_plan *plan = w->plan;
    const struct input_files *inputs = &plan->inputs;
    enum sweep_code code = SWEEP_OK;
    bool is_made = false;
    for (size_t i = 0; i < inputs->count && code == SWEEP_OK; i++) {
        const struct input_file *input = &inputs->items[i];
        char name[INPUT_FILES_NAME];
        input_files_kept_name(input->path, i, name);
        const struct stage_file file = {name, input->text, input->length, false};
        code = files_write_kept(w, &file, &is_made);
    }
    const struct stage_file base = {
        INPUT_FILES_KEPT_BASE, plan->base_text, plan->base_length, false};
    if (code == SWEEP_OK && plan->spec.base_file != NULL)
        code = files_write_kept(w, &base, &is_made);
    return code;
}

static enum sweep_code files_write_each_config(struct config_writer *c)
{
    enum sweep_code code = SWEEP_OK;
    if (c->choices == NULL || !run_id_begin(&c->cursor, c->w->plan))
        return writer_no_memory(c->w);
    for (uint64_t i = 0; i < c->w->plan->spec.runs && code == SWEEP_OK; i++)
        code = files_write_config(c, i);
    return code;
}

enum sweep_code files_write_configs(struct writer *w)
{
    const struct assignments *axes = &w->plan->spec.axes;
    struct config_writer c = {.w = w, .choices = calloc(axes->count + 1, sizeof *c.choices)};
    enum sweep_code code = stage_mkdir(w->stage, "configs", w->error);
    if (code != SWEEP_OK) {
        free(c.choices);
        return code;
    }
    code = stage_stream_open(&c.rows, w->stage, "run_mapping.csv", w->error);
    mapping_init(&c.mapping, axes, w->plan->doc->tree, &c.rows.text);
    if (code == SWEEP_OK)
        code = files_write_each_config(&c);
    if (code == SWEEP_OK)
        code = stage_stream_close(&c.rows, w->error);
    mapping_deinit(&c.mapping);
    stage_stream_deinit(&c.rows);
    run_id_end(&c.cursor);
    strbuf_deinit(&c.scratch);
    free(c.choices);
    return code;
}

enum sweep_code files_write_scripts(struct writer *w)
{
    const struct sweep_plan *plan = w->plan;
    struct script script = {
        .name = plan->spec.name,
        .recipe = plan->recipe,
        .launch = plan_launch(plan),
        .trainer = sweep_trainer_name(plan->trainer),
        .output = profile_output(&plan->trainer->profile),
        .processes = plan->spec.processes,
        .runs = plan->spec.runs,
        .name_width = plan->name_width,
        .options = &plan->spec.slurm,
    };
    if (plan->spec.runs > RUNS_PER_FOLDER)
        script.runs_per_folder = RUNS_PER_FOLDER;
    script_write_array(&script, &w->text);
    enum sweep_code code = writer_flush(w, "sweep.sbatch");
    if (code != SWEEP_OK)
        return code;
    script_write_submit(&script, &w->text);
    return writer_flush_script(w, "submit.sh");
}
