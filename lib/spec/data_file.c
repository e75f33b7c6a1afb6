/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/findings/findings.h"
#include "lib/spec/data_file.h"
#include "lib/spec/input_files.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

/* --- places --------------------------------------------------------------------------------- */

static void data_file_set_place(
    const struct csv *csv, const struct csv_cell *cell, struct json_place *out)
{
    out->value = csv_place(csv, cell);
    out->text = cell->text;
    out->length = cell->length;
}

/* Makes room for `n` places and the list's own. */
static enum sweep_code data_file_begin(
    const struct placed_value *at, size_t n, struct generated *out)
{
    *out = (struct generated){json_array(), calloc(n + 1, sizeof *out->place), NULL, false};
    if (out->values == NULL || out->place == NULL) {
        generated_deinit(out);
        return SWEEP_NO_MEMORY;
    }
    *out->place = *at->place;
    out->place->first = NULL;
    return SWEEP_OK;
}

/* --- columns -------------------------------------------------------------------------------- */

static enum sweep_code data_file_refuse_column(
    const struct reading *r, const struct csv *csv, const struct placed_value *at)
{
    const char *name = json_string_value(at->value);
    struct suggestion suggestion = {.word = name};
    CLEANUP_STRBUF struct strbuf hint = {0};
    for (size_t i = 0; i < csv->n_columns; i++)
        suggestion_offer(&suggestion, csv->names[i].text);
    if (suggestion.best != NULL)
        strbuf_printf(&hint, "did you mean \"%s\"? ", suggestion.best);
    strbuf_puts(&hint, "it has ");
    for (size_t i = 0; i < csv->n_columns && hint.length < 150; i++)
        strbuf_printf(&hint, "%s%.60s", i > 0 ? ", " : "", csv->names[i].text);
    if (hint.oom)
        return SWEEP_NO_MEMORY;
    return reading_refuse(r, &at->place->value, "unknown-column", hint.data,
        "%s has no column \"%.100s\"", csv->file, name);
}

/* Finds the column that "column" names. */
static enum sweep_code data_file_find_column(
    const struct reading *r, const struct csv *csv, const struct placed_value *at, size_t *index)
{
    const struct placed_value column = {
        json_object_get(at->value, "column"), json_place_member(at->place, "column")};
    if (column.place == NULL)
        return reading_refuse(r, &at->place->value, "missing-key",
            "write {\"file\": \"values.csv\", \"column\": \"lr\"}", "a file needs a \"column\"");
    if (!json_is_string(column.value))
        return reading_refuse(
            r, &column.place->value, "wrong-type", NULL, "column must be the name of a column");
    *index = csv_find_column(csv, json_string_value(column.value));
    if (*index == SIZE_MAX)
        return data_file_refuse_column(r, csv, &column);
    return SWEEP_OK;
}

static enum sweep_code data_file_fill_column(
    const struct spec_context *context, const struct csv *csv, size_t column, struct generated *out)
{
    struct json_place **tail = &out->place->first;
    for (size_t i = 0; i < csv->n_rows; i++) {
        const struct csv_cell *cell = &csv->cells[i * csv->n_columns + column];
        json_t *value = NULL;
        enum sweep_code code = csv_value(csv, cell, context->findings, &value);
        if (code != SWEEP_OK)
            return code;
        if (json_array_append_new(out->values, value) != 0)
            return SWEEP_NO_MEMORY;
        *tail = &out->place[i + 1];
        data_file_set_place(csv, cell, *tail);
        tail = &(*tail)->next;
    }
    return SWEEP_OK;
}

enum sweep_code data_file_read_column(
    const struct reading *r, const struct placed_value *at, struct generated *out)
{
    const struct csv *csv = NULL;
    char pointer[200];
    size_t column;
    const struct placed_value file = {
        json_object_get(at->value, "file"), json_place_member(at->place, "file")};
    snprintf(pointer, sizeof pointer, "/%s/%s", r->assignment->where, r->assignment->key);
    enum sweep_code code = input_files_read_csv(r->context, pointer, &file, &csv);
    if (code == SWEEP_OK)
        code = data_file_find_column(r, csv, at, &column);
    if (code == SWEEP_OK && csv->n_rows == 0)
        code =
            reading_refuse(r, &file.place->value, "empty-axis", NULL, "%s has no rows", csv->file);
    if (code == SWEEP_OK)
        code = data_file_begin(at, csv->n_rows, out);
    if (code != SWEEP_OK)
        return code;
    code = data_file_fill_column(r->context, csv, column, out);
    if (code != SWEEP_OK)
        generated_deinit(out);
    return code;
}

/* --- bundles -------------------------------------------------------------------------------- */

