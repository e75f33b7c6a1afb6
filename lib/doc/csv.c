/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/doc/csv.h"
#include "lib/doc/encoding.h"
#include "lib/doc/json_token.h"
#include "lib/findings/findings.h"
#include "lib/util/array.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

struct csv_reader {
    const struct csv_input *input;
    struct sweep_findings *findings;
    struct csv *csv;
    const char *text, *end; /* the original */
    const char *p;
    uint32_t line, column; /* of p */
    char *out;             /* where the next cell goes in csv->text */
    size_t n_cells, capacity;
    bool has_errors;
};

/* --- positions ------------------------------------------------------------------------------ */

/* Goes on to `to`, which is not on another line unless a line break is skipped. */
static void csv_advance(struct csv_reader *r, const char *to)
{
    while (r->p < to) {
        const char *newline = memchr(r->p, '\n', (size_t)(to - r->p));
        if (newline == NULL) {
            r->column += (uint32_t)utf8_count(r->p, (size_t)(to - r->p));
            r->p = to;
            return;
        }
        r->p = newline + 1;
        r->line++;
        r->column = 1;
    }
}

static enum sweep_code csv_refuse(struct csv_reader *r, const char *hint, const char *message)
{
    const struct sweep_place place = {r->csv->file, r->line, r->column, 1};
    r->has_errors = true;
    return FINDING_ERROR(r->findings, "csv-syntax", place, NULL, hint, "%s", message);
}

struct sweep_place csv_place(const struct csv *csv, const struct csv_cell *cell)
{
    return (struct sweep_place){csv->file, cell->line, cell->column, cell->shown};
}

/* --- cells ---------------------------------------------------------------------------------- */

/* The length of the line break at `p`, or 0. */
static size_t csv_line_break(const struct csv_reader *r, const char *p)
{
    if (p < r->end && *p == '\n')
        return 1;
    if (r->end - p >= 2 && p[0] == '\r' && p[1] == '\n')
        return 2;
    return 0;
}

static bool csv_is_cell_end(const struct csv_reader *r, const char *p)
{
    return p == r->end || *p == ',' || csv_line_break(r, p) > 0;
}

static enum sweep_code csv_read_quoted(struct csv_reader *r)
{
    const char *p = r->p + 1;
    for (;; p++) {
        const char *quote = memchr(p, '"', (size_t)(r->end - p));
        if (quote == NULL)
            return csv_refuse(r, "add \" at its end", "this cell has no closing quote");
        memcpy(r->out, p, (size_t)(quote - p));
        r->out += quote - p;
        p = quote + 1;
        if (p == r->end || *p != '"')
            break;
        *r->out++ = '"';
    }
    csv_advance(r, p);
    if (!csv_is_cell_end(r, p))
        return csv_refuse(r, "write \"\" for a quote inside a cell in quotes",
            "a comma or the end of the line must follow the closing quote");
    return SWEEP_OK;
}

static enum sweep_code csv_read_plain(struct csv_reader *r)
{
    const char *p = r->p;
    for (; !csv_is_cell_end(r, p); p++) {
        if (*p != '"' && *p != '\r')
            continue;
        csv_advance(r, p);
        if (*p == '"')
            return csv_refuse(r, "write the whole cell in quotes, and \"\" for each quote in it",
                "a quote inside a cell without quotes");
        return csv_refuse(
            r, "convert it: tr '\\r' '\\n' <OLD >NEW", "a carriage return without a newline");
    }
    memcpy(r->out, r->p, (size_t)(p - r->p));
    r->out += p - r->p;
    csv_advance(r, p);
    return SWEEP_OK;
}

static enum sweep_code csv_read_cell(struct csv_reader *r)
{
    struct csv *csv = r->csv;
    struct csv_cell *cells = array_grow(csv->cells, r->n_cells, &r->capacity, sizeof *cells);
    if (cells == NULL)
        return SWEEP_NO_MEMORY;
    csv->cells = cells;
    struct csv_cell *cell = &csv->cells[r->n_cells];
    const char *start = r->p;
    *cell = (struct csv_cell){.text = r->out, .line = r->line, .column = r->column};
    enum sweep_code code;
    if (r->p < r->end && *r->p == '"')
        code = csv_read_quoted(r);
    else
        code = csv_read_plain(r);
    if (code != SWEEP_OK)
        return code;
    cell->length = (uint32_t)(r->out - cell->text);
    cell->shown = (uint32_t)utf8_count(start, (size_t)(r->p - start));
    *r->out++ = '\0'; /* replaces the comma or line break */
    r->n_cells++;
    return SWEEP_OK;
}

