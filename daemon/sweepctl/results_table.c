/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/results_table.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

enum {
    TABLE_KEY_COLUMNS = 4, /* of run_mapping.csv, before the swept paths */
    TABLE_MAX_WIDTH = 32,  /* of a cell of the text */
    TABLE_VERSION = 1,     /* of the JSON */
};

const char *const results_measure_names[MEASURES] = {"steps", "first_loss", "last_loss", "min_loss",
    "tokens_per_second", "peak_memory_gib", "seconds"};

/* --- reading -------------------------------------------------------------------------------- */

static size_t results_table_find_path(const struct results_table *table, const char *path)
{
    for (size_t i = 0; i < table->n_paths; i++)
        if (strcmp(table->paths[i], path) == 0)
            return i;
    return SIZE_MAX;
}

/* Appends a path unless it is there. The table copies it. */
static bool results_table_add_path(struct results_table *table, const char *path)
{
    if (results_table_find_path(table, path) != SIZE_MAX)
        return true;
    char **paths = realloc(table->paths, (table->n_paths + 1) * sizeof *paths);
    if (paths == NULL)
        return false;
    table->paths = paths;
    paths[table->n_paths] = text_duplicate(path, strlen(path));
    return paths[table->n_paths++] != NULL;
}

/* Paths that `retry` has set: the runs differ from those that replace them only there. */
static bool results_table_add_set(struct results_table *table, const struct sweep_view *view,
    const struct jobs_sweep *sweep, const struct jobs_run *run)
{
    bool fine = true;
    if (run->is_hidden || run->replaced_set == NULL)
        return true;
    CLEANUP_FREE char *names = text_duplicate(run->replaced_set, strlen(run->replaced_set));
    if (names == NULL)
        return false;
    char *rest = names, *name;
    while (fine && (name = strsep(&rest, " ")) != NULL)
        if (name[0] != '\0' && name[0] != '~')
            fine = results_table_add_path(table, results_path(view->trainer, sweep, name));
    return fine;
}

static bool results_table_add_paths(
    struct results_table *table, const struct sweep_view *view, const struct jobs_sweep *sweep)
{
    const struct csv *mapping = sweep->mapping;
    bool fine = true;
    for (size_t i = TABLE_KEY_COLUMNS; i < mapping->n_columns && fine; i++)
        fine = results_table_add_path(table, mapping->names[i].text);
    for (size_t i = 0; i < sweep->n_runs && fine; i++)
        fine = results_table_add_set(table, view, sweep, &sweep->runs[i]);
    return fine;
}

static void results_table_note(struct results_row *row, struct strbuf *notes)
{
    const struct run_result *result = &row->result;
    const char *separator = "";
    if (row->run->replaced != NULL) {
        strbuf_printf(notes, "replaced by %s", row->run->replaced);
        separator = "; ";
    }
    if (row->run->attempts == 0)
        return;
    if (!result->found || result->log.lines == 0) {
        strbuf_printf(notes, "%sno steps logged", separator);
        separator = "; ";
    }
    if (result->log.not_finite > 0) {
        strbuf_printf(
            notes, "%sloss not finite at step %" PRIu64, separator, result->log.not_finite);
        separator = "; ";
    }
    if (result->log.repeated > 0) {
        strbuf_printf(notes, "%sstep %" PRIu64 " is there twice: two processes wrote the log",
            separator, result->log.repeated);
        separator = "; ";
    }
    if (result->log.torn) {
        strbuf_printf(notes, "%slast line incomplete", separator);
        separator = "; ";
    }
    if (result->n_files > 1)
        strbuf_printf(notes, "%slast of %zu logs", separator, result->n_files);
}

static void results_table_set(
    struct results_row *row, enum measure measure, int decimals, double value)
{
    if (isfinite(value))
        snprintf(row->texts[measure], sizeof row->texts[measure], "%.*f", decimals, value);
    row->numbers[measure] = value;
}

/* A loss is shown as it was logged. */
static void results_table_set_loss(
    struct results_row *row, enum measure measure, const struct step_number *loss)
{
    if (loss->text[0] == '\0')
        return;
    snprintf(row->texts[measure], sizeof row->texts[measure], "%s", loss->text);
    row->numbers[measure] = strtod(loss->text, NULL);
}

