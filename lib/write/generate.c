/* SPDX-License-Identifier: Apache-2.0
 *
 * From a plan to a sweep directory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/queue/stage.h"
#include "lib/slurm/script.h"
#include "lib/plan/render.h"
#include "lib/plan/runs.h"
#include "lib/plan/space.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "sweep/generate.h"

struct writer {
    const struct sweep_plan *plan;
    struct stage *stage;
    struct strbuf buf, scratch; /* reused from file to file */
    struct strbuf mapping;      /* run_mapping.csv */
    char ***cells;              /* of each axis and choice: its cells in a row, ",8,16" */
    size_t *choices;
    struct sweep_error *error;
};

static enum sweep_code no_memory(struct writer *w)
{
    return sweep_error_set(w->error, SWEEP_NO_MEMORY, "out of memory");
}

static enum sweep_code write_buffer(struct writer *w, const char *name, enum stage_kind kind)
{
    if (w->buf.oom)
        return no_memory(w);
    return stage_write(w->stage, name, w->buf.data, w->buf.length, kind, w->error);
}

/* --- run_mapping.csv ---------------------------------------------------------------------- */

/* A field of RFC 4180: quoted when it holds a comma, a quote or a line break. */
static void csv_field(struct strbuf *out, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        strbuf_puts(out, text);
        return;
    }
    strbuf_putc(out, '"');
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '"')
            strbuf_putc(out, '"');
        strbuf_putc(out, *p);
    }
    strbuf_putc(out, '"');
}

/* A value: strings as they are, numbers as the config has them, collections as JSON. */
static void csv_value(struct strbuf *out, const json_t *value)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    if (json_is_object(value) || json_is_array(value)) {
        CLEANUP_FREE char *json = json_dumps(value, JSON_COMPACT);
        strbuf_puts(&text, json != NULL ? json : "");
        out->oom |= json == NULL;
    } else if (json_is_string(value))
        strbuf_puts(&text, json_string_value(value));
    else
        value_write(&text, value, SCALAR_IN_BLOCK);
    if (text.oom || text.data == NULL)
        out->oom |= text.oom;
    else
        csv_field(out, text.data);
}

static void csv_header(struct strbuf *out, const struct spec *spec)
{
    strbuf_puts(out, "index,run,config");
    for (size_t i = 0; i < spec->axes.count; i++)
        for (size_t p = 0; p < spec->axes.items[i].n_paths; p++) {
            strbuf_putc(out, ',');
            csv_field(out, spec->axes.items[i].paths[p]);
        }
    strbuf_putc(out, '\n');
}

/* The cells of one axis value: one for each path of the axis, empty where it sets none. */
static char *csv_cells(const struct setting *axis, const struct choice *choice)
{
    struct strbuf out = {0};
    for (size_t p = 0; p < axis->n_paths; p++) {
        strbuf_putc(&out, ',');
        for (size_t k = 0; k < choice->operations.count; k++)
            if (choice->operations.items[k].value != NULL &&
                strcmp(choice->operations.items[k].path, axis->paths[p]) == 0)
                csv_value(&out, choice->operations.items[k].value);
    }
    return strbuf_steal(&out);
}

static enum sweep_code prepare_cells(struct writer *w)
{
    const struct settings *axes = &w->plan->spec.axes;
    w->cells = calloc(axes->count + 1, sizeof *w->cells);
    for (size_t i = 0; w->cells != NULL && i < axes->count; i++) {
        const struct setting *axis = &axes->items[i];
        w->cells[i] = calloc(axis->n_choices, sizeof **w->cells);
        for (size_t c = 0; w->cells[i] != NULL && c < axis->n_choices; c++)
            if ((w->cells[i][c] = csv_cells(axis, &axis->choices[c])) == NULL)
                return no_memory(w);
        if (w->cells[i] == NULL)
            return no_memory(w);
    }
    return w->cells == NULL ? no_memory(w) : SWEEP_OK;
}

static void free_cells(struct writer *w)
{
    const struct settings *axes = &w->plan->spec.axes;
    for (size_t i = 0; w->cells != NULL && i < axes->count; i++) {
        for (size_t c = 0; w->cells[i] != NULL && c < axes->items[i].n_choices; c++)
            free(w->cells[i][c]);
        free(w->cells[i]);
    }
    free(w->cells);
}

static void csv_row(struct writer *w, uint64_t index, const char *run, const char *config)
{
    strbuf_printf(&w->mapping, "%llu,%s,%s", (unsigned long long)index, run, config);
    for (size_t i = 0; i < w->plan->spec.axes.count; i++)
        strbuf_puts(&w->mapping, w->cells[i][w->choices[i]]);
    strbuf_putc(&w->mapping, '\n');
}

