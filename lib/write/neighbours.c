/* SPDX-License-Identifier: Apache-2.0
 *
 * Compares where the runs of a plan write with where those of other sweeps in the queue do. What
 * another sweep writes to is read from its configs, with the recipe in its manifest.
 */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/findings/findings.h"
#include "lib/plan/output_dir.h"
#include "lib/plan/output_reader.h"
#include "lib/plan/outputs.h"
#include "lib/plan/run_findings.h"
#include "lib/plan/runs.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "lib/write/made_runs.h"
#include "lib/write/manifest.h"
#include "lib/write/packed_reader.h"

/* What is known of an output of the plan. */
struct neighbours_output {
    char *blamed; /* config path; owned */
    bool is_certain;
};

struct neighbours {
    const struct sweep_plan *plan;
    const char *queue;
    struct sweep_findings *findings;
    struct sweep_error *error;
    /* The places that the plan's runs write to: n_outputs * run + output. */
    json_t *own;
    struct neighbours_output *outputs; /* n_outputs of them */
    size_t n_outputs;                  /* of the profile */
    bool has_warned;
    const char *sweep;           /* the sweep directory being read, by name */
    struct output_reader reader; /* of its configs */
    enum sweep_code code;        /* of the search, which any other than SWEEP_OK ends */
};

/* --- the plan's own places ---------------------------------------------------------------- */

static enum sweep_code neighbours_add_place(void *context, const struct output_of_run *item)
{
    struct neighbours *n = context;
    struct neighbours_output *output = &n->outputs[item->output];
    json_int_t value = (json_int_t)(item->run * n->n_outputs + item->output);
    output->is_certain = item->is_certain;
    if (output->blamed == NULL)
        output->blamed = strdup(item->blamed);
    if (output->blamed == NULL)
        return SWEEP_NO_MEMORY;
    /* Of outputs inside the run's own directory, that one is to be named. */
    if (json_object_get(n->own, item->path) != NULL)
        return SWEEP_OK;
    if (json_object_set_new(n->own, item->path, json_integer(value)) != 0)
        return SWEEP_NO_MEMORY;
    return SWEEP_OK;
}

static enum sweep_code neighbours_begin(struct neighbours *n)
{
    const struct sweep_plan *plan = n->plan;
    const struct outputs_visitor visitor = {neighbours_add_place, n};
    n->n_outputs = plan->trainer->profile.n_outputs;
    n->reader.profile = &plan->trainer->profile;
    n->own = json_object();
    n->outputs = calloc(n->n_outputs + 1, sizeof *n->outputs);
    if (n->own == NULL || n->outputs == NULL)
        return SWEEP_NO_MEMORY;
    return outputs_visit(plan, n->findings, &visitor);
}

static void neighbours_end(struct neighbours *n)
{
    output_reader_deinit(&n->reader);
    json_decref(n->own);
    for (size_t i = 0; n->outputs != NULL && i < n->n_outputs; i++)
        free(n->outputs[i].blamed);
    free(n->outputs);
}

/* --- reporting ---------------------------------------------------------------------------- */

static bool neighbours_locate(
    const struct neighbours *n, uint64_t run, const char *path, struct sweep_place *out)
{
    const struct sweep_plan *plan = n->plan;
    size_t n_axes = plan->spec.axes.count;
    CLEANUP_FREE size_t *choices = calloc(n_axes + 1, sizeof *choices);
    struct run_findings locator;
    struct axis_set setters = {0};
    bool good = run_findings_init(&locator, plan, n->findings) && axis_set_init(&setters, n_axes) &&
                choices != NULL;
    if (good) {
        plan_choices(plan, run, choices);
        for (size_t i = 0; i < n_axes; i++)
            for (size_t p = 0; p < plan->spec.axes.items[i].n_paths; p++)
                if (path_overlaps(plan->spec.axes.items[i].paths[p], path))
                    axis_set_add(&setters, i);
        good = run_findings_locate(&locator, path, choices, &setters, out) == SWEEP_OK;
    }
    run_findings_deinit(&locator);
    axis_set_deinit(&setters);
    return good;
}

