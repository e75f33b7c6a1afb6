/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/scalar.h"
#include "lib/findings/findings.h"
#include "lib/spec/input_files.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "lib/util/text.h"

void input_files_deinit(struct input_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        csv_free(files->items[i].csv);
        json_source_free(files->items[i].json);
        free(files->items[i].text);
        free(files->items[i].path);
        free(files->items[i].file);
    }
    free(files->items);
    *files = (struct input_files){0};
}

void input_files_kept_name(const char *path, size_t index, char out[INPUT_FILES_NAME])
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    int start = snprintf(out, INPUT_FILES_NAME, INPUT_FILES_KEPT "/%02zu-", index);
    snprintf(out + start, (size_t)(INPUT_FILES_NAME - start), "%s", name);
    for (char *p = out + start; *p != '\0'; p++)
        if (!isalnum((unsigned char)*p) && strchr("._-", *p) == NULL)
            *p = '_';
}

static struct input_file *input_files_find(struct input_files *files, const char *path)
{
    for (size_t i = 0; i < files->count; i++)
        if (strcmp(files->items[i].path, path) == 0)
            return &files->items[i];
    return NULL;
}

/* Reads the bytes of a file. The finding for a failure is at `place`. */
static enum sweep_code input_files_load(const struct spec_context *context, const char *pointer,
    const struct sweep_place *place, struct input_file *out)
{
    struct sweep_error why = {0};
    CLEANUP_STRBUF struct strbuf path = {0};
    uint64_t left = context->limits->data_bytes - context->inputs->bytes;
    if (context->sweep != NULL) {
        char kept[INPUT_FILES_NAME];
        size_t index = (size_t)(out - context->inputs->items);
        input_files_kept_name(out->path, index, kept);
        strbuf_printf(&path, "%s/%s", context->sweep, kept);
        /* The sweep may have one file more: what its spec extended without naming it. */
        if (!path.oom && context->defaults == NULL && access(path.data, F_OK) != 0) {
            input_files_kept_name(out->path, index + 1, kept);
            path.length = 0;
            strbuf_printf(&path, "%s/%s", context->sweep, kept);
        }
        out->file = strdup(strbuf_string(&path));
    } else {
        if (out->path[0] != '/')
            strbuf_printf(&path, "%s/", context->directory);
        strbuf_puts(&path, out->path);
        out->file = strdup(out->path);
    }
    if (path.oom || out->file == NULL)
        return SWEEP_NO_MEMORY;
    enum sweep_code code = file_read(path.data, left, &out->text, &out->length, &why);
    if (code == SWEEP_OK || code == SWEEP_NO_MEMORY)
        return code;
    return FINDING_ERROR(context->findings, "data-file", *place, pointer,
        "a relative path starts at the spec's directory; --limit data_bytes=… allows larger files",
        "%s", why.message);
}

/* Appends a file without its bytes; NULL without memory. */
static struct input_file *input_files_append(struct input_files *files, const char *path)
{
    struct input_file *items = realloc(files->items, (files->count + 1) * sizeof *items);
    if (items == NULL)
        return NULL;
    files->items = items;
    struct input_file *file = &items[files->count];
    *file = (struct input_file){.path = strdup(path)};
    if (file->path == NULL)
        return NULL;
    files->count++;
    return file;
}

enum sweep_code input_files_insert(
    struct input_files *files, const char *path, const char *text, size_t length)
{
    struct input_file *file = input_files_append(files, path);
    if (file == NULL)
        return SWEEP_NO_MEMORY;
    file->text = text_duplicate(text, length);
    file->file = strdup(path);
    file->length = length;
    if (file->text == NULL || file->file == NULL)
        return SWEEP_NO_MEMORY;
    files->bytes += length;
    return SWEEP_OK;
}

/* Appends a file and reads its bytes. */
static enum sweep_code input_files_add(const struct spec_context *context, const char *pointer,
    const char *path, const struct sweep_place *place, struct input_file **out)
{
    struct input_files *files = context->inputs;
    struct input_file *file = input_files_append(files, path);
    if (file == NULL)
        return SWEEP_NO_MEMORY;
    *out = file;
    file->code = input_files_load(context, pointer, place, file);
    if (file->code == SWEEP_OK)
        files->bytes += file->length;
    return file->code;
}

static void input_files_parse_csv(const struct spec_context *context, struct input_file *file)
{
    const struct csv_input input = {.text = file->text,
        .length = file->length,
        .file = file->file,
        .max_columns = context->limits->settings,
        .max_rows = context->limits->runs};
    file->code = csv_parse(&input, context->findings, &file->csv);
}

