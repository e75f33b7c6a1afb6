/* SPDX-License-Identifier: Apache-2.0
 *
 * The runs of a spec or of a sweep directory, to be compared by their identities; and the values
 * that all of them have in common.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/yaml.h"
#include "lib/plan/plan.h"
#include "lib/plan/run_id.h"
#include "lib/plan/runs.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "lib/write/inherited_reader.h"
#include "lib/write/manifest.h"
#include "lib/write/mapping_reader.h"

struct sweep_run_set {
    json_t *runs;   /* identity: {"id", "run"} and, for an inherited one, "directory" */
    json_t *common; /* config path: value, of those paths that have the same value in all runs */
};

static enum sweep_code run_set_oom(struct sweep_error *error)
{
    return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
}

void sweep_run_set_free(struct sweep_run_set *set)
{
    if (set == NULL)
        return;
    json_decref(set->runs);
    json_decref(set->common);
    free(set);
}

static struct sweep_run_set *run_set_new(void)
{
    struct sweep_run_set *set = calloc(1, sizeof *set);
    if (set == NULL)
        return NULL;
    set->runs = json_object();
    set->common = json_object();
    if (set->runs != NULL && set->common != NULL)
        return set;
    sweep_run_set_free(set);
    return NULL;
}

static bool run_set_add(
    struct sweep_run_set *set, const char *id, const char *run, const char *directory)
{
    json_t *item = json_pack("{s:s, s:s, s:s*}", "id", id, "run", run, "directory", directory);
    return item != NULL && json_object_set_new(set->runs, id, item) == 0;
}

/* --- values in common --------------------------------------------------------------------- */

/* Adds the leaves of a config by their paths. */
static bool run_set_flatten(const json_t *value, struct strbuf *path, json_t *out)
{
    const char *key;
    json_t *child;
    size_t length = path->length;
    if (!json_is_object(value) || json_object_size(value) == 0)
        return !path->oom && json_object_set(out, strbuf_string(path), (json_t *)value) == 0;
    json_object_foreach ((json_t *)value, key, child) {
        path->length = length;
        if (length > 0)
            strbuf_putc(path, '.');
        strbuf_puts(path, key);
        if (!run_set_flatten(child, path, out))
            return false;
    }
    return true;
}

static json_t *run_set_leaves(const char *text, size_t length)
{
    struct yaml_doc *doc = NULL;
    CLEANUP_STRBUF struct strbuf path = {0};
    json_t *leaves = json_object();
    bool good = leaves != NULL && yaml_parse(text, length, "config", NULL, &doc) == SWEEP_OK &&
                run_set_flatten(doc->tree, &path, leaves);
    yaml_doc_free(doc);
    if (good)
        return leaves;
    json_decref(leaves);
    return NULL;
}

/* Leaves in set->common what both configs have. Values with the name of the run in them differ from
 * run to run, also if there is only one. */
static enum sweep_code run_set_add_common(
    struct sweep_run_set *set, const char *const texts[2], const size_t lengths[2], const char *run)
{
    CLEANUP_JSON json_t *first = run_set_leaves(texts[0], lengths[0]);
    CLEANUP_JSON json_t *last = run_set_leaves(texts[1], lengths[1]);
    const char *path;
    json_t *value;
    if (first == NULL || last == NULL)
        return SWEEP_INVALID;
    json_object_foreach (first, path, value) {
        const char *text = json_string_value(value);
        bool is_own = text != NULL && strstr(text, run) != NULL;
        if (!is_own && json_equal(value, json_object_get(last, path)) &&
            json_object_set(set->common, path, value) != 0)
            return SWEEP_NO_MEMORY;
    }
    return SWEEP_OK;
}

/* Removes the paths that are, or are in, `swept`. */
static void run_set_remove(struct sweep_run_set *set, const char *swept)
{
    size_t length = strlen(swept);
    const char *path;
    json_t *value;
    void *next;
    json_object_foreach_safe(
        set->common, next, path, value) if (strncmp(path, swept, length) == 0 &&
                                            (path[length] == '\0' || path[length] == '.'))
        json_object_del(set->common, path);
}

/* --- of a plan ---------------------------------------------------------------------------- */