/* Where the spec says something about output_dir, or else its name. */
static struct sweep_place neighbours_place_of_own(const struct sweep_plan *plan)
{
    if (plan->spec.output_dir != NULL)
        return plan->spec.output_place;
    return plan->spec.name_place;
}

/* Reports that a run of the plan writes where one of n->sweep does. */
static enum sweep_code neighbours_report(
    struct neighbours *n, uint64_t own, const char *where, bool is_certain)
{
    const struct sweep_plan *plan = n->plan;
    size_t index = (size_t)(own % n->n_outputs);
    uint64_t run = own / n->n_outputs;
    const char *path = profile_output(&plan->trainer->profile);
    struct sweep_place place = neighbours_place_of_own(plan);
    char name[32], hint[600];
    int length = (int)strcspn(where, output_values);
    if (index > 0) {
        path = n->outputs[index].blamed;
        if (!neighbours_locate(n, run, path, &place))
            return SWEEP_NO_MEMORY;
    }
    plan_run_name(plan, run, name);
    if (index == 0)
        snprintf(hint, sizeof hint,
            "choose another name or directory, or remove %s/%s if its results are not needed",
            n->queue, n->sweep);
    else
        snprintf(hint, sizeof hint,
            "use a template for %s, such as \"=/data/{name}/{run}\", or remove %s/%s if its "
            "results are not needed",
            path, n->queue, n->sweep);
    if (is_certain)
        return FINDING_ERROR(n->findings, "output-collision", place, path, hint,
            "%s would write to \"%.*s\", where a run of %s/%s writes", name, length, where,
            n->queue, n->sweep);
    if (n->has_warned)
        return SWEEP_OK;
    n->has_warned = true;
    return FINDING_WARNING(n->findings, "output-collision", place, path, hint,
        "%s may write to \"%.*s\", where a run of %s/%s may write, too", name, length, where,
        n->queue, n->sweep);
}

/* --- the configs of other sweeps ---------------------------------------------------------- */

/* Compares an output of the reader's config with the plan's places. */
static enum sweep_code neighbours_compare_output(struct neighbours *n, size_t index)
{
    CLEANUP_STRBUF struct strbuf normal = {0};
    CLEANUP_FREE char *text = output_reader_path(&n->reader, &n->reader.profile->outputs[index]);
    bool is_certain = index == 0 || n->reader.is_certain;
    if (n->reader.oom)
        return SWEEP_NO_MEMORY;
    if (text == NULL)
        return SWEEP_OK;
    output_dir_put_normal(&normal, text);
    if (normal.oom)
        return SWEEP_NO_MEMORY;
    const json_t *own = json_object_get(n->own, normal.data);
    if (own == NULL)
        return SWEEP_OK;
    uint64_t value = (uint64_t)json_integer_value(own);
    if (!n->outputs[value % n->n_outputs].is_certain)
        is_certain = false;
    return neighbours_report(n, value, normal.data, is_certain);
}

static enum sweep_code neighbours_compare_config(struct neighbours *n, const json_t *tree)
{
    enum sweep_code code = SWEEP_OK;
    output_reader_begin(&n->reader, tree);
    if (n->reader.oom)
        return SWEEP_NO_MEMORY;
    for (size_t i = 0; i < n->n_outputs && code == SWEEP_OK; i++)
        code = neighbours_compare_output(n, i);
    return code;
}

/* A text that is not a config cannot run. */
static enum sweep_code neighbours_compare_text(
    struct neighbours *n, const char *text, size_t length)
{
    struct yaml_doc *doc = NULL;
    enum sweep_code code = yaml_reparse(text, length, n->plan->doc, &doc);
    if (code == SWEEP_OK)
        code = neighbours_compare_config(n, doc->tree);
    else if (code != SWEEP_NO_MEMORY)
        code = SWEEP_OK;
    yaml_doc_free(doc);
    return code;
}

/* All files that can be read have to be. */
static enum sweep_code neighbours_compare(struct neighbours *n, const char *file)
{
    CLEANUP_FREE char *text = NULL;
    struct sweep_error ignored = {0};
    size_t length;
    enum sweep_code code = file_read(file, n->plan->doc->limits.bytes, &text, &length, &ignored);
    if (code == SWEEP_OK)
        return neighbours_compare_text(n, text, length);
    return code == SWEEP_NO_MEMORY ? code : SWEEP_OK;
}

