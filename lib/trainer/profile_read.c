/* SPDX-License-Identifier: Apache-2.0
 *
 * From JSON to a profile. The same code makes the built-in profile at build time (see
 * specs/profiles/compile.c) and reads a user's at run time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/trainer/profile.h"
#include "lib/util/file.h"

enum { MAX_PROFILE_BYTES = 8 << 20, MAX_EXTENDS = 4 };

/* All that a profile points to: blocks, and the documents that its strings live in. */
struct memory {
    struct memory *next;
    json_t *document;
    char block[];
};

struct reader {
    struct memory *memory;
    struct sweep_error *error;
    const char *file;
    const char *where; /* the section being read */
    enum sweep_code code;
};

static void *take(struct reader *r, size_t count, size_t size)
{
    struct memory *memory = r->code == SWEEP_OK ? calloc(1, sizeof *memory + count * size) : NULL;
    if (memory == NULL) {
        if (r->code == SWEEP_OK)
            r->code = sweep_error_set(r->error, SWEEP_NO_MEMORY, "out of memory");
        return NULL;
    }
    memory->next = r->memory;
    r->memory = memory;
    return memory->block;
}

static void complain(struct reader *r, const char *what, const char *name)
{
    if (r->code == SWEEP_OK)
        r->code = sweep_error_set(
            r->error, SWEEP_INVALID, "%s: %s: %s \"%s\"", r->file, r->where, what, name);
}

/* --- fields ------------------------------------------------------------------------------- */

static const char *text(struct reader *r, const json_t *object, const char *key, bool required)
{
    const json_t *value = json_object_get(object, key);
    if (value == NULL && required)
        complain(r, "an entry lacks", key);
    else if (value != NULL && !json_is_string(value))
        complain(r, "a string is needed for", key);
    return json_string_value(value);
}

/* An array of strings (or one string) as a list that ends with NULL; NULL when it is absent. */
static const char *const *list(struct reader *r, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (value == NULL)
        return NULL;
    size_t count = json_is_string(value) ? 1 : json_array_size(value);
    const char **out = take(r, count + 1, sizeof *out);
    for (size_t i = 0; out != NULL && i < count; i++) {
        out[i] = json_string_value(json_is_string(value) ? value : json_array_get(value, i));
        if (out[i] == NULL)
            complain(r, "only strings belong into", key);
    }
    return out;
}

