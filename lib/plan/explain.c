/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a run's config has the values that it has: sweep_plan_explain().
 * specs/schema/sweep-explain.schema.json describes the members of the result.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/path.h"
#include "lib/plan/explain_point.h"
#include "lib/plan/render.h"
#include "lib/plan/run_id.h"
#include "lib/plan/runs.h"
#include "lib/plan/scope.h"
#include "lib/util/cleanup.h"
#include "lib/util/line_diff.h"

enum { EXPLAIN_VERSION = 1 };

struct explainer {
    const struct sweep_plan *plan;
    struct run run;
    const size_t *choices;  /* of the run */
    const char **axis_keys; /* of the spec: "grid", "include" */
    json_t *config;         /* its value; owned */
    json_t *changes;        /* the result so far; owned */
    bool oom;
};

static void explain_set(struct explainer *e, json_t *object, const char *key, json_t *value)
{
    if (object == NULL || value == NULL || json_object_set_new(object, key, value) != 0)
        e->oom = true;
}

/* --- what a value is computed from -------------------------------------------------------- */

static void explain_add_input(struct explainer *e, json_t *inputs, const char *path)
{
    json_t *value = path_get(e->config, path);
    if (value == NULL)
        value = json_null();
    explain_set(e, inputs, path, json_incref(value));
}

static void explain_add_expression(struct explainer *e, json_t *inputs, size_t computed)
{
    const struct scope *scope = e->plan->scope;
    size_t n;
    const size_t *slots = expr_slots(scope->computed[computed], &n);
    for (size_t i = 0; i < n; i++)
        explain_add_input(e, inputs, scope->names[slots[i]].path);
}

static void explain_add_template(
    struct explainer *e, json_t *inputs, const struct template *template)
{
    const struct sweep_plan *plan = e->plan;
    if (template->has_name)
        explain_set(e, inputs, "name", json_string(plan->spec.name));
    for (size_t i = 0; i < template->n_parts; i++) {
        const struct part *part = &template->parts[i];
        size_t computed = SIZE_MAX;
        if (part->token != NULL)
            computed = computed_expression(&plan->computed, part->token);
        if (part->kind == PART_RUN)
            explain_set(e, inputs, "run", json_string(e->run.name));
        else if (part->kind == PART_INDEX)
            explain_set(e, inputs, "index", json_integer((json_int_t)e->run.index));
        else if (part->kind == PART_ID)
            explain_set(e, inputs, "id", json_string(e->run.id));
        else if (computed != SIZE_MAX)
            explain_add_expression(e, inputs, computed);
        else if (part->kind == PART_VALUE)
            explain_add_input(e, inputs, part->path);
        else if (part->kind == PART_AXIS)
            explain_add_input(e, inputs, plan->spec.axes.items[part->axis].paths[0]);
    }
}

static json_t *explain_computed(struct explainer *e, size_t computed)
{
    const struct computed *item = &e->plan->computed.items[computed];
    json_t *inputs = json_object();
    const char *kind = "expression";
    if (e->plan->scope->computed[computed] != NULL) {
        explain_add_expression(e, inputs, computed);
    } else {
        kind = "template";
        explain_add_template(e, inputs, &e->plan->values[computed]);
    }
    return json_pack("{s:s, s:s, s:o}", "kind", kind, "text", item->text, "inputs", inputs);
}

/* --- what sets a path --------------------------------------------------------------------- */

/* The key of the spec that sets a path in the run. */
struct explain_source {
    const struct assignment *assignment; /* NULL: none */
    const char *from;                    /* the key of the spec that it is in */
    const struct choice *choice;
    const json_t *value; /* that it gives to the path, with tokens; NULL: it deletes it */
};

static void explain_look_in(
    const struct explain_source *candidate, const char *path, struct explain_source *out)
{
    const struct choice *choice = candidate->choice;
    for (size_t i = 0; i < choice->operations.count; i++) {
        const struct operation *operation = &choice->operations.items[i];
        const json_t *value = operation->value;
        size_t length = strlen(operation->path);
        if (!path_is_inside(path, operation->path))
            continue;
        if (value != NULL && path[length] == '.') {
            value = path_get(value, path + length + 1);
            if (value == NULL)
                continue; /* a mapping without the path merges into the one that has it */
        }
        *out = *candidate;
        out->value = value;
    }
}

static struct explain_source explain_find(const struct explainer *e, const char *path)
{
    const struct spec *spec = &e->plan->spec;
    struct explain_source source = {0};
    for (size_t i = 0; i < spec->fixed.count; i++) {
        const struct assignment *fixed = &spec->fixed.items[i];
        const struct explain_source candidate = {fixed, fixed->where, fixed->choices, NULL};
        explain_look_in(&candidate, path, &source);
    }
    for (size_t i = 0; i < spec->axes.count; i++) {
        const struct assignment *axis = &spec->axes.items[i];
        const struct explain_source candidate = {
            axis, e->axis_keys[i], &axis->choices[e->choices[i]], NULL};
        if (e->choices[i] != axis->unset)
            explain_look_in(&candidate, path, &source);
    }
    return source;
}

