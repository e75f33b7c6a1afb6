/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/path.h"
#include "lib/doc/scalar.h"
#include "lib/doc/yaml.h"
#include "lib/spec/assignment.h"
#include "lib/spec/spec.h"
#include "lib/util/cleanup.h"
#include "lib/findings/findings.h"
#include "lib/util/text.h"

/* What the readers of the top-level keys share. */
struct parse {
    const struct json_source *source;
    const struct spec_context *context;
    struct spec *spec;
    enum sweep_code code; /* the first failure; SWEEP_NO_MEMORY wins */
};

static void note(struct parse *parse, enum sweep_code code)
{
    if (code == SWEEP_NO_MEMORY || parse->code == SWEEP_OK)
        parse->code = code;
}

static void complain(struct parse *parse, const struct sweep_place *place, const char *code,
    const char *path, const char *hint, const char *message)
{
    note(parse, FINDING_ERROR(parse->context->findings, code, *place, path, hint, "%s", message));
}

/* A string member's copy, or NULL with a finding when it is something else or empty. */
static char *read_string(struct parse *parse, const json_t *value, const struct json_place *at)
{
    char message[160];
    const char *code = NULL;
    if (!json_is_string(value)) {
        code = "wrong-type";
        snprintf(
            message, sizeof message, "%s must be str, got %s", at->name, value_type_name(value));
    } else if (json_string_length(value) == 0) {
        code = "empty";
        snprintf(message, sizeof message, "%s cannot be empty", at->name);
    }
    if (code != NULL) {
        char pointer[80];
        snprintf(pointer, sizeof pointer, "/%s", at->name);
        complain(parse, &at->value, code, pointer, NULL, message);
        return NULL;
    }
    char *copy = strdup(json_string_value(value));
    if (copy == NULL)
        note(parse, SWEEP_NO_MEMORY);
    return copy;
}

static void read_name(struct parse *parse, const json_t *value, const struct json_place *at)
{
    char *name = parse->spec->name = read_string(parse, value, at);
    if (name == NULL)
        return;
    bool good = isalnum((unsigned char)name[0]) && strlen(name) <= SPEC_MAX_NAME;
    for (const char *p = name; *p != '\0'; p++)
        good &= isalnum((unsigned char)*p) || strchr("._-", *p) != NULL;
    if (!good)
        complain(parse, &at->value, "bad-name", "/name", NULL,
            "name must be 1 to 64 letters, digits, \".\", \"_\" or \"-\", the first a letter or "
            "digit");
}

static void read_base(struct parse *parse, const json_t *value, const struct json_place *at)
{
    struct spec *spec = parse->spec;
    spec->base_place = at->value;
    if (!json_is_object(value)) {
        spec->base_name = read_string(parse, value, at);
        return;
    }
    for (const struct json_place *member = at->first; member != NULL; member = member->next)
        if (strcmp(member->name, "file") == 0) {
            spec->base_file = read_string(parse, json_object_get(value, "file"), member);
            spec->base_place = member->value;
        } else {
            char message[160];
            snprintf(message, sizeof message, "base has no \"%s\"", member->name);
            complain(parse, &member->key, "unknown-key", "/base", "write {\"file\": \"base.yaml\"}",
                message);
        }
    if (json_object_get(value, "file") == NULL)
        complain(parse, &at->value, "missing-key", "/base", "write {\"file\": \"base.yaml\"}",
            "base as an object needs \"file\"");
}

static void read_recipe(struct parse *parse, const json_t *value, const struct json_place *at)
{
    parse->spec->recipe_place = at->value;
    char *recipe = parse->spec->recipe = read_string(parse, value, at);
    if (recipe == NULL)
        return;
    bool good = isalnum((unsigned char)recipe[0]) && strlen(recipe) < 200;
    for (const char *p = recipe; *p != '\0'; p++)
        good &= isalnum((unsigned char)*p) || strchr("._/-", *p) != NULL;
    if (!good)
        complain(parse, &at->value, "bad-recipe", "/recipe", NULL,
            "recipe must be a recipe's name or path: letters, digits, \".\", \"_\", \"/\", \"-\"");
}

static void read_output_dir(struct parse *parse, const json_t *value, const struct json_place *at)
{
    parse->spec->output_place = at->value;
    parse->spec->output_dir = read_string(parse, value, at);
}

