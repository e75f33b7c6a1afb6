/* SPDX-License-Identifier: Apache-2.0
 *
 * The sections of a profile that describe a trainer's code: recipes, components, keys and rules.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/trainer/profile_reader.h"

static const char *const sections_severities[] = {"error", "warning", "note", NULL};
static const char *const sections_phases[] = {
    "parse", "startup", "setup", "loaded", "training", "saving", "silent", NULL};

/* --- outputs ------------------------------------------------------------------------------ */

static struct output sections_output(struct profile_reader *r, const json_t *entry)
{
    static const char *const keys[] = {
        "path", "recipes", "component", "when", "is", "default", "file", NULL};
    if (json_is_string(entry)) {
        reader_check_path(r, json_string_value(entry));
        return (struct output){.path = json_string_value(entry)};
    }
    if (!json_is_object(entry))
        reader_fail(r, "\"outputs\" must be a list of strings or objects");
    reader_check_keys(r, entry, keys);
    struct output output = {.path = reader_need(r, entry, "path"),
        .recipes = reader_strings(r, entry, "recipes"),
        .components = reader_strings(r, entry, "component"),
        .when = reader_string(r, entry, "when"),
        .is = true,
        .fallback = reader_string(r, entry, "default"),
        .file = reader_paths(r, entry, "file")};
    if (output.path != NULL)
        reader_check_path(r, output.path);
    if (output.when != NULL)
        reader_check_path(r, output.when);
    if (json_object_get(entry, "is") != NULL)
        output.is = reader_bool(r, entry, "is");
    return output;
}

/* True if two entries are the same path under the same condition. */
static bool sections_output_is_repeated(const struct output *a, const struct output *b)
{
    return a->path != NULL && b->path != NULL && strcmp(a->path, b->path) == 0 &&
           a->recipes == NULL && a->components == NULL && a->when == NULL && b->recipes == NULL &&
           b->components == NULL && b->when == NULL;
}

void reader_outputs(struct profile_reader *r, const json_t *document, const struct profile *base,
    struct profile *out)
{
    size_t index;
    json_t *entry;
    reader_enter(r, "profile", NULL);
    out->outputs = base->outputs;
    out->n_outputs = base->n_outputs;
    if (json_object_get(document, "outputs") == NULL)
        return;
    const json_t *array = reader_member(r, document, "outputs", JSON_ARRAY);
    struct output *all = reader_alloc(r, json_array_size(array) + 1, sizeof *all);
    out->outputs = all;
    out->n_outputs = 0;
    if (all == NULL)
        return;
    json_array_foreach (array, index, entry) {
        all[index] = sections_output(r, entry);
        for (size_t i = 0; i < index; i++)
            if (sections_output_is_repeated(&all[i], &all[index]))
                reader_fail(r, "\"outputs\" lists \"%s\" twice", all[index].path);
        out->n_outputs++;
    }
}

/* --- results ------------------------------------------------------------------------------ */

static bool sections_is_output(const struct profile *profile, const char *path)
{
    for (size_t i = 0; i < profile->n_outputs; i++)
        if (profile->outputs[i].path != NULL && strcmp(profile->outputs[i].path, path) == 0)
            return true;
    return false;
}

void reader_results(struct profile_reader *r, const json_t *document, const struct profile *base,
    struct profile *out)
{
    static const char *const keys[] = {"format", "output", "files", "step", "steps", "loss",
        "speed", "memory", "lower", "gpu_memory", "host_memory", "killed", NULL};
    static const char *const formats[] = {"step-lines", NULL};
    out->log = base->log;
    if (json_object_get(document, "results") == NULL)
        return;
    reader_enter(r, "results", NULL);
    const json_t *entry = reader_member(r, document, "results", JSON_OBJECT);
    reader_check_keys(r, entry, keys);
    reader_choose(r, reader_need(r, entry, "format"), formats, "format");
    out->log = (struct run_log){.output = reader_need(r, entry, "output"),
        .files = reader_need(r, entry, "files"),
        .step = reader_need(r, entry, "step"),
        .steps = reader_paths(r, entry, "steps"),
        .loss = reader_string(r, entry, "loss"),
        .speed = reader_string(r, entry, "speed"),
        .memory = reader_string(r, entry, "memory"),
        .lower = reader_string(r, entry, "lower"),
        .gpu_memory = reader_strings(r, entry, "gpu_memory"),
        .host_memory = reader_strings(r, entry, "host_memory"),
        .killed = reader_strings(r, entry, "killed")};
    if (r->code == SWEEP_OK && !sections_is_output(out, out->log.output))
        reader_fail(r, "\"output\" must be one of \"outputs\", not \"%s\"", out->log.output);
}