static void results_table_measure(struct results_row *row)
{
    const struct step_log *log = &row->result.log;
    const struct attempt *last = &row->run->last;
    for (int i = 0; i < MEASURES; i++)
        row->numbers[i] = NAN;
    if (log->lines > 0)
        results_table_set(row, MEASURE_STEPS, 0, (double)log->last_step);
    results_table_set_loss(row, MEASURE_FIRST, &log->first);
    results_table_set_loss(row, MEASURE_LAST, &log->last);
    results_table_set_loss(row, MEASURE_LEAST, &log->least);
    if (log->n_speeds > 0)
        results_table_set(row, MEASURE_SPEED, 1, log->speed_sum / (double)log->n_speeds);
    if (log->n_memories > 0)
        results_table_set(row, MEASURE_MEMORY, 2, log->memory);
    if (row->run->attempts > 0 && last->ended > 0 && last->started > 0)
        results_table_set(row, MEASURE_DURATION, 0, (double)(last->ended - last->started));
}

static bool results_table_read_row(struct results_reader *reader, struct results_row *row)
{
    struct strbuf notes = {0};
    if (!results_read(reader, row->run, false, &row->result))
        return false;
    results_table_measure(row);
    results_table_note(row, &notes);
    if (notes.length == 0)
        return !notes.oom;
    row->notes = strbuf_steal(&notes);
    return row->notes != NULL;
}

/* Paths that only other sweeps set have the same value in all runs of this one: reads it from the
 * config of the first run. Returns the values, or NULL if memory ran out. */
static char **results_table_read_common(struct results_table *table, struct results_reader *reader)
{
    const struct jobs_sweep *sweep = reader->sweep;
    char **common = &table->common[table->n_common];
    bool sets_all = sweep->mapping->n_columns - TABLE_KEY_COLUMNS == table->n_paths;
    table->n_common += table->n_paths;
    if (!sets_all && sweep->n_runs > 0 &&
        !results_read_values(
            reader, &sweep->runs[0], (const char *const *)table->paths, table->n_paths, common))
        return NULL;
    return common;
}

/* If no run of the sweep has logged a step, the logger may be the reason. */
static void results_table_check_logger(
    struct results_table *table, const struct results_reader *reader, size_t first)
{
    const struct jobs_run *done = NULL;
    for (size_t i = first; i < table->n_rows; i++) {
        if (table->rows[i].result.log.lines > 0)
            return;
        if (table->rows[i].run->verdict.state == RUN_DONE)
            done = table->rows[i].run;
    }
    if (done != NULL && table->logger == NULL)
        table->logger = results_other_logger(reader, done);
}

/* Appends the rows of a sweep. */
static bool results_table_read_sweep(
    const struct sweep_view *view, struct results_table *table, const struct jobs_sweep *sweep)
{
    struct results_reader reader;
    const struct csv *mapping = sweep->mapping;
    results_open(&reader, view->trainer, sweep);
    char **common = results_table_read_common(table, &reader);
    bool fine = common != NULL;
    size_t first = table->n_rows;
    for (size_t i = 0; i < sweep->n_runs && fine; i++) {
        struct results_row *row = &table->rows[table->n_rows];
        const char **values = &table->values[table->n_rows * table->n_paths];
        if (sweep->runs[i].is_hidden)
            continue;
        *row = (struct results_row){.sweep = sweep, .run = &sweep->runs[i], .values = values};
        for (size_t k = 0; k < table->n_paths; k++)
            values[k] = common[k];
        for (size_t k = TABLE_KEY_COLUMNS; k < mapping->n_columns; k++)
            values[results_table_find_path(table, mapping->names[k].text)] =
                mapping->cells[i * mapping->n_columns + k].text;
        table->n_rows++;
        fine = results_table_read_row(&reader, row);
    }
    results_table_check_logger(table, &reader, first);
    results_close(&reader);
    return fine;
}

