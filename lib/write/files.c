/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/plan/growth.h"
#include "lib/plan/render.h"
#include "lib/plan/resources.h"
#include "lib/plan/run_id.h"
#include "lib/plan/runs.h"
#include "lib/plan/then.h"
#include "lib/plan/values.h"
#include "lib/doc/path.h"
#include "lib/slurm/script.h"
#include "lib/util/cleanup.h"
#include "lib/write/config_digests.h"
#include "lib/write/files.h"
#include "lib/write/mapping.h"
#include "lib/write/packed.h"

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
    struct mapping mapping;
    struct stage_stream rows; /* of run_mapping.csv */
    struct packed packed;     /* only if the configs are packed */
    struct config_digests digests;
    struct strbuf scratch;
};

static enum sweep_code files_write_row(
    struct config_writer *c, const struct run *run, const char *path)
{
    struct strbuf *row = &c->mapping.text;
    size_t start = row->length;
    mapping_add_row(&c->mapping, run, path);
    values_put_csv(c->w->plan, run, start, row);
    if (row->oom)
        return writer_no_memory(c->w);
    strbuf_append(&c->rows.text, row->data, row->length);
    row->length = 0;
    return stage_stream_pass(&c->rows, c->w->error);
}

static enum sweep_code files_write_config(struct config_writer *c, uint64_t index)
{
    struct writer *w = c->w;
    const struct sweep_plan *plan = w->plan;
    struct run_names names;
    char path[64];
    plan_config_path(plan, index, path);
    plan_choices(plan, index, c->choices);
    const struct run run = run_id_next(&c->cursor, index, c->choices, &names);
    if (run.id == NULL)
        return writer_no_memory(w);
    enum sweep_code code = files_write_row(c, &run, path);
    if (code != SWEEP_OK)
        return code;
    plan_render(plan, &run, &c->scratch, &w->text);
    if (plan->spec.is_packed) {
        code = packed_add(&c->packed, run.name, &w->text, w->error);
        w->text.length = 0;
        return code;
    }
    bool is_new = index == 0 || (plan->first + index) % RUNS_PER_FOLDER == 0;
    if (plan->spec.runs > RUNS_PER_FOLDER && is_new)
        code = files_make_parent(w, path);
    if (code != SWEEP_OK)
        return code;
    if (w->text.oom)
        return writer_no_memory(w);
    const struct stage_file file = {
        .name = path,
        .bytes = w->text.data,
        .length = w->text.length,
        .hex = config_digests_get(&c->digests, index),
    };
    code = stage_write(w->stage, &file, w->error);
    w->text.length = 0;
    if (code != SWEEP_OK || plan->then == NULL)
        return code;
    then_config_path(plan, index, path);
    then_render(plan, &run, &w->text);
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
        const struct stage_file file = {name, input->text, input->length, false, NULL};
        code = files_write_kept(w, &file, &is_made);
    }
    const struct stage_file base = {
        INPUT_FILES_KEPT_BASE, plan->base_text, plan->base_length, false, NULL};
    if (code == SWEEP_OK && plan->spec.base_file != NULL)
        code = files_write_kept(w, &base, &is_made);
    if (code != SWEEP_OK || plan->then == NULL || plan->then->spec.base_file == NULL)
        return code;
    const struct stage_file then = {
        INPUT_FILES_KEPT_THEN, plan->then->base_text, plan->then->base_length, false, NULL};
    return files_write_kept(w, &then, &is_made);
}

