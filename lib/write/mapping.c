/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/doc/canonical.h"
#include "lib/doc/csv.h"
#include "lib/doc/path.h"
#include "lib/doc/scalar.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"
#include "lib/write/mapping.h"

/* A field of RFC 4180: quoted if it holds a comma, a quote or a line break. */
static void mapping_put_field(struct strbuf *out, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        strbuf_puts(out, text);
        return;
    }
    csv_put_quoted(out, text);
}

/* A spreadsheet runs a cell that begins like a formula, and a spec may be somebody else's. As in a
 * spreadsheet, "'" before it marks it as text. A string that begins with "'" gets one more, so that
 * a reader can remove it. */
static void mapping_put_string(struct strbuf *out, const char *text)
{
    const char *first = text + strspn(text, " \t\r\n");
    if (*text == '\'' || (*first != '\0' && strchr("=+-@", *first) != NULL))
        strbuf_putc(out, '\'');
    strbuf_puts(out, text);
}

/* Other scalars than strings as they are written in the config, collections as JSON. */
static void mapping_put_value(struct strbuf *out, const json_t *value)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    if (json_is_object(value) || json_is_array(value))
        canonical_write(&text, value);
    else if (json_is_string(value))
        mapping_put_string(&text, json_string_value(value));
    else
        value_write(&text, value, SCALAR_IN_BLOCK);
    if (text.oom)
        out->oom = true;
    else if (text.data != NULL)
        mapping_put_field(out, text.data);
}

/* --- columns ------------------------------------------------------------------------------ */

/* What a choice does to a path: true if it sets or deletes it. *value is NULL if it deletes it. */
static bool mapping_find_value(const struct choice *choice, const char *path, const json_t **value)
{
    bool found = false;
    *value = NULL;
    for (size_t i = 0; i < choice->operations.count; i++) {
        const struct operation *operation = &choice->operations.items[i];
        if (!path_is_inside(path, operation->path))
            continue;
        size_t length = strlen(operation->path);
        const json_t *inner = operation->value;
        if (inner != NULL && path[length] == '.')
            inner = path_get(inner, path + length + 1);
        if (operation->value != NULL && inner == NULL)
            continue; /* a mapping without the path merges into the one that has it */
        *value = inner;
        found = true;
    }
    return found;
}

/* Takes the text over; false if memory was exhausted. */
static bool mapping_set_cell(struct strbuf *text, struct cell *out)
{
    out->length = text->length;
    out->text = strbuf_steal(text);
    return out->text != NULL;
}

/* What a choice puts into the column: no text if it leaves the path alone. False if memory is
 * exhausted. */
static bool mapping_make_cell(
    const struct column *column, const struct choice *choice, struct cell *out)
{
    struct strbuf cell = {0};
    if (column->is_deletion) {
        strbuf_puts(&cell, choice_deletes(choice, column->path) ? "True" : "False");
    } else {
        const json_t *value;
        if (!mapping_find_value(choice, column->path, &value))
            return true;
        strbuf_append(&cell, "", 0);
        if (value != NULL)
            mapping_put_value(&cell, value);
    }
    return mapping_set_cell(&cell, out);
}

static bool mapping_axis_touches(const struct assignment *axis, const char *path)
{
    for (size_t i = 0; i < axis->n_paths; i++)
        if (path_overlaps(axis->paths[i], path))
            return true;
    return false;
}

/* Adds an axis that can set the column's path, with its cells. */
static bool mapping_add_axis(struct column *column, const struct assignment *axis, size_t index)
{
    struct column_axis *axes = realloc(column->axes, (column->n_axes + 1) * sizeof *axes);
    if (axes == NULL)
        return false;
    column->axes = axes;
    struct cell *cells = calloc(axis->n_choices + 1, sizeof *cells);
    if (cells == NULL)
        return false;
    axes[column->n_axes++] = (struct column_axis){index, axis->n_choices, cells};
    for (size_t c = 0; c < axis->n_choices; c++)
        if (c != axis->unset && !mapping_make_cell(column, &axis->choices[c], &cells[c]))
            return false;
    return true;
}