static size_t choose(
    struct reader *r, const char *word, const char *const *words, size_t count, const char *key)
{
    for (size_t i = 0; word != NULL && i < count; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    if (word != NULL)
        complain(r, key, word);
    return 0;
}

/* --- types -------------------------------------------------------------------------------- */

/* Appends the word between quotes to `words`. */
static void add_word(char *words, const char *word, size_t length)
{
    size_t used = strlen(words);
    if (used > 0)
        words[used++] = '|';
    memcpy(words + used, word, length);
}

/* Reads alternatives up to the end of `*p` or a closing bracket. `list[…]` fills `items`. */
static unsigned alternatives(
    struct reader *r, const char **p, char *words, unsigned *items, char *item_words)
{
    static const struct {
        const char *name;
        unsigned kind;
    } names[] = {{"null", TYPE_NULL}, {"bool", TYPE_BOOL}, {"int", TYPE_INT}, {"float", TYPE_FLOAT},
        {"str", TYPE_STRING}, {"list", TYPE_LIST}, {"mapping", TYPE_MAPPING},
        {"component", TYPE_COMPONENT}, {"any", 0}};
    unsigned kinds = 0;
    bool any = false, free_string = false;
    do {
        const char *word = *p;
        if (*word == '\'') {
            size_t length = strcspn(word + 1, "'");
            add_word(words, word + 1, length);
            kinds |= TYPE_STRING;
            *p = word + 1 + length + (word[1 + length] == '\'');
            continue;
        }
        size_t length = strcspn(word, "|[]"), found = sizeof names / sizeof *names;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (strlen(names[i].name) == length && strncmp(names[i].name, word, length) == 0)
                found = i;
        if (found == sizeof names / sizeof *names) {
            complain(r, "unknown type", word);
            return 0;
        }
        kinds |= names[found].kind;
        any |= names[found].kind == 0;
        free_string |= names[found].kind == TYPE_STRING;
        *p = word + length;
        if (**p == '[' && names[found].kind == TYPE_LIST) {
            unsigned deeper; /* lists of lists: what is in the inner ones is not checked */
            ++*p;
            *(items != NULL ? items : &deeper) =
                alternatives(r, p, items != NULL ? item_words : words, NULL, NULL);
            if (**p == ']')
                ++*p;
        }
    } while (*(*p)++ == '|');
    --*p;
    if (free_string)
        words[0] = '\0';
    return any ? 0 : kinds;
}

static struct value_type read_type(struct reader *r, const char *notation)
{
    struct value_type type = {.notation = notation};
    if (notation == NULL || r->code != SWEEP_OK)
        return type;
    size_t size = strlen(notation) + 1;
    char *words = take(r, 2, size), *item_words = words + size;
    if (words == NULL)
        return (struct value_type){0};
    const char *p = notation;
    type.kinds = alternatives(r, &p, words, &type.items, item_words);
    if (*p != '\0')
        complain(r, "unknown type", notation);
    type.words = *words != '\0' ? words : NULL;
    type.item_words = *item_words != '\0' ? item_words : NULL;
    return type;
}

/* --- sections ----------------------------------------------------------------------------- */

static const struct argument *arguments(struct reader *r, const json_t *object, size_t *count)
{
    static const char *const supplied[] = {"", "positional", "keyword"};
    struct argument *out = take(r, json_object_size(object) + 1, sizeof *out);
    const char *name;
    json_t *entry;
    *count = 0;
    json_object_foreach ((json_t *)object, name, entry) {
        if (out == NULL || r->code != SWEEP_OK)
            break;
        struct argument *a = &out[(*count)++];
        a->name = name;
        /* An argument may be written as its type alone. */
        a->type = read_type(
            r, json_is_string(entry) ? json_string_value(entry) : text(r, entry, "type", false));
        a->fallback = json_is_true(json_object_get(entry, "required"))
                          ? NULL
                          : json_string_value(json_object_get(entry, "default"));
        if (a->fallback == NULL && !json_is_true(json_object_get(entry, "required")))
            a->fallback = "";
        a->supplied = (enum supplied)choose(
            r, text(r, entry, "supplied", false), supplied, 3, "argument supplied");
        a->positional_only = json_is_true(json_object_get(entry, "positional_only"));
    }
    return out;
}

static const struct fact *facts(struct reader *r, const json_t *object, size_t *count)
{
    struct fact *out = take(r, json_object_size(object) + 1, sizeof *out);
    const char *name;
    json_t *value;
    *count = 0;
    json_object_foreach ((json_t *)object, name, value)
        if (out != NULL)
            out[(*count)++] = (struct fact){name, json_string_value(value),
                json_is_true(value) ? 1 : json_integer_value(value), json_is_boolean(value)};
    return out;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct component *)a)->path, ((const struct component *)b)->path);
}

/* New array of `count` entries followed by those of the base that `same` finds no newer one for. */
#define EXTEND(r, out, n_out, base, n_base, is_new)                                                \
    do {                                                                                           \
        for (size_t old = 0; (out) != NULL && old < (n_base); old++) {                             \
            const __typeof__(*(base)) *entry_ = &(base)[old];                                      \
            if (is_new(entry_, out, n_out))                                                        \
                (out)[(n_out)++] = *entry_;                                                        \
        }                                                                                          \
    } while (0)

static bool new_recipe(const struct recipe *entry, const struct recipe *have, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(have[i].name, entry->name) == 0)
            return false;
    return true;
}

