/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds the runs of a plan that sweeps of the same name in a queue have. Only their manifests and
 * run_mapping.csv are read; generating from them compares all their files first.
 */
#include <assert.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/plan/run_id.h"
#include "lib/plan/runs.h"
#include "lib/util/array.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "lib/write/made_runs.h"
#include "lib/write/manifest.h"
#include "lib/write/mapping_reader.h"

/* A run of a sweep in the queue. */
struct made_run {
    uint64_t id;
    uint32_t directory, number;
};

struct made_runs {
    const struct sweep_plan *plan;
    const char *queue;
    struct sweep_growth *growth; /* whose list of directories is made */
    uint64_t before;             /* directories with runs from this number on do not count */
    struct made_run *items;      /* of all directories; by their identity, once sorted */
    size_t count, room;
    struct sweep_error *error;
};

/* --- one sweep ---------------------------------------------------------------------------- */

static bool made_runs_add(struct made_runs *m, const struct mapping_row *row, uint32_t directory)
{
    struct made_run *items = array_grow(m->items, m->count, &m->room, sizeof *items);
    if (items == NULL)
        return false;
    m->items = items;
    m->items[m->count++] = (struct made_run){row->id, directory, (uint32_t)row->number};
    return true;
}

/* Reports that a file of a sweep is not as it was generated. */
static enum sweep_code made_runs_refuse(
    const struct made_runs *m, const char *directory, const char *file, const char *what)
{
    return sweep_error_set(m->error, SWEEP_INVALID,
        "%s/%s exists already, but is not as it was generated: %s %s; restore the file, or move it "
        "away to generate its runs again",
        m->queue, directory, file, what);
}

static enum sweep_code made_runs_read_rows(
    struct made_runs *m, const struct strbuf *mapping, struct growth_directory *directory)
{
    struct mapping_reader reader;
    struct mapping_row row;
    uint32_t index = (uint32_t)m->growth->n_directories;
    if (!mapping_reader_begin(&reader, mapping->data, mapping->length))
        return made_runs_refuse(m, directory->name, "run_mapping.csv", "cannot be read");
    const char *output = profile_output(&m->plan->trainer->profile);
    directory->sets_output = output != NULL && mapping_reader_has_column(&reader, output);
    directory->first = UINT64_MAX;
    while (mapping_reader_next(&reader, &row)) {
        directory->runs++;
        directory->name_width = row.name_width;
        if (row.number < directory->first)
            directory->first = row.number;
        if (row.number >= directory->end)
            directory->end = row.number + 1;
        if (row.has_id && !made_runs_add(m, &row, index))
            return sweep_error_set(m->error, SWEEP_NO_MEMORY, "out of memory");
    }
    if (reader.is_damaged || directory->runs == 0)
        return made_runs_refuse(m, directory->name, "run_mapping.csv", "cannot be read");
    return SWEEP_OK;
}

/* Reads run_mapping.csv, which must have the digest that the manifest lists. */
static enum sweep_code made_runs_read_mapping(
    struct made_runs *m, const json_t *manifest, struct growth_directory *directory)
{
    static const char name[] = "run_mapping.csv";
    CLEANUP_STRBUF struct strbuf path = {0};
    struct strbuf mapping = {0};
    CLEANUP_FREE char *text = NULL;
    char hex[DIGEST_HEX];
    const char *digest =
        json_string_value(json_object_get(json_object_get(manifest, "files"), name));
    if (digest == NULL)
        return made_runs_refuse(m, directory->name, "manifest.json", "does not list its files");
    strbuf_printf(&path, "%s/%s/%s", m->queue, directory->name, name);
    if (path.oom)
        return sweep_error_set(m->error, SWEEP_NO_MEMORY, "out of memory");
    struct sweep_error reason = {0};
    enum sweep_code code = file_read(path.data, SIZE_MAX - 1, &text, &mapping.length, &reason);
    if (code == SWEEP_NOT_FOUND)
        return made_runs_refuse(m, directory->name, name, "is missing");
    if (code != SWEEP_OK)
        return sweep_error_set(m->error, code, "%s", reason.message);
    mapping.data = text;
    digest_of(text, mapping.length, hex);
    if (strcmp(hex, digest) != 0)
        return made_runs_refuse(m, directory->name, name, "was changed");
    return made_runs_read_rows(m, &mapping, directory);
}

/* True if a directory without a manifest has other files of a sweep. */
static bool made_runs_is_damaged(const struct made_runs *m, const char *directory)
{
    static const char *const files[] = {"manifest.json", "run_mapping.csv", "sweep.json"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        CLEANUP_STRBUF struct strbuf path = {0};
        strbuf_printf(&path, "%s/%s/%s", m->queue, directory, files[i]);
        if (!path.oom && access(path.data, F_OK) == 0)
            return true;
    }
    return false;
}

