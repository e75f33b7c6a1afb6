/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/common/fileat.h"
#include "daemon/results/results.h"
#include "lib/doc/canonical.h"
#include "lib/doc/path.h"
#include "lib/doc/yaml.h"
#include "lib/plan/output_reader.h"
#include "lib/trainer/trainer.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "lib/util/text.h"
#include "sweep/generate.h"

enum {
    RESULTS_MAX_CONFIG = 8 << 20,
    RESULTS_MAX_LOG = 1 << 30,
    RESULTS_END = 8192,      /* bytes of the end of a log that have its last line */
    RESULTS_KEY_COLUMNS = 4, /* index,run,id,config */
};

/* --- the config of a run -------------------------------------------------------------------- */

/* What is read of a config. */
struct results_config {
    char *log, *directory; /* owned; NULL: none, or not known */
    uint64_t steps;        /* 0: not known */
};

static void results_config_free(struct results_config *config)
{
    free(config->log);
    free(config->directory);
}

/* An attempt that had to keep earlier results has a config of its own. *text is the caller's; NULL
 * if it cannot be read. */
static void results_load_config(
    const struct jobs_sweep *sweep, const struct jobs_run *run, char **text, size_t *length)
{
    char name[NAME_MAX + 1];
    CLEANUP_STRBUF struct strbuf derived = {0};
    CLEANUP_FD int fd = -1;
    *text = NULL;
    snprintf(name, sizeof name, "%s.%u.yaml", run->name, run->attempts);
    if (run->attempts > 1 && sweep->logs >= 0)
        fd = openat(sweep->logs, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        if (sweep_extract(sweep->path, run->name, text, length, NULL) != SWEEP_OK)
            *text = NULL;
    } else if (file_read_all(fd, RESULTS_MAX_CONFIG, &derived) == 0) {
        *length = derived.length;
        *text = strbuf_steal(&derived);
    }
}

/* The product of the values at the profile's paths; 0 if one of them is not a positive int. */
static uint64_t results_count_steps(const struct run_log *format, const json_t *tree)
{
    uint64_t product = 1;
    if (format->steps == NULL)
        return 0;
    for (const char *const *path = format->steps; *path != NULL; path++) {
        json_int_t value = json_integer_value(path_get(tree, *path));
        if (value <= 0 || value > UINT32_MAX)
            return 0;
        product *= (uint64_t)value;
        if (product > UINT32_MAX)
            return 0;
    }
    return product;
}

static void results_read_tree(
    const struct results_reader *reader, const json_t *tree, struct results_config *out)
{
    const struct profile *profile = &reader->trainer->profile;
    struct output_reader outputs = {.profile = profile, .recipe = reader->recipe};
    output_reader_begin(&outputs, tree);
    if (reader->output != NULL)
        out->log = output_reader_path(&outputs, reader->output);
    out->directory = output_reader_path(&outputs, &profile->outputs[0]);
    output_reader_deinit(&outputs);
    out->steps = results_count_steps(reader->format, tree);
}

/* The config of a run, for yaml_doc_free(); NULL if it cannot be read. */
static struct yaml_doc *results_parse_config(
    const struct results_reader *reader, const struct jobs_run *run)
{
    CLEANUP_FREE char *text = NULL;
    size_t length = 0;
    struct yaml_doc *doc = NULL;
    results_load_config(reader->sweep, run, &text, &length);
    if (text == NULL)
        return NULL;
    struct sweep_findings *findings = sweep_findings_new();
    if (findings == NULL)
        return NULL;
    const struct yaml_input input = {.text = text,
        .length = length,
        .file = run->name,
        .dialect = reader->trainer->profile.dialect,
        .lenient = true};
    if (yaml_parse_input(&input, findings, &doc) != SWEEP_OK) {
        yaml_doc_free(doc);
        doc = NULL;
    }
    sweep_findings_free(findings);
    return doc;
}

