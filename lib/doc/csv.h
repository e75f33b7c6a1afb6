/* SPDX-License-Identifier: Apache-2.0
 *
 * CSV files as RFC 4180 describes them: comma-separated cells, the first line names the columns, a
 * cell in double quotes may contain commas, line breaks and doubled quotes. Lines end with LF or
 * CRLF; a UTF-8 byte order mark and empty lines are skipped. Every row has as many cells as there
 * are columns.
 */
#ifndef LIB_DOC_CSV_H
#define LIB_DOC_CSV_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/util/strbuf.h"
#include "sweep/error.h"

struct csv_cell {
    const char *text; /* without quotes; borrowed from the table */
    uint32_t length;
    uint32_t line, column; /* of its first character in the file */
    uint32_t shown;        /* characters as written */
};

struct csv {
    char *file; /* its name in findings; owned */
    char *text; /* the cells, each terminated; owned */
    size_t n_columns, n_rows;
    struct csv_cell *names; /* n_columns; all different, none is empty */
    struct csv_cell *cells; /* n_rows × n_columns, row by row */
};

struct csv_input {
    const char *text; /* copied */
    size_t length;
    const char *file;               /* copied */
    uint64_t max_columns, max_rows; /* without the line of names */
};

/* Reads a table. What is wrong with it is added to the findings; on success *out is the caller's.
 */
enum sweep_code csv_parse(
    const struct csv_input *input, struct sweep_findings *findings, struct csv **out);
void csv_free(struct csv *csv);

/* The place of a cell. Its file is borrowed from the table. */
struct sweep_place csv_place(const struct csv *csv, const struct csv_cell *cell);

/* The index of a column; SIZE_MAX if there is none. */
size_t csv_find_column(const struct csv *csv, const char *name);

/* What a cell means: a JSON number, true, false or null is that value, anything else a string.
 * *out is a new reference. SWEEP_INVALID, with a finding, for a number that is out of range. */
enum sweep_code csv_value(const struct csv *csv, const struct csv_cell *cell,
    struct sweep_findings *findings, json_t **out);

/* Appends a cell in quotes (RFC 4180), as a cell with a comma, a quote or a line break needs. */
void csv_put_quoted(struct strbuf *out, const char *text);

#endif