static void read_recipes(
    struct reader *r, const json_t *object, const struct profile *base, struct profile *out)
{
    static const char *const nothing[] = {NULL};
    const char *name;
    json_t *entry;
    r->where = "recipes";
    struct recipe *recipes =
        take(r, json_object_size(object) + base->n_recipes + 1, sizeof *recipes);
    json_object_foreach ((json_t *)object, name, entry) {
        if (recipes == NULL)
            return;
        struct recipe recipe = {name, json_is_true(json_object_get(entry, "distributed")),
            list(r, entry, "required"), list(r, entry, "optional"), list(r, entry, "configs")};
        recipe.required = recipe.required != NULL ? recipe.required : nothing;
        recipe.optional = recipe.optional != NULL ? recipe.optional : nothing;
        recipe.configs = recipe.configs != NULL ? recipe.configs : nothing;
        recipes[out->n_recipes++] = recipe;
    }
    EXTEND(r, recipes, out->n_recipes, base->recipes, base->n_recipes, new_recipe);
    out->recipes = recipes;
}

static void read_components(
    struct reader *r, const json_t *object, const struct profile *base, struct profile *out)
{
    const char *path;
    json_t *entry;
    r->where = "components";
    struct component *components =
        take(r, json_object_size(object) + base->n_components + 1, sizeof *components);
    json_object_foreach ((json_t *)object, path, entry) {
        if (components == NULL || r->code != SWEEP_OK)
            return;
        struct component *c = &components[out->n_components++];
        c->path = path;
        c->arguments = arguments(r, json_object_get(entry, "arguments"), &c->n_arguments);
        c->facts = facts(r, json_object_get(entry, "facts"), &c->n_facts);
        c->extra = json_is_true(json_object_get(entry, "extra"));
    }
    for (size_t i = 0; components != NULL && i < base->n_components; i++)
        if (json_object_get(object, base->components[i].path) == NULL)
            components[out->n_components++] = base->components[i];
    if (components != NULL)
        qsort(components, out->n_components, sizeof *components, by_path);
    out->components = components;
}

/* Keys are looked up in order, so a recipe's own type stands before the general one. */
static void read_keys(
    struct reader *r, const json_t *object, const struct profile *base, struct profile *out)
{
    const char *name;
    json_t *entry;
    r->where = "keys";
    struct config_key *keys = take(r, json_object_size(object) + base->n_keys + 1, sizeof *keys);
    for (int own = 1; own >= 0; own--)
        json_object_foreach ((json_t *)object, name, entry) {
            const char *colon = strchr(name, ':');
            if (keys == NULL || r->code != SWEEP_OK || (colon != NULL) != own)
                continue;
            char *recipe = colon != NULL ? take(r, 1, (size_t)(colon - name) + 1) : NULL;
            if (recipe != NULL)
                memcpy(recipe, name, (size_t)(colon - name));
            keys[out->n_keys++] = (struct config_key){
                recipe, colon != NULL ? colon + 1 : name, read_type(r, json_string_value(entry))};
        }
    for (size_t i = 0; keys != NULL && i < base->n_keys; i++)
        keys[out->n_keys++] = base->keys[i];
    out->keys = keys;
}

static void read_rule(struct reader *r, const json_t *entry, struct rule *rule)
{
    static const char *const severities[] = {"error", "warning", "note"};
    *rule = (struct rule){
        .id = text(r, entry, "id", true),
        .code = text(r, entry, "code", true),
        .severity = (enum sweep_severity)choose(
            r, text(r, entry, "severity", true), severities, 3, "no severity"),
        .phase =
            (enum phase)choose(r, text(r, entry, "phase", true), phase_names, PHASES, "no phase"),
        .recipes = list(r, entry, "recipes"),
        .components = list(r, entry, "component"),
        .keys = list(r, entry, "keys"),
        .when = text(r, entry, "when", json_object_get(entry, "path") == NULL),
        .at = text(r, entry, "at", false),
        .message = text(r, entry, "message", true),
        .hint = text(r, entry, "hint", false),
        .raises = text(r, entry, "raises", false),
        .source = text(r, entry, "source", false),
        .why = text(r, entry, "why", false),
        .executed = json_is_true(json_object_get(entry, "executed")),
        .file = text(r, entry, "path", false),
        .directory = json_object_get(entry, "kind") != NULL &&
                     strcmp(text(r, entry, "kind", false), "directory") == 0,
    };
}