/* Reads a row into an object. *next is the first place that is free. */
static enum sweep_code data_file_read_row(const struct spec_context *context, const struct csv *csv,
    size_t row, json_t *bundle, struct json_place **next)
{
    const struct csv_cell *cells = &csv->cells[row * csv->n_columns];
    struct json_place *object = (*next)++, **tail = &object->first;
    data_file_set_place(csv, &cells[0], object);
    for (size_t i = 0; i < csv->n_columns; i++) {
        const struct csv_cell *name = &csv->names[i];
        json_t *value = NULL;
        if (cells[i].length == 0)
            continue;
        enum sweep_code code = csv_value(csv, &cells[i], context->findings, &value);
        if (code != SWEEP_OK)
            return code;
        if (json_object_set_new_nocheck(bundle, name->text, value) != 0)
            return SWEEP_NO_MEMORY;
        struct json_place *member = (*next)++;
        *tail = member;
        tail = &member->next;
        data_file_set_place(csv, &cells[i], member);
        member->key = csv_place(csv, name);
        member->name = (char *)name->text;
    }
    return SWEEP_OK;
}

static enum sweep_code data_file_fill_bundles(
    const struct spec_context *context, const struct csv *csv, struct generated *out)
{
    struct json_place *next = out->place + 1, **tail = &out->place->first;
    for (size_t i = 0; i < csv->n_rows; i++) {
        json_t *bundle = json_object();
        if (bundle == NULL || json_array_append_new(out->values, bundle) != 0)
            return SWEEP_NO_MEMORY;
        *tail = next;
        tail = &next->next;
        enum sweep_code code = data_file_read_row(context, csv, i, bundle, &next);
        if (code != SWEEP_OK)
            return code;
    }
    return SWEEP_OK;
}

/* Refuses everything but {"file": …}. */
static enum sweep_code data_file_check_keys(
    const struct spec_context *context, const char *pointer, const struct placed_value *at)
{
    static const char hint[] = "write [{…}, …], or {\"file\": \"points.csv\"}";
    const char *name = at->place->name;
    enum sweep_code code = SWEEP_OK;
    if (json_object_get(at->value, "file") == NULL)
        code = FINDING_ERROR(context->findings, "missing-key", at->place->value, pointer, hint,
            "%s as an object needs \"file\"", name);
    for (const struct json_place *m = at->place->first; m != NULL; m = m->next)
        if (!json_place_is_comment(m) && strcmp(m->name, "file") != 0)
            code = reading_worse(code, FINDING_ERROR(context->findings, "unknown-key", m->key,
                                           pointer, hint, "%s has no \"%.100s\"", name, m->name));
    return code;
}

/* A JSON object a line. */
static enum sweep_code data_file_read_lines(const struct spec_context *context, const char *pointer,
    const struct placed_value *at, struct generated *out)
{
    const struct json_source *source = NULL;
    const struct placed_value file = {
        json_object_get(at->value, "file"), json_place_member(at->place, "file")};
    enum sweep_code code = input_files_read_lines(context, pointer, &file, &source);
    if (code != SWEEP_OK)
        return code;
    if (json_array_size(source->value) == 0)
        return FINDING_ERROR(context->findings, "empty-axis", file.place->value, pointer, NULL,
            "%s has no rows", json_string_value(file.value));
    code = data_file_begin(at, 0, out);
    if (code != SWEEP_OK)
        return code;
    json_decref(out->values);
    out->values = json_incref(source->value);
    out->place->first = source->root->first; /* borrowed */
    return SWEEP_OK;
}

enum sweep_code data_file_read_bundles(const struct spec_context *context, const char *pointer,
    const struct placed_value *at, struct generated *out)
{
    const struct csv *csv = NULL;
    const struct placed_value file = {
        json_object_get(at->value, "file"), json_place_member(at->place, "file")};
    enum sweep_code code = data_file_check_keys(context, pointer, at);
    const char *path = json_string_value(file.value);
    if (code == SWEEP_OK && path != NULL && input_files_is_lines(path))
        return data_file_read_lines(context, pointer, at, out);
    if (code == SWEEP_OK)
        code = input_files_read_csv(context, pointer, &file, &csv);
    if (code != SWEEP_OK)
        return code;
    if (csv->n_rows == 0)
        return FINDING_ERROR(context->findings, "empty-axis", file.place->value, pointer, NULL,
            "%s has no rows", csv->file);
    code = data_file_begin(at, csv->n_rows * (csv->n_columns + 1), out);
    if (code != SWEEP_OK)
        return code;
    code = data_file_fill_bundles(context, csv, out);
    if (code != SWEEP_OK)
        generated_deinit(out);
    return code;
}
