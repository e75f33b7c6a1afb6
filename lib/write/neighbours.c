/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/path.h"
#include "lib/findings/findings.h"
#include "lib/plan/output_dir.h"
#include "lib/plan/runs.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "lib/write/manifest.h"

struct neighbours {
    const struct sweep_plan *plan;
    const char *queue;
    struct sweep_findings *findings;
    json_t *own;          /* the directories of the plan's runs: their indexes */
    const char *sweep;    /* the sweep directory being read, by name */
    enum sweep_code code; /* SWEEP_INVALID ends the search: one conflict is enough */
};

/* --- the plan's own directories ----------------------------------------------------------- */

static bool neighbours_add_own(struct neighbours *n)
{
    const struct sweep_plan *plan = n->plan;
    CLEANUP_STRBUF struct strbuf text = {0}, normal = {0};
    CLEANUP_FREE size_t *choices = calloc(plan->spec.axes.count + 1, sizeof *choices);
    n->own = json_object();
    if (n->own == NULL || choices == NULL)
        return false;
    for (uint64_t i = 0; i < plan->spec.runs; i++) {
        plan_choices(plan, i, choices);
        output_dir_fill(plan, i, choices, &text);
        normal.length = 0;
        output_dir_put_normal(&normal, strbuf_string(&text));
        if (text.oom || normal.oom ||
            json_object_set_new(n->own, normal.data, json_integer((json_int_t)i)) != 0)
            return false;
    }
    return true;
}

/* --- the configs of other sweeps ---------------------------------------------------------- */

static void neighbours_report(struct neighbours *n, uint64_t run, const char *directory)
{
    const struct sweep_plan *plan = n->plan;
    struct sweep_place place = plan->spec.name_place;
    char name[32], hint[300];
    plan_run_name(plan, run, name);
    if (plan->spec.output_dir != NULL)
        place = plan->spec.output_place;
    snprintf(hint, sizeof hint,
        "choose another name or directory, or remove %s/%s if its results are not needed",
        n->queue, n->sweep);
    n->code =
        FINDING_ERROR(n->findings, "output-collision", place, profile_output(plan->spec.profile),
            hint, "%s would write to \"%s\", where a run of %s/%s writes", name, directory,
            n->queue, n->sweep);
}

/* Compares the directory of a config with those of the plan. A file that cannot be read is not a
 * config that can run. */
static void neighbours_compare(struct neighbours *n, const char *file)
{
    CLEANUP_FREE char *text = NULL;
    CLEANUP_STRBUF struct strbuf normal = {0};
    struct sweep_error ignored = {0};
    struct yaml_doc *doc = NULL;
    size_t length;
    if (file_read(file, n->plan->doc->limits.bytes, &text, &length, &ignored) != SWEEP_OK ||
        yaml_reparse(text, length, n->plan->doc, &doc) != SWEEP_OK)
        return;
    const char *directory =
        json_string_value(path_get(doc->tree, profile_output(n->plan->spec.profile)));
    if (directory != NULL)
        output_dir_put_normal(&normal, directory);
    const json_t *run = NULL;
    if (normal.data != NULL)
        run = json_object_get(n->own, normal.data);
    if (run != NULL)
        neighbours_report(n, (uint64_t)json_integer_value(run), normal.data);
    yaml_doc_free(doc);
}

/* The names in a directory, in order; the caller's. 0 if it cannot be read. */
static size_t neighbours_list(const char *directory, struct dirent ***names)
{
    int count = scandir(directory, names, NULL, alphasort);
    if (count < 0)
        return 0;
    return (size_t)count;
}

static void neighbours_free_list(struct dirent **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    if (count > 0)
        free(names);
}

/* Reads configs/run_*.yaml and configs/000/run_*.yaml. */
static void neighbours_read_configs(struct neighbours *n, const char *directory, int depth)
{
    struct dirent **names;
    size_t count = neighbours_list(directory, &names);
    for (size_t i = 0; i < count && n->code == SWEEP_OK; i++) {
        CLEANUP_STRBUF struct strbuf path = {0};
        const char *end = strrchr(names[i]->d_name, '.');
        if (names[i]->d_name[0] == '.')
            continue;
        strbuf_printf(&path, "%s/%s", directory, names[i]->d_name);
        if (path.oom)
            n->code = SWEEP_NO_MEMORY;
        else if (end != NULL && strcmp(end, ".yaml") == 0)
            neighbours_compare(n, path.data);
        else if (depth == 0)
            neighbours_read_configs(n, path.data, depth + 1);
    }
    neighbours_free_list(names, count);
}

/* True for NAME-DIGEST with the name of the sweep, or with any name if the directories of the plan
 * do not have the name in them. */
static bool neighbours_is_candidate(const struct neighbours *n, const char *name)
{
    const struct sweep_plan *plan = n->plan;
    size_t length = strlen(plan->spec.name);
    const char *dash = strrchr(name, '-');
    if (name[0] == '.' || strcmp(name, plan->directory) == 0 || dash == NULL || strlen(dash) != 9)
        return false;
    if ((size_t)(dash - name) == length && strncmp(name, plan->spec.name, length) == 0)
        return true;
    for (size_t i = 0; i < plan->n_templates; i++)
        if (!plan->templates[i].has_name)
            return true;
    return false;
}

/* True if the plan's own sweep is in the queue already. */
static bool neighbours_is_made(const struct neighbours *n)
{
    CLEANUP_STRBUF struct strbuf path = {0};
    strbuf_printf(&path, "%s/%s", n->queue, n->plan->directory);
    return !path.oom && manifest_is_same_sweep(path.data, n->plan);
}

enum sweep_code sweep_plan_check_queue(
    const struct sweep_plan *plan, const char *queue, struct sweep_findings *findings)
{
    struct neighbours n = {.plan = plan, .queue = queue, .findings = findings};
    struct dirent **names;
    if (plan->n_templates == 0 || neighbours_is_made(&n))
        return SWEEP_OK;
    size_t count = neighbours_list(queue, &names);
    for (size_t i = 0; i < count && n.code == SWEEP_OK; i++) {
        CLEANUP_STRBUF struct strbuf path = {0};
        n.sweep = names[i]->d_name;
        if (!neighbours_is_candidate(&n, n.sweep))
            continue;
        strbuf_printf(&path, "%s/%s/configs", queue, n.sweep);
        if (path.oom || (n.own == NULL && !neighbours_add_own(&n)))
            n.code = SWEEP_NO_MEMORY;
        else
            neighbours_read_configs(&n, path.data, 0);
    }
    neighbours_free_list(names, count);
    json_decref(n.own);
    return n.code;
}