/* --- recipes ------------------------------------------------------------------------------ */

static const char *const *sections_list_or_empty(
    struct profile_reader *r, const json_t *entry, const char *key)
{
    static const char *const empty[] = {NULL};
    const char *const *list = reader_strings(r, entry, key);
    return list != NULL ? list : empty;
}

void reader_recipes(struct profile_reader *r, const json_t *document, const struct profile *base,
    struct profile *out)
{
    reader_enter(r, "recipes", NULL);
    const json_t *object = reader_member(r, document, "recipes", JSON_OBJECT);
    struct recipe *all =
        reader_alloc(r, json_object_size(object) + base->n_recipes + 1, sizeof *all);
    const char *name;
    json_t *entry;
    out->recipes = all;
    if (all == NULL)
        return;
    json_object_foreach ((json_t *)object, name, entry) {
        reader_enter(r, "recipes", name);
        all[out->n_recipes++] = (struct recipe){.name = name,
            .distributed = reader_bool(r, entry, "distributed"),
            .required = sections_list_or_empty(r, entry, "required"),
            .optional = sections_list_or_empty(r, entry, "optional"),
            .configs = sections_list_or_empty(r, entry, "configs")};
    }
    for (size_t i = 0; i < base->n_recipes; i++)
        if (json_object_get(object, base->recipes[i].name) == NULL)
            all[out->n_recipes++] = base->recipes[i];
}

/* --- components --------------------------------------------------------------------------- */

static struct argument sections_argument(
    struct profile_reader *r, const char *name, const json_t *entry)
{
    static const char *const supplied[] = {"", "positional", "keyword", NULL};
    struct argument argument = {.name = name, .fallback = ""};
    if (json_is_string(entry)) { /* its type alone */
        argument.type = reader_type(r, json_string_value(entry));
        return argument;
    }
    argument.type = reader_type(r, reader_string(r, entry, "type"));
    if (reader_bool(r, entry, "required"))
        argument.fallback = NULL;
    else if (json_object_get(entry, "default") != NULL)
        argument.fallback = reader_string(r, entry, "default");
    argument.supplied =
        (enum supplied)reader_choose(r, reader_string(r, entry, "supplied"), supplied, "supplied");
    argument.positional_only = reader_bool(r, entry, "positional_only");
    return argument;
}

static const struct argument *sections_arguments(
    struct profile_reader *r, const json_t *entry, size_t *count)
{
    const json_t *object = reader_member(r, entry, "arguments", JSON_OBJECT);
    struct argument *out = reader_alloc(r, json_object_size(object) + 1, sizeof *out);
    const char *name;
    json_t *one;
    *count = 0;
    json_object_foreach ((json_t *)object, name, one) {
        if (out == NULL || r->code != SWEEP_OK)
            break;
        out[(*count)++] = sections_argument(r, name, one);
    }
    return out;
}

static const struct fact *sections_facts(
    struct profile_reader *r, const json_t *entry, size_t *count)
{
    const json_t *object = reader_member(r, entry, "facts", JSON_OBJECT);
    struct fact *out = reader_alloc(r, json_object_size(object) + 1, sizeof *out);
    const char *name;
    json_t *value;
    *count = 0;
    json_object_foreach ((json_t *)object, name, value) {
        if (out == NULL)
            break;
        struct fact *fact = &out[(*count)++];
        *fact = (struct fact){.name = name,
            .text = json_string_value(value),
            .number = json_integer_value(value),
            .is_bool = json_is_boolean(value)};
        if (json_is_true(value))
            fact->number = 1;
    }
    return out;
}

static int sections_by_path(const void *a, const void *b)
{
    return strcmp(((const struct component *)a)->path, ((const struct component *)b)->path);
}