/* Rules on values and rules on files are one list: the latter have a `path`. */
static void read_rules(
    struct reader *r, const json_t *document, const struct profile *base, struct profile *out)
{
    static const char *const sections[] = {"rules", "path_checks"};
    size_t most = base->n_rules + 1;
    for (int s = 0; s < 2; s++)
        most += json_array_size(json_object_get(document, sections[s]));
    struct rule *rules = take(r, most, sizeof *rules);
    for (int s = 0; s < 2; s++) {
        size_t index;
        json_t *entry;
        r->where = sections[s];
        json_array_foreach (json_object_get(document, sections[s]), index, entry)
            if (rules != NULL)
                read_rule(r, entry, &rules[out->n_rules++]);
    }
    for (size_t i = 0; rules != NULL && i < base->n_rules; i++)
        rules[out->n_rules++] = base->rules[i];
    out->rules = rules;
    out->names = base->names;
    out->n_names = base->n_names;
}

static const struct elsewhere *read_elsewhere(struct reader *r, const json_t *array)
{
    struct elsewhere *out = take(r, json_array_size(array) + 1, sizeof *out);
    size_t index;
    json_t *entry;
    json_array_foreach (array, index, entry)
        if (out != NULL)
            out[index] =
                (struct elsewhere){list(r, entry, "recipes"), text(r, entry, "path", true)};
    return out;
}

static void read_parameter(struct reader *r, const json_t *entry, struct parameter *out)
{
    static const char *const categories[] = {"scientific", "engineering"};
    static const char *const types[] = {"int", "float", "bool", "str", "str or dict"};
    static const char *const ranges[] = {
        "any", "positive", "non-negative", "fraction", "not-empty"};
    const json_t *fields = json_object_get(entry, "fields");
    size_t index;
    json_t *one;
    *out = (struct parameter){.name = text(r, entry, "name", true),
        .alias = text(r, entry, "alias", false),
        .category = (enum category)choose(
            r, text(r, entry, "category", true), categories, 2, "no category"),
        .successor = text(r, entry, "successor", false)};
    if (json_array_size(fields) == 0 || json_array_size(fields) > PARAMETER_MAX_FIELDS)
        complain(r, "one or two fields are needed by", out->name != NULL ? out->name : "");
    json_array_foreach (fields, index, one)
        if (out->n_fields < PARAMETER_MAX_FIELDS)
            out->fields[out->n_fields++] = (struct field){text(r, one, "name", true),
                text(r, one, "path", true),
                (enum field_type)choose(r, text(r, one, "type", true), types, 5, "no field type"),
                (enum field_range)choose(r, text(r, one, "range", true), ranges, 5, "no range"),
                read_elsewhere(r, json_object_get(one, "where"))};
}

/* A parameter replaces the base's of the same name. */
static void read_parameters(
    struct reader *r, const json_t *array, const struct profile *base, struct profile *out)
{
    size_t index;
    json_t *entry;
    r->where = "parameters";
    struct parameter *all = take(r, json_array_size(array) + base->n_parameters + 1, sizeof *all);
    json_array_foreach (array, index, entry)
        if (all != NULL && r->code == SWEEP_OK)
            read_parameter(r, entry, &all[out->n_parameters++]);
    size_t own = out->n_parameters;
    for (size_t i = 0; all != NULL && r->code == SWEEP_OK && i < base->n_parameters; i++) {
        bool replaced = false;
        for (size_t k = 0; k < own; k++)
            replaced |= strcmp(all[k].name, base->parameters[i].name) == 0;
        if (!replaced)
            all[out->n_parameters++] = base->parameters[i];
    }
    out->parameters = all;
}