/* "fixed" and "grid": an object of assignments. */
static void read_assignments(
    struct parse *parse, const json_t *value, const struct json_place *at, struct assignments *out)
{
    bool grid = out == &parse->spec->axes;
    if (!json_is_object(value)) {
        char message[160];
        snprintf(message, sizeof message, "%s must be an object of parameters and paths, got %s",
            at->name, value_type_name(value));
        complain(parse, &at->value, "wrong-type", grid ? "/grid" : "/fixed", NULL, message);
        return;
    }
    uint64_t limit = parse->context->limits->settings;
    size_t others = grid ? parse->spec->fixed.count : parse->spec->axes.count;
    if (json_object_size(value) + others > limit) {
        char message[80];
        snprintf(message, sizeof message, "more than %llu settings", (unsigned long long)limit);
        complain(parse, &at->value, "too-large", grid ? "/grid" : "/fixed", NULL, message);
        return;
    }
    for (const struct json_place *member = at->first; member != NULL; member = member->next) {
        struct assignment assignment;
        const json_t *inner = json_object_get(value, member->name);
        note(parse, grid ? assignment_read_axis(parse->context, inner, member, &assignment)
                         : assignment_read_fixed(parse->context, inner, member, &assignment));
        note(parse, assignments_append(out, &assignment));
    }
}

static void read_fixed(struct parse *parse, const json_t *value, const struct json_place *at)
{
    read_assignments(parse, value, at, &parse->spec->fixed);
}

static void read_grid(struct parse *parse, const json_t *value, const struct json_place *at)
{
    read_assignments(parse, value, at, &parse->spec->axes);
}

static void read_slurm(struct parse *parse, const json_t *value, const struct json_place *at)
{
    slurm_options_deinit(&parse->spec->slurm);
    note(parse, slurm_options_parse(value, at, parse->context->findings, &parse->spec->slurm));
}

/* The keys of a spec. */
static const struct key {
    const char *name;
    bool required;
    void (*read)(struct parse *parse, const json_t *value, const struct json_place *at);
} keys[] = {
    {"name", true, read_name},
    {"base", true, read_base},
    {"recipe", false, read_recipe},
    {"fixed", false, read_fixed},
    {"grid", false, read_grid},
    {"output_dir", false, read_output_dir},
    {"slurm", false, read_slurm},
};

enum { N_KEYS = sizeof keys / sizeof *keys };