void reader_components(struct profile_reader *r, const json_t *document, const struct profile *base,
    struct profile *out)
{
    reader_enter(r, "components", NULL);
    const json_t *object = reader_member(r, document, "components", JSON_OBJECT);
    struct component *all =
        reader_alloc(r, json_object_size(object) + base->n_components + 1, sizeof *all);
    const char *path;
    json_t *entry;
    out->components = all;
    if (all == NULL)
        return;
    json_object_foreach ((json_t *)object, path, entry) {
        struct component *component = &all[out->n_components++];
        reader_enter(r, "components", path);
        component->path = path;
        component->arguments = sections_arguments(r, entry, &component->n_arguments);
        component->facts = sections_facts(r, entry, &component->n_facts);
        component->extra = reader_bool(r, entry, "extra");
        component->ignores_extra = reader_bool(r, entry, "ignores_extra");
    }
    for (size_t i = 0; i < base->n_components; i++)
        if (json_object_get(object, base->components[i].path) == NULL)
            all[out->n_components++] = base->components[i];
    qsort(all, out->n_components, sizeof *all, sections_by_path);
}

/* --- keys --------------------------------------------------------------------------------- */

/* A key's entry: "RECIPE:key" or "key". */
static struct config_key sections_key(
    struct profile_reader *r, const char *name, const json_t *notation)
{
    const char *colon = strchr(name, ':');
    struct config_key key = {.name = name};
    if (!json_is_string(notation))
        reader_fail(r, "the type must be a string");
    key.type = reader_type(r, json_string_value(notation));
    if (colon == NULL)
        return key;
    size_t length = (size_t)(colon - name);
    char *recipe = reader_alloc(r, length + 1, 1);
    if (recipe != NULL)
        memcpy(recipe, name, length);
    key.recipe = recipe;
    key.name = colon + 1;
    return key;
}

void reader_keys(struct profile_reader *r, const json_t *document, const struct profile *base,
    struct profile *out)
{
    reader_enter(r, "keys", NULL);
    const json_t *object = reader_member(r, document, "keys", JSON_OBJECT);
    struct config_key *all =
        reader_alloc(r, json_object_size(object) + base->n_keys + 1, sizeof *all);
    out->keys = all;
    if (all == NULL)
        return;
    /* The first match is taken, so types for some recipes come before those for all. */
    for (int pass = 0; pass < 2; pass++) {
        const char *name;
        json_t *notation;
        json_object_foreach ((json_t *)object, name, notation) {
            bool for_some = strchr(name, ':') != NULL;
            reader_enter(r, "keys", name);
            if (for_some == (pass == 0))
                all[out->n_keys++] = sections_key(r, name, notation);
        }
    }
    for (size_t i = 0; i < base->n_keys; i++)
        all[out->n_keys++] = base->keys[i];
}

/* --- rules -------------------------------------------------------------------------------- */

static struct rule sections_rule(struct profile_reader *r, const json_t *entry)
{
    static const char *const kinds[] = {"file", "directory", NULL};
    struct rule rule = {.id = reader_need(r, entry, "id"),
        .code = reader_need(r, entry, "code"),
        .severity = (enum sweep_severity)reader_choose(
            r, reader_need(r, entry, "severity"), sections_severities, "severity"),
        .phase =
            (enum phase)reader_choose(r, reader_need(r, entry, "phase"), sections_phases, "phase"),
        .recipes = reader_strings(r, entry, "recipes"),
        .components = reader_strings(r, entry, "component"),
        .keys = reader_strings(r, entry, "keys"),
        .at = reader_string(r, entry, "at"),
        .message = reader_need(r, entry, "message"),
        .hint = reader_string(r, entry, "hint"),
        .raises = reader_string(r, entry, "raises"),
        .source = reader_string(r, entry, "source"),
        .why = reader_string(r, entry, "why"),
        .executed = reader_bool(r, entry, "executed"),
        .file = reader_string(r, entry, "path"),
        .within = reader_string(r, entry, "within"),
        .numbered = reader_strings(r, entry, "numbered"),
        .contents = reader_contents(r, entry)};
    if (rule.numbered != NULL && (rule.numbered[0] == NULL || rule.numbered[1] == NULL))
        reader_fail(r, "\"numbered\" must list two keys: of the format, and of the last number");
    if (rule.file != NULL)
        rule.when = reader_string(r, entry, "when");
    else
        rule.when = reader_need(r, entry, "when");
    rule.directory = reader_choose(r, reader_string(r, entry, "kind"), kinds, "kind") == 1;
    return rule;
}