/* --- files -------------------------------------------------------------------------------- */

static enum sweep_code write_configs(struct writer *w)
{
    const struct sweep_plan *plan = w->plan;
    enum sweep_code code = stage_mkdir(w->stage, "configs", w->error);
    if (code == SWEEP_OK)
        code = prepare_cells(w);
    csv_header(&w->mapping, &plan->spec);
    for (uint64_t i = 0; code == SWEEP_OK && i < plan->spec.runs; i++) {
        char run[32], path[64];
        plan_run_name(plan, i, run);
        plan_config_path(plan, i, path);
        if (plan->spec.runs > RUNS_PER_FOLDER && i % RUNS_PER_FOLDER == 0) {
            char folder[64];
            snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
            code = stage_mkdir(w->stage, folder, w->error);
            if (code != SWEEP_OK)
                return code;
        }
        plan_choices(plan, i, w->choices);
        plan_render(plan, i, w->choices, &w->scratch, &w->buf);
        csv_row(w, i, run, path);
        code = write_buffer(w, path, STAGE_DATA);
    }
    if (code != SWEEP_OK)
        return code;
    if (w->mapping.oom)
        return no_memory(w);
    return stage_write(
        w->stage, "run_mapping.csv", w->mapping.data, w->mapping.length, STAGE_DATA, w->error);
}

static enum sweep_code write_scripts(struct writer *w)
{
    const struct sweep_plan *plan = w->plan;
    const struct profile *profile = &plan->trainer->profile;
    struct script script = {
        .name = plan->spec.name,
        .recipe = plan->recipe,
        .launch = profile_is_distributed(profile, plan->recipe) ? profile->launch_distributed
                                                                : profile->launch,
        .runs = plan->spec.runs,
        .name_width = plan->name_width,
        .runs_per_folder = plan->spec.runs > RUNS_PER_FOLDER ? RUNS_PER_FOLDER : 0,
        .options = &plan->spec.slurm,
    };
    enum sweep_code code = SWEEP_OK;
    for (uint64_t i = 0; code == SWEEP_OK && i < script_arrays(&script); i++) {
        char name[32];
        script_file_name(&script, i, name);
        w->buf.length = 0;
        script_write_array(&script, i, &w->buf);
        code = write_buffer(w, name, STAGE_DATA);
    }
    if (code != SWEEP_OK)
        return code;
    w->buf.length = 0;
    script_write_submit(&script, &w->buf);
    return write_buffer(w, "submit.sh", STAGE_SCRIPT);
}

static enum sweep_code write_report(struct writer *w, const struct sweep_findings *findings)
{
    const struct sweep_plan *plan = w->plan;
    size_t warnings = sweep_findings_count(findings, SWEEP_WARNING);
    w->buf.length = 0;
    const char *base = plan->spec.base_name != NULL ? plan->spec.base_name : plan->spec.base_file;
    char base_shown[512], recipe_shown[512];
    sweep_escape(base_shown, sizeof base_shown, base, strlen(base));
    sweep_escape(recipe_shown, sizeof recipe_shown, plan->recipe, strlen(plan->recipe));
    strbuf_printf(&w->buf,
        "%s: %llu run%s valid, %zu warning%s\n"
        "\n"
        "base     %s\n"
        "recipe   %s\n"
        "trainer  %s %s\n"
        "\n"
        "checked  the spec: keys, types, ranges, names, duplicates\n"
        "         every config path: it exists in the base, or its component or recipe takes it\n"
        "         every value: it may take the place of the base's\n"
        "         every run: components, arguments, types, keys, and the recipe's rules\n"
        "         every output directory: no two runs share one\n"
        "         the edited configs: read back and compared with the intended values\n",
        plan->spec.name, (unsigned long long)plan->spec.runs, plan->spec.runs == 1 ? "" : "s",
        warnings, warnings == 1 ? "" : "s", base_shown, recipe_shown,
        sweep_trainer_name(plan->trainer), sweep_trainer_version(plan->trainer));
    CLEANUP_FREE char *text = findings == NULL ? NULL : sweep_findings_text(findings, false);
    if (findings != NULL && text == NULL)
        return no_memory(w);
    if (text != NULL && *text != '\0')
        strbuf_printf(&w->buf, "\n%s", text);
    return write_buffer(w, "validation_report.txt", STAGE_DATA);
}

