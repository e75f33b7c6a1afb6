/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/scalar.h"
#include "lib/findings/findings.h"
#include "lib/spec/is_object.h"
#include "lib/spec/key_hint.h"
#include "lib/spec/option_templates.h"
#include "lib/spec/repeat.h"
#include "lib/spec/shuffle.h"
#include "lib/spec/spec.h"
#include "lib/spec/tags.h"
#include "lib/spec/then.h"
#include "lib/spec/words.h"
#include "lib/util/limits.h"
#include "lib/util/text.h"
#include "sweep/generate.h"

/* What the readers of the top-level keys share. */
struct spec_parser {
    const struct json_source *source;
    const struct spec_context *context;
    struct spec *spec;
    struct structure *include, *repeat; /* NULL if the spec has none */
    enum sweep_code code;               /* the first failure; SWEEP_NO_MEMORY wins */
};

static void spec_note(struct spec_parser *p, enum sweep_code code)
{
    if (code == SWEEP_NO_MEMORY || p->code == SWEEP_OK)
        p->code = code;
}

/* Adds an error at a key or value of the spec. */
#define SPEC_REFUSE(p, place, code, pointer, hint, ...)                                            \
    spec_note((p),                                                                                 \
        FINDING_ERROR((p)->context->findings, (code), (place), (pointer), (hint), __VA_ARGS__))

/* --- strings ------------------------------------------------------------------------------ */

/* A copy of a string member; NULL with a finding if it is something else or empty. */
static char *spec_read_string(
    struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    char pointer[80];
    snprintf(pointer, sizeof pointer, "/%s", at->name);
    if (!json_is_string(value)) {
        SPEC_REFUSE(p, at->value, "wrong-type", pointer, NULL, "%s must be str, got %s", at->name,
            value_type_name(value));
        return NULL;
    }
    if (json_string_length(value) == 0) {
        SPEC_REFUSE(p, at->value, "empty", pointer, NULL, "%s cannot be empty", at->name);
        return NULL;
    }
    char *copy = strdup(json_string_value(value));
    if (copy == NULL)
        spec_note(p, SWEEP_NO_MEMORY);
    return copy;
}

static void spec_read_schema(
    struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    free(spec_read_string(p, value, at)); /* for editors only */
}

/* The other files were read before: lib/spec/extends.h. */
static void spec_read_extends(
    struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    (void)p;
    (void)value;
    (void)at;
}

static void spec_read_description(
    struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    p->spec->description = spec_read_string(p, value, at);
}

static void spec_read_tags(struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    const struct placed_value inner = {(json_t *)value, at};
    spec_note(p, tags_read(p->context, &inner, &p->spec->tags));
}

static void spec_read_name(struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    char *name = spec_read_string(p, value, at);
    p->spec->name = name;
    p->spec->name_place = at->value;
    if (name == NULL || (words_has_only(name, "._-") && strlen(name) <= SPEC_MAX_NAME))
        return;
    SPEC_REFUSE(p, at->value, "bad-name", "/name", NULL,
        "name must be 1 to 64 letters, digits, \".\", \"_\" or \"-\", the first a letter or "
        "digit");
}

static void spec_read_recipe(
    struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    char *recipe = spec_read_string(p, value, at);
    p->spec->recipe = recipe;
    p->spec->recipe_place = at->value;
    /* The same file, and a module's path cannot begin with it. */
    while (recipe != NULL && strncmp(recipe, "./", 2) == 0 && strchr("-/", recipe[2]) == NULL)
        memmove(recipe, recipe + 2, strlen(recipe + 2) + 1);
    if (recipe == NULL || (words_is_path(recipe) && strlen(recipe) < SPEC_MAX_RECIPE))
        return;
    const char *hint = NULL;
    if (recipe[0] == '~')
        hint = "the shell does not expand ~ here: write the whole path";
    else if (recipe[0] == '-')
        hint = "rename it: it would be an option of the command";
    SPEC_REFUSE(p, at->value, "bad-recipe", "/recipe", hint,
        "recipe must be a recipe's name or path: letters, digits, \".\", \"_\", \"/\", \"-\"");
}

static void spec_read_processes(
    struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    json_int_t number = json_integer_value(value);
    p->spec->processes_place = at->value;
    if (json_is_integer(value) && number > 0 && number <= SPEC_MAX_PROCESSES)
        p->spec->processes = (unsigned)number;
    else
        SPEC_REFUSE(p, at->value, "bad-processes", "/processes", NULL,
            "processes must be an int from 1 to %d, got %.*s", SPEC_MAX_PROCESSES,
            (int)(at->length < 60 ? at->length : 60), at->text);
}

