/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a queue holds what a spec gives. The sweep is generated again without being written, with
 * the runs that the sweeps before it had, and the digests of its files are compared with those of
 * the directory.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/plan/growth.h"
#include "lib/util/cleanup.h"
#include "lib/write/generate.h"
#include "lib/write/made_runs.h"
#include "lib/write/manifest.h"
#include "lib/write/verify_directory.h"

struct check {
    struct sweep_plan *plan;
    const char *queue;
    const struct sweep_findings *findings;
    const struct sweep_verify_report *report;
    const char *directory; /* being compared, by name */
    bool differs;
    struct sweep_error *error;
};

static void check_differs(struct check *c, const char *path, const char *difference)
{
    c->differs = true;
    c->report->differs(c->report->context, path, difference);
}

/* A file of c->directory differs. */
static void check_note_file(void *context, const char *path, const char *difference)
{
    struct check *c = context;
    CLEANUP_STRBUF struct strbuf whole = {0};
    strbuf_printf(&whole, "%s/%s", c->directory, path);
    check_differs(c, whole.oom ? path : whole.data, difference);
}

static enum sweep_code check_grow(struct check *c, uint64_t before, bool all)
{
    const struct made_runs_request request = {c->queue, before, all};
    struct sweep_growth *growth = NULL;
    enum sweep_code code = sweep_plan_grow(c->plan, NULL, c->error);
    if (code == SWEEP_OK)
        code = made_runs_growth(c->plan, &request, &growth, c->error);
    if (code == SWEEP_OK)
        code = sweep_plan_grow(c->plan, growth, c->error);
    return code;
}

/* --- one sweep ---------------------------------------------------------------------------- */

/* The digests of the files that the plan gives; a new reference. */
static enum sweep_code check_digests(struct check *c, int64_t created, json_t **out)
{
    struct stage stage;
    CLEANUP_STRBUF struct strbuf text = {0};
    stage_open_dry(&stage, c->queue);
    struct writer w = {.plan = c->plan, .stage = &stage, .error = c->error};
    enum sweep_code code = generate_write_files(&w, c->findings, created);
    if (code == SWEEP_OK) {
        strbuf_putc(&text, '{');
        strbuf_append(&text, stage.digests.data, stage.digests.length - strlen(",\n"));
        strbuf_putc(&text, '}');
        *out = text.oom ? NULL : json_loadb(text.data, text.length, 0, NULL);
        if (*out == NULL)
            code = sweep_error_set(c->error, SWEEP_NO_MEMORY, "out of memory");
    }
    writer_deinit(&w);
    stage_abandon(&stage);
    return code;
}

/* Files that the directory's manifest lists, but that the plan does not give. */
static void check_other_files(struct check *c, const json_t *manifest, const json_t *files)
{
    const char *path;
    json_t *digest;
    json_object_foreach (json_object_get(manifest, "files"), path, digest)
        if (json_object_get(files, path) == NULL)
            check_note_file(c, path, "is not what the spec gives");
}