static bool run_set_add_plan(struct sweep_run_set *set, const struct sweep_plan *plan,
    struct run_id_cursor *cursor, size_t *choices)
{
    struct run_names names;
    for (uint64_t i = 0; i < plan->spec.runs; i++) {
        plan_choices(plan, i, choices);
        const struct run run = run_id_next(cursor, i, choices, &names);
        if (run.id == NULL || !run_set_add(set, run.id, run.name, NULL))
            return false;
    }
    return true;
}

static enum sweep_code run_set_common_of_plan(
    struct sweep_run_set *set, const struct sweep_plan *plan)
{
    size_t lengths[2];
    char name[32];
    CLEANUP_FREE char *first = sweep_plan_config(plan, 0, &lengths[0]);
    CLEANUP_FREE char *last = sweep_plan_config(plan, plan->spec.runs - 1, &lengths[1]);
    if (first == NULL || last == NULL)
        return SWEEP_NO_MEMORY;
    plan_run_name(plan, 0, name);
    enum sweep_code code =
        run_set_add_common(set, (const char *const[]){first, last}, lengths, name);
    for (size_t i = 0; i < plan->spec.axes.count && code == SWEEP_OK; i++)
        for (size_t p = 0; p < plan->spec.axes.items[i].n_paths; p++)
            run_set_remove(set, plan->spec.axes.items[i].paths[p]);
    return code;
}

enum sweep_code sweep_run_set_of_plan(
    const struct sweep_plan *plan, struct sweep_run_set **out, struct sweep_error *error)
{
    assert(plan != NULL && out != NULL && plan->spec.runs > 0);
    struct run_id_cursor cursor;
    struct sweep_run_set *set = run_set_new();
    CLEANUP_FREE size_t *choices = calloc(plan->spec.axes.count + 1, sizeof *choices);
    bool good = run_id_begin(&cursor, plan) && set != NULL && choices != NULL &&
                run_set_add_plan(set, plan, &cursor, choices) &&
                run_set_common_of_plan(set, plan) == SWEEP_OK;
    run_id_end(&cursor);
    if (!good) {
        sweep_run_set_free(set);
        return run_set_oom(error);
    }
    *out = set;
    return SWEEP_OK;
}

/* --- of a sweep directory ----------------------------------------------------------------- */

struct run_set_reader {
    struct sweep_run_set *set;
    const char *directory;
    const json_t *manifest;
    struct sweep_error *error;
};

/* Reads a file that the manifest lists, if it is as it was generated. */
static enum sweep_code run_set_read_file(
    const struct run_set_reader *r, const char *name, char **text, size_t *length)
{
    CLEANUP_STRBUF struct strbuf path = {0};
    char hex[DIGEST_HEX];
    const char *digest =
        json_string_value(json_object_get(json_object_get(r->manifest, "files"), name));
    strbuf_printf(&path, "%s/%s", r->directory, name);
    if (path.oom)
        return run_set_oom(r->error);
    enum sweep_code code = file_read(path.data, SIZE_MAX - 1, text, length, r->error);
    if (code != SWEEP_OK)
        return code;
    digest_of(*text, *length, hex);
    if (digest != NULL && strcmp(hex, digest) == 0)
        return SWEEP_OK;
    return sweep_error_set(r->error, SWEEP_INVALID,
        "%s is not as it was generated: it is not the file that manifest.json lists", path.data);
}

static enum sweep_code run_set_read_configs(
    const struct run_set_reader *r, const char *first, const char *last)
{
    char *texts[2] = {NULL, NULL};
    size_t lengths[2];
    enum sweep_code code = sweep_extract(r->directory, first, &texts[0], &lengths[0], r->error);
    if (code == SWEEP_OK)
        code = sweep_extract(r->directory, last, &texts[1], &lengths[1], r->error);
    if (code == SWEEP_OK)
        code = run_set_add_common(r->set, (const char *const *)texts, lengths, first);
    free(texts[0]);
    free(texts[1]);
    if (code == SWEEP_INVALID)
        return sweep_error_set(
            r->error, code, "a config of %s cannot be read as YAML", r->directory);
    return code;
}

