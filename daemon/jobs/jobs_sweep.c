/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/common/fileat.h"
#include "daemon/jobs/jobs_sweep.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "lib/util/index.h"
#include "lib/util/text.h"

/* The suffix of the attempts of what is done after a run: "run_012.then.1". */
#define SWEEP_THEN ".then"

enum {
    SWEEP_MAX_FILE = 1 << 30,  /* of manifest.json and run_mapping.csv */
    SWEEP_MAX_ATTEMPT = 16384, /* that is read of the file of an attempt */
    SWEEP_MAX_COLUMNS = 100000,
};

static enum sweep_code jobs_sweep_oom(struct sweep_error *error)
{
    sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    return SWEEP_NO_MEMORY;
}

/* --- the files that were generated ---------------------------------------------------------- */

static enum sweep_code jobs_sweep_load(
    const struct jobs_sweep *sweep, const char *name, struct strbuf *out, struct sweep_error *error)
{
    CLEANUP_FD int fd = openat(sweep->directory, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    int failure = errno;
    if (fd >= 0)
        failure = file_read_all(fd, SWEEP_MAX_FILE, out);
    if (failure == 0)
        return SWEEP_OK;
    if (failure == ENOENT) {
        sweep_error_set(
            error, SWEEP_NOT_FOUND, "%s is not a sweep directory: it has no %s", sweep->path, name);
        return SWEEP_NOT_FOUND;
    }
    sweep_error_set(error, SWEEP_IO, "cannot read %s/%s: %s", sweep->path, name, strerror(failure));
    return SWEEP_IO;
}

static enum sweep_code jobs_sweep_read_manifest(struct jobs_sweep *sweep, struct sweep_error *error)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    enum sweep_code code = jobs_sweep_load(sweep, "manifest.json", &text, error);
    if (code != SWEEP_OK)
        return code;
    sweep->manifest = json_loadb(text.data, text.length, 0, NULL);
    sweep->name = json_string_value(json_object_get(sweep->manifest, "name"));
    sweep->has_then = json_object_get(sweep->manifest, "then") != NULL;
    if (sweep->name != NULL)
        return SWEEP_OK;
    sweep_error_set(error, SWEEP_INVALID, "%s/manifest.json is damaged", sweep->path);
    return SWEEP_INVALID;
}

static enum sweep_code jobs_sweep_read_mapping(struct jobs_sweep *sweep, struct sweep_error *error)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    enum sweep_code code = jobs_sweep_load(sweep, "run_mapping.csv", &text, error);
    if (code != SWEEP_OK)
        return code;
    struct sweep_findings *findings = sweep_findings_new();
    if (findings == NULL)
        return jobs_sweep_oom(error);
    const struct csv_input input = {.text = text.data,
        .length = text.length,
        .file = "run_mapping.csv",
        .max_columns = SWEEP_MAX_COLUMNS,
        .max_rows = UINT32_MAX};
    code = csv_parse(&input, findings, &sweep->mapping);
    if (code == SWEEP_INVALID)
        sweep_error_set(error, code, "%s/run_mapping.csv: %s", sweep->path,
            sweep_findings_get(findings, 0)->message);
    sweep_findings_free(findings);
    if (code == SWEEP_NO_MEMORY)
        return jobs_sweep_oom(error);
    return code;
}

static enum sweep_code jobs_sweep_list_runs(struct jobs_sweep *sweep, struct sweep_error *error)
{
    const struct csv *mapping = sweep->mapping;
    size_t name = csv_find_column(mapping, "run"), id = csv_find_column(mapping, "id"),
           config = csv_find_column(mapping, "config");
    if (name == SIZE_MAX || id == SIZE_MAX || config == SIZE_MAX) {
        sweep_error_set(error, SWEEP_INVALID,
            "%s/run_mapping.csv has no columns run, id and config", sweep->path);
        return SWEEP_INVALID;
    }
    sweep->runs = calloc(mapping->n_rows + 1, sizeof *sweep->runs);
    if (sweep->runs == NULL)
        return jobs_sweep_oom(error);
    for (size_t i = 0; i < mapping->n_rows; i++) {
        const struct csv_cell *row = &mapping->cells[i * mapping->n_columns];
        sweep->runs[i] = (struct jobs_run){
            .name = row[name].text, .id = row[id].text, .config = row[config].text};
        if (!index_add(&sweep->index, row[name].text, row[name].length, i))
            return jobs_sweep_oom(error);
    }
    sweep->n_runs = mapping->n_rows;
    return SWEEP_OK;
}