static void spec_read_output_dir(
    struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    const struct profile *profile = p->context->profile;
    p->spec->output_place = at->value;
    p->spec->output_dir = spec_read_string(p, value, at);
    if (p->spec->output_dir != NULL && profile_output(profile) != NULL &&
        p->context->computed != NULL) {
        const struct computed template = {
            p->spec->output_dir, NULL, (char *)profile_output(profile), at->value, NULL, false};
        if (!computed_add_braces(p->context->computed, &template))
            spec_note(p, SWEEP_NO_MEMORY);
    }
    if (profile_output(profile) == NULL)
        SPEC_REFUSE(p, at->key, "incomplete-profile", "/output_dir",
            "add the config path to \"outputs\" of the profile, see sweepd-profile(5)",
            "the profile of %s %s does not say where a run writes: it has no \"outputs\"",
            profile->trainer, profile->version);
}

/* --- base --------------------------------------------------------------------------------- */

static void spec_read_base_object(
    struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    static const char hint[] = "write {\"file\": \"base.yaml\"}";
    struct spec *spec = p->spec;
    for (const struct json_place *member = at->first; member != NULL; member = member->next) {
        if (strcmp(member->name, "file") == 0) {
            spec->base_file = spec_read_string(p, json_object_get(value, "file"), member);
            spec->base_place = member->value;
        } else if (!json_place_is_comment(member)) {
            SPEC_REFUSE(p, member->key, "unknown-key", "/base", hint, "base has no \"%.100s\"",
                member->name);
        }
    }
    if (json_object_get(value, "file") == NULL)
        SPEC_REFUSE(p, at->value, "missing-key", "/base", hint, "base as an object needs \"file\"");
}

static void spec_read_base(struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    p->spec->base_place = at->value;
    if (json_is_object(value))
        spec_read_base_object(p, value, at);
    else
        p->spec->base_name = spec_read_string(p, value, at);
}

/* --- assignments -------------------------------------------------------------------------- */

/* True, with a finding, if there are more settings than allowed. */
static bool spec_has_too_many(struct spec_parser *p, size_t n, const struct json_place *at)
{
    uint64_t limit = p->context->limits->settings;
    if (n <= limit)
        return false;
    char pointer[16];
    snprintf(pointer, sizeof pointer, "/%s", at->name);
    SPEC_REFUSE(p, at->value, "too-large", pointer, NULL, "more than %llu settings",
        (unsigned long long)limit);
    return true;
}

static void spec_read_fixed(struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    struct spec *spec = p->spec;
    if (!json_is_object(value)) {
        SPEC_REFUSE(p, at->value, "wrong-type", "/fixed", NULL,
            "fixed must be an object of parameters and paths, got %s", value_type_name(value));
        return;
    }
    if (spec_has_too_many(p, json_object_size(value) + spec->axes.count, at))
        return;
    for (const struct json_place *member = at->first; member != NULL; member = member->next) {
        struct assignment assignment;
        const json_t *inner = json_object_get(value, member->name);
        if (json_place_is_comment(member))
            continue;
        spec_note(p, assignment_read_fixed(p->context, inner, member, &assignment));
        spec_note(p, assignments_append(&spec->fixed, &assignment));
    }
}

typedef enum sweep_code spec_structure_reader(
    const struct axis_reading *reading, const struct placed_value *at, struct structure **out);

/* Reads "grid", "zip", "cases" or "sweep" as one more factor of the sweep. */
static void spec_read_points(struct spec_parser *p, const json_t *value,
    const struct json_place *at, spec_structure_reader *read)
{
    struct spec *spec = p->spec;
    const struct axis_reading reading = {p->context, &spec->axes, at->name};
    const struct placed_value inner = {(json_t *)value, at};
    struct structure *item = NULL;
    if (json_is_object(value) &&
        spec_has_too_many(p, json_object_size(value) + spec->axes.count + spec->fixed.count, at))
        return;
    spec_note(p, read(&reading, &inner, &item));
    if (item != NULL)
        spec_note(p, structure_add(spec->product, item));
    spec_has_too_many(p, spec->axes.count + spec->fixed.count, at);
}

static void spec_read_grid(struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    spec_read_points(p, value, at, structure_read_grid);
}

static void spec_read_zip(struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    spec_read_points(p, value, at, structure_read_zip);
}

static void spec_read_cases(struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    spec_read_points(p, value, at, structure_read_cases);
}