static json_t *explain_place(const char *key, const char *from, const struct sweep_place *place)
{
    return json_pack("{s:s, s:s, s:s?, s:i, s:i}", "key", key, "from", from, "file", place->file,
        "line", (int)place->line, "column", (int)place->column);
}

static json_t *explain_source(struct explainer *e, const struct explain_source *source)
{
    json_t *out = explain_place(source->assignment->key, source->from, &source->choice->place);
    const char *text = json_string_value(source->value);
    size_t computed;
    if (text != NULL && computed_find(&e->plan->computed, text, &computed) != NULL)
        explain_set(e, out, "computed", explain_computed(e, computed));
    return out;
}

/* The run's directory follows from a template in every sweep. */
static json_t *explain_output(struct explainer *e)
{
    const struct sweep_plan *plan = e->plan;
    const struct template *template = &plan->templates[0];
    const char *key = "output_dir", *from = "output_dir", *text = plan->spec.output_dir;
    json_t *inputs = json_object();
    if (plan->output_axis != SIZE_MAX) {
        size_t choice = e->choices[plan->output_axis];
        template = &plan->templates[choice];
        key = plan->spec.axes.items[plan->output_axis].key;
        from = e->axis_keys[plan->output_axis];
        text = plan->spec.axes.items[plan->output_axis].choices[choice].label;
    } else if (text == NULL) {
        from = "default";
        text = plan->output_text;
    }
    explain_add_template(e, inputs, template);
    json_t *out = explain_place(key, from, &template->place);
    explain_set(e, out, "computed",
        json_pack("{s:s, s:s?, s:o}", "kind", "template", "text", text, "inputs", inputs));
    return out;
}

static json_t *explain_set_by(struct explainer *e, const char *path)
{
    const struct explain_source source = explain_find(e, path);
    if (spec_is_output(&e->plan->spec, path) && e->plan->n_templates > 0)
        return explain_output(e);
    if (source.assignment == NULL)
        return json_null();
    return explain_source(e, &source);
}

/* --- changes ------------------------------------------------------------------------------ */

/* `value` is NULL if the base's is deleted, `base` if there is none. */
static void explain_add(
    struct explainer *e, const char *path, const json_t *value, const json_t *base)
{
    json_t *change = json_pack("{s:s}", "path", path);
    if (value != NULL)
        explain_set(e, change, "value", json_incref((json_t *)value));
    if (base != NULL)
        explain_set(e, change, "base", json_incref((json_t *)base));
    explain_set(e, change, "set_by", explain_set_by(e, path));
    if (json_array_append_new(e->changes, change) != 0)
        e->oom = true;
}

static bool explain_has_members(const json_t *value)
{
    return json_object_size(value) > 0 || json_array_size(value) > 0;
}

static void explain_compare(struct explainer *e, const json_t *value, const json_t *base,
    char path[PATH_MAX_BYTES], size_t length);

static void explain_compare_objects(struct explainer *e, const json_t *value, const json_t *base,
    char path[PATH_MAX_BYTES], size_t length)
{
    const char *key;
    json_t *member;
    json_object_foreach ((json_t *)value, key, member) {
        size_t longer = path_append(path, length, key);
        if (longer > 0)
            explain_compare(e, member, json_object_get(base, key), path, longer);
    }
    json_object_foreach ((json_t *)base, key, member) {
        size_t longer = path_append(path, length, key);
        if (longer > 0 && json_object_get(value, key) == NULL)
            explain_add(e, path, NULL, member);
    }
    path[length] = '\0';
}

static void explain_compare_lists(struct explainer *e, const json_t *value, const json_t *base,
    char path[PATH_MAX_BYTES], size_t length)
{
    size_t i;
    json_t *item;
    json_array_foreach (value, i, item) {
        size_t longer = path_append_index(path, length, i);
        if (longer > 0)
            explain_compare(e, item, json_array_get(base, i), path, longer);
    }
    path[length] = '\0';
}

static void explain_compare(struct explainer *e, const json_t *value, const json_t *base,
    char path[PATH_MAX_BYTES], size_t length)
{
    bool may_merge = base == NULL || json_typeof(base) == json_typeof(value);
    if (base != NULL && json_equal(value, base))
        return;
    if (json_is_object(value) && explain_has_members(value) && may_merge)
        explain_compare_objects(e, value, base, path, length);
    else if (json_is_array(value) && json_array_size(value) == json_array_size(base) &&
             explain_has_members(value))
        explain_compare_lists(e, value, base, path, length);
    else
        explain_add(e, path, value, base);
}