/* --- attempts ------------------------------------------------------------------------------- */

ssize_t jobs_read_end(int directory, const char *name, char *out, size_t size)
{
    if (directory < 0)
        return -1;
    CLEANUP_FD int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return -1;
    off_t offset = 0;
    if (status.st_size > (off_t)size)
        offset = status.st_size - (off_t)size;
    size_t length = 0, wanted = (size_t)(status.st_size - offset);
    while (length < wanted) {
        ssize_t n = pread(fd, out + length, wanted - length, offset + (off_t)length);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n == 0)
            break;
        if (n > 0)
            length += (size_t)n;
    }
    return (ssize_t)length;
}

/* Reads the file of an attempt with as few system calls as possible: a sweep has thousands. */
static ssize_t jobs_sweep_read_small(int directory, const char *name, char *out, size_t size)
{
    CLEANUP_FD int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t n = -1;
    if (fd < 0)
        return -1;
    do
        n = read(fd, out, size);
    while (n < 0 && errno == EINTR);
    return n;
}

static bool jobs_sweep_read_attempt(struct jobs_sweep *sweep, struct jobs_run *run)
{
    char name[NAME_MAX + 1], text[SWEEP_MAX_ATTEMPT];
    snprintf(name, sizeof name, "%s.%u", run->name, run->attempts);
    ssize_t length = jobs_sweep_read_small(sweep->status, name, text, sizeof text);
    if (length < 0)
        length = 0;
    attempt_parse(text, (size_t)length, &run->last);
    if (run->last.damaged && sweep->problem[0] == '\0')
        snprintf(sweep->problem, sizeof sweep->problem,
            SWEEP_STATUS_DIRECTORY "/%.150s is damaged or not complete", name);
    if (run->last.output != NULL) {
        run->output = text_duplicate(run->last.output, run->last.output_length);
        run->last.output = NULL;
        return run->output != NULL;
    }
    return true;
}

/* Reads how far what is done after a run has come. */
static void jobs_sweep_read_then(struct jobs_sweep *sweep, struct jobs_run *run)
{
    char name[NAME_MAX + 1], text[SWEEP_MAX_ATTEMPT];
    struct attempt attempt;
    snprintf(name, sizeof name, "%s" SWEEP_THEN ".%u", run->name, run->then_attempts);
    ssize_t length = jobs_sweep_read_small(sweep->status, name, text, sizeof text);
    if (length < 0)
        length = 0;
    attempt_parse(text, (size_t)length, &attempt);
    run->then_state = attempt.state;
}

/* Takes the name of a file in status/. */
static void jobs_sweep_note_attempt(struct jobs_sweep *sweep, const char *name)
{
    size_t length, suffix = strlen(SWEEP_THEN);
    unsigned number;
    if (!attempt_name(name, &length, &number))
        return;
    size_t run = index_find(sweep->index, name, length);
    if (run != SIZE_MAX && sweep->runs[run].attempts < number)
        sweep->runs[run].attempts = number;
    if (run != SIZE_MAX || length <= suffix ||
        memcmp(name + length - suffix, SWEEP_THEN, suffix) != 0)
        return;
    run = index_find(sweep->index, name, length - suffix);
    if (run != SIZE_MAX && sweep->runs[run].then_attempts < number)
        sweep->runs[run].then_attempts = number;
}