/* Reads the cells of a row and its line break. */
static enum sweep_code csv_read_row(struct csv_reader *r)
{
    for (;;) {
        enum sweep_code code = csv_read_cell(r);
        if (code != SWEEP_OK)
            return code;
        if (r->p == r->end)
            return SWEEP_OK;
        if (*r->p == ',') {
            csv_advance(r, r->p + 1);
            continue;
        }
        csv_advance(r, r->p + csv_line_break(r, r->p));
        return SWEEP_OK;
    }
}

static void csv_skip_empty_lines(struct csv_reader *r)
{
    for (size_t n; (n = csv_line_break(r, r->p)) > 0;)
        csv_advance(r, r->p + n);
}

/* --- names ---------------------------------------------------------------------------------- */

static enum sweep_code csv_check_name(struct csv_reader *r, size_t index, json_t *seen)
{
    const struct csv *csv = r->csv;
    const struct csv_cell *name = &csv->names[index];
    if (name->length == 0) {
        r->has_errors = true;
        return FINDING_ERROR(r->findings, "csv-syntax", csv_place(csv, name), NULL,
            "the first line names the columns", "column %zu has no name", index + 1);
    }
    if (json_object_get(seen, name->text) != NULL) {
        r->has_errors = true;
        return FINDING_ERROR(r->findings, "csv-syntax", csv_place(csv, name), NULL, NULL,
            "two columns are called \"%.100s\"", name->text);
    }
    if (json_object_set_new_nocheck(seen, name->text, json_true()) != 0)
        return SWEEP_NO_MEMORY;
    return SWEEP_OK;
}

/* Reads the first line. */
static enum sweep_code csv_read_names(struct csv_reader *r)
{
    struct csv *csv = r->csv;
    if (r->p == r->end)
        return csv_refuse(r, "the first line names the columns", "the file is empty");
    enum sweep_code code = csv_read_row(r);
    if (code != SWEEP_OK)
        return code;
    csv->n_columns = r->n_cells;
    if (csv->n_columns > r->input->max_columns) {
        r->has_errors = true;
        return FINDING_ERROR(r->findings, "too-large", csv_place(csv, &csv->cells[0]), NULL, NULL,
            "%zu columns; the limit is %llu", csv->n_columns,
            (unsigned long long)r->input->max_columns);
    }
    csv->names = csv->cells;
    csv->cells = NULL;
    r->n_cells = r->capacity = 0;
    CLEANUP_JSON json_t *seen = json_object();
    if (seen == NULL)
        return SWEEP_NO_MEMORY;
    for (size_t i = 0; i < csv->n_columns; i++)
        if (csv_check_name(r, i, seen) == SWEEP_NO_MEMORY)
            return SWEEP_NO_MEMORY;
    return SWEEP_OK;
}

/* --- rows ----------------------------------------------------------------------------------- */

static enum sweep_code csv_read_rows(struct csv_reader *r)
{
    struct csv *csv = r->csv;
    for (csv_skip_empty_lines(r); r->p < r->end; csv_skip_empty_lines(r)) {
        size_t first = r->n_cells;
        enum sweep_code code = csv_read_row(r);
        if (code != SWEEP_OK)
            return code;
        size_t n = r->n_cells - first;
        if (n != csv->n_columns) {
            r->has_errors = true;
            FINDING_ERROR(r->findings, "csv-syntax", csv_place(csv, &csv->cells[first]), NULL,
                "write a cell with a comma in double quotes",
                "this row has %zu cell%s; the first line names %zu column%s", n, n == 1 ? "" : "s",
                csv->n_columns, csv->n_columns == 1 ? "" : "s");
            r->n_cells = first; /* go on, to find the other ones */
            continue;
        }
        if (++csv->n_rows <= r->input->max_rows)
            continue;
        r->has_errors = true;
        return FINDING_ERROR(r->findings, "too-many-runs", csv_place(csv, &csv->cells[first]), NULL,
            NULL, "more than %llu rows, the limit of runs", (unsigned long long)r->input->max_rows);
    }
    return SWEEP_OK;
}