int results_table_read(const struct sweep_view *view, struct results_table *table)
{
    size_t n_runs = 0;
    *table = (struct results_table){0};
    for (size_t i = 0; i < view->n_sweeps; i++) {
        n_runs += view->sweeps[i]->n_runs;
        if (!results_table_add_paths(table, view, view->sweeps[i]))
            return cli_oom();
    }
    table->rows = calloc(n_runs + 1, sizeof *table->rows);
    table->values = calloc(n_runs * table->n_paths + 1, sizeof *table->values);
    table->common = calloc(view->n_sweeps * table->n_paths + 1, sizeof *table->common);
    if (table->rows == NULL || table->values == NULL || table->common == NULL)
        return cli_oom();
    table->has_several = view->n_sweeps > 1;
    for (size_t i = 0; i < view->n_sweeps; i++)
        if (!results_table_read_sweep(view, table, view->sweeps[i]))
            return cli_oom();
    return EXIT_DONE;
}

void results_table_free(struct results_table *table)
{
    for (size_t i = 0; i < table->n_rows; i++) {
        results_free(&table->rows[i].result);
        free(table->rows[i].notes);
    }
    for (size_t i = 0; i < table->n_common; i++)
        free(table->common[i]);
    for (size_t i = 0; i < table->n_paths; i++)
        free(table->paths[i]);
    free(table->logger);
    free(table->common);
    free(table->rows);
    free(table->values);
    free(table->paths);
    *table = (struct results_table){0};
}

/* --- sorting -------------------------------------------------------------------------------- */

/* A key of a row: a number, or else a text. */
struct table_key {
    double number; /* NAN: not a number */
    const char *text;
    size_t index; /* of the row, which decides between equal ones */
};

static int results_table_compare(const void *a, const void *b)
{
    const struct table_key *left = a, *right = b;
    bool left_is_number = !isnan(left->number), right_is_number = !isnan(right->number);
    int order = 0;
    if (left_is_number && right_is_number && left->number != right->number)
        order = left->number < right->number ? -1 : 1;
    else if (left_is_number != right_is_number)
        order = left_is_number ? -1 : 1;
    else if (!left_is_number)
        order = strcmp(left->text, right->text);
    if (order == 0)
        order = left->index < right->index ? -1 : 1;
    return order;
}

static struct table_key results_table_text_key(const char *text)
{
    char *end;
    struct table_key key = {.number = NAN, .text = text != NULL ? text : ""};
    if (key.text[0] == '\0')
        return key;
    double number = strtod(key.text, &end);
    if (*end == '\0')
        key.number = number;
    return key;
}

static enum measure results_table_measure_named(const char *column)
{
    if (strcmp(column, "loss") == 0)
        return MEASURE_LAST;
    int i = 0;
    while (i < MEASURES && strcmp(results_measure_names[i], column) != 0)
        i++;
    return (enum measure)i;
}

/* False if there is no such column. */
static bool results_table_key(const struct results_table *table, const struct results_row *row,
    const char *column, struct table_key *key)
{
    enum measure measure = results_table_measure_named(column);
    size_t path = results_table_find_path(table, column);
    if (measure != MEASURES)
        *key = (struct table_key){.number = row->numbers[measure], .text = ""};
    else if (path != SIZE_MAX)
        *key = results_table_text_key(row->values[path]);
    else if (strcmp(column, "run") == 0)
        *key = (struct table_key){.number = NAN, .text = row->run->name};
    else if (strcmp(column, "id") == 0)
        *key = (struct table_key){.number = NAN, .text = row->run->id};
    else if (strcmp(column, "state") == 0)
        *key = (struct table_key){.number = NAN, .text = run_state_name(row->run->verdict.state)};
    else if (strcmp(column, "attempts") == 0)
        *key = (struct table_key){.number = row->run->attempts, .text = ""};
    else
        return false;
    return true;
}

bool results_table_sort(struct results_table *table, const char *column, bool descending)
{
    struct table_key none;
    if (table->n_rows == 0)
        return true;
    if (!results_table_key(table, &table->rows[0], column, &none))
        return false;
    CLEANUP_FREE struct table_key *keys = calloc(table->n_rows, sizeof *keys);
    CLEANUP_FREE struct results_row *rows = calloc(table->n_rows, sizeof *rows);
    if (keys == NULL || rows == NULL)
        return true; /* unsorted is better than nothing */
    for (size_t i = 0; i < table->n_rows; i++) {
        results_table_key(table, &table->rows[i], column, &keys[i]);
        keys[i].index = i;
        if (descending)
            keys[i].number = -keys[i].number;
    }
    qsort(keys, table->n_rows, sizeof *keys, results_table_compare);
    for (size_t i = 0; i < table->n_rows; i++)
        rows[i] = table->rows[keys[i].index];
    memcpy(table->rows, rows, table->n_rows * sizeof *rows);
    return true;
}

