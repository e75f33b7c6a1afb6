/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/common/fileat.h"
#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/sweep_view.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

/* --- options -------------------------------------------------------------------------------- */

bool sweep_view_option(struct sweep_view_options *options, int option, const char *argument)
{
    switch (option) {
    case 'Q':
        options->queue = argument;
        return true;
    case 'P':
        options->profile = argument;
        return true;
    case 'O':
        options->offline = true;
        return true;
    default:
        return false;
    }
}

/* --- finding -------------------------------------------------------------------------------- */

static bool sweep_view_is_sweep(const char *directory)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/manifest.json", directory);
    return length > 0 && (size_t)length < sizeof path && access(path, F_OK) == 0;
}

static int sweep_view_open(struct sweep_view *view, const char *path)
{
    struct sweep_error error = {0};
    struct jobs_sweep **sweeps = realloc(view->sweeps, (view->n_sweeps + 1) * sizeof *view->sweeps);
    struct jobs_sweep *sweep = calloc(1, sizeof *sweep);
    if (sweeps != NULL)
        view->sweeps = sweeps;
    if (sweeps == NULL || sweep == NULL) {
        free(sweep);
        return cli_oom();
    }
    if (jobs_sweep_open(path, sweep, &error) != SWEEP_OK) {
        free(sweep);
        return cli_fail(&error);
    }
    sweeps[view->n_sweeps++] = sweep;
    if (sweep->problem[0] != '\0')
        cli_error(EXIT_DONE, "sweepctl: %s/%s", sweep->path, sweep->problem);
    return EXIT_DONE;
}

/* True for "lora-grid-cafe85e8" if `name` is "lora-grid". */
static bool sweep_view_is_named(const char *entry, const char *name)
{
    enum { DIGEST_DIGITS = 8 };
    size_t length = strlen(name);
    if (strcmp(entry, name) == 0)
        return true;
    return strncmp(entry, name, length) == 0 && entry[length] == '-' &&
           strlen(entry) == length + 1 + DIGEST_DIGITS &&
           strspn(entry + length + 1, "0123456789abcdef") == DIGEST_DIGITS;
}

static int sweep_view_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sweep_view_free_paths(char **paths, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(paths[i]);
    free(paths);
}

/* The sweep directories in `queue`, of this name unless it is NULL, sorted. An exit code; the paths
 * are the caller's. */
