/* SPDX-License-Identifier: Apache-2.0
 *
 * From a plan to a sweep directory.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "lib/write/files.h"
#include "lib/write/generate.h"
#include "lib/write/made_runs.h"
#include "lib/write/manifest.h"
#include "lib/write/verify_directory.h"
#include "lib/write/stage_api.h"
#include "lib/write/summary.h"

enum sweep_code generate_write_files(
    struct writer *w, const struct sweep_findings *findings, int64_t created)
{
    const struct json_source *source = w->plan->source;
    const struct stage_file spec = {"sweep.json", source->text, source->length, false, NULL};
    enum sweep_code code = stage_write(w->stage, &spec, w->error);
    if (code == SWEEP_OK)
        code = files_write_inputs(w);
    if (code == SWEEP_OK)
        code = files_write_configs(w);
    if (code == SWEEP_OK)
        code = files_write_growth(w);
    if (code == SWEEP_OK)
        code = files_write_scripts(w);
    if (code == SWEEP_OK)
        code = summary_write(w, findings);
    if (code == SWEEP_OK)
        code = stage_mkdir(w->stage, "logs", w->error);
    if (code == SWEEP_OK)
        code = manifest_write(w, created);
    return code;
}

/* QUEUE/NAME-DIGEST; the caller's. */
static char *generate_final_path(const struct sweep_plan *plan, const char *queue)
{
    struct strbuf path = {0};
    size_t length = strlen(queue);
    strbuf_puts(&path, queue);
    if (length == 0 || queue[length - 1] != '/')
        strbuf_putc(&path, '/');
    strbuf_puts(&path, plan->directory);
    return strbuf_steal(&path);
}

/* True if the sweep in the directory `path` is that of the plan, or has the newest of its runs and
 * none is left to make. */
static bool generate_is_made(const struct sweep_plan *plan, const char *path)
{
    return plan->spec.runs == 0 || manifest_is_same_sweep(path, plan);
}

enum sweep_code sweep_plan_check_made(
    const struct sweep_plan *plan, const char *queue, struct sweep_error *error)
{
    assert(plan != NULL && queue != NULL);
    const struct sweep_growth *growth = plan->growth;
    enum sweep_code code = SWEEP_OK;
    for (size_t i = 0; growth != NULL && i < growth->n_directories && code == SWEEP_OK; i++) {
        CLEANUP_STRBUF struct strbuf path = {0};
        if (!growth->directories[i].is_used)
            continue;
        strbuf_printf(&path, "%s/%s", queue, growth->directories[i].name);
        if (path.oom)
            return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
        code = verify_directory_is_whole(path.data, error);
    }
    return code;
}

/* The sweep `directory` exists already, or has the newest of the runs. Its name may be from just
 * before a crash, so it is made durable here. Takes `directory` over. */
static enum sweep_code generate_use_existing(const struct sweep_plan *plan, const char *queue,
    char *directory, struct sweep_result *out, struct sweep_error *error)
{
    CLEANUP_FREE char *owned = directory;
    enum sweep_code code = sweep_plan_check_made(plan, queue, error);
    if (code == SWEEP_OK && plan->growth == NULL)
        code = verify_directory_is_whole(directory, error);
    if (code != SWEEP_OK)
        return code;
    CLEANUP_FD int fd = TEMP_FAILURE_RETRY(open(queue, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd < 0)
        return sweep_error_set(
            error, file_code(errno), "cannot open the queue %s: %s", queue, strerror(errno));
    int failure = barrier_names(fd);
    if (failure != 0)
        return sweep_error_set(
            error, SWEEP_STORAGE, "cannot sync the queue %s: %s", queue, strerror(failure));
    *out = (struct sweep_result){.directory = owned, .existed = true};
    owned = NULL;
    return SWEEP_OK;
}

struct generate_check {
    const struct sweep_plan *plan;
    const char *queue;
};

/* Looks for another sweep that writes to the same places, which may have appeared since the caller
 * has checked. The error has the finding's text: the caller's list is not ours to change. */
static enum sweep_code generate_check_queue(void *context, struct sweep_error *error)
{
    const struct generate_check *check = context;
    struct sweep_error reason = {0};
    struct sweep_findings *findings = sweep_findings_new();
    if (findings == NULL)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    enum sweep_code code = made_runs_check_unchanged(check->plan, check->queue, &reason);
    if (code == SWEEP_OK)
        code = sweep_plan_check_queue(check->plan, check->queue, findings, &reason);
    const struct sweep_finding *finding;
    for (size_t i = 0; (finding = sweep_findings_get(findings, i)) != NULL; i++)
        if (finding->severity == SWEEP_ERROR)
            sweep_error_set(error, code, "%s: %s", finding->message, finding->hint);
    if (code != SWEEP_OK)
        sweep_error_set(error, code, "%s", reason.message);
    sweep_findings_free(findings);
    return code;
}

static enum sweep_code generate_write_and_commit(const struct sweep_plan *plan,
    struct sweep_stage *stage, const struct sweep_findings *findings, int64_t created,
    struct sweep_error *error)
{
    struct writer w = {.plan = plan, .stage = &stage->stage, .error = error};
    enum sweep_code code = sweep_plan_check_made(plan, stage->queue, error);
    if (code == SWEEP_OK)
        code = stage_check_space(stage, plan, error);
    if (code == SWEEP_OK)
        code = generate_write_files(&w, findings, created);
    struct generate_check check = {plan, stage->queue};
    const struct stage_condition condition = {generate_check_queue, &check};
    if (code == SWEEP_OK)
        code = stage_commit(&stage->stage, plan->directory, &condition, error);
    writer_deinit(&w);
    return code;
}

enum sweep_code sweep_generate_staged(const struct sweep_plan *plan, struct sweep_stage *stage,
    const struct sweep_findings *findings, int64_t created, struct sweep_result *out,
    struct sweep_error *error)
{
    assert(plan != NULL && stage != NULL && out != NULL);
    CLEANUP_FREE char *final = generate_final_path(plan, stage->queue);
    struct sweep_error failure = {0};
    enum sweep_code code = SWEEP_EXISTS;
    *out = (struct sweep_result){0};
    if (final == NULL)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    if (!generate_is_made(plan, final))
        code = generate_write_and_commit(plan, stage, findings, created, &failure);
    /* Another process may have written the same sweep in the meantime. */
    if (code == SWEEP_EXISTS && generate_is_made(plan, final)) {
        char *directory = final;
        final = NULL;
        return generate_use_existing(plan, stage->queue, directory, out, error);
    }
    out->files = stage->stage.files;
    out->bytes = stage->stage.bytes;
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
    assert(plan != NULL && queue != NULL && out != NULL);
    const struct sweep_stage_request request = {.queue = queue};
    struct sweep_stage *stage = NULL;
    char *final = generate_final_path(plan, queue);
    if (final == NULL)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    if (generate_is_made(plan, final))
        return generate_use_existing(plan, queue, final, out, error);
    free(final);
    enum sweep_code code = sweep_stage_new(&request, &stage, error);
    if (code == SWEEP_OK)
        code = sweep_generate_staged(plan, stage, findings, created, out, error);
    sweep_stage_free(stage);
    return code;
}