bool results_table_has(
    const struct results_table *table, const struct results_row *row, const char *column)
{
    struct table_key key;
    if (!results_table_key(table, row, column, &key))
        return false;
    return isfinite(key.number) || key.text[0] != '\0';
}

/* --- text ----------------------------------------------------------------------------------- */

/* Columns are run, state, attempts, the paths, the measures, the sweep, and notes. */
enum { TABLE_FIRST_COLUMNS = 3 };

static size_t results_table_columns(const struct results_table *table)
{
    return TABLE_FIRST_COLUMNS + table->n_paths + MEASURES + 2;
}

static const char *results_table_title(const struct results_table *table, size_t column)
{
    static const char *const first[TABLE_FIRST_COLUMNS] = {"run", "state", "attempts"};
    if (column < TABLE_FIRST_COLUMNS)
        return first[column];
    column -= TABLE_FIRST_COLUMNS;
    if (column < table->n_paths)
        return table->paths[column];
    column -= table->n_paths;
    if (column < MEASURES)
        return results_measure_names[column];
    if (column == MEASURES)
        return "sweep";
    return "notes";
}

static const char *results_table_measure_cell(
    const struct results_row *row, size_t measure, char text[64])
{
    bool is_loss = measure >= MEASURE_FIRST && measure <= MEASURE_LEAST;
    if (!is_loss || !isfinite(row->numbers[measure]))
        return row->texts[measure];
    snprintf(text, 64, "%.5g", row->numbers[measure]);
    return text;
}

/* The text of a cell, valid until the next call. */
static const char *results_table_cell(
    const struct results_table *table, const struct results_row *row, size_t column)
{
    static char text[64];
    const char *value = NULL;
    if (column == 0)
        return row->run->name;
    if (column == 1)
        return run_state_name(row->run->verdict.state);
    if (column == 2) {
        snprintf(text, sizeof text, "%u", row->run->attempts);
        return text;
    }
    column -= TABLE_FIRST_COLUMNS;
    if (column >= table->n_paths && column < table->n_paths + MEASURES)
        return results_table_measure_cell(row, column - table->n_paths, text);
    if (column < table->n_paths)
        value = row->values[column];
    else if (column > table->n_paths + MEASURES)
        value = row->notes;
    else if (table->has_several)
        value = row->sweep->path;
    return value != NULL ? value : "";
}

static size_t results_table_put_cell(const char *text, size_t width, struct strbuf *out)
{
    const char *safe = cli_escaped(text);
    size_t columns = utf8_count(safe, strlen(safe));
    if (out != NULL) {
        strbuf_puts(out, safe);
        if (columns < width)
            strbuf_repeat(out, ' ', width - columns);
        strbuf_repeat(out, ' ', 2);
    }
    return columns;
}

/* True if a column has something in it. */
static bool results_table_width(const struct results_table *table, size_t column, size_t *width)
{
    bool is_used = column < TABLE_FIRST_COLUMNS + table->n_paths;
    *width = results_table_put_cell(results_table_title(table, column), 0, NULL);
    for (size_t i = 0; i < table->n_rows; i++) {
        const char *text = results_table_cell(table, &table->rows[i], column);
        size_t columns = results_table_put_cell(text, 0, NULL);
        if (columns > 0)
            is_used = true;
        if (columns > *width && columns <= TABLE_MAX_WIDTH)
            *width = columns;
    }
    return is_used;
}

void results_table_put_text(const struct results_table *table, struct strbuf *out)
{
    size_t n = results_table_columns(table);
    CLEANUP_FREE size_t *widths = calloc(n, sizeof *widths);
    if (widths == NULL) {
        out->oom = true;
        return;
    }
    for (size_t column = 0; column < n; column++)
        if (!results_table_width(table, column, &widths[column]))
            widths[column] = 0;
    for (size_t i = 0; i <= table->n_rows; i++) {
        for (size_t column = 0; column < n; column++) {
            if (widths[column] == 0)
                continue;
            const char *text = results_table_title(table, column);
            if (i > 0)
                text = results_table_cell(table, &table->rows[i - 1], column);
            results_table_put_cell(text, widths[column], out);
        }
        while (out->length > 0 && out->data[out->length - 1] == ' ')
            out->data[--out->length] = '\0';
        strbuf_putc(out, '\n');
    }
}

