/* SPDX-License-Identifier: Apache-2.0
 *
 * The configs of a sweep directory: one of them, or all of a packed directory as files.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/plan/runs.h"
#include "lib/queue/stage.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "lib/write/packed.h"
#include "lib/write/packed_reader.h"

enum { EXTRACT_MAX_BYTES = 1 << 30 };

/* "run_012" or "12" */
static bool extract_read_number(const char *run, uint64_t *number)
{
    char *end;
    if (strncmp(run, "run_", 4) == 0)
        run += 4;
    if (*run < '0' || *run > '9' || strlen(run) > 9)
        return false;
    *number = strtoull(run, &end, 10);
    return *end == '\0';
}

static enum sweep_code extract_no_run(
    const char *directory, const char *run, struct sweep_error *error)
{
    return sweep_error_set(error, SWEEP_NOT_FOUND,
        "%s has no run %.60s; run_mapping.csv lists its runs", directory, run);
}

/* --- files -------------------------------------------------------------------------------- */

/* Reads configs/run_012.yaml or configs/000/run_0012.yaml. Only the mapping says how many digits
 * the sweep's names have. */
static enum sweep_code extract_file(const char *directory, uint64_t number, const char *run,
    struct strbuf *out, struct sweep_error *error)
{
    for (int width = 3; width <= 9; width++)
        for (uint64_t runs = 1; runs <= RUNS_PER_FOLDER + 1; runs += RUNS_PER_FOLDER) {
            CLEANUP_STRBUF struct strbuf file = {0};
            char name[32], path[64];
            struct sweep_error failure = {0};
            snprintf(name, sizeof name, "run_%0*llu", width, (unsigned long long)number);
            run_config_path(runs, number, name, path);
            strbuf_printf(&file, "%s/%s", directory, path);
            if (file.oom)
                return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
            enum sweep_code code =
                file_read(file.data, EXTRACT_MAX_BYTES, &out->data, &out->length, &failure);
            if (code == SWEEP_OK)
                return SWEEP_OK;
            if (code != SWEEP_NOT_FOUND)
                return sweep_error_set(error, code, "%s", failure.message);
        }
    return extract_no_run(directory, run, error);
}

/* --- packed ------------------------------------------------------------------------------- */

static enum sweep_code extract_packed(const struct packed_reader *reader, uint64_t number,
    const char *run, struct strbuf *out, struct sweep_error *error)
{
    if (number < reader->first || number - reader->first >= reader->runs)
        return extract_no_run(reader->directory, run, error);
    return packed_reader_get(reader, number - reader->first, out, error);
}

enum sweep_code sweep_extract(
    const char *directory, const char *run, char **text, size_t *length, struct sweep_error *error)
{
    assert(directory != NULL && run != NULL && text != NULL && length != NULL);
    CLEANUP_STRBUF struct strbuf out = {0};
    struct packed_reader reader;
    struct sweep_error failure = {0};
    uint64_t number;
    CLEANUP_STRBUF struct strbuf manifest = {0};
    strbuf_printf(&manifest, "%s/manifest.json", directory);
    if (manifest.oom)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    if (access(manifest.data, F_OK) != 0)
        return sweep_error_set(error, SWEEP_NOT_FOUND,
            "%s is not a sweep directory: it has no manifest.json", directory);
    if (!extract_read_number(run, &number))
        return extract_no_run(directory, run, error);
    enum sweep_code code = packed_reader_open(&reader, directory, &failure);
    if (code == SWEEP_OK)
        code = extract_packed(&reader, number, run, &out, error);
    else if (code == SWEEP_NOT_FOUND && reader.index < 0)
        code = extract_file(directory, number, run, &out, error);
    else
        sweep_error_set(error, code, "%s", failure.message);
    packed_reader_close(&reader);
    if (code != SWEEP_OK)
        return code;
    *length = out.length;
    *text = strbuf_steal(&out);
    if (*text == NULL)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    return SWEEP_OK;
}

/* --- all of them -------------------------------------------------------------------------- */

struct unpack_check {
    char text[100]; /* how a packed file differs; "" if it does not */
};

static void unpack_note_difference(void *context, const char *path, const char *difference)
{
    struct unpack_check *check = context;
    if (strcmp(path, PACKED_CONFIGS) == 0 || strcmp(path, PACKED_INDEX) == 0)
        snprintf(check->text, sizeof check->text, "%s %s", path, difference);
}

/* The configs must be those of the manifest; that other files differ does not matter. */
static enum sweep_code unpack_check(const char *directory, struct sweep_error *error)
{
    struct unpack_check check = {0};
    const struct sweep_verify_report report = {unpack_note_difference, &check};
    uint64_t n_files;
    enum sweep_code code = sweep_verify(directory, &report, &n_files, error);
    if (code == SWEEP_INVALID && check.text[0] == '\0')
        return SWEEP_OK;
    if (code == SWEEP_INVALID)
        return sweep_error_set(
            error, code, "%s is not as it was generated: %s", directory, check.text);
    return code;
}

static enum sweep_code unpack_files(
    const struct packed_reader *reader, struct stage *stage, struct sweep_error *error)
{
    CLEANUP_STRBUF struct strbuf config = {0};
    enum sweep_code code = SWEEP_OK;
    for (uint64_t i = 0; i < reader->runs && code == SWEEP_OK; i++) {
        char name[32], path[64];
        packed_reader_name(reader, i, name);
        run_config_path(reader->runs, reader->first + i, name, path);
        const char *inside = path + strlen("configs/");
        bool is_new = i == 0 || (reader->first + i) % RUNS_PER_FOLDER == 0;
        if (reader->runs > RUNS_PER_FOLDER && is_new) {
            char folder[32];
            snprintf(folder, sizeof folder, "%.*s", (int)strcspn(inside, "/"), inside);
            code = stage_mkdir(stage, folder, error);
        }
        if (code == SWEEP_OK)
            code = packed_reader_get(reader, i, &config, error);
        const struct stage_file file = {inside, config.data, config.length, false, NULL};
        if (code == SWEEP_OK)
            code = stage_write(stage, &file, error);
    }
    return code;
}

enum sweep_code sweep_unpack(const char *directory, uint64_t *n_files, struct sweep_error *error)
{
    assert(directory != NULL && n_files != NULL);
    struct packed_reader reader;
    struct stage stage;
    *n_files = 0;
    enum sweep_code code = unpack_check(directory, error);
    if (code != SWEEP_OK)
        return code;
    code = packed_reader_open(&reader, directory, error);
    if (code == SWEEP_OK) {
        code = stage_open(&stage, directory, NULL, error);
        if (code == SWEEP_OK)
            code = unpack_files(&reader, &stage, error);
        if (code == SWEEP_OK)
            code = stage_commit(&stage, "configs", NULL, error);
        stage_abandon(&stage);
    }
    if (code == SWEEP_OK)
        *n_files = reader.runs;
    packed_reader_close(&reader);
    return code;
}