static void spec_read_sweep(struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    spec_read_points(p, value, at, structure_read_node);
}

/* --- runs --------------------------------------------------------------------------------- */

static void spec_read_where(struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    const struct placed_value inner = {(json_t *)value, at};
    spec_note(p, filters_read_where(p->context, &inner, &p->spec->product->filters));
}

static void spec_read_exclude(
    struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    const struct placed_value inner = {(json_t *)value, at};
    spec_note(p, filters_read_exclude(p->context, &inner, &p->spec->product->filters));
}

/* Replaces spec->points by a structure of it and another item; takes the item over. */
static void spec_combine(struct spec_parser *p, enum structure_kind kind, struct structure *item)
{
    struct spec *spec = p->spec;
    struct structure *both = structure_new(kind, item->where, &item->place);
    if (both == NULL) {
        structure_free(item);
        spec_note(p, SWEEP_NO_MEMORY);
        return;
    }
    spec_note(p, structure_add(both, spec->points));
    spec->points = both;
    spec_note(p, structure_add(both, item));
}

static void spec_read_include(
    struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    const struct axis_reading reading = {p->context, &p->spec->axes, at->name};
    const struct placed_value inner = {(json_t *)value, at};
    spec_note(p, structure_read_cases(&reading, &inner, &p->include));
}

static void spec_read_sample(
    struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    const struct placed_value inner = {(json_t *)value, at};
    spec_note(p, sample_read(p->context, &inner, &p->spec->sample));
    p->spec->is_sampled = true;
}

static void spec_read_order(struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    const struct placed_value inner = {(json_t *)value, at};
    p->spec->is_shuffled = true;
    spec_note(p, shuffle_read(p->context, &inner, &p->spec->shuffle_seed));
}

/* A distribution has values only if some of them are drawn. */
static void spec_check_distributions(struct spec_parser *p, const struct structure *structure)
{
    if (structure->distribution != NULL)
        SPEC_REFUSE(p, structure->place, "bad-generator", "/grid",
            "write \"sample\": {\"n\": 20} beside \"grid\"",
            "a distribution needs \"sample\", which says how many values are drawn");
    for (size_t i = 0; i < structure->n_items; i++)
        spec_check_distributions(p, structure->items[i]);
}

static void spec_read_repeat(
    struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    const struct axis_reading reading = {p->context, &p->spec->axes, at->name};
    const struct placed_value inner = {(json_t *)value, at};
    spec_note(p, repeat_read(&reading, &inner, &p->repeat));
}

/* "include" and "repeat" are about all that the other keys say, wherever they are written. */
static void spec_finish_points(struct spec_parser *p)
{
    struct structure *product = p->spec->product;
    if (product->n_items > 0)
        product->place = product->items[0]->place;
    if (!p->spec->is_sampled)
        spec_check_distributions(p, p->spec->product);
    if (p->include != NULL)
        spec_combine(p, STRUCTURE_UNION, p->include);
    if (p->repeat != NULL)
        spec_combine(p, STRUCTURE_PRODUCT, p->repeat);
}

static void spec_read_layout(
    struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    const char *layout = json_string_value(value);
    if (layout != NULL && strcmp(layout, "packed") == 0)
        p->spec->is_packed = true;
    else if (layout == NULL || strcmp(layout, "files") != 0)
        SPEC_REFUSE(p, at->value, "bad-value", "/layout", NULL,
            "layout must be \"files\", a file for each config, or \"packed\", one file for all");
}

static void spec_read_slurm(struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    const struct slurm_reading reading = {p->context->findings, p->context->cluster, NULL};
    slurm_options_deinit(&p->spec->slurm);
    spec_note(p, slurm_options_parse(value, at, &reading, &p->spec->slurm));
    spec_note(p, option_templates_read(p->context, value, at));
    if (p->context->is_then)
        spec_note(p, then_check_options(p->context, value, at));
}

static void spec_read_setup(struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    const struct setup_context context = {p->context->findings, p->context->prologs};
    spec_note(p, setup_read(&context, value, at, &p->spec->setup));
}

/* "then" is read as a spec of fewer keys. */
static void spec_read_then(struct spec_parser *p, const json_t *value, const struct json_place *at)
{
    struct spec_context context = *p->context;
    const struct json_source source = {.value = (json_t *)value, .root = (struct json_place *)at};
    context.is_then = true;
    p->spec->then_place = at->key;
    if (!json_is_object(value)) {
        SPEC_REFUSE(p, at->value, "wrong-type", "/then", NULL, "then must be an object, got %s",
            value_type_name(value));
        return;
    }
    p->spec->then = calloc(1, sizeof *p->spec->then);
    if (p->spec->then == NULL)
        spec_note(p, SWEEP_NO_MEMORY);
    else
        spec_note(p, spec_parse(&source, &context, p->spec->then));
}

