/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/retry_inherit.h"
#include "daemon/sweepctl/retry_spec.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "lib/util/text.h"

enum {
    RETRY_MAX_RECORD = 256 << 20,
    RETRY_KEY_COLUMNS = 4, /* of run_mapping.csv, before the swept paths */
};

/* --- the spec ------------------------------------------------------------------------------- */

/* True if one of the settings sets this path. */
static bool retry_spec_is_set(const struct sweep_view *view, const struct jobs_sweep *sweep,
    const char *const *settings, const char *path)
{
    path += strspn(path, "~'");
    for (; *settings != NULL; settings++) {
        const char *name = *settings + strspn(*settings, "~");
        CLEANUP_FREE char *key = text_duplicate(name, strcspn(name, "="));
        if (key != NULL && results_sets(view->trainer, sweep, key, path))
            return true;
    }
    return false;
}

/* A cell of run_mapping.csv as a value of a spec. */
static json_t *retry_spec_value(const char *text)
{
    static const char *const words[] = {"True", "False", "null"};
    json_t *values[] = {json_true(), json_false(), json_null()};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], text) == 0)
            return values[i];
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    if (value != NULL && !json_is_string(value))
        return value;
    json_decref(value);
    if (*text == '\'')
        text++;
    /* "=" begins an expression or a template. */
    return *text == '=' ? json_sprintf("=%s", text) : json_string(text);
}

/* The point of a run, without the paths that are set. NULL if memory runs out. */
static json_t *retry_spec_case(const struct sweep_view *view, const struct jobs_sweep *sweep,
    size_t run, const char *const *settings)
{
    const struct csv *mapping = sweep->mapping;
    const struct csv_cell *cells = &mapping->cells[run * mapping->n_columns];
    json_t *point = json_object();
    for (size_t i = RETRY_KEY_COLUMNS; i < mapping->n_columns && point != NULL; i++) {
        const char *path = mapping->names[i].text;
        if (cells[i].length == 0 || retry_spec_is_set(view, sweep, settings, path))
            continue;
        if (json_object_set_new(point, path, retry_spec_value(cells[i].text)) != 0) {
            json_decref(point);
            return NULL;
        }
    }
    return point;
}

/* Replaces what says which points there are. False if memory runs out. */
static bool retry_spec_set_points(const struct sweep_view *view, const struct retry_runs *runs,
    const char *const *settings, json_t *spec)
{
    static const char *const points[] = {"grid", "zip", "cases", "sweep", "where", "exclude",
        "include", "sample", "order", "repeat", "$schema"};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++)
        json_object_del(spec, points[i]);
    json_t *cases = json_array();
    bool is_empty = false;
    for (size_t i = 0; i < runs->count && cases != NULL; i++) {
        json_t *point = retry_spec_case(view, runs->sweep, runs->items[i], settings);
        if (json_object_size(point) == 0)
            is_empty = true;
        if (point == NULL || json_array_append_new(cases, point) != 0) {
            json_decref(cases);
            return false;
        }
    }
    if (!is_empty)
        return json_object_set_new(spec, "cases", cases) == 0;
    json_decref(cases); /* without any path left, one run */
    return json_object_set_new(spec, "grid", json_object()) == 0;
}

/* The base of the sweep, if it was a file, is kept with the sweep. */
static void retry_spec_set_base(const struct jobs_sweep *sweep, json_t *spec)
{
    CLEANUP_STRBUF struct strbuf path = {0};
    json_t *base = json_object_get(spec, "base");
    strbuf_printf(&path, "%s/sweep.extends/base.yaml", sweep->path);
    if (json_is_object(base) && !path.oom && access(path.data, R_OK) == 0)
        json_object_set_new(base, "file", json_string("sweep.extends/base.yaml"));
}

int retry_spec_make(const struct sweep_view *view, const struct retry_runs *runs,
    const char *const *settings, char **text)
{
    CLEANUP_JSON json_t *spec = retry_inherit_read(runs->sweep->path, "sweep.json");
    if (spec == NULL)
        return EXIT_FAILED;
    spec = retry_inherit(runs->sweep->path, spec);
    if (spec == NULL)
        return EXIT_FAILED;
    retry_spec_set_base(runs->sweep, spec);
    if (!retry_spec_set_points(view, runs, settings, spec))
        return cli_oom();
    *text = json_dumps(spec, JSON_INDENT(1));
    return *text != NULL ? EXIT_DONE : cli_oom();
}

/* --- which run replaces which --------------------------------------------------------------- */

/* True if the runs have the same values, but for paths that were set. A path that one sweep does
 * not have tells nothing. */
static bool retry_spec_is_same(const struct sweep_view *view, const struct retry_runs *runs,
    size_t old, const struct jobs_sweep *fresh, size_t new, const char *const *settings)
{
    const struct csv *a = runs->sweep->mapping, *b = fresh->mapping;
    for (size_t i = RETRY_KEY_COLUMNS; i < a->n_columns; i++) {
        size_t k = csv_find_column(b, a->names[i].text);
        if (k == SIZE_MAX || retry_spec_is_set(view, runs->sweep, settings, a->names[i].text))
            continue;
        const char *was = a->cells[old * a->n_columns + i].text;
        if (was[0] != '\0' && strcmp(was, b->cells[new * b->n_columns + k].text) != 0)
            return false;
    }
    return true;
}

/* Appends the names of the settings, separated by spaces; CSV needs no quotes for them. */
static void retry_spec_put_names(const char *const *settings, struct strbuf *out)
{
    for (size_t i = 0; settings[i] != NULL; i++) {
        if (i > 0)
            strbuf_putc(out, ' ');
        strbuf_append(out, settings[i], strcspn(settings[i], "="));
    }
}

int retry_spec_record(const struct sweep_view *view, const struct retry_runs *runs,
    const char *const *settings, const struct jobs_sweep *fresh)
{
    CLEANUP_STRBUF struct strbuf text = {0}, path = {0};
    CLEANUP_FREE char *before = NULL;
    size_t length = 0;
    struct sweep_error error = {0};
    strbuf_printf(&path, "%s/" REPLACED_FILE, runs->sweep->path);
    if (!path.oom && file_read(path.data, RETRY_MAX_RECORD, &before, &length, &error) == SWEEP_OK)
        strbuf_append(&text, before, length);
    else
        strbuf_puts(&text, "run,id,directory,by,by_id,set\n");
    const char *directory = strrchr(fresh->path, '/');
    directory = directory != NULL ? directory + 1 : fresh->path;
    for (size_t i = 0; i < runs->count; i++)
        for (size_t k = 0; k < fresh->n_runs; k++) {
            if (!retry_spec_is_same(view, runs, runs->items[i], fresh, k, settings))
                continue;
            const struct jobs_run *old = &runs->sweep->runs[runs->items[i]];
            strbuf_printf(&text, "%s,%s,%s,%s,%s,", old->name, old->id, directory,
                fresh->runs[k].name, fresh->runs[k].id);
            retry_spec_put_names(settings, &text);
            strbuf_putc(&text, '\n');
            break;
        }
    if (text.oom || path.oom)
        return cli_oom();
    error = (struct sweep_error){0};
    if (file_replace(path.data, text.data, text.length, &error) != SWEEP_OK)
        return cli_fail(&error);
    return EXIT_DONE;
}