static enum sweep_code files_write_each_config(struct config_writer *c)
{
    const struct sweep_plan *plan = c->w->plan;
    struct sweep_error *error = c->w->error;
    enum sweep_code code;
    config_digests_start(&c->digests, plan);
    if (plan->spec.is_packed) {
        code = packed_begin(&c->packed, c->w);
        c->packed.configs.has_digest = c->digests.has_thread;
    } else {
        code = stage_mkdir(c->w->stage, "configs", error);
    }
    if (code == SWEEP_OK)
        code = stage_stream_open(&c->rows, c->w->stage, "run_mapping.csv", error);
    for (uint64_t i = 0; i < plan->spec.runs && code == SWEEP_OK; i++)
        code = files_write_config(c, i);
    if (code == SWEEP_OK && plan->spec.is_packed) {
        config_digests_wait(&c->digests);
        code = packed_end(&c->packed, config_digests_get(&c->digests, 0), error);
    }
    if (code == SWEEP_OK)
        code = stage_stream_close(&c->rows, NULL, error);
    return code;
}

enum sweep_code files_write_configs(struct writer *w)
{
    const struct assignments *axes = &w->plan->spec.axes;
    struct config_writer c = {.w = w, .choices = calloc(axes->count + 1, sizeof *c.choices)};
    enum sweep_code code;
    c.rows.fd = c.packed.configs.fd = c.packed.index.fd = -1;
    mapping_init(&c.mapping, axes, w->plan->doc->tree);
    if (c.choices == NULL || !run_id_begin(&c.cursor, w->plan))
        code = writer_no_memory(w);
    else
        code = files_write_each_config(&c);
    mapping_deinit(&c.mapping);
    stage_stream_deinit(&c.rows);
    packed_deinit(&c.packed);
    config_digests_deinit(&c.digests);
    run_id_end(&c.cursor);
    strbuf_deinit(&c.scratch);
    free(c.choices);
    return code;
}

enum sweep_code files_write_growth(struct writer *w)
{
    const struct sweep_growth *growth = w->plan->growth;
    if (growth == NULL || growth->n_new == growth->n_runs)
        return SWEEP_OK;
    growth_put_inherited(growth, &w->text);
    return writer_flush(w, "inherited.csv");
}

/* The config paths that a later attempt has to change so that it writes nowhere that an earlier one
 * has written: the run's own directory, and outputs that do not begin with it. */
static void files_put_outputs(const struct sweep_plan *plan, struct strbuf *out)
{
    const struct profile *profile = &plan->trainer->profile;
    char own[PATH_MAX_BYTES];
    strbuf_append(out, "", 0);
    if (profile_output(profile) == NULL)
        return;
    strbuf_puts(out, profile_output(profile));
    snprintf(own, sizeof own, "${%s}", profile_output(profile));
    for (size_t i = 1; i < profile->n_outputs; i++) {
        const char *path = profile->outputs[i].path;
        const char *text = json_string_value(path_get(plan->doc->tree, path));
        bool is_again = i > 1 && strcmp(path, profile->outputs[i - 1].path) == 0;
        if (text != NULL && strncmp(text, own, strlen(own)) != 0 && !is_again)
            strbuf_printf(out, " %s", path);
    }
}

static struct script_resuming files_resuming(const struct sweep_plan *plan)
{
    const struct profile *profile = &plan->trainer->profile;
    const struct resuming *facts = &profile->resuming;
    struct script_resuming out = {.mode = "no"};
    if (plan->spec.setup.resume == SETUP_RESUME_NO || facts->state == NULL)
        return out;
    out = (struct script_resuming){"changed", facts->state, facts->epochs, facts->words, NULL};
    if (facts->exact != NULL && profile_recipe_is_in(profile, plan->recipe, facts->exact))
        out.mode = "exact";
    if (facts->files_of != NULL && profile_recipe_is_in(profile, plan->recipe, facts->files_of))
        out.files = facts->files;
    return out;
}

/* The script of a group of runs. */
static enum sweep_code files_write_script(
    struct writer *w, const struct script *common, size_t group, const char *name)
{
    const struct sweep_plan *plan = w->plan;
    struct script script = *common;
    script.options = resources_options(plan, group);
    script.launch = plan_launch(plan, script.options);
    script.runs = resources_runs(plan, group);
    if (plan_is_distributed(plan, script.options))
        script.nodes = plan_nodes(plan, script.options);
    script_write_array(&script, &w->text);
    return writer_flush(w, name);
}