/* --- keys --------------------------------------------------------------------------------- */

static const struct spec_reader {
    struct spec_key key;
    void (*read)(struct spec_parser *p, const json_t *value, const struct json_place *at);
} spec_readers[] = {
    {{"$schema", false, "text", "The JSON Schema for editors: this file's path or URL."},
        spec_read_schema},
    {{"name", true, "name", "Begins the names of the sweep directory and of the Slurm job."},
        spec_read_name},
    {{"description", false, "text", "What the sweep is for; copied into manifest.json."},
        spec_read_description},
    {{"tags", false, "tags", "Strings that are copied into manifest.json."}, spec_read_tags},
    {{"extends", false, "extends",
         "A spec, or a list of them, that this one adds to. \"fixed\", \"slurm\" and \"setup\" "
         "are merged, other keys replaced; null removes what is inherited."},
        spec_read_extends},
    {{"base", true, "base",
         "What every run starts from: a name (see sweepctl bases), or {\"file\": \"base.yaml\"}."},
        spec_read_base},
    {{"recipe", false, "recipe", "Which recipe runs it. Needed if the base is a file."},
        spec_read_recipe},
    {{"processes", false, "processes", "Number of processes of a run of a distributed recipe."},
        spec_read_processes},
    {{"fixed", false, "fixed", "Parameters and config paths that all runs share."},
        spec_read_fixed},
    {{"grid", false, "grid", "Axes: all combinations are run, the last axis varying fastest."},
        spec_read_grid},
    {{"zip", false, "zip", "Axes whose values are used in step."}, spec_read_zip},
    {{"cases", false, "cases", "Points written out, or {\"file\": \"points.csv\"}."},
        spec_read_cases},
    {{"sweep", false, "node", "Nested products, zips, unions and cases."}, spec_read_sweep},
    {{"where", false, "where", "Conditions that are true of every run."}, spec_read_where},
    {{"exclude", false, "exclude", "Conditions of points that are dropped."}, spec_read_exclude},
    {{"include", false, "cases", "Further runs after all others; filters and samples skip them."},
        spec_read_include},
    {{"sample", false, "sample", "Some of the points instead of all."}, spec_read_sample},
    {{"order", false, "order",
         "Shuffles the runs: \"shuffled\", or with a seed {\"shuffled\": 1}."},
        spec_read_order},
    {{"repeat", false, "repeat", "Every run several times, with the seeds 0, 1, …"},
        spec_read_repeat},
    {{"output_dir", false, "text",
         "Template of each run's directory, with {name}, {run}, {index}, {id} and keys of axes."},
        spec_read_output_dir},
    {{"layout", false, "layout",
         "\"files\" (the default): a file for each config. \"packed\": one file for all configs."},
        spec_read_layout},
    {{"slurm", false, "slurm", "Options of sbatch, by their long names."}, spec_read_slurm},
    {{"setup", false, "setup", "What a job loads first: modules, an environment, variables."},
        spec_read_setup},
    {{"run_with", false, "run_with",
         "Words before the command of a run: [\"apptainer\", \"exec\", \"--nv\", \"tt.sif\"]."},
        spec_read_setup},
    {{"resume", false, "resume", "Later attempts go on where one stopped."}, spec_read_setup},
    {{"then", false, "then", "What is done after each run that succeeds, such as an evaluation."},
        spec_read_then},
};

enum { SPEC_KEYS = sizeof spec_readers / sizeof *spec_readers };

const struct spec_key *spec_key(size_t index)
{
    return index < SPEC_KEYS ? &spec_readers[index].key : NULL;
}

static const struct spec_reader *spec_find_reader(const char *name)
{
    for (size_t i = 0; i < SPEC_KEYS; i++)
        if (strcmp(spec_readers[i].key.name, name) == 0)
            return &spec_readers[i];
    return NULL;
}

static void spec_refuse_key(struct spec_parser *p, const struct json_place *at)
{
    char hint[200];
    struct suggestion suggestion = {.word = at->name};
    for (size_t i = 0; i < SPEC_KEYS; i++)
        suggestion_offer(&suggestion, spec_readers[i].key.name);
    bool is_hinted = key_hint(p->context->profile, at->name, suggestion.best, hint, sizeof hint);
    SPEC_REFUSE(p, at->key, "unknown-key", NULL, is_hinted ? hint : NULL,
        "a spec has no key \"%.100s\"", at->name);
}