/* Zero if the config cannot be read. */
static void results_read_config(
    const struct results_reader *reader, const struct jobs_run *run, struct results_config *out)
{
    struct yaml_doc *doc = results_parse_config(reader, run);
    *out = (struct results_config){0};
    if (doc != NULL)
        results_read_tree(reader, doc->tree, out);
    yaml_doc_free(doc);
}

bool results_read_values(const struct results_reader *reader, const struct jobs_run *run,
    const char *const paths[], size_t n_paths, char *texts[])
{
    struct yaml_doc *doc = results_parse_config(reader, run);
    bool fine = true;
    for (size_t i = 0; i < n_paths; i++) {
        struct strbuf text = {0};
        const json_t *value = NULL;
        if (doc != NULL)
            value = path_get(doc->tree, paths[i]);
        texts[i] = NULL;
        if (value == NULL)
            continue;
        if (json_is_string(value))
            strbuf_append(&text, json_string_value(value), json_string_length(value));
        else
            canonical_write(&text, value);
        texts[i] = strbuf_steal(&text);
        if (texts[i] == NULL)
            fine = false;
    }
    yaml_doc_free(doc);
    return fine;
}

/* The first component of the profile that one of the globs matches; NULL if there is none. */
static const char *results_named_component(const struct profile *profile, const char *const *globs)
{
    for (size_t i = 0; i < profile->n_components; i++)
        for (size_t k = 0; globs[k] != NULL; k++)
            if (text_matches(globs[k], profile->components[i].path))
                return profile->components[i].path;
    return NULL;
}

char *results_other_logger(const struct results_reader *reader, const struct jobs_run *run)
{
    const struct profile *profile = &reader->trainer->profile;
    const struct output *output = reader->output;
    char path[PATH_MAX_BYTES];
    CLEANUP_FREE char *component = NULL;
    const char *const paths[] = {path};
    struct strbuf text = {0};
    if (output == NULL || output->components == NULL ||
        !output_component_path(profile, output, path) ||
        !results_read_values(reader, run, paths, 1, &component) || component == NULL)
        return NULL;
    for (size_t i = 0; output->components[i] != NULL; i++)
        if (text_matches(output->components[i], component))
            return NULL;
    const char *wanted = results_named_component(profile, output->components);
    if (wanted == NULL)
        wanted = output->components[0];
    strbuf_printf(&text, "no steps can be read of runs whose %s is %s: those of runs with %s can",
        path, component, wanted);
    return strbuf_steal(&text);
}

/* --- where the log is ----------------------------------------------------------------------- */

/* True if an axis of the sweep sets something in the same mapping as `path`, or the number of
 * steps: then each run's config has to be read. */
static bool results_is_swept(const struct jobs_sweep *sweep, const char *path)
{
    size_t length = strcspn(path, ".");
    for (size_t i = RESULTS_KEY_COLUMNS; i < sweep->mapping->n_columns; i++) {
        const char *column = sweep->mapping->names[i].text;
        column += strspn(column, "~'");
        if (strncmp(column, path, length) == 0 && (column[length] == '.' || column[length] == '\0'))
            return true;
    }
    return false;
}

static bool results_varies(const struct results_reader *reader)
{
    const struct run_log *format = reader->format;
    if (reader->output == NULL || results_is_swept(reader->sweep, reader->output->path))
        return true;
    for (const char *const *path = format->steps; path != NULL && *path != NULL; path++)
        if (results_is_swept(reader->sweep, *path))
            return true;
    return false;
}

/* Configs of a sweep differ only in what the axes set: one tells for all where the log is below the
 * run's directory, which the job script has recorded. */