/* Finds or reads the file that a value names. */
static enum sweep_code input_files_open(const struct spec_context *context, const char *pointer,
    const struct placed_value *at, struct input_file **out)
{
    if (!json_is_string(at->value) || json_string_length(at->value) == 0)
        return FINDING_ERROR(context->findings, "wrong-type", at->place->value, pointer,
            "write {\"file\": \"values.csv\"}", "file must be the path of a CSV file, got %s",
            json_is_string(at->value) ? "an empty string" : value_type_name(at->value));
    const char *path = json_string_value(at->value);
    *out = input_files_find(context->inputs, path);
    if (*out != NULL)
        return SWEEP_OK;
    return input_files_add(context, pointer, path, &at->place->value, out);
}

enum sweep_code input_files_read_csv(const struct spec_context *context, const char *pointer,
    const struct placed_value *at, const struct csv **out)
{
    struct input_file *file = NULL;
    enum sweep_code code = input_files_open(context, pointer, at, &file);
    if (code != SWEEP_OK)
        return code;
    if (file->csv == NULL && file->code == SWEEP_OK)
        input_files_parse_csv(context, file);
    *out = file->csv;
    return file->code;
}

/* --- a JSON object a line ----------------------------------------------------------------- */

bool input_files_is_lines(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot != NULL && (strcmp(dot, ".jsonl") == 0 || strcmp(dot, ".ndjson") == 0);
}

/* The text as a list: "[" before it, "]" after it, and a comma after each line that is not empty.
 * Lines keep their numbers, and all but the first one their columns. */
static void input_files_put_list(const struct input_file *file, struct strbuf *out)
{
    const char *line = file->text, *end = file->text + file->length;
    strbuf_putc(out, '[');
    while (line < end) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)((next != NULL ? next : end) - line);
        if (length > 0 && line[length - 1] == '\r')
            length--;
        strbuf_append(out, line, length);
        if (length > 0)
            strbuf_putc(out, ',');
        strbuf_putc(out, '\n');
        line = next != NULL ? next + 1 : end;
    }
    strbuf_putc(out, ']');
}

/* The first line is one column too far, because of the "[". */
static void input_files_shift(struct json_place *place)
{
    if (place->value.line == 1 && place->value.column > 1)
        place->value.column--;
    if (place->key.line == 1 && place->key.column > 1)
        place->key.column--;
    for (struct json_place *inner = place->first; inner != NULL; inner = inner->next)
        input_files_shift(inner);
}

static void input_files_parse_lines(const struct spec_context *context, struct input_file *file)
{
    CLEANUP_STRBUF struct strbuf list = {0};
    struct sweep_limits limits = *context->limits;
    limits.spec_bytes = 2 * limits.data_bytes + 2;
    limits.keys = limits.data_bytes;
    input_files_put_list(file, &list);
    const struct json_input input = {
        .text = list.data, .length = list.length, .file = file->file, .limits = &limits};
    file->code = SWEEP_NO_MEMORY;
    if (!list.oom)
        file->code = json_source_parse_input(&input, context->findings, &file->json);
    if (file->code == SWEEP_OK)
        input_files_shift(file->json->root);
}

enum sweep_code input_files_read_lines(const struct spec_context *context, const char *pointer,
    const struct placed_value *at, const struct json_source **out)
{
    struct input_file *file = NULL;
    enum sweep_code code = input_files_open(context, pointer, at, &file);
    if (code != SWEEP_OK)
        return code;
    if (file->json == NULL && file->code == SWEEP_OK)
        input_files_parse_lines(context, file);
    *out = file->json;
    return file->code;
}

/* --- specs -------------------------------------------------------------------------------- */

enum sweep_code input_files_read_json(const struct spec_context *context, const char *pointer,
    const char *path, const struct sweep_place *place, const struct json_source **out)
{
    struct input_file *file = input_files_find(context->inputs, path);
    if (file == NULL) {
        enum sweep_code code = input_files_add(context, pointer, path, place, &file);
        if (code != SWEEP_OK)
            return code;
    }
    const struct json_input input = {
        .text = file->text, .length = file->length, .file = file->file, .limits = context->limits};
    if (file->json == NULL && file->code == SWEEP_OK)
        file->code = json_source_parse_input(&input, context->findings, &file->json);
    *out = file->json;
    return file->code;
}