/* Reads a sweep, and adds it to the growth's directories. */
static enum sweep_code made_runs_read_sweep(struct made_runs *m, struct growth_directory *directory)
{
    CLEANUP_STRBUF struct strbuf path = {0};
    bool oom = false;
    strbuf_printf(&path, "%s/%s", m->queue, directory->name);
    if (path.oom)
        return sweep_error_set(m->error, SWEEP_NO_MEMORY, "out of memory");
    CLEANUP_JSON json_t *manifest = manifest_load(path.data, &oom);
    if (oom)
        return sweep_error_set(m->error, SWEEP_NO_MEMORY, "out of memory");
    const char *input = json_string_value(json_object_get(manifest, "input"));
    if (input == NULL)
        input = json_string_value(json_object_get(manifest, "digest"));
    if (input == NULL && !made_runs_is_damaged(m, directory->name))
        return SWEEP_NOT_FOUND;
    if (input == NULL)
        return made_runs_refuse(m, directory->name, "manifest.json",
            manifest == NULL ? "is missing or cannot be read" : "has no digest");
    snprintf(directory->input, sizeof directory->input, "%s", input);
    return made_runs_read_mapping(m, manifest, directory);
}

/* --- the queue ---------------------------------------------------------------------------- */

bool made_runs_is_of_name(const char *directory, const char *name)
{
    size_t length = strlen(name);
    if (strncmp(directory, name, length) != 0 || directory[length] != '-' ||
        strlen(directory) != length + 9)
        return false;
    for (const char *p = directory + length + 1; *p != '\0'; p++)
        if (!isdigit((unsigned char)*p) && (*p < 'a' || *p > 'f'))
            return false;
    return true;
}

static enum sweep_code made_runs_add_directory(struct made_runs *m, const char *name)
{
    struct sweep_growth *growth = m->growth;
    struct growth_directory *directories =
        realloc(growth->directories, (growth->n_directories + 1) * sizeof *directories);
    struct growth_directory directory = {.name = strdup(name)};
    if (directories != NULL)
        growth->directories = directories;
    if (directories == NULL || directory.name == NULL) {
        free(directory.name);
        return sweep_error_set(m->error, SWEEP_NO_MEMORY, "out of memory");
    }
    size_t n_items = m->count;
    enum sweep_code code = made_runs_read_sweep(m, &directory);
    if (code == SWEEP_OK && directory.end > m->before) {
        m->count = n_items;
        code = SWEEP_NOT_FOUND;
    }
    if (code != SWEEP_OK) {
        free(directory.name);
        return code == SWEEP_NOT_FOUND ? SWEEP_OK : code;
    }
    directories[growth->n_directories++] = directory;
    return SWEEP_OK;
}