/* --- files ---------------------------------------------------------------------------------- */

/* Finds what no text file has. */
static enum sweep_code csv_check_encoding(struct csv_reader *r)
{
    struct encoding_mistake mistake;
    size_t length = (size_t)(r->end - r->text);
    if (encoding_find_mistake(r->text, length, &mistake)) {
        csv_advance(r, r->text + mistake.offset);
        return csv_refuse(r, mistake.hint[0] != '\0' ? mistake.hint : NULL, mistake.message);
    }
    const char *nul = memchr(r->text, '\0', length);
    if (nul == NULL)
        return SWEEP_OK;
    csv_advance(r, nul);
    return csv_refuse(r, "remove it", "a NUL character is not allowed here");
}

static enum sweep_code csv_read(struct csv_reader *r)
{
    enum sweep_code code = csv_check_encoding(r);
    if (code == SWEEP_OK) {
        csv_skip_empty_lines(r);
        code = csv_read_names(r);
    }
    if (code == SWEEP_OK)
        code = csv_read_rows(r);
    if (code == SWEEP_OK && r->has_errors)
        code = SWEEP_INVALID;
    return code;
}

enum sweep_code csv_parse(
    const struct csv_input *input, struct sweep_findings *findings, struct csv **out)
{
    struct csv *csv = calloc(1, sizeof *csv);
    if (csv == NULL)
        return SWEEP_NO_MEMORY;
    csv->file = strdup(input->file);
    csv->text = malloc(input->length + 1); /* a cell is never longer than in the file */
    enum sweep_code code = SWEEP_NO_MEMORY;
    if (csv->file != NULL && csv->text != NULL) {
        struct csv_reader r = {.input = input,
            .findings = findings,
            .csv = csv,
            .text = input->text,
            .end = input->text + input->length,
            .line = 1,
            .column = 1,
            .out = csv->text};
        if (input->length >= 3 && memcmp(r.text, "\xef\xbb\xbf", 3) == 0)
            r.text += 3;
        r.p = r.text;
        findings_add_source(findings, csv->file, r.text, (size_t)(r.end - r.text));
        code = csv_read(&r);
    }
    if (code != SWEEP_OK) {
        csv_free(csv);
        return code;
    }
    *out = csv;
    return SWEEP_OK;
}

void csv_free(struct csv *csv)
{
    if (csv == NULL)
        return;
    free(csv->names);
    free(csv->cells);
    free(csv->text);
    free(csv->file);
    free(csv);
}

size_t csv_find_column(const struct csv *csv, const char *name)
{
    for (size_t i = 0; i < csv->n_columns; i++)
        if (strcmp(csv->names[i].text, name) == 0)
            return i;
    return SIZE_MAX;
}

enum sweep_code csv_value(const struct csv *csv, const struct csv_cell *cell,
    struct sweep_findings *findings, json_t **out)
{
    json_error_t error = {0};
    if (strcmp(cell->text, "true") == 0 || strcmp(cell->text, "false") == 0)
        *out = json_boolean(cell->text[0] == 't');
    else if (strcmp(cell->text, "null") == 0)
        *out = json_null();
    else if (json_token_is_number(cell->text, cell->length))
        *out = json_loadb(cell->text, cell->length, JSON_DECODE_ANY, &error);
    else
        *out = json_stringn_nocheck(cell->text, cell->length);
    if (*out != NULL)
        return SWEEP_OK;
    if (json_error_code(&error) == json_error_numeric_overflow)
        return FINDING_ERROR(findings, "number-range", csv_place(csv, cell), NULL, NULL,
            "number out of range: integers have 64 bits, floats go up to 1.8e308");
    return SWEEP_NO_MEMORY;
}

void csv_put_quoted(struct strbuf *out, const char *text)
{
    strbuf_putc(out, '"');
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '"')
            strbuf_putc(out, '"');
        strbuf_putc(out, *p);
    }
    strbuf_putc(out, '"');
}