/* Reads configs.packed, if there is one. */
static void neighbours_read_packed(struct neighbours *n, const char *directory)
{
    struct packed_reader reader;
    struct sweep_error ignored = {0};
    CLEANUP_STRBUF struct strbuf config = {0};
    enum sweep_code code = packed_reader_open(&reader, directory, &ignored);
    for (uint64_t i = 0; i < reader.runs && code == SWEEP_OK && n->code == SWEEP_OK; i++) {
        code = packed_reader_get(&reader, i, &config, &ignored);
        if (code == SWEEP_OK)
            n->code = neighbours_compare_text(n, config.data, config.length);
    }
    packed_reader_close(&reader);
    if (code == SWEEP_NO_MEMORY)
        n->code = code;
}

/* The names in a directory, in order; the caller's. None if there is no such directory, or if it
 * belongs to a user who lets nobody read it. */
static size_t neighbours_list(struct neighbours *n, const char *directory, struct dirent ***names)
{
    int count = scandir(directory, names, NULL, alphasort);
    if (count >= 0)
        return (size_t)count;
    if (errno == ENOMEM)
        n->code = SWEEP_NO_MEMORY;
    else if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
        n->code = sweep_error_set(
            n->error, SWEEP_IO, "cannot read the directory %s: %s", directory, strerror(errno));
    return 0;
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
    size_t count = neighbours_list(n, directory, &names);
    for (size_t i = 0; i < count && n->code == SWEEP_OK; i++) {
        CLEANUP_STRBUF struct strbuf path = {0};
        const char *end = strrchr(names[i]->d_name, '.');
        if (names[i]->d_name[0] == '.')
            continue;
        strbuf_printf(&path, "%s/%s", directory, names[i]->d_name);
        if (path.oom)
            n->code = SWEEP_NO_MEMORY;
        else if (end != NULL && strcmp(end, ".yaml") == 0)
            n->code = neighbours_compare(n, path.data);
        else if (depth == 0)
            neighbours_read_configs(n, path.data, depth + 1);
    }
    neighbours_free_list(names, count);
}

/* True for NAME-DIGEST with the name of the sweep, or with any name if the places of the plan do
 * not all have the name in them. */
static bool neighbours_is_candidate(const struct neighbours *n, const char *name)
{
    const struct sweep_plan *plan = n->plan;
    size_t length = strlen(plan->spec.name);
    const char *dash = strrchr(name, '-');
    if (name[0] == '.' || strcmp(name, plan->directory) == 0 || dash == NULL || strlen(dash) != 9)
        return false;
    if ((size_t)(dash - name) == length && strncmp(name, plan->spec.name, length) == 0)
        return true;
    if (plan->writes_outside)
        return true;
    for (size_t i = 0; i < plan->n_templates; i++)
        if (!plan->templates[i].has_name)
            return true;
    return false;
}

/* --- sweeps that this one grows from ------------------------------------------------------ */

/* True if the runs' directories end in their names, and they write only there. Numbers go on from
 * sweep to sweep, so other runs of the name cannot have these directories if theirs end like this,
 * too. */
static bool neighbours_is_numbered(const struct sweep_plan *plan)
{
    if (plan->growth == NULL || plan->writes_outside || plan->n_templates == 0)
        return false;
    for (size_t i = 0; i < plan->n_templates; i++) {
        const struct template *template = &plan->templates[i];
        size_t n = template->n_parts;
        if (n < 2 || template->parts[n - 1].kind != PART_RUN)
            return false;
        const struct part *before = &template->parts[n - 2];
        if (before->kind != PART_LITERAL || before->text[before->length - 1] != '/')
            return false;
    }
    return true;
}

