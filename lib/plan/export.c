/* SPDX-License-Identifier: Apache-2.0
 *
 * The points of a plan as a table: sweep_plan_points(). A column is a key of the spec if each of
 * its values sets one path, and otherwise a path that they set. "cases" of a spec reads it back.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/canonical.h"
#include "lib/doc/csv.h"
#include "lib/doc/number.h"
#include "lib/plan/run_id.h"
#include "lib/plan/runs.h"
#include "lib/plan/values.h"
#include "lib/util/cleanup.h"

/* What a choice puts into a column; all NULL: nothing. */
struct export_cell {
    char *text;          /* owned */
    const json_t *value; /* that has to be computed for each run first, instead */
};

struct export_axis {
    size_t axis;
    struct export_cell *choices; /* owned */
};

struct export_column {
    char *name; /* owned */
    struct export_axis *axes;
    size_t n_axes;
};

struct exporter {
    const struct sweep_plan *plan;
    enum sweep_points_format format;
    struct sweep_error *error;
    struct export_column *columns;
    size_t n_columns;
    struct strbuf line;
    enum sweep_code code;
};

static void export_fail(struct exporter *e, enum sweep_code code)
{
    if (e->code != SWEEP_OK)
        return;
    e->code = code;
    if (code == SWEEP_NO_MEMORY)
        sweep_error_set(e->error, code, "out of memory");
}

/* --- cells -------------------------------------------------------------------------------- */

/* A cell of RFC 4180. */
static void export_put_quoted(struct strbuf *out, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL && text[strspn(text, " \t")] == *text) {
        strbuf_puts(out, text);
        return;
    }
    csv_put_quoted(out, text);
}

/* True if a cell with this text would be read as something else: a number, true, nothing. */
static bool export_is_ambiguous(const char *text)
{
    CLEANUP_JSON json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    return *text == '\0' || (value != NULL && !json_is_string(value));
}

/* A string that is read back: an "=" at its beginning is doubled, and "12" is ="12". */
static void export_put_string(const struct exporter *e, const char *text, struct strbuf *out)
{
    CLEANUP_STRBUF struct strbuf cell = {0};
    bool is_csv = e->format == SWEEP_POINTS_CSV;
    if (*text == '=')
        strbuf_putc(&cell, '=');
    if (is_csv && export_is_ambiguous(text))
        strbuf_printf(&cell, "=\"%s\"", text);
    else
        strbuf_puts(&cell, text);
    if (cell.oom)
        out->oom = true;
    else if (is_csv)
        export_put_quoted(out, strbuf_string(&cell));
    else
        canonical_write_string(out, cell.data != NULL ? cell.data : "", cell.length);
}

/* Doubles the "=" of every string in a value. */
static json_t *export_escaped(const json_t *value)
{
    json_t *copy = json_copy((json_t *)value);
    const char *key, *text = json_string_value(value);
    json_t *member;
    size_t i;
    if (text != NULL && *text == '=') {
        json_decref(copy);
        return json_sprintf("=%s", text);
    }
    json_object_foreach ((json_t *)value, key, member)
        if (json_object_set_new(copy, key, export_escaped(member)) != 0) {
            json_decref(copy);
            return NULL;
        }
    json_array_foreach (value, i, member)
        if (json_array_set_new(copy, i, export_escaped(member)) != 0) {
            json_decref(copy);
            return NULL;
        }
    return copy;
}

static void export_put_collection(
    struct exporter *e, const char *column, const json_t *value, struct strbuf *out)
{
    if (e->format == SWEEP_POINTS_CSV) {
        export_fail(e, SWEEP_INVALID);
        sweep_error_set(e->error, SWEEP_INVALID,
            "%s has a list or mapping, which a CSV cell cannot hold; use --format jsonl", column);
        return;
    }
    CLEANUP_JSON json_t *escaped = export_escaped(value);
    if (escaped == NULL)
        out->oom = true;
    else
        canonical_write(out, escaped);
}

static void export_put_value(
    struct exporter *e, const char *column, const json_t *value, struct strbuf *out)
{
    if (json_is_string(value))
        export_put_string(e, json_string_value(value), out);
    else if (json_is_number(value))
        number_write_repr(out, value);
    else if (json_is_object(value) || json_is_array(value))
        export_put_collection(e, column, value, out);
    else
        canonical_write(out, value);
}

/* --- columns ------------------------------------------------------------------------------ */