/* The key of the spec that says which runs there are, for findings about all of them. */
static const struct json_place *spec_points_place(const struct json_place *root)
{
    static const char *const keys[] = {"grid", "zip", "cases", "sweep"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct json_place *place = json_place_member(root, keys[i]);
        if (place != NULL)
            return place;
    }
    return root;
}

/* The number of runs is checked here, before anything is allocated for them. */
static void spec_count_runs(struct spec_parser *p)
{
    struct spec *spec = p->spec;
    uint64_t limit = p->context->limits->runs;
    const char *more = "";
    structure_measure_all(spec->points);
    spec->runs = spec->points->size;
    if (spec->runs == 0) /* there is a finding */
        spec->runs = 1;
    bool is_selected = spec->is_sampled || structure_is_filtered(spec->points);
    spec->is_counted = p->code == SWEEP_OK && !is_selected;
    if (spec->runs <= limit || is_selected)
        return; /* what a sample or filters leave is counted when the base is known */
    if (spec->runs == UINT64_MAX)
        more = "more than ";
    const struct json_place *at = spec_points_place(p->source->root);
    char pointer[16];
    snprintf(pointer, sizeof pointer, "/%s", at->name);
    SPEC_REFUSE(p, at->key, "too-many-runs", pointer, NULL,
        "%zu axes make %s%llu runs; the limit is %llu", spec->axes.count, more,
        (unsigned long long)spec->runs, (unsigned long long)limit);
}

/* Where an axis is not in every point, it has one more choice for the others. */
static void spec_finish_axes(struct spec_parser *p)
{
    json_decref(p->spec->axes.known);
    p->spec->axes.known = NULL;
    for (size_t i = 0; i < p->spec->axes.count; i++) {
        struct assignment *axis = &p->spec->axes.items[i];
        json_decref(axis->known);
        axis->known = NULL;
        if (!structure_always_sets(p->spec->points, i))
            spec_note(p, assignment_add_unset(axis));
    }
}

enum sweep_code spec_parse(
    const struct json_source *source, const struct spec_context *context, struct spec *out)
{
    *out = (struct spec){.profile = context->profile, .runs = 1, .is_then = context->is_then};
    struct spec_parser p = {.source = source, .context = context, .spec = out};
    const struct sweep_place start = source->root->value;
    out->points = out->product = structure_new(STRUCTURE_PRODUCT, "spec", &start);
    if (out->points == NULL)
        return SWEEP_NO_MEMORY;
    spec_note(&p, slurm_options_parse(NULL, NULL, NULL, &out->slurm));
    spec_note(&p, spec_check_is_object(source, context->findings));
    if (!json_is_object(source->value))
        return p.code;
    for (const struct json_place *at = source->root->first; at != NULL; at = at->next) {
        const struct spec_reader *reader = spec_find_reader(at->name);
        if (json_place_is_comment(at))
            continue;
        if (context->is_then && !then_has_key(at->name))
            spec_note(&p, then_refuse_key(context, at));
        else if (reader == NULL)
            spec_refuse_key(&p, at);
        else
            reader->read(&p, json_object_get(source->value, at->name), at);
    }
    for (size_t i = 0; i < SPEC_KEYS; i++) {
        const struct spec_key *key = &spec_readers[i].key;
        if (key->required && json_object_get(source->value, key->name) == NULL &&
            (!context->is_then || then_has_key(key->name)))
            SPEC_REFUSE(&p, source->root->value, "missing-key", NULL, key->about,
                "the spec has no \"%s\"", key->name);
    }
    spec_finish_points(&p);
    spec_count_runs(&p);
    spec_finish_axes(&p);
    return p.code;
}

bool spec_is_output(const struct spec *spec, const char *path)
{
    const char *output = profile_output(spec->profile);
    return output != NULL && strcmp(path, output) == 0 && !spec->is_then;
}

void spec_deinit(struct spec *spec)
{
    assignments_deinit(&spec->fixed);
    assignments_deinit(&spec->axes);
    structure_free(spec->points);
    slurm_options_deinit(&spec->slurm);
    setup_deinit(&spec->setup);
    if (spec->then != NULL)
        spec_deinit(spec->then);
    free(spec->then);
    json_decref(spec->tags);
    free(spec->description);
    free(spec->name);
    free(spec->base_name);
    free(spec->base_file);
    free(spec->recipe);
    free(spec->output_dir);
    *spec = (struct spec){0};
}