/* True if a config's output directory ends in the name of its run. */
static bool neighbours_ends_in_name(
    const struct neighbours *n, const struct growth_directory *directory, uint64_t number)
{
    char name[32];
    CLEANUP_STRBUF struct strbuf path = {0};
    CLEANUP_FREE char *text = NULL;
    struct sweep_error ignored = {0};
    struct yaml_doc *doc = NULL;
    size_t length;
    bool ends = false;
    snprintf(name, sizeof name, "run_%0*llu", directory->name_width, (unsigned long long)number);
    strbuf_printf(&path, "%s/%s", n->queue, directory->name);
    if (path.oom || sweep_extract(path.data, name, &text, &length, &ignored) != SWEEP_OK)
        return false;
    if (yaml_reparse(text, length, n->plan->doc, &doc) == SWEEP_OK) {
        const char *output =
            json_string_value(path_get(doc->tree, profile_output(&n->plan->trainer->profile)));
        const char *slash = NULL;
        if (output != NULL)
            slash = strrchr(output, '/');
        ends = slash != NULL && strcmp(slash + 1, name) == 0;
    }
    yaml_doc_free(doc);
    return ends;
}

/* True if no run of a sweep that the plan grows from can have the directory of one of the plan's.
 * One template gave all its directories: when those of two runs end in the runs' names, all do. */
static bool neighbours_is_apart(const struct neighbours *n, const char *name)
{
    const struct growth_directory *directory = made_runs_directory(n->plan, name);
    return directory != NULL && neighbours_is_numbered(n->plan) && !directory->sets_output &&
           neighbours_ends_in_name(n, directory, directory->first) &&
           neighbours_ends_in_name(n, directory, directory->end - 1);
}

/* --- all of them -------------------------------------------------------------------------- */

static void neighbours_read_sweep(struct neighbours *n, const char *name)
{
    CLEANUP_STRBUF struct strbuf path = {0};
    CLEANUP_FREE char *recipe = NULL;
    n->sweep = name;
    strbuf_printf(&path, "%s/%s", n->queue, name);
    if (path.oom)
        n->code = SWEEP_NO_MEMORY;
    else if (n->own == NULL)
        n->code = neighbours_begin(n);
    if (n->code != SWEEP_OK)
        return;
    n->code = manifest_read_recipe(path.data, &recipe);
    n->reader.recipe = recipe;
    if (n->code == SWEEP_OK)
        neighbours_read_packed(n, path.data);
    strbuf_puts(&path, "/configs");
    if (path.oom)
        n->code = SWEEP_NO_MEMORY;
    if (n->code == SWEEP_OK)
        neighbours_read_configs(n, path.data, 0);
    n->reader.recipe = NULL;
}

/* True if the plan's own sweep is in the queue already. */
static bool neighbours_is_made(const struct neighbours *n)
{
    CLEANUP_STRBUF struct strbuf path = {0};
    strbuf_printf(&path, "%s/%s", n->queue, n->plan->directory);
    return !path.oom && manifest_is_same_sweep(path.data, n->plan);
}

enum sweep_code sweep_plan_check_queue(const struct sweep_plan *plan, const char *queue,
    struct sweep_findings *findings, struct sweep_error *error)
{
    assert(plan != NULL && queue != NULL && findings != NULL);
    struct neighbours n = {.plan = plan, .queue = queue, .findings = findings, .error = error};
    struct dirent **names;
    if (plan->trainer->profile.n_outputs == 0 || plan->spec.runs == 0 || neighbours_is_made(&n))
        return SWEEP_OK;
    size_t count = neighbours_list(&n, queue, &names);
    for (size_t i = 0; i < count && n.code == SWEEP_OK; i++) {
        const char *name = names[i]->d_name;
        if (!neighbours_is_candidate(&n, name) || neighbours_is_apart(&n, name))
            continue;
        if (made_runs_is_new(plan, queue, name))
            n.code = sweep_error_set(
                error, SWEEP_CHANGED, "%s/%s was written in the meantime", queue, name);
        else
            neighbours_read_sweep(&n, name);
    }
    neighbours_free_list(names, count);
    neighbours_end(&n);
    if (n.code == SWEEP_INVALID)
        return sweep_error_set(
            error, n.code, "another sweep in %s writes to the same place", queue);
    if (n.code == SWEEP_NO_MEMORY || findings_oom(findings))
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    return n.code;
}