static bool export_sets_one_path(const struct assignment *axis)
{
    for (size_t c = 0; c < axis->n_choices; c++)
        if (axis->choices[c].operations.count > 1)
            return false;
    return true;
}

static struct export_column *export_find_column(struct exporter *e, const char *name)
{
    for (size_t i = 0; i < e->n_columns; i++)
        if (strcmp(e->columns[i].name, name) == 0)
            return &e->columns[i];
    struct export_column *columns = realloc(e->columns, (e->n_columns + 1) * sizeof *columns);
    if (columns == NULL)
        return NULL;
    e->columns = columns;
    struct export_column *column = &columns[e->n_columns];
    *column = (struct export_column){.name = strdup(name)};
    if (column->name == NULL)
        return NULL;
    e->n_columns++;
    return column;
}

/* The cells of an axis in a column. */
static struct export_cell *export_find_cells(
    struct exporter *e, struct export_column *column, size_t axis)
{
    for (size_t i = 0; i < column->n_axes; i++)
        if (column->axes[i].axis == axis)
            return column->axes[i].choices;
    struct export_axis *axes = realloc(column->axes, (column->n_axes + 1) * sizeof *axes);
    if (axes == NULL)
        return NULL;
    column->axes = axes;
    size_t n = e->plan->spec.axes.items[axis].n_choices;
    struct export_cell *cells = calloc(n + 1, sizeof *cells);
    if (cells == NULL)
        return NULL;
    axes[column->n_axes++] = (struct export_axis){axis, cells};
    return cells;
}

static bool export_is_computed(const struct sweep_plan *plan, const json_t *value)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    size_t index;
    canonical_write(&text, value);
    return computed_find(&plan->computed, strbuf_string(&text), &index) != NULL;
}

/* The text of a template with the name or number of the run in it; NULL: the value is none. Such a
 * value is no part of a run's identity, so it must stay a template. */
static const char *export_template_of(const struct sweep_plan *plan, const json_t *value)
{
    size_t index;
    const char *text = json_string_value(value);
    if (text == NULL || computed_find(&plan->computed, text, &index) != text ||
        strlen(text) != COMPUTED_BYTES || !computed_is_template(&plan->computed.items[index]))
        return NULL;
    const struct template *template = &plan->values[index];
    if (template->has_name || template_has(template, PART_RUN) ||
        template_has(template, PART_INDEX) || template_has(template, PART_ID))
        return plan->computed.items[index].text;
    return NULL;
}

/* Appends a string that stays as it is in the spec. */
static void export_put_template(const struct exporter *e, const char *template, struct strbuf *out)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_printf(&text, "=%s", template);
    if (text.oom)
        out->oom = true;
    else if (e->format == SWEEP_POINTS_CSV)
        export_put_quoted(out, text.data);
    else
        canonical_write_string(out, text.data, text.length);
}

static void export_add_operation(struct exporter *e, size_t axis, size_t choice, size_t index)
{
    const struct assignment *assignment = &e->plan->spec.axes.items[axis];
    const struct operation *operation = &assignment->choices[choice].operations.items[index];
    CLEANUP_STRBUF struct strbuf name = {0}, text = {0};
    if (export_sets_one_path(assignment))
        strbuf_puts(&name, assignment->key);
    else
        strbuf_printf(&name, "%s%s", operation->value == NULL ? "~" : "", operation->path);
    struct export_column *column = NULL;
    struct export_cell *cells = NULL;
    if (!name.oom)
        column = export_find_column(e, name.data);
    if (column != NULL)
        cells = export_find_cells(e, column, axis);
    if (cells == NULL) {
        export_fail(e, SWEEP_NO_MEMORY);
        return;
    }
    const char *template = export_template_of(e->plan, operation->value);
    if (template == NULL && operation->value != NULL &&
        export_is_computed(e->plan, operation->value)) {
        cells[choice].value = operation->value;
        return;
    }
    if (operation->value == NULL)
        strbuf_puts(&text, "true");
    else if (template != NULL)
        export_put_template(e, template, &text);
    else
        export_put_value(e, column->name, operation->value, &text);
    free(cells[choice].text);
    cells[choice].text = strbuf_steal(&text);
    if (cells[choice].text == NULL)
        export_fail(e, SWEEP_NO_MEMORY);
}

static void export_make_columns(struct exporter *e)
{
    const struct assignments *axes = &e->plan->spec.axes;
    for (size_t i = 0; i < axes->count; i++)
        for (size_t c = 0; c < axes->items[i].n_choices; c++)
            for (size_t k = 0; k < axes->items[i].choices[c].operations.count; k++)
                if (e->code == SWEEP_OK)
                    export_add_operation(e, i, c, k);
}