static void read_inert(
    struct reader *r, const json_t *array, const struct profile *base, struct profile *out)
{
    size_t index;
    json_t *entry;
    r->where = "inert";
    struct inert *inert = take(r, json_array_size(array) + base->n_inert + 1, sizeof *inert);
    json_array_foreach (array, index, entry)
        if (inert != NULL)
            inert[out->n_inert++] =
                (struct inert){text(r, entry, "id", true), text(r, entry, "path", true),
                    text(r, entry, "when", true), text(r, entry, "message", true),
                    text(r, entry, "source", false), list(r, entry, "recipes")};
    for (size_t i = 0; inert != NULL && i < base->n_inert; i++)
        inert[out->n_inert++] = base->inert[i];
    out->inert = inert;
}

static void read_dead(
    struct reader *r, const json_t *array, const struct profile *base, struct profile *out)
{
    size_t index;
    json_t *entry;
    r->where = "dead";
    struct dead_key *dead = take(r, json_array_size(array) + base->n_dead + 1, sizeof *dead);
    json_array_foreach (array, index, entry)
        if (dead != NULL)
            dead[out->n_dead++] = (struct dead_key){text(r, entry, "key", true),
                text(r, entry, "why", true), list(r, entry, "recipes")};
    for (size_t i = 0; dead != NULL && i < base->n_dead; i++)
        dead[out->n_dead++] = base->dead[i];
    out->dead = dead;
}

static void read_handed_on(
    struct reader *r, const json_t *array, const struct profile *base, struct profile *out)
{
    size_t index;
    json_t *entry;
    r->where = "handed_on";
    struct handed_on *all = take(r, json_array_size(array) + base->n_handed_on + 1, sizeof *all);
    json_array_foreach (array, index, entry) {
        if (all == NULL)
            return;
        struct handed_on *one = &all[out->n_handed_on++];
        one->components = list(r, entry, "component");
        one->function = text(r, entry, "function", true);
        one->arguments = arguments(r, json_object_get(entry, "arguments"), &one->n_arguments);
    }
    for (size_t i = 0; all != NULL && i < base->n_handed_on; i++)
        all[out->n_handed_on++] = base->handed_on[i];
    out->handed_on = all;
}

/* "complete" of both. */
static void read_complete(
    struct reader *r, const json_t *document, const struct profile *base, struct profile *out)
{
    const char *const *own = list(r, document, "complete");
    size_t count = 0, n_own = 0;
    while (own != NULL && own[n_own] != NULL)
        n_own++;
    while (base->complete != NULL && base->complete[count] != NULL)
        count++;
    const char **all = take(r, n_own + count + 1, sizeof *all);
    for (size_t i = 0; all != NULL && i < n_own + count; i++)
        all[i] = i < n_own ? own[i] : base->complete[i - n_own];
    out->complete = all;
}