static enum sweep_code made_runs_read_queue(struct made_runs *m)
{
    enum sweep_code code = SWEEP_OK;
    DIR *stream = opendir(m->queue);
    if (stream == NULL && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
        return SWEEP_OK; /* a queue that is still to be made has no sweeps */
    if (stream == NULL)
        return sweep_error_set(m->error, file_code(errno), "cannot read the directory %s: %s",
            m->queue, strerror(errno));
    for (struct dirent *entry; code == SWEEP_OK && (entry = readdir(stream)) != NULL;)
        if (made_runs_is_of_name(entry->d_name, m->plan->spec.name))
            code = made_runs_add_directory(m, entry->d_name);
    closedir(stream);
    return code;
}

/* --- order -------------------------------------------------------------------------------- */

/* By the number after the last run; names decide only after numbers were given twice. */
static int made_runs_compare_directories(const void *a, const void *b)
{
    const struct growth_directory *one = a, *other = b;
    if (one->end != other->end)
        return one->end < other->end ? -1 : 1;
    return strcmp(one->name, other->name);
}

/* By identity; of the same one, the newest directory first. */
static int made_runs_compare(const void *a, const void *b)
{
    const struct made_run *one = a, *other = b;
    if (one->id != other->id)
        return one->id < other->id ? -1 : 1;
    if (one->directory != other->directory)
        return one->directory > other->directory ? -1 : 1;
    return 0;
}

/* Sorts the directories, and gives their runs the new indices. */
static bool made_runs_sort(struct made_runs *m)
{
    struct sweep_growth *growth = m->growth;
    CLEANUP_FREE uint32_t *moved = calloc(growth->n_directories + 1, sizeof *moved);
    if (moved == NULL)
        return false;
    for (size_t i = 0; i < growth->n_directories; i++)
        growth->directories[i].index = (uint32_t)i;
    if (growth->n_directories > 0)
        qsort(growth->directories, growth->n_directories, sizeof *growth->directories,
            made_runs_compare_directories);
    for (size_t i = 0; i < growth->n_directories; i++)
        moved[growth->directories[i].index] = (uint32_t)i;
    for (size_t i = 0; i < m->count; i++)
        m->items[i].directory = moved[m->items[i].directory];
    if (m->count > 0)
        qsort(m->items, m->count, sizeof *m->items, made_runs_compare);
    return true;
}

/* The newest run with an identity, or NULL. */
static const struct made_run *made_runs_find(const struct made_runs *m, uint64_t id)
{
    size_t low = 0, high = m->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (m->items[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < m->count && m->items[low].id == id)
        return &m->items[low];
    return NULL;
}

/* --- the plan's runs ---------------------------------------------------------------------- */

static bool made_runs_fill(const struct made_runs *m, size_t *choices, struct run_id_cursor *cursor)
{
    struct sweep_growth *growth = m->growth;
    struct run_names names;
    for (uint64_t i = 0; i < growth->n_runs; i++) {
        plan_choices(m->plan, i, choices);
        if (run_id_next(cursor, i, choices, &names).id == NULL)
            return false;
        uint64_t id = strtoull(names.id, NULL, 16);
        const struct made_run *made = made_runs_find(m, id);
        growth->runs[i] = (struct growth_run){id, GROWTH_NEW, 0};
        if (made != NULL)
            growth->runs[i] = (struct growth_run){id, made->directory, made->number};
    }
    return true;
}

/* Sets growth->runs. */
static enum sweep_code made_runs_match(struct made_runs *m)
{
    struct run_id_cursor cursor;
    CLEANUP_FREE size_t *choices = calloc(m->plan->spec.axes.count + 1, sizeof *choices);
    m->growth->runs = calloc(m->growth->n_runs + 1, sizeof *m->growth->runs);
    bool good = run_id_begin(&cursor, m->plan) && choices != NULL && m->growth->runs != NULL;
    if (good)
        good = made_runs_fill(m, choices, &cursor);
    run_id_end(&cursor);
    if (good)
        return SWEEP_OK;
    return sweep_error_set(m->error, SWEEP_NO_MEMORY, "out of memory");
}

enum sweep_code sweep_growth_new(const struct sweep_plan *plan, const char *queue, bool all,
    struct sweep_growth **out, struct sweep_error *error)
{
    assert(plan != NULL && queue != NULL && out != NULL && plan->growth == NULL);
    const struct made_runs_request request = {queue, UINT64_MAX, all};
    return made_runs_growth(plan, &request, out, error);
}

enum sweep_code made_runs_growth(const struct sweep_plan *plan,
    const struct made_runs_request *request, struct sweep_growth **out, struct sweep_error *error)
{
    struct sweep_growth *growth = calloc(1, sizeof *growth);
    if (growth == NULL)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    struct made_runs m = {.plan = plan,
        .queue = request->queue,
        .growth = growth,
        .before = request->before,
        .error = error};
    growth->n_runs = plan->spec.runs;
    enum sweep_code code = made_runs_read_queue(&m);
    if (code == SWEEP_OK && !made_runs_sort(&m))
        code = sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    if (code == SWEEP_OK && growth->n_directories > 0 && !request->all)
        code = made_runs_match(&m);
    free(m.items);
    if (code != SWEEP_OK) {
        sweep_growth_free(growth);
        return code;
    }
    growth_count(growth);
    for (size_t i = 0; i < growth->n_directories; i++)
        if (growth->directories[i].is_used &&
            strcmp(growth->directories[i].input, plan->input_digest) == 0)
            growth->is_same = true;
    *out = growth;
    return SWEEP_OK;
}

/* --- later -------------------------------------------------------------------------------- */

const struct growth_directory *made_runs_directory(const struct sweep_plan *plan, const char *name)
{
    for (size_t i = 0; plan->growth != NULL && i < plan->growth->n_directories; i++)
        if (strcmp(plan->growth->directories[i].name, name) == 0)
            return &plan->growth->directories[i];
    return NULL;
}

/* A directory that is not a sweep is in the queue, but not in the list. */
static bool made_runs_is_sweep(const char *queue, const char *name)
{
    CLEANUP_STRBUF struct strbuf path = {0};
    strbuf_printf(&path, "%s/%s/manifest.json", queue, name);
    return path.oom || access(path.data, F_OK) == 0;
}

bool made_runs_is_new(const struct sweep_plan *plan, const char *queue, const char *name)
{
    return plan->growth != NULL && made_runs_is_of_name(name, plan->spec.name) &&
           made_runs_directory(plan, name) == NULL && made_runs_is_sweep(queue, name);
}

enum sweep_code made_runs_check_unchanged(
    const struct sweep_plan *plan, const char *queue, struct sweep_error *error)
{
    size_t n = 0;
    bool has_other = false;
    if (plan->growth == NULL)
        return SWEEP_OK;
    DIR *stream = opendir(queue);
    if (stream == NULL)
        return sweep_error_set(
            error, file_code(errno), "cannot read the directory %s: %s", queue, strerror(errno));
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        if (!made_runs_is_of_name(entry->d_name, plan->spec.name))
            continue;
        if (made_runs_directory(plan, entry->d_name) != NULL)
            n++;
        else if (made_runs_is_sweep(queue, entry->d_name))
            has_other = true;
    }
    closedir(stream);
    if (!has_other && n == plan->growth->n_directories)
        return SWEEP_OK;
    return sweep_error_set(error, SWEEP_CHANGED,
        "other sweeps of the name %s were written to %s, or removed, in the meantime",
        plan->spec.name, queue);
}