static enum sweep_code run_set_read_mapping(const struct run_set_reader *r)
{
    CLEANUP_FREE char *text = NULL;
    size_t length;
    struct mapping_reader reader;
    struct mapping_row row;
    char first[32] = "", last[32] = "", id[RUN_ID_BYTES];
    enum sweep_code code = run_set_read_file(r, "run_mapping.csv", &text, &length);
    if (code != SWEEP_OK)
        return code;
    if (!mapping_reader_begin(&reader, text, length) || !reader.has_ids)
        return sweep_error_set(r->error, SWEEP_INVALID,
            "run_mapping.csv of %s has no ids; an earlier release made it", r->directory);
    while (mapping_reader_next(&reader, &row)) {
        snprintf(last, sizeof last, "run_%0*llu", row.name_width, (unsigned long long)row.number);
        snprintf(id, sizeof id, "%012llx", (unsigned long long)row.id);
        if (first[0] == '\0')
            memcpy(first, last, sizeof first);
        if (!run_set_add(r->set, id, last, NULL))
            return run_set_oom(r->error);
    }
    code = run_set_read_configs(r, first, last);
    const char *path;
    json_t *value;
    void *next;
    json_object_foreach_safe(r->set->common, next, path,
        value) if (mapping_reader_has_column(&reader, path)) json_object_del(r->set->common, path);
    return code;
}

static enum sweep_code run_set_read_inherited(const struct run_set_reader *r)
{
    CLEANUP_FREE char *text = NULL;
    size_t length;
    struct inherited_reader reader;
    struct inherited_row row;
    if (json_object_get(json_object_get(r->manifest, "files"), "inherited.csv") == NULL)
        return SWEEP_OK;
    enum sweep_code code = run_set_read_file(r, "inherited.csv", &text, &length);
    if (code != SWEEP_OK)
        return code;
    inherited_reader_begin(&reader, text);
    while (inherited_reader_next(&reader, &row))
        if (!run_set_add(r->set, row.id, row.run, row.directory))
            return run_set_oom(r->error);
    return SWEEP_OK;
}

enum sweep_code sweep_run_set_of_directory(
    const char *directory, struct sweep_run_set **out, struct sweep_error *error)
{
    assert(directory != NULL && out != NULL);
    bool oom = false;
    CLEANUP_JSON json_t *manifest = manifest_load(directory, &oom);
    if (oom)
        return run_set_oom(error);
    if (manifest == NULL)
        return sweep_error_set(error, SWEEP_NOT_FOUND,
            "%s is not a sweep directory: it has no manifest.json", directory);
    struct run_set_reader r = {run_set_new(), directory, manifest, error};
    if (r.set == NULL)
        return run_set_oom(error);
    enum sweep_code code = run_set_read_mapping(&r);
    if (code == SWEEP_OK)
        code = run_set_read_inherited(&r);
    if (code != SWEEP_OK) {
        sweep_run_set_free(r.set);
        return code;
    }
    *out = r.set;
    return SWEEP_OK;
}

/* --- differences -------------------------------------------------------------------------- */

/* The runs of `a` that `b` does not have; a new reference, or NULL if memory is exhausted. */
static json_t *run_set_without(const struct sweep_run_set *a, const struct sweep_run_set *b)
{
    json_t *list = json_array(), *run;
    const char *id;
    json_object_foreach (a->runs, id, run) {
        if (json_object_get(b->runs, id) != NULL)
            continue;
        if (json_array_append(list, run) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* The paths that have one value in all runs of both, but not the same one: [PATH, A's, B's]. */
static json_t *run_set_changes(const struct sweep_run_set *a, const struct sweep_run_set *b)
{
    json_t *changes = json_array(), *value;
    const char *path;
    json_object_foreach (a->common, path, value) {
        json_t *other = json_object_get(b->common, path);
        if (other == NULL || json_equal(value, other))
            continue;
        json_t *item = json_pack("{s:s, s:O, s:O}", "path", path, "from", value, "to", other);
        if (item == NULL || json_array_append_new(changes, item) != 0) {
            json_decref(changes);
            return NULL;
        }
    }
    return changes;
}

json_t *sweep_run_set_diff(const struct sweep_run_set *a, const struct sweep_run_set *b)
{
    assert(a != NULL && b != NULL);
    json_t *added = run_set_without(b, a), *removed = run_set_without(a, b);
    json_t *changes = run_set_changes(a, b);
    size_t common = json_object_size(a->runs) - json_array_size(removed);
    if (added == NULL || removed == NULL || changes == NULL) {
        json_decref(added);
        json_decref(removed);
        json_decref(changes);
        return NULL;
    }
    return json_pack("{s:s, s:o, s:o, s:I, s:o}", "format", "sweepd-diff-1", "new", added,
        "removed", removed, "common", (json_int_t)common, "fixed", changes);
}