static enum sweep_code write_manifest(struct writer *w, int64_t created)
{
    const struct sweep_plan *plan = w->plan;
    char base[DIGEST_HEX];
    digest_of(plan->base_text, plan->base_length, base);
    CLEANUP_JSON json_t *manifest = json_pack(
        "{s:s, s:s, s:s, s:s, s:I, s:s, s:{s:s, s:s}, s:{s:s, s:s}, s:I, s:I}", "format",
        "sweepd-manifest-1", "sweepd", SWEEP_VERSION, "name", plan->spec.name, "digest",
        plan->digest, "runs", (json_int_t)plan->spec.runs, "recipe", plan->recipe, "trainer",
        "name", sweep_trainer_name(plan->trainer), "version", sweep_trainer_version(plan->trainer),
        "base", "name", plan->spec.base_name != NULL ? plan->spec.base_name : plan->spec.base_file,
        "sha256", base, "n_files", (json_int_t)w->stage->files, "n_bytes",
        (json_int_t)w->stage->bytes, "files", w->stage->digests);
    if (manifest == NULL ||
        (created >= 0 && json_object_set_new(manifest, "created", json_integer(created)) != 0))
        return no_memory(w);
    CLEANUP_FREE char *text = json_dumps(manifest, JSON_INDENT(1) | JSON_ENSURE_ASCII);
    w->buf.length = 0;
    if (text == NULL)
        return no_memory(w);
    /* The list of files is written by hand in the same form: it is most of the text, and a tree of
     * it would be most of the memory. Each of its lines ends with a comma; the last must not. */
    strbuf_append(&w->buf, text, strlen(text) - strlen("\n}"));
    strbuf_puts(&w->buf, ",\n \"files\": {\n");
    strbuf_append(&w->buf, w->stage->digests.data, w->stage->digests.length - strlen(",\n"));
    strbuf_puts(&w->buf, "\n }\n}\n");
    return write_buffer(w, "manifest.json", STAGE_DATA);
}

static enum sweep_code write_all(
    struct writer *w, const struct sweep_findings *findings, int64_t created)
{
    const struct json_source *source = w->plan->source;
    enum sweep_code code =
        stage_write(w->stage, "sweep.json", source->text, source->length, STAGE_DATA, w->error);
    if (code == SWEEP_OK)
        code = write_configs(w);
    if (code == SWEEP_OK)
        code = write_scripts(w);
    if (code == SWEEP_OK)
        code = write_report(w, findings);
    if (code == SWEEP_OK)
        code = stage_mkdir(w->stage, "logs", w->error);
    if (code == SWEEP_OK)
        code = write_manifest(w, created);
    return code;
}

/* --- entry -------------------------------------------------------------------------------- */

struct sweep_stage {
    struct stage stage;
    char *queue;
    uint64_t keep_free;
};

enum sweep_code sweep_stage_new(
    const struct sweep_stage_request *request, struct sweep_stage **out, struct sweep_error *error)
{
    struct sweep_stage *stage = calloc(1, sizeof *stage);
    if (stage != NULL)
        stage->queue = strdup(request->queue);
    if (stage == NULL || stage->queue == NULL) {
        free(stage);
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    }
    stage->keep_free = request->keep_free;
    enum sweep_code code = stage_open(&stage->stage, stage->queue, request->name, error);
    if (code == SWEEP_OK)
        *out = stage;
    else
        sweep_stage_free(stage);
    return code;
}

void sweep_stage_free(struct sweep_stage *stage)
{
    if (stage == NULL)
        return;
    stage_abandon(&stage->stage);
    free(stage->queue);
    free(stage);
}

void sweep_stage_needs(
    const struct sweep_stage *stage, const struct sweep_plan *plan, struct sweep_space *out)
{
    struct statvfs status;
    bool known = fstatvfs(stage->stage.queue_fd, &status) == 0 && status.f_frsize > 0;
    plan_space(plan, known ? status.f_frsize : 4096, out);
}

/* Better to know before than halfway through. A quota is not seen here; what it cuts off comes to
 * the same. */
static enum sweep_code check_space(
    const struct sweep_stage *stage, const struct sweep_plan *plan, struct sweep_error *error)
{
    struct statvfs status;
    struct sweep_space needs;
    char kept[64] = "";
    if (fstatvfs(stage->stage.queue_fd, &status) != 0)
        return SWEEP_OK;
    sweep_stage_needs(stage, plan, &needs);
    uint64_t free_bytes = (uint64_t)status.f_bavail * status.f_frsize;
    bool counted = status.f_files != 0; /* some file systems make inodes as they go */
    if (needs.bytes <= free_bytes && stage->keep_free <= free_bytes - needs.bytes &&
        (!counted || needs.files <= status.f_favail))
        return SWEEP_OK;
    if (stage->keep_free > 0)
        snprintf(kept, sizeof kept, ", of which %llu bytes are kept free",
            (unsigned long long)stage->keep_free);
    char inodes[64] = "";
    if (counted)
        snprintf(inodes, sizeof inodes, " and %llu files", (unsigned long long)status.f_favail);
    return sweep_error_set(error, SWEEP_NO_SPACE,
        "no space in %s: needs %llu bytes in %llu files, %llu bytes%s are free%s", stage->queue,
        (unsigned long long)needs.bytes, (unsigned long long)needs.files,
        (unsigned long long)free_bytes, inodes, kept);
}