static void export_free_columns(struct exporter *e)
{
    for (size_t i = 0; i < e->n_columns; i++) {
        struct export_column *column = &e->columns[i];
        for (size_t k = 0; k < column->n_axes; k++) {
            size_t n = e->plan->spec.axes.items[column->axes[k].axis].n_choices;
            for (size_t c = 0; c < n; c++)
                free(column->axes[k].choices[c].text);
            free(column->axes[k].choices);
        }
        free(column->axes);
        free(column->name);
    }
    free(e->columns);
}

/* --- lines -------------------------------------------------------------------------------- */

static const struct export_cell *export_cell_of(
    const struct export_column *column, const size_t *choices)
{
    for (size_t i = 0; i < column->n_axes; i++) {
        const struct export_cell *cell = &column->axes[i].choices[choices[column->axes[i].axis]];
        if (cell->text != NULL || cell->value != NULL)
            return cell;
    }
    return NULL;
}

/* Appends a value with what is computed in it. */
static void export_put_computed(
    struct exporter *e, const char *column, const struct run *run, const json_t *value)
{
    CLEANUP_JSON json_t *copy = json_deep_copy(value);
    CLEANUP_JSON json_t *tree = json_pack("{s:O}", "value", copy);
    if (tree == NULL || values_replace(e->plan, run, tree) != SWEEP_OK)
        e->line.oom = true;
    else
        export_put_value(e, column, json_object_get(tree, "value"), &e->line);
}

static void export_put_line(struct exporter *e, const struct run *run)
{
    bool is_csv = e->format == SWEEP_POINTS_CSV;
    const char *separator = "";
    e->line.length = 0;
    if (!is_csv)
        strbuf_putc(&e->line, '{');
    for (size_t i = 0; i < e->n_columns; i++) {
        const struct export_column *column = &e->columns[i];
        const struct export_cell *cell = export_cell_of(column, run->choices);
        if (cell == NULL && !is_csv)
            continue;
        strbuf_puts(&e->line, separator);
        separator = ",";
        if (!is_csv) {
            canonical_write_string(&e->line, column->name, strlen(column->name));
            strbuf_putc(&e->line, ':');
        }
        if (cell != NULL && cell->value != NULL)
            export_put_computed(e, column->name, run, cell->value);
        else if (cell != NULL)
            strbuf_puts(&e->line, cell->text);
        else if (e->n_columns == 1)
            strbuf_puts(&e->line, "\"\""); /* an empty line is not a row */
    }
    strbuf_puts(&e->line, is_csv ? "\n" : "}\n");
}

static void export_pass(struct exporter *e, const struct sweep_points *points)
{
    if (e->line.oom)
        export_fail(e, SWEEP_NO_MEMORY);
    if (e->code == SWEEP_OK && !points->put(points->context, e->line.data, e->line.length))
        e->code = sweep_error_set(e->error, SWEEP_IO, "the points could not be written");
}

static void export_put_head(struct exporter *e)
{
    for (size_t i = 0; i < e->n_columns; i++) {
        if (i > 0)
            strbuf_putc(&e->line, ',');
        export_put_quoted(&e->line, e->columns[i].name);
    }
    strbuf_putc(&e->line, '\n');
}

enum sweep_code sweep_plan_points(
    const struct sweep_plan *plan, const struct sweep_points *points, struct sweep_error *error)
{
    assert(plan != NULL && points != NULL);
    struct exporter e = {.plan = plan, .format = points->format, .error = error};
    CLEANUP_FREE size_t *choices = calloc(plan->spec.axes.count + 1, sizeof *choices);
    if (choices == NULL)
        export_fail(&e, SWEEP_NO_MEMORY);
    else
        export_make_columns(&e);
    if (e.code == SWEEP_OK && e.format == SWEEP_POINTS_CSV) {
        export_put_head(&e);
        export_pass(&e, points);
    }
    for (uint64_t i = 0; i < plan->spec.runs && e.code == SWEEP_OK; i++) {
        struct run_names names;
        plan_choices(plan, i, choices);
        const struct run run = plan_run(plan, i, choices, &names);
        export_put_line(&e, &run);
        export_pass(&e, points);
    }
    export_free_columns(&e);
    strbuf_deinit(&e.line);
    return e.code;
}