/* Rules on values and rules on files are one list; the latter have a path. */
void reader_rules(struct profile_reader *r, const json_t *document, const struct profile *base,
    struct profile *out)
{
    static const char *const names[] = {"rules", "path_checks"};
    const json_t *arrays[2];
    size_t count = base->n_rules + 1;
    for (int s = 0; s < 2; s++) {
        reader_enter(r, names[s], NULL);
        arrays[s] = reader_member(r, document, names[s], JSON_ARRAY);
        count += json_array_size(arrays[s]);
    }
    struct rule *all = reader_alloc(r, count, sizeof *all);
    out->rules = all;
    if (all == NULL)
        return;
    for (int s = 0; s < 2; s++) {
        size_t index;
        json_t *entry;
        json_array_foreach (arrays[s], index, entry) {
            reader_enter(r, names[s], json_string_value(json_object_get(entry, "id")));
            all[out->n_rules++] = sections_rule(r, entry);
        }
    }
    for (size_t i = 0; i < base->n_rules; i++)
        all[out->n_rules++] = base->rules[i];
    out->names = base->names;
    out->n_names = base->n_names;
}

/* --- keys and arguments without effect ---------------------------------------------------- */

void reader_inert(struct profile_reader *r, const json_t *document, const struct profile *base,
    struct profile *out)
{
    reader_enter(r, "inert", NULL);
    const json_t *array = reader_member(r, document, "inert", JSON_ARRAY);
    struct inert *all = reader_alloc(r, json_array_size(array) + base->n_inert + 1, sizeof *all);
    size_t index;
    json_t *entry;
    out->inert = all;
    if (all == NULL)
        return;
    json_array_foreach (array, index, entry)
        all[out->n_inert++] = (struct inert){.id = reader_need(r, entry, "id"),
            .path = reader_need(r, entry, "path"),
            .when = reader_need(r, entry, "when"),
            .message = reader_need(r, entry, "message"),
            .source = reader_string(r, entry, "source"),
            .recipes = reader_strings(r, entry, "recipes")};
    for (size_t i = 0; i < base->n_inert; i++)
        all[out->n_inert++] = base->inert[i];
}

void reader_dead(struct profile_reader *r, const json_t *document, const struct profile *base,
    struct profile *out)
{
    reader_enter(r, "dead", NULL);
    const json_t *array = reader_member(r, document, "dead", JSON_ARRAY);
    struct dead_key *all = reader_alloc(r, json_array_size(array) + base->n_dead + 1, sizeof *all);
    size_t index;
    json_t *entry;
    out->dead = all;
    if (all == NULL)
        return;
    json_array_foreach (array, index, entry)
        all[out->n_dead++] = (struct dead_key){.name = reader_need(r, entry, "key"),
            .why = reader_need(r, entry, "why"),
            .recipes = reader_strings(r, entry, "recipes")};
    for (size_t i = 0; i < base->n_dead; i++)
        all[out->n_dead++] = base->dead[i];
}

void reader_handed_on(struct profile_reader *r, const json_t *document, const struct profile *base,
    struct profile *out)
{
    reader_enter(r, "handed_on", NULL);
    const json_t *array = reader_member(r, document, "handed_on", JSON_ARRAY);
    struct handed_on *all =
        reader_alloc(r, json_array_size(array) + base->n_handed_on + 1, sizeof *all);
    size_t index;
    json_t *entry;
    out->handed_on = all;
    if (all == NULL)
        return;
    json_array_foreach (array, index, entry) {
        struct handed_on *one = &all[out->n_handed_on++];
        one->components = reader_strings(r, entry, "component");
        one->function = reader_need(r, entry, "function");
        one->arguments = sections_arguments(r, entry, &one->n_arguments);
    }
    for (size_t i = 0; i < base->n_handed_on; i++)
        all[out->n_handed_on++] = base->handed_on[i];
}