/* Whether `path` is a sweep directory made from the same input. */
static bool is_same_sweep(const char *path, const struct sweep_plan *plan)
{
    CLEANUP_STRBUF struct strbuf file = {0};
    strbuf_printf(&file, "%s/manifest.json", path);
    CLEANUP_JSON json_t *manifest = file.oom ? NULL : json_load_file(file.data, 0, NULL);
    const char *digest = json_string_value(json_object_get(manifest, "digest"));
    return digest != NULL && strcmp(digest, plan->digest) == 0;
}

/* The same sweep is there already. It may have got its name just before a crash: only now is it
 * certain to keep it. */
static enum sweep_code take_existing(
    const char *queue, char *directory, struct sweep_result *out, struct sweep_error *error)
{
    CLEANUP_FD int fd = open(queue, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failure = fd < 0 ? errno : barrier_names(fd);
    if (failure != 0) {
        free(directory);
        return sweep_error_set(error, fd < 0 ? file_code(failure) : SWEEP_STORAGE,
            "cannot bring %s to stable storage: %s", queue, strerror(failure));
    }
    *out = (struct sweep_result){.directory = directory, .existed = true};
    return SWEEP_OK;
}

/* QUEUE/NAME-DIGEST; the caller's. */
static char *final_path(const struct sweep_plan *plan, const char *queue)
{
    struct strbuf path = {0};
    strbuf_printf(&path, "%s%s%s", queue,
        queue[0] != '\0' && queue[strlen(queue) - 1] == '/' ? "" : "/", plan->directory);
    return strbuf_steal(&path);
}

static enum sweep_code write_and_commit(struct writer *w, const struct sweep_findings *findings,
    int64_t created, struct sweep_result *out)
{
    w->choices = calloc(w->plan->spec.axes.count + 1, sizeof *w->choices);
    enum sweep_code code = w->choices == NULL ? no_memory(w) : write_all(w, findings, created);
    *out = (struct sweep_result){.files = w->stage->files, .bytes = w->stage->bytes};
    if (code == SWEEP_OK)
        code = stage_commit(w->stage, w->plan->directory, w->error);
    strbuf_deinit(&w->buf);
    strbuf_deinit(&w->scratch);
    strbuf_deinit(&w->mapping);
    free_cells(w);
    free(w->choices);
    return code;
}

enum sweep_code sweep_generate_staged(const struct sweep_plan *plan, struct sweep_stage *stage,
    const struct sweep_findings *findings, int64_t created, struct sweep_result *out,
    struct sweep_error *error)
{
    const char *queue = stage->stage.queue;
    CLEANUP_FREE char *final = final_path(plan, queue);
    struct sweep_error failure = {0};
    *out = (struct sweep_result){0};
    if (final == NULL)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    enum sweep_code code = SWEEP_EXISTS;
    if (!is_same_sweep(final, plan)) {
        struct writer w = {.plan = plan, .stage = &stage->stage, .error = &failure};
        code = check_space(stage, plan, &failure);
        if (code == SWEEP_OK)
            code = write_and_commit(&w, findings, created, out);
    }
    /* Perhaps somebody else was faster with the same sweep: just as well. */
    if (code == SWEEP_EXISTS && is_same_sweep(final, plan)) {
        char *directory = final;
        final = NULL;
        return take_existing(queue, directory, out, error);
    }
    if (code != SWEEP_OK)
        return sweep_error_set(error, code, "%s", failure.message);
    out->directory = final;
    final = NULL;
    return SWEEP_OK;
}

enum sweep_code sweep_generate(const struct sweep_plan *plan, const char *queue,
    const struct sweep_findings *findings, int64_t created, struct sweep_result *out,
    struct sweep_error *error)
{
    const struct sweep_stage_request request = {.queue = queue};
    struct sweep_stage *stage = NULL;
    char *final = final_path(plan, queue);
    if (final == NULL)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    if (is_same_sweep(final, plan))
        return take_existing(queue, final, out, error);
    free(final);
    enum sweep_code code = sweep_stage_new(&request, &stage, error);
    if (code == SWEEP_OK)
        code = sweep_generate_staged(plan, stage, findings, created, out, error);
    sweep_stage_free(stage);
    return code;
}