/* Finds the last attempt of each run by the names of the files, and reads only these. */
static bool jobs_sweep_read_attempts(struct jobs_sweep *sweep)
{
    if (sweep->status < 0)
        return true;
    DIR *stream = fileat_list(sweep->status);
    if (stream == NULL)
        return errno != ENOMEM;
    const char *name;
    while (fileat_next(stream, &name) == 0 && name != NULL)
        jobs_sweep_note_attempt(sweep, name);
    closedir(stream);
    for (size_t i = 0; i < sweep->n_runs; i++) {
        struct jobs_run *run = &sweep->runs[i];
        if (run->attempts > 0 && !jobs_sweep_read_attempt(sweep, run))
            return false;
        if (run->then_attempts > 0)
            jobs_sweep_read_then(sweep, run);
    }
    return true;
}

/* --- runs that were retried with other values ----------------------------------------------- */

static bool jobs_sweep_take_replaced(struct jobs_sweep *sweep, const struct csv *csv)
{
    size_t run = csv_find_column(csv, "run"), directory = csv_find_column(csv, "directory"),
           by = csv_find_column(csv, "by"), set = csv_find_column(csv, "set");
    if (run == SIZE_MAX || directory == SIZE_MAX || by == SIZE_MAX)
        return true;
    for (size_t i = 0; i < csv->n_rows; i++) {
        const struct csv_cell *row = &csv->cells[i * csv->n_columns];
        size_t index = index_find(sweep->index, row[run].text, row[run].length);
        struct strbuf text = {0};
        if (index == SIZE_MAX)
            continue;
        strbuf_printf(&text, "%s/%s", row[directory].text, row[by].text);
        free(sweep->runs[index].replaced); /* the last line counts */
        sweep->runs[index].replaced = strbuf_steal(&text);
        if (sweep->runs[index].replaced == NULL)
            return false;
        if (set == SIZE_MAX)
            continue;
        free(sweep->runs[index].replaced_set);
        sweep->runs[index].replaced_set = text_duplicate(row[set].text, row[set].length);
        if (sweep->runs[index].replaced_set == NULL)
            return false;
    }
    return true;
}

/* Reads a small table; NULL if there is none, or it is damaged. False if memory runs out. */
static bool jobs_sweep_read_table(struct jobs_sweep *sweep, const char *name, struct csv **out)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    *out = NULL;
    CLEANUP_FD int fd = openat(sweep->directory, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 || file_read_all(fd, SWEEP_MAX_FILE, &text) != 0)
        return !text.oom;
    struct sweep_findings *findings = sweep_findings_new();
    if (findings == NULL)
        return false;
    const struct csv_input input = {.text = text.data,
        .length = text.length,
        .file = name,
        .max_columns = 100,
        .max_rows = UINT32_MAX};
    enum sweep_code code = csv_parse(&input, findings, out);
    sweep_findings_free(findings);
    if (code == SWEEP_OK)
        return true;
    *out = NULL;
    if (sweep->problem[0] == '\0')
        snprintf(sweep->problem, sizeof sweep->problem, "%s is damaged", name);
    return code != SWEEP_NO_MEMORY;
}

/* False if memory runs out. */
static bool jobs_sweep_read_replaced(struct jobs_sweep *sweep)
{
    struct csv *csv;
    if (!jobs_sweep_read_table(sweep, REPLACED_FILE, &csv))
        return false;
    bool fine = csv == NULL || jobs_sweep_take_replaced(sweep, csv);
    csv_free(csv);
    return fine;
}

bool jobs_sweep_read_inherited(struct jobs_sweep *sweep, struct csv **out)
{
    return jobs_sweep_read_table(sweep, INHERITED_FILE, out);
}

/* --- entry ---------------------------------------------------------------------------------- */