/* The words go into scripts: nothing in them may mean anything to a shell. */
static const char *const *read_launch(
    struct reader *r, const json_t *launch, const char *key, const char *const *base)
{
    static const char safe[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./=:,+-";
    static const char *const placeholders[] = {"{recipe}", "{config}", "{processes}", NULL};
    r->where = "launch";
    const char *const *words = list(r, launch, key);
    for (size_t i = 0; r->code == SWEEP_OK && words != NULL && words[i] != NULL; i++)
        if (!list_holds(placeholders, words[i]) &&
            (words[i][0] == '\0' || words[i][strspn(words[i], safe)] != '\0'))
            complain(r, "a word that a shell would not leave alone", words[i]);
    return words != NULL ? words : base;
}

/* --- files -------------------------------------------------------------------------------- */

static void read_file(struct reader *r, const char *file, int depth, struct profile *out);

/* The profile that `name` stands for: a built-in one, or NAME.json beside `file`. */
static void read_base(
    struct reader *r, const char *name, const char *file, int depth, struct profile *out)
{
    char label[128], path[4096];
    if (profile_builtin.trainer != NULL) {
        snprintf(label, sizeof label, "%s-%s", profile_builtin.trainer, profile_builtin.version);
        if (strcmp(label, name) == 0) {
            *out = profile_builtin;
            return;
        }
    }
    const char *slash = strrchr(file, '/');
    int length = snprintf(
        path, sizeof path, "%.*s%s.json", slash != NULL ? (int)(slash + 1 - file) : 0, file, name);
    if (length >= (int)sizeof path || depth >= MAX_EXTENDS)
        complain(r, "cannot extend", name);
    else
        read_file(r, path, depth + 1, out);
}

static void read_file(struct reader *r, const char *file, int depth, struct profile *out)
{
    char *data = NULL;
    size_t length;
    json_error_t problem;
    if (r->code == SWEEP_OK)
        r->code = file_read(file, MAX_PROFILE_BYTES, &data, &length, r->error);
    json_t *document =
        data != NULL ? json_loadb(data, length, JSON_REJECT_DUPLICATES, &problem) : NULL;
    free(data);
    if (r->code == SWEEP_OK && !json_is_object(document))
        r->code = sweep_error_set(r->error, SWEEP_INVALID, "%s:%d:%d: not a profile: %s", file,
            document == NULL ? problem.line : 1, document == NULL ? problem.column : 1,
            document == NULL ? problem.text : "it is no JSON object");
    struct profile base = {0};
    struct memory *keep = take(r, 1, 1) != NULL ? r->memory : NULL;
    if (keep == NULL) {
        json_decref(document);
        return;
    }
    keep->document = document;
    r->where = "extends";
    r->file = file;
    const char *extends = text(r, document, "extends", false);
    if (extends != NULL)
        read_base(r, extends, file, depth, &base);
    r->file = file;
    const char *trainer = text(r, document, "trainer", base.trainer == NULL);
    const char *version = text(r, document, "version", base.version == NULL);
    const char *component_key = text(r, document, "component_key", false);
    *out = (struct profile){.trainer = trainer != NULL ? trainer : base.trainer,
        .version = version != NULL ? version : base.version,
        .component_key = component_key != NULL ? component_key : base.component_key};
    read_complete(r, document, &base, out);
    const json_t *launch = json_object_get(document, "launch");
    out->launch = read_launch(r, launch, "single", base.launch);
    out->launch_distributed = read_launch(r, launch, "distributed", base.launch_distributed);
    if (out->launch == NULL)
        out->launch = profile_builtin.launch;
    if (out->launch_distributed == NULL)
        out->launch_distributed = profile_builtin.launch_distributed;
    read_recipes(r, json_object_get(document, "recipes"), &base, out);
    read_components(r, json_object_get(document, "components"), &base, out);
    read_keys(r, json_object_get(document, "keys"), &base, out);
    read_parameters(r, json_object_get(document, "parameters"), &base, out);
    read_rules(r, document, &base, out);
    read_inert(r, json_object_get(document, "inert"), &base, out);
    read_dead(r, json_object_get(document, "dead"), &base, out);
    read_handed_on(r, json_object_get(document, "handed_on"), &base, out);
}

enum sweep_code profile_read(const char *file, struct profile *out, struct sweep_error *error)
{
    struct reader r = {.error = error, .file = file};
    *out = (struct profile){0};
    read_file(&r, file, 0, out);
    out->memory = r.memory;
    r.where = "profile";
    if (r.code == SWEEP_OK && out->component_key == NULL)
        complain(&r, "it lacks", "component_key");
    if (r.code != SWEEP_OK)
        profile_deinit(out);
    return r.code;
}

void profile_deinit(struct profile *profile)
{
    for (struct memory *memory = profile->memory, *next; memory != NULL; memory = next) {
        next = memory->next;
        json_decref(memory->document);
        free(memory);
    }
    *profile = (struct profile){0};
}