static const struct key *find_key(const char *name)
{
    for (size_t i = 0; i < N_KEYS; i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

static void unknown_key(struct parse *parse, const struct json_place *at)
{
    char hint[200] = "", message[160];
    struct suggestion suggestion = {.word = at->name};
    for (size_t i = 0; i < N_KEYS; i++)
        suggestion_offer(&suggestion, keys[i].name);
    if (suggestion.best != NULL)
        snprintf(hint, sizeof hint, "did you mean \"%s\"?", suggestion.best);
    else if (profile_parameter(parse->context->profile, at->name) != NULL ||
             strchr(at->name, '.') != NULL)
        snprintf(hint, sizeof hint, "parameters and config paths go into \"fixed\" or \"grid\"");
    snprintf(message, sizeof message, "a spec has no key \"%.100s\"", at->name);
    complain(parse, &at->key, "unknown-key", NULL, hint[0] != '\0' ? hint : NULL, message);
}

/* The number of runs; the product is checked before anything is made of it. */
static void count_runs(struct parse *parse)
{
    struct spec *spec = parse->spec;
    spec->runs = 1;
    for (size_t i = 0; i < spec->axes.count; i++) {
        size_t n = spec->axes.items[i].n_choices;
        if (n > 0 && __builtin_mul_overflow(spec->runs, n, &spec->runs))
            spec->runs = UINT64_MAX;
    }
    uint64_t limit = parse->context->limits->runs;
    if (spec->runs <= limit)
        return;
    char message[120];
    snprintf(message, sizeof message, "%zu axes make %s%llu runs; the limit is %llu",
        spec->axes.count, spec->runs == UINT64_MAX ? "more than " : "",
        (unsigned long long)spec->runs, (unsigned long long)limit);
    const struct json_place *grid = json_place_member(parse->source->root, "grid");
    complain(parse, &grid->key, "too-many-runs", "/grid", NULL, message);
}

enum sweep_code spec_parse(
    const struct json_source *source, const struct spec_context *context, struct spec *out)
{
    *out = (struct spec){.profile = context->profile, .runs = 1};
    struct parse parse = {source, context, out, SWEEP_OK};
    note(&parse, slurm_options_parse(NULL, NULL, context->findings, &out->slurm));
    if (!json_is_object(source->value)) {
        char message[100];
        snprintf(message, sizeof message, "a spec is a JSON object, got %s",
            value_type_name(source->value));
        complain(&parse, &source->root->value, "wrong-type", NULL, NULL, message);
        return parse.code;
    }
    for (const struct json_place *at = source->root->first; at != NULL; at = at->next) {
        const struct key *key = find_key(at->name);
        if (key == NULL)
            unknown_key(&parse, at);
        else
            key->read(&parse, json_object_get(source->value, at->name), at);
    }
    for (size_t i = 0; i < N_KEYS; i++)
        if (keys[i].required && json_object_get(source->value, keys[i].name) == NULL) {
            char message[100];
            snprintf(message, sizeof message, "the spec has no \"%s\"", keys[i].name);
            complain(&parse, &source->root->value, "missing-key", NULL, NULL, message);
        }
    count_runs(&parse);
    return parse.code;
}

/* --- overrides ---------------------------------------------------------------------------- */

/* The value of an text: `v: TEXT` read as YAML. NULL with a finding when it is not. */
static json_t *read_yaml_value(
    const char *text, const struct sweep_place *place, struct sweep_findings *findings)
{
    CLEANUP_STRBUF struct strbuf document = {0};
    struct sweep_findings *inner = sweep_findings_new();
    struct yaml_doc *doc = NULL;
    json_t *value = NULL;
    strbuf_printf(&document, "v: %s\n", text);
    if (!document.oom &&
        yaml_parse(document.data, document.length, "value", inner, &doc) == SWEEP_OK &&
        json_object_size(doc->tree) == 1)
        value = json_incref(json_object_get(doc->tree, "v"));
    if (value == NULL) {
        const struct sweep_finding *first = sweep_findings_get(inner, 0);
        FINDING_ERROR(findings, "bad-value", *place, NULL, NULL, "not a YAML value: %s",
            first != NULL ? first->message : text);
    }
    yaml_doc_free(doc);
    sweep_findings_free(inner);
    return value;
}

enum sweep_code spec_override(
    struct spec *spec, const char *text, const struct spec_context *context)
{
    struct sweep_findings *findings = context->findings;
    struct sweep_place place = {.file = "--set"};
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text)
        return FINDING_ERROR(findings, "bad-value", place, NULL, NULL,
            "an override is written path=value: %s", text);
    CLEANUP_FREE char *key = text_duplicate(text, (size_t)(equals - text));
    CLEANUP_JSON json_t *value = read_yaml_value(equals + 1, &place, findings);
    if (value == NULL || key == NULL)
        return key == NULL ? SWEEP_NO_MEMORY : SWEEP_INVALID;
    struct json_place at = {.value = place,
        .key = place,
        .name = key,
        .text = equals + 1,
        .length = strlen(equals + 1)};
    struct assignment assignment = {0};
    enum sweep_code code = SWEEP_OK;
    if (json_is_object(value) && profile_parameter(context->profile, key) != NULL)
        code = FINDING_ERROR(findings, "bad-value", place, NULL, "set its config paths instead",
            "%s takes no mapping here", key);
    else
        code = assignment_read_fixed(context, value, &at, &assignment);
    if (code != SWEEP_OK) {
        assignment_deinit(&assignment);
        return code;
    }
    assignment.where = "--set";
    struct assignments *fixed = &spec->fixed;
    for (size_t i = 0; i < fixed->count;) {
        bool replaced = false;
        for (size_t a = 0; a < fixed->items[i].n_paths; a++)
            for (size_t b = 0; b < assignment.n_paths; b++)
                replaced |= path_overlaps(fixed->items[i].paths[a], assignment.paths[b]);
        if (replaced) {
            assignment_deinit(&fixed->items[i]);
            memmove(&fixed->items[i], &fixed->items[i + 1],
                (--fixed->count - i) * sizeof *fixed->items);
        } else
            i++;
    }
    return assignments_append(fixed, &assignment);
}

/* --- what assignments say together ----------------------------------------------------------- */

/* One config path and the assignment that sets it. */
struct path_use {
    const char *path;
    const struct assignment *assignment;
};

static enum sweep_code check_path_use(const struct path_use *uses, size_t n, size_t index,
    const struct spec *spec, struct sweep_findings *findings)
{
    const struct path_use *use = &uses[index];
    for (size_t i = 0; i < n; i++) {
        const struct assignment *other = uses[i].assignment;
        if (i == index || other == use->assignment || !path_overlaps(uses[i].path, use->path))
            continue;
        bool later = use->assignment->place.line != other->place.line
                         ? use->assignment->place.line > other->place.line
                         : use->assignment->place.column > other->place.column;
        if (!later && !(use->assignment->place.line == other->place.line && i < index))
            continue;
        char where[64] = "";
        if (other->place.line > 0)
            snprintf(where, sizeof where, " (line %u, column %u)", other->place.line,
                other->place.column);
        return FINDING_ERROR(findings, "set-twice", use->assignment->place, use->path, NULL,
            "\"%s\" sets %s, which \"%s\" sets already in %s%s", use->assignment->key, use->path,
            other->key, other->where, where);
    }
    if (spec->output_dir != NULL && strcmp(use->path, "output_dir") == 0)
        return FINDING_ERROR(findings, "set-twice", use->assignment->place, use->path, NULL,
            "\"%s\" sets output_dir, which the spec's \"output_dir\" sets already (line %u, column "
            "%u)",
            use->assignment->key, spec->output_place.line, spec->output_place.column);
    return SWEEP_OK;
}

/* Deletions give way to what somebody sets on purpose. */
static void drop_deletions(struct assignments *assignments, const struct path_use *uses, size_t n)
{
    for (size_t i = 0; i < assignments->count; i++)
        for (size_t c = 0; c < assignments->items[i].n_choices; c++) {
            struct operations *operations = &assignments->items[i].choices[c].operations;
            for (size_t k = 0; k < operations->count; k++)
                for (size_t j = 0; operations->items[k].value == NULL && j < n; j++) {
                    if (uses[j].assignment == &assignments->items[i] ||
                        !path_overlaps(uses[j].path, operations->items[k].path))
                        continue;
                    free(operations->items[k].path);
                    memmove(&operations->items[k], &operations->items[k + 1],
                        (--operations->count - k) * sizeof *operations->items);
                    k--;
                    break;
                }
        }
}

static enum sweep_code check_pair(const struct path_use *uses, size_t n, const char *one,
    const char *other, struct sweep_findings *findings)
{
    const struct assignment *found = NULL;
    for (size_t i = 0; i < n; i++) {
        if (path_overlaps(uses[i].path, other))
            return SWEEP_OK;
        if (strcmp(uses[i].path, one) == 0)
            found = uses[i].assignment;
    }
    if (found == NULL)
        return SWEEP_OK;
    return FINDING_ERROR(
        findings, "lora-pair", found->place, one, lora_hint, "%s is set without %s", one, other);
}

enum sweep_code spec_check(struct spec *spec, struct sweep_findings *findings)
{
    struct assignments *lists[] = {&spec->fixed, &spec->axes};
    size_t n = 0;
    for (int l = 0; l < 2; l++)
        for (size_t i = 0; i < lists[l]->count; i++)
            n += lists[l]->items[i].n_paths;
    struct path_use *uses = calloc(n + 1, sizeof *uses);
    if (uses == NULL)
        return SWEEP_NO_MEMORY;
    n = 0;
    for (int l = 0; l < 2; l++)
        for (size_t i = 0; i < lists[l]->count; i++)
            for (size_t p = 0; p < lists[l]->items[i].n_paths; p++)
                uses[n++] = (struct path_use){lists[l]->items[i].paths[p], &lists[l]->items[i]};
    enum sweep_code code = SWEEP_OK, one;
    for (size_t i = 0; i < n; i++)
        if ((one = check_path_use(uses, n, i, spec, findings)) != SWEEP_OK)
            code = one;
    if ((one = check_pair(uses, n, "model.lora_rank", "model.lora_alpha", findings)) != SWEEP_OK)
        code = one;
    if ((one = check_pair(uses, n, "model.lora_alpha", "model.lora_rank", findings)) != SWEEP_OK)
        code = one;
    for (int l = 0; l < 2; l++)
        drop_deletions(lists[l], uses, n);
    free(uses);
    return code;
}

void spec_deinit(struct spec *spec)
{
    assignments_deinit(&spec->fixed);
    assignments_deinit(&spec->axes);
    slurm_options_deinit(&spec->slurm);
    free(spec->name);
    free(spec->base_name);
    free(spec->base_file);
    free(spec->recipe);
    free(spec->output_dir);
    *spec = (struct spec){0};
}