/* --- all ---------------------------------------------------------------------------------- */

/* The base's value without anything that the spec sets; a new reference. */
static json_t *explain_read_base(const struct sweep_plan *plan)
{
    struct yaml_doc *doc = NULL;
    if (yaml_reparse(plan->base_text, plan->base_length, plan->doc, &doc) != SWEEP_OK)
        return NULL;
    json_t *tree = json_incref(doc->tree);
    yaml_doc_free(doc);
    return tree;
}

static void explain_put_diff(struct explainer *e, json_t *out)
{
    CLEANUP_STRBUF struct strbuf scratch = {0}, config = {0}, diff = {0};
    plan_render(e->plan, &e->run, &scratch, &config);
    line_diff(e->plan->base_text, strbuf_string(&config), &diff);
    if (config.oom || diff.oom)
        e->oom = true;
    else
        explain_set(e, out, "diff", json_stringn(strbuf_string(&diff), diff.length));
}

static json_t *explain_run(struct explainer *e)
{
    const struct sweep_plan *plan = e->plan;
    char path[PATH_MAX_BYTES] = "";
    CLEANUP_JSON json_t *base = explain_read_base(plan);
    e->changes = json_array();
    if (base == NULL || e->changes == NULL || plan_config_of(plan, &e->run, &e->config) != SWEEP_OK)
        return NULL;
    json_t *out = json_pack("{s:i, s:s, s:s, s:I, s:s, s:s, s:s, s:O}", "version", EXPLAIN_VERSION,
        "sweep", plan->spec.name, "run", e->run.name, "index", (json_int_t)e->run.index, "id",
        e->run.id, "base", plan_base(plan), "recipe", plan->recipe, "changes", e->changes);
    if (out == NULL || !explain_point(plan, e->run.index - plan->first, out, e->axis_keys))
        e->oom = true;
    else
        explain_compare_objects(e, e->config, base, path, 0);
    explain_put_diff(e, out);
    if (!e->oom)
        return out;
    json_decref(out);
    return NULL;
}

enum sweep_code sweep_plan_explain(
    const struct sweep_plan *plan, uint64_t index, json_t **out, struct sweep_error *error)
{
    assert(plan != NULL && out != NULL);
    if (index >= plan->spec.runs)
        return sweep_error_set(error, SWEEP_NOT_FOUND, "there are only %llu runs",
            (unsigned long long)plan->spec.runs);
    CLEANUP_FREE size_t *choices = calloc(plan->spec.axes.count + 1, sizeof *choices);
    CLEANUP_FREE const char **keys = calloc(plan->spec.axes.count + 1, sizeof *keys);
    struct explainer e = {.plan = plan, .choices = choices, .axis_keys = keys};
    struct run_names names;
    *out = NULL;
    if (choices != NULL && keys != NULL) {
        plan_choices(plan, index, choices);
        e.run = plan_run(plan, index, choices, &names);
        if (run_id_of(plan, choices, names.id) == SWEEP_OK)
            e.run.id = names.id;
    }
    if (e.run.id != NULL)
        *out = explain_run(&e);
    json_decref(e.changes);
    json_decref(e.config);
    if (*out == NULL)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    return SWEEP_OK;
}

/* --- finding a run ------------------------------------------------------------------------ */

enum sweep_code sweep_plan_find_id(
    const struct sweep_plan *plan, const char *id, uint64_t *index, struct sweep_error *error)
{
    assert(plan != NULL && id != NULL && index != NULL);
    struct run_id_cursor cursor;
    struct run_names names;
    enum sweep_code code = SWEEP_NOT_FOUND;
    CLEANUP_FREE size_t *choices = calloc(plan->spec.axes.count + 1, sizeof *choices);
    if (!run_id_begin(&cursor, plan) || choices == NULL)
        code = SWEEP_NO_MEMORY;
    for (uint64_t i = 0; code == SWEEP_NOT_FOUND && i < plan->spec.runs; i++) {
        plan_choices(plan, i, choices);
        if (run_id_next(&cursor, i, choices, &names).id == NULL) {
            code = SWEEP_NO_MEMORY;
        } else if (strcmp(names.id, id) == 0) {
            *index = i;
            code = SWEEP_OK;
        }
    }
    run_id_end(&cursor);
    if (code == SWEEP_NO_MEMORY)
        return sweep_error_set(error, code, "out of memory");
    if (code == SWEEP_NOT_FOUND)
        return sweep_error_set(error, code, "the spec has no run with the id %s", id);
    return SWEEP_OK;
}

void sweep_plan_name_run(struct sweep_plan *plan, uint64_t index, uint64_t number, int width)
{
    assert(plan != NULL);
    plan->first = number - index;
    plan->name_width = width;
}
