/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/common/fileat.h"
#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/sweep_view.h"
#include "lib/util/cleanup.h"
#include "lib/util/index.h"
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

/* The number of the sweep's first run; sweeps of one name number their runs together. */
static long long sweep_view_first_index(const struct jobs_sweep *sweep)
{
    const struct csv *mapping = sweep->mapping;
    size_t column = csv_find_column(mapping, "index");
    if (column == SIZE_MAX || mapping->n_rows == 0)
        return 0;
    return strtoll(mapping->cells[column].text, NULL, 10);
}

/* The sweep of a directory that is open, or NULL. */
static struct jobs_sweep *sweep_view_find_open(const struct sweep_view *view, const char *path)
{
    struct stat wanted, status;
    if (view->n_sweeps == 0 || stat(path, &wanted) != 0)
        return NULL;
    for (size_t i = 0; i < view->n_sweeps; i++)
        if (fstat(view->sweeps[i]->directory, &status) == 0 && status.st_ino == wanted.st_ino &&
            status.st_dev == wanted.st_dev)
            return view->sweeps[i];
    return NULL;
}

/* Those of one name in the order in which they were made. False if memory runs out. */
static bool sweep_view_insert(struct sweep_view *view, struct jobs_sweep *sweep)
{
    struct jobs_sweep **sweeps = realloc(view->sweeps, (view->n_sweeps + 1) * sizeof *view->sweeps);
    size_t at = 0;
    if (sweeps == NULL)
        return false;
    view->sweeps = sweeps;
    while (at < view->n_sweeps &&
           (strcmp(sweeps[at]->name, sweep->name) != 0 ||
               sweep_view_first_index(sweeps[at]) <= sweep_view_first_index(sweep)))
        at++;
    memmove(&sweeps[at + 1], &sweeps[at], (view->n_sweeps - at) * sizeof *sweeps);
    sweeps[at] = sweep;
    view->n_sweeps++;
    return true;
}

/* Opens a directory with all runs hidden, unless it is open. */
static int sweep_view_open_hidden(
    struct sweep_view *view, const char *path, struct jobs_sweep **out)
{
    struct sweep_error error = {0};
    *out = sweep_view_find_open(view, path);
    if (*out != NULL)
        return EXIT_DONE;
    struct jobs_sweep *sweep = calloc(1, sizeof *sweep);
    if (sweep == NULL)
        return cli_oom();
    if (jobs_sweep_open(path, sweep, &error) != SWEEP_OK) {
        free(sweep);
        return cli_fail(&error);
    }
    for (size_t i = 0; i < sweep->n_runs; i++)
        sweep->runs[i].is_hidden = true;
    sweep->n_hidden = sweep->n_runs;
    if (!sweep_view_insert(view, sweep)) {
        jobs_sweep_close(sweep);
        free(sweep);
        return cli_oom();
    }
    if (sweep->problem[0] != '\0')
        cli_error(EXIT_DONE, "sweepctl: %s/%s", sweep->path, sweep->problem);
    *out = sweep;
    return EXIT_DONE;
}