static int sweep_view_list(const char *queue, const char *name, char ***paths, size_t *count)
{
    CLEANUP_FD int directory = open(queue, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = directory >= 0 ? fileat_list(directory) : NULL;
    const char *entry;
    *paths = NULL;
    *count = 0;
    if (stream == NULL)
        return cli_error(EXIT_FAILED, "sweepctl: cannot read %s: %s", queue, strerror(errno));
    bool oom = false;
    while (!oom && fileat_next(stream, &entry) == 0 && entry != NULL) {
        CLEANUP_STRBUF struct strbuf path = {0};
        if (entry[0] == '.' || (name != NULL && !sweep_view_is_named(entry, name)))
            continue;
        strbuf_printf(&path, strcmp(queue, ".") == 0 ? "%.0s%s" : "%s/%s", queue, entry);
        if (path.oom || !sweep_view_is_sweep(path.data)) {
            oom = path.oom;
            continue;
        }
        char **more = realloc(*paths, (*count + 1) * sizeof **paths);
        if (more != NULL) {
            *paths = more;
            more[(*count)++] = strbuf_steal(&path);
        } else {
            oom = true;
        }
    }
    closedir(stream);
    if (*count > 0)
        qsort(*paths, *count, sizeof **paths, sweep_view_compare);
    return oom ? cli_oom() : EXIT_DONE;
}

static int sweep_view_add_named(
    struct sweep_view *view, const char *queue, const char *name, size_t *found)
{
    char **paths;
    int code = sweep_view_list(queue, name, &paths, found);
    for (size_t i = 0; i < *found && code == EXIT_DONE; i++)
        code = sweep_view_open(view, paths[i]);
    sweep_view_free_paths(paths, *found);
    return code;
}

int sweep_view_add(struct sweep_view *view, const char *argument)
{
    size_t found = 0;
    const char *queue = view->options.queue != NULL ? view->options.queue : ".";
    if (sweep_view_is_sweep(argument))
        return sweep_view_open(view, argument);
    if (strchr(argument, '/') != NULL)
        return cli_error(EXIT_FAILED, "sweepctl: %s is not a sweep directory", argument);
    int code = sweep_view_add_named(view, queue, argument, &found);
    if (code == EXIT_DONE && found == 0)
        return cli_error(EXIT_FAILED,
            "sweepctl: no sweep \"%s\" in %s; give its directory, or --queue QUEUE", argument,
            queue);
    return code;
}

int sweep_view_add_queue(struct sweep_view *view, const char *queue)
{
    size_t found = 0;
    return sweep_view_add_named(view, queue, NULL, &found);
}

int sweep_view_find(const struct sweep_view *view, const char *name, struct jobs_sweep **sweep,
    struct jobs_run **run)
{
    for (size_t i = 0; i < view->n_sweeps; i++) {
        size_t found = jobs_sweep_find(view->sweeps[i], name);
        if (found == SIZE_MAX)
            continue;
        *sweep = view->sweeps[i];
        *run = &view->sweeps[i]->runs[found];
        return EXIT_DONE;
    }
    const char *where = view->n_sweeps == 1 ? view->sweeps[0]->path : "these sweeps";
    return cli_error(EXIT_USAGE, "sweepctl: no run \"%s\" in %s", name, where);
}

/* --- judging -------------------------------------------------------------------------------- */

/* True if the state of a run depends on the queue. */
static bool sweep_view_is_open(const struct sweep_view *view)
{
    for (size_t i = 0; i < view->n_sweeps; i++)
        for (size_t k = 0; k < view->sweeps[i]->n_runs; k++)
            if (view->sweeps[i]->runs[k].verdict.state == RUN_UNSURE)
                return true;
    return false;
}

int sweep_view_judge(struct sweep_view *view)
{
    struct sweep_error error = {0};
    if (view->trainer == NULL &&
        sweep_trainer_open(NULL, view->options.profile, &view->trainer, &error) != SWEEP_OK)
        return cli_fail(&error);
    results_phrases(view->trainer, &view->phrases);
    judge_deinit(&view->judge);
    view->judge = (struct judge){.phrases = &view->phrases, .offline = view->options.offline};
    if (!judge_sweeps(&view->judge, view->sweeps, view->n_sweeps))
        return cli_oom();
    if (!view->judge.queue.answered && !view->options.offline && sweep_view_is_open(view))
        cli_error(
            EXIT_DONE, "sweepctl: squeue: %s; going by the files alone", view->judge.queue.reason);
    return EXIT_DONE;
}

void sweep_view_close(struct sweep_view *view)
{
    for (size_t i = 0; i < view->n_sweeps; i++) {
        jobs_sweep_close(view->sweeps[i]);
        free(view->sweeps[i]);
    }
    free(view->sweeps);
    judge_deinit(&view->judge);
    sweep_trainer_free(view->trainer);
    *view = (struct sweep_view){.options = view->options};
}

/* --- words ---------------------------------------------------------------------------------- */

void sweep_view_count(const struct jobs_sweep *sweep, struct sweep_counts *counts)
{
    for (size_t i = 0; i < sweep->n_runs; i++)
        counts->by_state[sweep->runs[i].verdict.state]++;
    counts->total += sweep->n_runs;
}

void sweep_view_put_counts(const struct sweep_counts *counts, struct strbuf *out)
{
    static const enum run_state order[] = {RUN_DONE, RUN_RUNNING, RUN_QUEUED, RUN_HELD, RUN_FAILED,
        RUN_LOST, RUN_NEVER_STARTED, RUN_UNSURE, RUN_NOT_SUBMITTED};
    const char *separator = ": ";
    strbuf_printf(out, "%zu run%s", counts->total, cli_plural(counts->total));
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if (counts->by_state[order[i]] == 0)
            continue;
        strbuf_printf(
            out, "%s%zu %s", separator, counts->by_state[order[i]], run_state_phrase(order[i]));
        separator = ", ";
    }
}

bool sweep_view_is_active(const struct jobs_run *run)
{
    enum run_state state = run->verdict.state;
    if (state == RUN_QUEUED && run->row != NULL && queue_is_hopeless(run->row->reason))
        return false;
    return state == RUN_RUNNING || state == RUN_QUEUED || state == RUN_HELD;
}

void sweep_view_put_seconds(int64_t seconds, struct strbuf *out)
{
    long long s = seconds > 0 ? seconds : 0;
    if (s < 60)
        strbuf_printf(out, "%lld s", s);
    else if (s < 3600)
        strbuf_printf(out, "%lld min", s / 60);
    else if (s < 86400)
        strbuf_printf(out, "%lld h %lld min", s / 3600, s % 3600 / 60);
    else
        strbuf_printf(out, "%lld d %lld h", s / 86400, s % 86400 / 3600);
}