static void results_sample(struct results_reader *reader, const struct results_config *config)
{
    reader->is_sampled = true;
    if (config->log == NULL || config->directory == NULL || results_varies(reader))
        return;
    size_t length = strlen(config->directory);
    if (strncmp(config->log, config->directory, length) != 0 ||
        (config->log[length] != '/' && config->log[length] != '\0'))
        return;
    reader->below = text_duplicate(config->log + length, strlen(config->log + length));
    reader->is_below = reader->below != NULL;
    reader->steps = config->steps;
}

/* The path of the log, or of the directory of logs; NULL if there is none. The caller's. */
static char *results_place(
    struct results_reader *reader, const struct jobs_run *run, uint64_t *steps)
{
    struct results_config config;
    struct strbuf path = {0};
    bool is_recorded = run->output != NULL && run->output[0] == '/';
    if (is_recorded && reader->is_below) {
        *steps = reader->steps;
        strbuf_printf(&path, "%s%s", run->output, reader->below);
        return strbuf_steal(&path);
    }
    results_read_config(reader, run, &config);
    *steps = config.steps;
    if (!reader->is_sampled)
        results_sample(reader, &config);
    size_t length = 0;
    if (config.directory != NULL)
        length = strlen(config.directory);
    if (is_recorded && config.log != NULL && length > 0 &&
        strncmp(config.log, config.directory, length) == 0)
        strbuf_printf(&path, "%s%s", run->output, config.log + length);
    else if (config.log != NULL)
        strbuf_puts(&path, config.log);
    results_config_free(&config);
    if (path.length == 0)
        return NULL;
    return strbuf_steal(&path);
}

/* The later of two names with a number in them, such as a time: the longer one. */
static bool results_is_later(const char *name, const char *than)
{
    size_t a = strlen(name), b = strlen(than);
    if (a != b)
        return a > b;
    return strcmp(name, than) > 0;
}

/* Finds the last log in a directory. False if there is none. */
static bool results_find_last(const struct results_reader *reader, int directory,
    char last[NAME_MAX + 1], struct run_result *out)
{
    const char *name;
    DIR *stream = fileat_list(directory);
    if (stream == NULL)
        return false;
    while (fileat_next(stream, &name) == 0 && name != NULL) {
        if (!text_matches(reader->format->files, name))
            continue;
        if (out->n_files == 0 || results_is_later(name, last))
            snprintf(last, NAME_MAX + 1, "%s", name);
        out->n_files++;
    }
    closedir(stream);
    return out->n_files > 0;
}

/* --- reading -------------------------------------------------------------------------------- */

/* Reads a file into reader->text; of its end, only whole lines. */
static bool results_load(
    struct results_reader *reader, int directory, const char *name, bool end_only)
{
    struct stat status;
    CLEANUP_FD int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    reader->text.length = 0;
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    bool is_cut = end_only && status.st_size > RESULTS_END;
    if (is_cut && lseek(fd, status.st_size - RESULTS_END, SEEK_SET) < 0)
        return false;
    size_t room = RESULTS_MAX_LOG;
    if (status.st_size < RESULTS_MAX_LOG)
        room = (size_t)status.st_size;
    strbuf_reserve(&reader->text, room + 2);
    if (file_read_all(fd, RESULTS_MAX_LOG, &reader->text) != 0)
        return false;
    const char *first = NULL;
    if (is_cut && reader->text.length > 0)
        first = memchr(reader->text.data, '\n', reader->text.length);
    if (first != NULL) {
        size_t skipped = (size_t)(first + 1 - reader->text.data);
        reader->text.length -= skipped;
        memmove(reader->text.data, first + 1, reader->text.length + 1);
    }
    return true;
}

static void results_parse(struct results_reader *reader, struct run_result *out)
{
    out->found = true;
    step_log_read(strbuf_string(&reader->text), reader->text.length, reader->format, &out->log);
}