static int sweep_view_open(struct sweep_view *view, const char *path)
{
    struct jobs_sweep *sweep;
    int code = sweep_view_open_hidden(view, path, &sweep);
    for (size_t i = 0; code == EXIT_DONE && i < sweep->n_runs; i++)
        sweep->runs[i].is_hidden = false;
    if (code == EXIT_DONE)
        sweep->n_hidden = 0;
    return code;
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

/* --- runs in other directories -------------------------------------------------------------- */

/* A directory next to that of a sweep. False if there is no sweep in it. */
static bool sweep_view_sibling(
    const struct jobs_sweep *sweep, const char *name, char path[PATH_MAX])
{
    const char *slash = strrchr(sweep->path, '/');
    int length = 0;
    if (slash != NULL)
        length = (int)(slash + 1 - sweep->path);
    if (name[0] == '.' || strchr(name, '/') != NULL)
        return false;
    snprintf(path, PATH_MAX, "%.*s%s", length, sweep->path, name);
    if (sweep_view_is_sweep(path))
        return true;
    /* The sweep's path may be "." or end with a symbolic link. */
    snprintf(path, PATH_MAX, "%s/../%s", sweep->path, name);
    return sweep_view_is_sweep(path);
}

/* Shows one run of an open sweep. False if it does not have the run. */
static bool sweep_view_show(struct jobs_sweep *sweep, const char *name, const char *id)
{
    size_t found = index_find(sweep->index, name, strlen(name));
    if (found == SIZE_MAX || (id != NULL && strcmp(sweep->runs[found].id, id) != 0))
        return false;
    if (sweep->runs[found].is_hidden)
        sweep->n_hidden--;
    sweep->runs[found].is_hidden = false;
    return true;
}

/* Rows of one directory, from `row`; *row becomes the first of another one. */
static int sweep_view_add_rows(
    struct sweep_view *view, const struct jobs_sweep *sweep, const struct csv *csv, size_t *row)
{
    const size_t id = csv_find_column(csv, "id"), run = csv_find_column(csv, "run"),
                 directory = csv_find_column(csv, "directory");
    char path[PATH_MAX];
    struct jobs_sweep *earlier = NULL;
    size_t missing = 0;
    if (id == SIZE_MAX || run == SIZE_MAX || directory == SIZE_MAX) {
        *row = csv->n_rows;
        return EXIT_DONE;
    }
    const char *name = csv->cells[*row * csv->n_columns + directory].text;
    if (sweep_view_sibling(sweep, name, path)) {
        int code = sweep_view_open_hidden(view, path, &earlier);
        if (code != EXIT_DONE)
            return code;
    }
    for (; *row < csv->n_rows; ++*row) {
        const struct csv_cell *cells = &csv->cells[*row * csv->n_columns];
        if (strcmp(cells[directory].text, name) != 0)
            break;
        if (earlier == NULL || !sweep_view_show(earlier, cells[run].text, cells[id].text))
            missing++;
    }
    if (missing > 0)
        cli_error(EXIT_DONE,
            "sweepctl: %s also has %zu run%s of %s, which cannot be found next to it", sweep->path,
            missing, cli_plural(missing), name);
    return EXIT_DONE;
}

static int sweep_view_add_inherited(struct sweep_view *view, struct jobs_sweep *sweep)
{
    struct csv *csv;
    int code = EXIT_DONE;
    if (!jobs_sweep_read_inherited(sweep, &csv))
        return cli_oom();
    for (size_t row = 0; csv != NULL && row < csv->n_rows && code == EXIT_DONE;)
        code = sweep_view_add_rows(view, sweep, csv, &row);
    csv_free(csv);
    return code;
}

/* Shows the run that replaces another one. *more: it was hidden before. */
static int sweep_view_add_replacement(
    struct sweep_view *view, const struct jobs_sweep *sweep, const struct jobs_run *run, bool *more)
{
    char path[PATH_MAX];
    struct jobs_sweep *other;
    const char *slash = strchr(run->replaced, '/');
    if (slash == NULL)
        return EXIT_DONE;
    CLEANUP_FREE char *name = text_duplicate(run->replaced, (size_t)(slash - run->replaced));
    if (name == NULL)
        return cli_oom();
    if (!sweep_view_sibling(sweep, name, path))
        return EXIT_DONE;
    int code = sweep_view_open_hidden(view, path, &other);
    if (code != EXIT_DONE)
        return code;
    size_t hidden = other->n_hidden;
    sweep_view_show(other, slash + 1, NULL);
    if (other->n_hidden < hidden)
        *more = true;
    return EXIT_DONE;
}

/* Shows runs that replace others, up to the first in a directory that was not open. *more: call
 * again, for these may be replaced in turn. */
static int sweep_view_add_replacements(struct sweep_view *view, bool *more)
{
    int code = EXIT_DONE;
    size_t n_sweeps = view->n_sweeps;
    *more = false;
    for (size_t i = 0; i < n_sweeps; i++) {
        const struct jobs_sweep *sweep = view->sweeps[i];
        for (size_t k = 0; k < sweep->n_runs; k++) {
            const struct jobs_run *run = &sweep->runs[k];
            if (run->is_hidden || run->replaced == NULL)
                continue;
            code = sweep_view_add_replacement(view, sweep, run, more);
            if (code != EXIT_DONE || view->n_sweeps > n_sweeps)
                return code;
        }
    }
    return code;
}

int sweep_view_add_related(struct sweep_view *view)
{
    size_t n_asked = view->n_sweeps;
    CLEANUP_FREE struct jobs_sweep **asked = calloc(n_asked + 1, sizeof(struct jobs_sweep *));
    int code = EXIT_DONE;
    if (asked == NULL)
        return cli_oom();
    if (n_asked > 0)
        memcpy(asked, view->sweeps, n_asked * sizeof *asked);
    for (size_t i = 0; i < n_asked && code == EXIT_DONE; i++)
        code = sweep_view_add_inherited(view, asked[i]);
    bool more = true;
    while (code == EXIT_DONE && more)
        code = sweep_view_add_replacements(view, &more);
    return code;
}

int sweep_view_find(const struct sweep_view *view, const char *name, struct jobs_sweep **sweep,
    struct jobs_run **run)
{
    for (size_t i = 0; i < view->n_sweeps; i++) {
        size_t found = jobs_sweep_find(view->sweeps[i], name);
        if (found == SIZE_MAX || view->sweeps[i]->runs[found].is_hidden)
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
            if (!view->sweeps[i]->runs[k].is_hidden &&
                view->sweeps[i]->runs[k].verdict.state == RUN_UNSURE)
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
        if (!sweep->runs[i].is_hidden)
            counts->by_state[sweep->runs[i].verdict.state]++;
    counts->total += sweep->n_runs - sweep->n_hidden;
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
    bool is_waiting = state == RUN_QUEUED || state == RUN_HELD;
    if (is_waiting && run->row != NULL && queue_is_hopeless(run->row->reason))
        return false;
    return state == RUN_RUNNING || state == RUN_QUEUED || state == RUN_HELD;
}

bool sweep_view_has_active(const struct sweep_view *view)
{
    for (size_t i = 0; i < view->n_sweeps; i++)
        for (size_t k = 0; k < view->sweeps[i]->n_runs; k++)
            if (!view->sweeps[i]->runs[k].is_hidden &&
                sweep_view_is_active(&view->sweeps[i]->runs[k]))
                return true;
    return false;
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