/* --- CSV and JSON --------------------------------------------------------------------------- */

/* A cell of RFC 4180. Those of paths come from run_mapping.csv, where what a spreadsheet would take
 * for a formula is marked already. */
static void results_table_put_field(const char *text, struct strbuf *out)
{
    if (text == NULL)
        return;
    if (strpbrk(text, ",\"\r\n") == NULL) {
        strbuf_puts(out, text);
        return;
    }
    strbuf_putc(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            strbuf_putc(out, '"');
        strbuf_putc(out, *text);
    }
    strbuf_putc(out, '"');
}

void results_table_put_csv(const struct results_table *table, struct strbuf *out)
{
    strbuf_puts(out, "run,id,state,attempts");
    for (size_t i = 0; i < table->n_paths; i++) {
        strbuf_putc(out, ',');
        results_table_put_field(table->paths[i], out);
    }
    for (int i = 0; i < MEASURES; i++)
        strbuf_printf(out, ",%s", results_measure_names[i]);
    strbuf_puts(out, ",sweep,notes\n");
    for (size_t i = 0; i < table->n_rows; i++) {
        const struct results_row *row = &table->rows[i];
        strbuf_printf(out, "%s,%s,%s,%u", row->run->name, row->run->id,
            run_state_name(row->run->verdict.state), row->run->attempts);
        for (size_t k = 0; k < table->n_paths; k++) {
            strbuf_putc(out, ',');
            results_table_put_field(row->values[k], out);
        }
        for (int k = 0; k < MEASURES; k++)
            strbuf_printf(out, ",%s", row->texts[k]);
        strbuf_putc(out, ',');
        results_table_put_field(row->sweep->path, out);
        strbuf_putc(out, ',');
        results_table_put_field(row->notes, out);
        strbuf_putc(out, '\n');
    }
}

/* A cell of run_mapping.csv as the value that it is in the config. */
static json_t *results_table_json_value(const char *text)
{
    static const struct {
        const char *text;
        int value;
    } words[] = {{"True", 1}, {"False", 0}, {"null", -1}};
    if (text == NULL || text[0] == '\0')
        return json_null();
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].text, text) == 0)
            return words[i].value < 0 ? json_null() : json_boolean(words[i].value);
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    if (value != NULL)
        return value;
    return json_string(*text == '\'' ? text + 1 : text);
}

static json_t *results_table_json_row(
    const struct results_table *table, const struct results_row *row)
{
    json_t *out = json_pack("{s:i, s:s, s:s, s:s, s:s, s:i, s:{}}", "version", TABLE_VERSION,
        "sweep", row->sweep->path, "run", row->run->name, "id", row->run->id, "state",
        run_state_name(row->run->verdict.state), "attempts", (int)row->run->attempts, "values");
    json_t *values = json_object_get(out, "values");
    for (size_t i = 0; i < table->n_paths; i++)
        if (row->values[i] != NULL)
            json_object_set_new(values, table->paths[i], results_table_json_value(row->values[i]));
    for (int i = 0; i < MEASURES; i++) {
        json_t *number = json_null();
        if (i == MEASURE_STEPS && isfinite(row->numbers[i]))
            number = json_integer((json_int_t)row->numbers[i]);
        else if (isfinite(row->numbers[i]))
            number = json_real(row->numbers[i]);
        json_object_set_new(out, results_measure_names[i], number);
    }
    json_object_set_new(out, "notes", row->notes != NULL ? json_string(row->notes) : json_null());
    return out;
}

bool results_table_put_json(const struct results_table *table, struct strbuf *out)
{
    for (size_t i = 0; i < table->n_rows; i++) {
        CLEANUP_JSON json_t *row = results_table_json_row(table, &table->rows[i]);
        CLEANUP_FREE char *text = NULL;
        if (row != NULL)
            text = json_dumps(row, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(12));
        if (text == NULL)
            return false;
        strbuf_printf(out, "%s\n", text);
    }
    return !out->oom;
}