/* Reads the log at a path: a file, or the last one in a directory. */
static void results_read_path(
    struct results_reader *reader, const char *path, bool end_only, struct run_result *out)
{
    char last[NAME_MAX + 1] = "";
    CLEANUP_FD int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct strbuf file = {0};
    if (directory < 0 && errno == ENOTDIR) {
        out->n_files = 1;
        strbuf_puts(&file, path);
        if (results_load(reader, AT_FDCWD, path, end_only))
            results_parse(reader, out);
    } else if (directory >= 0 && results_find_last(reader, directory, last, out)) {
        strbuf_printf(&file, "%s/%s", path, last);
        if (results_load(reader, directory, last, end_only))
            results_parse(reader, out);
    }
    if (file.length > 0)
        out->file = strbuf_steal(&file);
    strbuf_deinit(&file);
}

/* A run without a log of its own may print the same lines. */
static void results_read_printed(struct results_reader *reader, const struct jobs_run *run,
    bool end_only, struct run_result *out)
{
    char name[NAME_MAX + 1];
    jobs_log_name(run, run->attempts, name, sizeof name);
    if (reader->sweep->logs < 0 || !results_load(reader, reader->sweep->logs, name, end_only))
        return;
    results_parse(reader, out);
    out->log.torn = false; /* a progress bar ends without a newline */
    if (out->log.lines == 0)
        out->found = false;
}

bool results_read(struct results_reader *reader, const struct jobs_run *run, bool end_only,
    struct run_result *out)
{
    *out = (struct run_result){0};
    if (reader->format->output == NULL || run->attempts == 0)
        return true;
    CLEANUP_FREE char *path = results_place(reader, run, &out->steps);
    if (path != NULL)
        results_read_path(reader, path, end_only, out);
    else
        results_read_printed(reader, run, end_only, out);
    return !reader->text.oom;
}

void results_free(struct run_result *result)
{
    free(result->file);
    result->file = NULL;
}

void results_open(
    struct results_reader *reader, struct sweep_trainer *trainer, const struct jobs_sweep *sweep)
{
    const struct profile *profile = &trainer->profile;
    *reader = (struct results_reader){.trainer = trainer,
        .sweep = sweep,
        .recipe = json_string_value(json_object_get(sweep->manifest, "recipe")),
        .format = &profile->log};
    /* A path may be there again, for a logger in another format. */
    for (size_t i = 0; i < profile->n_outputs && reader->output == NULL; i++)
        if (profile->log.output != NULL &&
            strcmp(profile->outputs[i].path, profile->log.output) == 0)
            reader->output = &profile->outputs[i];
}

void results_close(struct results_reader *reader)
{
    free(reader->below);
    strbuf_deinit(&reader->text);
    *reader = (struct results_reader){0};
}

void results_phrases(const struct sweep_trainer *trainer, struct log_phrases *out)
{
    *out = (struct log_phrases){.gpu_memory = trainer->profile.log.gpu_memory,
        .host_memory = trainer->profile.log.host_memory,
        .killed = trainer->profile.log.killed};
}

const char *results_lower(const struct sweep_trainer *trainer)
{
    return trainer->profile.log.lower;
}

bool results_sets(const struct sweep_trainer *trainer, const struct jobs_sweep *sweep,
    const char *setting, const char *path)
{
    const char *recipe = json_string_value(json_object_get(sweep->manifest, "recipe"));
    const struct parameter *parameter = profile_parameter(&trainer->profile, setting);
    if (path_overlaps(setting, path))
        return true;
    for (size_t i = 0; parameter != NULL && i < parameter->n_fields; i++)
        if (path_overlaps(field_path(&parameter->fields[i], recipe), path))
            return true;
    return false;
}

const char *results_path(
    const struct sweep_trainer *trainer, const struct jobs_sweep *sweep, const char *setting)
{
    const char *recipe = json_string_value(json_object_get(sweep->manifest, "recipe"));
    const struct parameter *parameter = profile_parameter(&trainer->profile, setting);
    if (parameter == NULL || parameter->n_fields == 0)
        return setting;
    return field_path(&parameter->fields[0], recipe);
}