/* The runs of a group, one name a line. */
static enum sweep_code files_write_list(struct writer *w, size_t group, const char *name)
{
    const struct sweep_plan *plan = w->plan;
    char run[32];
    CLEANUP_FREE size_t *choices = calloc(plan->spec.axes.count + 1, sizeof *choices);
    if (choices == NULL)
        return writer_no_memory(w);
    for (uint64_t i = 0; i < plan->spec.runs; i++) {
        plan_choices(plan, i, choices);
        if (resources_of(plan, choices) != group)
            continue;
        plan_run_name(plan, i, run);
        strbuf_printf(&w->text, "%s\n", run);
    }
    return writer_flush(w, name);
}

/* sweep.sbatch, or for each group that has runs sweep_1.sbatch and sweep_1.runs. */
static enum sweep_code files_write_groups(struct writer *w, struct script *script)
{
    const struct sweep_plan *plan = w->plan;
    bool is_only = resources_scripts(plan) == 1;
    enum sweep_code code = SWEEP_OK;
    unsigned number = 0;
    for (size_t i = 0; i < resources_count(plan) && code == SWEEP_OK; i++) {
        char name[32], list[32];
        if (resources_runs(plan, i) == 0)
            continue;
        if (is_only)
            return files_write_script(w, script, i, "sweep.sbatch");
        snprintf(name, sizeof name, "sweep_%u.sbatch", ++number);
        snprintf(list, sizeof list, "sweep_%u.runs", number);
        script->list = list;
        code = files_write_script(w, script, i, name);
        if (code == SWEEP_OK)
            code = files_write_list(w, i, list);
    }
    script->list = NULL; /* it was a name in the loop */
    return code;
}

/* The script of what is done after each run. */
static enum sweep_code files_write_then(struct writer *w, const struct script *common)
{
    const struct sweep_plan *plan = w->plan, *then = plan->then;
    const char *output = profile_output(&plan->trainer->profile);
    struct script script = *common;
    script.then = THEN_NAME;
    script.recipe = then->recipe;
    script.options = &then->spec.slurm;
    script.launch = plan_launch(then, script.options);
    script.processes = then->spec.processes;
    script.nodes = 0;
    if (plan_is_distributed(then, script.options))
        script.nodes = plan_nodes(then, script.options);
    script.runs = plan->spec.runs;
    script.list = NULL;
    script.outputs = "";
    script.resuming = (struct script_resuming){.mode = "no"};
    if (output != NULL && path_get(then->doc->tree, output) != NULL)
        script.outputs = output;
    script_write_array(&script, &w->text);
    return writer_flush(w, THEN_NAME ".sbatch");
}

enum sweep_code files_write_scripts(struct writer *w)
{
    const struct sweep_plan *plan = w->plan;
    CLEANUP_STRBUF struct strbuf outputs = {0};
    files_put_outputs(plan, &outputs);
    if (outputs.oom)
        return writer_no_memory(w);
    struct script script = {
        .name = plan->spec.name,
        .recipe = plan->recipe,
        .trainer = sweep_trainer_name(plan->trainer),
        .outputs = strbuf_string(&outputs),
        .own_output = profile_output(&plan->trainer->profile),
        .processes = plan->spec.processes,
        .first = plan->first,
        .name_width = plan->name_width,
        .setup = &plan->spec.setup,
        .resuming = files_resuming(plan),
    };
    if (plan->spec.runs > RUNS_PER_FOLDER && !plan->spec.is_packed)
        script.runs_per_folder = RUNS_PER_FOLDER;
    enum sweep_code code = files_write_groups(w, &script);
    if (code == SWEEP_OK && plan->then != NULL)
        code = files_write_then(w, &script);
    if (code != SWEEP_OK)
        return code;
    script.options = &plan->spec.slurm;
    script.runs = plan->spec.runs;
    script_write_submit(&script, &w->text);
    return writer_flush_script(w, "submit.sh");
}