static bool mapping_fill_column(const struct mapping *mapping, struct column *column)
{
    const struct assignments *axes = mapping->axes;
    for (size_t i = 0; i < axes->count; i++)
        if (mapping_axis_touches(&axes->items[i], column->path) &&
            !mapping_add_axis(column, &axes->items[i], i))
            return false;
    struct strbuf base = {0};
    const json_t *value = path_get(mapping->tree, column->path);
    strbuf_append(&base, "", 0);
    if (column->is_deletion)
        strbuf_puts(&base, "False");
    else if (value != NULL)
        mapping_put_value(&base, value);
    return mapping_set_cell(&base, &column->base);
}

static bool mapping_has_column(const struct mapping *mapping, const char *path, bool is_deletion)
{
    for (size_t i = 0; i < mapping->n_columns; i++)
        if (mapping->columns[i].is_deletion == is_deletion &&
            strcmp(mapping->columns[i].path, path) == 0)
            return true;
    return false;
}

/* A column for each path that an axis sets, in the order of the axes. */
static bool mapping_add_columns(struct mapping *mapping, const struct assignment *axis)
{
    struct column *columns =
        realloc(mapping->columns, (mapping->n_columns + axis->n_paths + 1) * sizeof *columns);
    if (columns == NULL)
        return false;
    mapping->columns = columns;
    for (size_t p = 0; p < axis->n_paths; p++) {
        bool is_deletion = assignment_deletes(axis, axis->paths[p]);
        if (mapping_has_column(mapping, axis->paths[p], is_deletion))
            continue;
        struct column *column = &columns[mapping->n_columns++];
        *column = (struct column){.path = axis->paths[p], .is_deletion = is_deletion};
        if (!mapping_fill_column(mapping, column))
            return false;
    }
    return true;
}

/* --- entry -------------------------------------------------------------------------------- */

/* The title of a column; of a deletion, with "~" before the path. */
static void mapping_put_title(struct strbuf *out, const struct column *column)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    if (column->is_deletion)
        strbuf_putc(&text, '~');
    mapping_put_string(&text, column->path);
    if (text.oom)
        out->oom = true;
    else
        mapping_put_field(out, text.data);
}

void mapping_init(struct mapping *mapping, const struct assignments *axes, const json_t *tree)
{
    *mapping = (struct mapping){.axes = axes, .tree = tree};
    for (size_t i = 0; i < axes->count && !mapping->text.oom; i++)
        if (!mapping_add_columns(mapping, &axes->items[i]))
            mapping->text.oom = true;
    strbuf_puts(&mapping->text, "index,run,id,config");
    for (size_t i = 0; i < mapping->n_columns; i++) {
        strbuf_putc(&mapping->text, ',');
        mapping_put_title(&mapping->text, &mapping->columns[i]);
    }
    strbuf_putc(&mapping->text, '\n');
}

static void mapping_free_column(struct column *column)
{
    for (size_t i = 0; i < column->n_axes; i++) {
        for (size_t c = 0; c < column->axes[i].n_choices; c++)
            free(column->axes[i].cells[c].text);
        free(column->axes[i].cells);
    }
    free(column->axes);
    free(column->base.text);
}

void mapping_deinit(struct mapping *mapping)
{
    for (size_t i = 0; i < mapping->n_columns; i++)
        mapping_free_column(&mapping->columns[i]);
    free(mapping->columns);
    strbuf_deinit(&mapping->text);
    *mapping = (struct mapping){0};
}

/* What the run has in a column: of the axis that sets it in this run, or else of the base. */
static const struct cell *mapping_cell(const struct column *column, const size_t *choices)
{
    for (size_t i = 0; i < column->n_axes; i++) {
        const struct cell *cell = &column->axes[i].cells[choices[column->axes[i].axis]];
        if (cell->text != NULL)
            return cell;
    }
    return &column->base;
}

void mapping_add_row(struct mapping *mapping, const struct run *run, const char *config)
{
    struct strbuf *text = &mapping->text;
    char index[24];
    if (text->oom)
        return;
    strbuf_append(text, index, text_number(index, run->index, 1));
    strbuf_putc(text, ',');
    strbuf_puts(text, run->name);
    strbuf_putc(text, ',');
    strbuf_puts(text, run->id);
    strbuf_putc(text, ',');
    strbuf_puts(text, config);
    for (size_t i = 0; i < mapping->n_columns; i++) {
        const struct cell *cell = mapping_cell(&mapping->columns[i], run->choices);
        strbuf_putc(text, ',');
        strbuf_append(text, cell->text, cell->length);
    }
    strbuf_putc(text, '\n');
}
