/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/doc/scalar.h"
#include "lib/util/cleanup.h"
#include "lib/write/mapping.h"

/* A field of RFC 4180: quoted if it holds a comma, a quote or a line break. */
static void mapping_put_field(struct strbuf *out, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        strbuf_puts(out, text);
        return;
    }
    strbuf_putc(out, '"');
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '"')
            strbuf_putc(out, '"');
        strbuf_putc(out, *p);
    }
    strbuf_putc(out, '"');
}

/* Strings as they are, other scalars as they are written in the config, collections as JSON. */
static void mapping_put_value(struct strbuf *out, const json_t *value)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    if (json_is_object(value) || json_is_array(value)) {
        CLEANUP_FREE char *json = json_dumps(value, JSON_COMPACT);
        if (json != NULL)
            strbuf_puts(&text, json);
        else
            text.oom = true;
    } else if (json_is_string(value)) {
        strbuf_puts(&text, json_string_value(value));
    } else {
        value_write(&text, value, SCALAR_IN_BLOCK);
    }
    if (text.oom)
        out->oom = true;
    else if (text.data != NULL)
        mapping_put_field(out, text.data);
}

/* The cells of one axis value: one for each path of the axis, empty if the value leaves that path
 * alone. The caller's. */
static char *mapping_make_cells(const struct assignment *axis, const struct choice *choice)
{
    struct strbuf out = {0};
    for (size_t p = 0; p < axis->n_paths; p++) {
        strbuf_putc(&out, ',');
        if (assignment_deletes(axis, axis->paths[p])) {
            strbuf_puts(&out, choice_deletes(choice, axis->paths[p]) ? "True" : "False");
            continue;
        }
        for (size_t k = 0; k < choice->operations.count; k++) {
            const struct operation *operation = &choice->operations.items[k];
            if (operation->value != NULL && strcmp(operation->path, axis->paths[p]) == 0)
                mapping_put_value(&out, operation->value);
        }
    }
    return strbuf_steal(&out);
}

static bool mapping_prepare_cells(struct mapping *mapping)
{
    const struct assignments *axes = mapping->axes;
    mapping->cells = calloc(axes->count + 1, sizeof *mapping->cells);
    if (mapping->cells == NULL)
        return false;
    for (size_t i = 0; i < axes->count; i++) {
        const struct assignment *axis = &axes->items[i];
        char **cells = calloc(axis->n_choices, sizeof *cells);
        mapping->cells[i] = cells;
        if (cells == NULL)
            return false;
        for (size_t c = 0; c < axis->n_choices; c++) {
            cells[c] = mapping_make_cells(axis, &axis->choices[c]);
            if (cells[c] == NULL)
                return false;
        }
    }
    return true;
}

/* The title of a column; of a deletion, with "~" before the path. */
static void mapping_put_path(struct strbuf *out, const struct assignment *axis, const char *path)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    if (assignment_deletes(axis, path))
        strbuf_putc(&text, '~');
    strbuf_puts(&text, path);
    if (text.oom)
        out->oom = true;
    else
        mapping_put_field(out, text.data);
}

void mapping_init(struct mapping *mapping, const struct assignments *axes)
{
    *mapping = (struct mapping){.axes = axes};
    if (!mapping_prepare_cells(mapping))
        mapping->text.oom = true;
    strbuf_puts(&mapping->text, "index,run,config");
    for (size_t i = 0; i < axes->count; i++)
        for (size_t p = 0; p < axes->items[i].n_paths; p++) {
            strbuf_putc(&mapping->text, ',');
            mapping_put_path(&mapping->text, &axes->items[i], axes->items[i].paths[p]);
        }
    strbuf_putc(&mapping->text, '\n');
}

void mapping_deinit(struct mapping *mapping)
{
    for (size_t i = 0; mapping->cells != NULL && mapping->cells[i] != NULL; i++) {
        for (size_t c = 0; c < mapping->axes->items[i].n_choices; c++)
            free(mapping->cells[i][c]);
        free(mapping->cells[i]);
    }
    free(mapping->cells);
    strbuf_deinit(&mapping->text);
    *mapping = (struct mapping){0};
}

void mapping_add_row(struct mapping *mapping, uint64_t index, const char *run, const char *config,
    const size_t *choices)
{
    if (mapping->text.oom)
        return;
    strbuf_printf(&mapping->text, "%llu,%s,%s", (unsigned long long)index, run, config);
    for (size_t i = 0; i < mapping->axes->count; i++)
        strbuf_puts(&mapping->text, mapping->cells[i][choices[i]]);
    strbuf_putc(&mapping->text, '\n');
}