/* Compares the plan's directory, byte for byte, except for the time in its manifest. */
static enum sweep_code check_files(struct check *c)
{
    CLEANUP_STRBUF struct strbuf path = {0};
    CLEANUP_JSON json_t *files = NULL;
    bool oom = false;
    int64_t created = -1;
    const struct sweep_verify_report report = {check_note_file, c};
    strbuf_printf(&path, "%s/%s", c->queue, c->directory);
    if (path.oom)
        return sweep_error_set(c->error, SWEEP_NO_MEMORY, "out of memory");
    CLEANUP_JSON json_t *manifest = manifest_load(path.data, &oom);
    const json_t *time = json_object_get(manifest, "created");
    if (json_is_integer(time))
        created = json_integer_value(time);
    enum sweep_code code = check_digests(c, created, &files);
    if (code != SWEEP_OK)
        return code;
    CLEANUP_FD int fd = open(path.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return sweep_error_set(
            c->error, SWEEP_IO, "cannot open %s: %s", path.data, strerror(errno));
    verify_directory_files(fd, files, &report);
    check_other_files(c, manifest, files);
    return SWEEP_OK;
}

/* Generates the sweep of a directory again. It was made when the queue had only the sweeps before
 * it, perhaps with all runs. */
static enum sweep_code check_sweep(struct check *c, const struct growth_directory *directory)
{
    CLEANUP_FREE char *name = strdup(directory->name);
    uint64_t first = directory->first;
    enum sweep_code code = SWEEP_OK;
    bool found = false;
    if (name == NULL)
        return sweep_error_set(c->error, SWEEP_NO_MEMORY, "out of memory");
    c->directory = name;
    /* The directory belongs to the plan's growth, which is replaced here. */
    for (int all = 0; all < 2 && code == SWEEP_OK && !found; all++) {
        code = check_grow(c, first, all == 1);
        found = code == SWEEP_OK && strcmp(c->plan->directory, name) == 0;
    }
    if (code == SWEEP_OK && found)
        code = check_files(c);
    else if (code == SWEEP_OK)
        check_differs(c, name, "holds other runs than the spec gives after the sweeps before it");
    c->directory = NULL;
    return code;
}

/* --- the queue ---------------------------------------------------------------------------- */

/* Compares the files of all sweeps with runs of the plan with their own manifests, but not those of
 * `except`, which are compared with the spec. */
static enum sweep_code check_used(struct check *c, const struct growth_directory *except)
{
    const struct sweep_growth *growth = c->plan->growth;
    const struct sweep_verify_report report = {check_note_file, c};
    for (size_t i = 0; i < growth->n_directories; i++) {
        const struct growth_directory *directory = &growth->directories[i];
        CLEANUP_STRBUF struct strbuf path = {0};
        uint64_t n_files;
        if (!directory->is_used || directory == except)
            continue;
        strbuf_printf(&path, "%s/%s", c->queue, directory->name);
        if (path.oom)
            return sweep_error_set(c->error, SWEEP_NO_MEMORY, "out of memory");
        c->directory = directory->name;
        enum sweep_code code = sweep_verify(path.data, &report, &n_files, c->error);
        if (code != SWEEP_OK && code != SWEEP_INVALID)
            return code;
    }
    return SWEEP_OK;
}

static void check_new_runs(struct check *c)
{
    const struct sweep_growth *growth = c->plan->growth;
    for (uint64_t i = 0; i < growth->n_new; i++) {
        char name[32];
        sweep_plan_run(c->plan, i, name, NULL);
        check_differs(c, name, "has not been made");
    }
}

/* The newest sweep that was made from this spec; NULL if there is none. */
static const struct growth_directory *check_find_own(const struct sweep_plan *plan)
{
    const struct sweep_growth *growth = plan->growth;
    for (size_t i = growth->n_directories; i-- > 0;)
        if (growth->directories[i].is_used &&
            strcmp(growth->directories[i].input, plan->input_digest) == 0)
            return &growth->directories[i];
    return NULL;
}

enum sweep_code sweep_check(struct sweep_plan *plan, const char *queue,
    const struct sweep_findings *findings, const struct sweep_verify_report *report,
    struct sweep_error *error)
{
    assert(plan != NULL && queue != NULL && report != NULL);
    struct check c = {plan, queue, findings, report, NULL, false, error};
    struct sweep_error failure = {0};
    c.error = &failure;
    enum sweep_code code = check_grow(&c, UINT64_MAX, false);
    c.error = error;
    /* A sweep of the name is damaged: then it is not known which runs there are. */
    if (code == SWEEP_INVALID) {
        check_differs(&c, queue, failure.message);
        return code;
    }
    if (code != SWEEP_OK)
        return sweep_error_set(error, code, "%s", failure.message);
    const struct growth_directory *own = check_find_own(plan);
    check_new_runs(&c);
    code = check_used(&c, own);
    if (code == SWEEP_OK && own != NULL)
        code = check_sweep(&c, own);
    else if (code == SWEEP_OK && plan->growth->n_new == 0)
        check_differs(&c, plan->growth->directories[plan->growth->newest].name,
            "was made from another version of the spec");
    if (code == SWEEP_OK && c.differs)
        code = SWEEP_INVALID;
    return code;
}