static int jobs_sweep_open_directory(int parent, const char *name)
{
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static enum sweep_code jobs_sweep_read(struct jobs_sweep *sweep, struct sweep_error *error)
{
    sweep->directory = jobs_sweep_open_directory(AT_FDCWD, sweep->path);
    if (sweep->directory < 0) {
        enum sweep_code code = SWEEP_IO;
        if (errno == ENOENT)
            code = SWEEP_NOT_FOUND;
        sweep_error_set(error, code, "cannot open %s: %s", sweep->path, strerror(errno));
        return code;
    }
    sweep->status = jobs_sweep_open_directory(sweep->directory, SWEEP_STATUS_DIRECTORY);
    sweep->logs = jobs_sweep_open_directory(sweep->directory, SWEEP_LOGS_DIRECTORY);
    enum sweep_code code = jobs_sweep_read_manifest(sweep, error);
    if (code == SWEEP_OK)
        code = jobs_sweep_read_mapping(sweep, error);
    if (code == SWEEP_OK)
        code = jobs_sweep_list_runs(sweep, error);
    if (code != SWEEP_OK)
        return code;
    const struct submissions_source source = {sweep->directory, sweep->index, sweep->n_runs};
    if (!jobs_sweep_read_attempts(sweep) || !jobs_sweep_read_replaced(sweep) ||
        !submissions_read(&source, &sweep->submissions))
        return jobs_sweep_oom(error);
    if (sweep->problem[0] == '\0')
        snprintf(sweep->problem, sizeof sweep->problem, "%s", sweep->submissions.problem);
    return SWEEP_OK;
}

enum sweep_code jobs_sweep_open(const char *path, struct jobs_sweep *out, struct sweep_error *error)
{
    *out = (struct jobs_sweep){.directory = -1, .status = -1, .logs = -1};
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    out->path = text_duplicate(path, length);
    if (out->path == NULL)
        return jobs_sweep_oom(error);
    enum sweep_code code = jobs_sweep_read(out, error);
    if (code != SWEEP_OK)
        jobs_sweep_close(out);
    return code;
}

void jobs_sweep_close(struct jobs_sweep *sweep)
{
    submissions_free(&sweep->submissions);
    for (size_t i = 0; i < sweep->n_runs; i++) {
        free(sweep->runs[i].output);
        free(sweep->runs[i].replaced);
        free(sweep->runs[i].replaced_set);
    }
    free(sweep->runs);
    json_decref(sweep->index);
    csv_free(sweep->mapping);
    json_decref(sweep->manifest);
    fileat_close(&sweep->directory);
    fileat_close(&sweep->status);
    fileat_close(&sweep->logs);
    free(sweep->path);
    *sweep = (struct jobs_sweep){.directory = -1, .status = -1, .logs = -1};
}

/* The number at the end of a name; -1 if there is none. */
static long long jobs_sweep_number_of(const char *name)
{
    size_t length = strlen(name), digits = 0;
    while (digits < length && name[length - 1 - digits] >= '0' && name[length - 1 - digits] <= '9')
        digits++;
    if (digits == 0)
        return -1;
    return strtoll(name + length - digits, NULL, 10);
}

size_t jobs_sweep_find(const struct jobs_sweep *sweep, const char *name)
{
    size_t found = index_find(sweep->index, name, strlen(name));
    if (found != SIZE_MAX || name[0] == '\0' || strspn(name, "0123456789") != strlen(name))
        return found;
    long long number = strtoll(name, NULL, 10);
    for (size_t i = 0; i < sweep->n_runs; i++)
        if (jobs_sweep_number_of(sweep->runs[i].name) == number)
            return i;
    return SIZE_MAX;
}

void jobs_log_name(const struct jobs_run *run, unsigned attempt, char *out, size_t size)
{
    snprintf(out, size, "%s.%u.log", run->name, attempt);
}

void jobs_slurm_log_name(
    const struct jobs_sweep *sweep, struct jobs_task task, char *out, size_t size)
{
    int64_t index = task.index;
    if (index < 0)
        index = 0xfffffffe; /* what %a is without an array */
    snprintf(out, size, "%s-%" PRIu64 "_%" PRId64 ".out", sweep->name, task.job, index);
}
