/* SPDX-License-Identifier: Apache-2.0
 *
 * From JSON files to a profile. The same code makes the built-in profile at build time (see
 * specs/profiles/compile.c) and reads a user's at run time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/trainer/profile_reader.h"
#include "lib/util/file.h"

enum { MAX_PROFILE_BYTES = 8 << 20, MAX_EXTENDS = 4 };

/* What a profile may say. "undetected" is for the manual page, "$schema" for editors. */
static const char *const profile_read_keys[] = {"$schema", "extends", "trainer", "version",
    "component_key", "scalars", "interpolation", "complete", "launch", "outputs", "results",
    "resume", "volatile", "seed", "config_directories", "base_order", "recipe_comment", "recipes",
    "components", "keys", "parameters", "groups", "rules", "path_checks", "inert", "dead",
    "handed_on", "other_names", "undetected", NULL};

/* --- single members ----------------------------------------------------------------------- */

/* Null stands for "none", also where the base has one. */
static void profile_read_component_key(struct profile_reader *r, const json_t *document,
    const struct profile *base, struct profile *out)
{
    const json_t *value = json_object_get(document, "component_key");
    out->component_key = base->component_key;
    if (value == NULL)
        return;
    out->component_key = json_string_value(value);
    if (json_is_null(value))
        return;
    if (!json_is_string(value) || json_string_length(value) == 0)
        reader_fail(r, "\"component_key\" must be a key, or null if there are no components");
}

static void profile_read_dialect(struct profile_reader *r, const json_t *document,
    const struct profile *base, struct profile *out)
{
    static const char *const scalars[] = {"omegaconf", "yaml-1.1", NULL};
    static const char *const interpolations[] = {"omegaconf", "none", NULL};
    const char *word = reader_string(r, document, "scalars");
    out->dialect = base->dialect;
    if (word != NULL)
        out->dialect.scalars = (enum scalar_rules)reader_choose(r, word, scalars, "scalars");
    word = reader_string(r, document, "interpolation");
    if (word != NULL)
        out->dialect.interpolation =
            (enum interpolation_rules)reader_choose(r, word, interpolations, "interpolation");
}

/* A list, with the base's entries after its own. */
static const char *const *profile_read_join(
    struct profile_reader *r, const char *const *own, const char *const *base)
{
    size_t n_own = 0, n_base = 0;
    while (own != NULL && own[n_own] != NULL)
        n_own++;
    while (base != NULL && base[n_base] != NULL)
        n_base++;
    const char **all = reader_alloc(r, n_own + n_base + 1, sizeof *all);
    for (size_t i = 0; all != NULL && i < n_own; i++)
        all[i] = own[i];
    for (size_t i = 0; all != NULL && i < n_base; i++)
        all[n_own + i] = base[i];
    return all;
}

/* The length of the placeholder that the text begins with, or 0. */
static size_t profile_read_placeholder(const char *text)
{
    static const char *const names[] = {
        "{recipe}", "{config}", "{processes}", "{nodes}", "{job}", "{head}", "{port}"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(text, names[i], strlen(names[i])) == 0)
            return strlen(names[i]);
    return 0;
}

static bool profile_read_is_word(const char *word)
{
    static const char safe[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./=:,+-";
    if (*word == '\0')
        return false;
    while (*word != '\0') {
        size_t length = strspn(word, safe);
        if (length == 0)
            length = profile_read_placeholder(word);
        if (length == 0)
            return false;
        word += length;
    }
    return true;
}

/* The words go into scripts, so they must not mean anything to a shell. */
static const char *const *profile_read_command(
    struct profile_reader *r, const json_t *launch, const char *key, const char *const *base)
{
    const char *const *words = reader_strings(r, launch, key);
    if (words == NULL)
        return base;
    if (words[0] == NULL)
        reader_fail(r, "\"%s\" is empty", key);
    for (size_t i = 0; r->code == SWEEP_OK && words[i] != NULL; i++) {
        if (!profile_read_is_word(words[i]))
            reader_fail(r,
                "\"%s\" cannot be a word of a command: letters, digits and _./=:,+- are allowed, "
                "and {recipe}, {config}, {processes}, {nodes}, {head}, {port} or {job}",
                words[i]);
    }
    return words;
}

static void profile_read_launch(struct profile_reader *r, const json_t *document,
    const struct profile *base, struct profile *out)
{
    static const char *const keys[] = {"single", "distributed", "nodes", "modules", NULL};
    reader_enter(r, "launch", NULL);
    const json_t *launch = reader_member(r, document, "launch", JSON_OBJECT);
    reader_check_keys(r, launch, keys);
    out->launch = profile_read_command(r, launch, "single", base->launch);
    out->launch_distributed =
        profile_read_command(r, launch, "distributed", base->launch_distributed);
    out->launch_nodes = profile_read_command(r, launch, "nodes", base->launch_nodes);
    out->launch_modules = reader_bool(r, launch, "modules");
    if (json_object_get(launch, "modules") == NULL)
        out->launch_modules = base->launch_modules;
}

static const char *const *profile_read_words(
    struct profile_reader *r, const json_t *object, const char *key)
{
    const char *const *words = reader_strings(r, object, key);
    for (size_t i = 0; words != NULL && words[i] != NULL; i++)
        if (!profile_read_is_word(words[i]))
            reader_fail(r, "\"%s\" cannot be a word of a command", words[i]);
    return words;
}

static const char *profile_read_word(
    struct profile_reader *r, const json_t *object, const char *key)
{
    const char *word = reader_string(r, object, key);
    if (word != NULL && !profile_read_is_word(word))
        reader_fail(r, "\"%s\" cannot be a word of a command", word);
    return word;
}

static void profile_read_resuming(struct profile_reader *r, const json_t *document,
    const struct profile *base, struct profile *out)
{
    static const char *const keys[] = {
        "exact", "changed", "changes", "state", "weights", "words", "files", "files_of", NULL};
    out->resuming = base->resuming;
    if (json_object_get(document, "resume") == NULL)
        return;
    reader_enter(r, "resume", NULL);
    const json_t *entry = reader_member(r, document, "resume", JSON_OBJECT);
    reader_check_keys(r, entry, keys);
    reader_need(r, entry, "state");
    reader_need(r, entry, "weights");
    out->resuming = (struct resuming){.exact = reader_strings(r, entry, "exact"),
        .changed = reader_strings(r, entry, "changed"),
        .changes = reader_string(r, entry, "changes"),
        .state = profile_read_word(r, entry, "state"),
        .epochs = profile_read_word(r, entry, "weights"),
        .words = profile_read_words(r, entry, "words"),
        .files = profile_read_word(r, entry, "files"),
        .files_of = reader_strings(r, entry, "files_of")};
}

/* Directories are searched for below an installation only. */
static void profile_read_check_directories(struct profile_reader *r, const char *const *directories)
{
    for (; directories != NULL && *directories != NULL && r->code == SWEEP_OK; directories++)
        if (**directories == '/' || **directories == '\0' || strstr(*directories, "..") != NULL)
            reader_fail(r, "\"config_directories\": \"%s\" is not a relative path", *directories);
}

/* What is known of runs and installations. */
static void profile_read_facts(struct profile_reader *r, const json_t *document,
    const struct profile *base, struct profile *out)
{
    reader_enter(r, "profile", NULL);
    out->complete = profile_read_join(r, reader_strings(r, document, "complete"), base->complete);
    out->volatile_paths =
        profile_read_join(r, reader_paths(r, document, "volatile"), base->volatile_paths);
    out->config_directories = reader_strings(r, document, "config_directories");
    profile_read_check_directories(r, out->config_directories);
    if (out->config_directories == NULL)
        out->config_directories = base->config_directories;
    out->base_order = reader_strings(r, document, "base_order");
    if (out->base_order == NULL)
        out->base_order = base->base_order;
    out->recipe_comment = reader_string(r, document, "recipe_comment");
    if (out->recipe_comment == NULL)
        out->recipe_comment = base->recipe_comment;
    /* They belong to the trainer: another description of the same version has them, too. */
    const struct profile *builtin = &profile_builtin;
    out->has_bases = base->has_bases;
    if (builtin->trainer != NULL && r->code == SWEEP_OK &&
        strcmp(out->trainer, builtin->trainer) == 0 && strcmp(out->version, builtin->version) == 0)
        out->has_bases = true;
}

/* Pairs of names; the base's come after the profile's own. */
static void profile_read_other_names(struct profile_reader *r, const json_t *document,
    const struct profile *base, struct profile *out)
{
    reader_enter(r, "other_names", NULL);
    const json_t *object = reader_member(r, document, "other_names", JSON_OBJECT);
    const char **pairs = reader_alloc(r, 2 * json_object_size(object) + 1, sizeof *pairs);
    const char *key;
    json_t *value;
    size_t n = 0;
    json_object_foreach ((json_t *)object, key, value) {
        if (pairs == NULL || r->code != SWEEP_OK)
            return;
        pairs[n++] = key;
        pairs[n++] = reader_need(r, object, key);
    }
    out->other_names = profile_read_join(r, pairs, base->other_names);
}

/* Runs after the parameters, one of which it names. */
static void profile_read_seed(struct profile_reader *r, const json_t *document,
    const struct profile *base, struct profile *out)
{
    reader_enter(r, "profile", NULL);
    const char *name = reader_string(r, document, "seed");
    out->seed = name != NULL ? name : base->seed;
    if (out->seed == NULL || r->code != SWEEP_OK)
        return;
    const struct parameter *seed = profile_parameter(out, out->seed);
    if (seed == NULL)
        reader_fail(r, "\"seed\": \"%s\" is not a parameter", out->seed);
    else if (seed->n_fields != 1 || seed->fields[0].type != FIELD_INT)
        reader_fail(r, "\"seed\": parameter \"%s\" is not one int", out->seed);
}

/* For the whole profile: a file that is extended may leave the key to the one that extends it. */
static void profile_read_check_components(struct profile_reader *r, const struct profile *profile)
{
    if (r->code != SWEEP_OK)
        return;
    reader_enter(r, "profile", NULL);
    if (profile->component_key == NULL && profile->n_components > 0)
        reader_fail(r, "\"components\" need \"component_key\": the key that names them");
    for (size_t i = 0; i < profile->n_keys && profile->component_key == NULL; i++)
        if (profile->keys[i].type.kinds & TYPE_COMPONENT)
            reader_fail(
                r, "\"keys\": the type of \"%s\" needs \"component_key\"", profile->keys[i].name);
}

/* --- files -------------------------------------------------------------------------------- */

static void profile_read_file(
    struct profile_reader *r, const char *file, int depth, struct profile *out);

/* The profile that `name` refers to: the built-in one, or NAME.json next to `file`. */
static void profile_read_base(
    struct profile_reader *r, const char *name, const char *file, int depth, struct profile *out)
{
    char path[4096];
    if (profile_builtin.trainer != NULL) {
        snprintf(path, sizeof path, "%s-%s", profile_builtin.trainer, profile_builtin.version);
        if (strcmp(path, name) == 0) {
            *out = profile_builtin;
            return;
        }
    }
    const char *slash = strrchr(file, '/');
    int directory = slash != NULL ? (int)(slash + 1 - file) : 0;
    int length = snprintf(path, sizeof path, "%.*s%s.json", directory, file, name);
    if (length >= (int)sizeof path)
        reader_fail(r, "the path of \"%s\" is too long", name);
    else if (depth >= MAX_EXTENDS)
        reader_fail(r, "cannot extend \"%s\": at most %d profiles can extend each other", name,
            MAX_EXTENDS + 1);
    else
        profile_read_file(r, path, depth + 1, out);
}

/* The JSON object in a file, which the profile owns; NULL on failure. */
static const json_t *profile_read_load(struct profile_reader *r, const char *file)
{
    char *data = NULL;
    size_t length;
    json_error_t error;
    if (r->code == SWEEP_OK)
        r->code = file_read(file, MAX_PROFILE_BYTES, &data, &length, r->error);
    if (r->code != SWEEP_OK)
        return NULL;
    json_t *document = json_loadb(data, length, JSON_REJECT_DUPLICATES, &error);
    free(data);
    if (document == NULL)
        r->code = sweep_error_set(r->error, SWEEP_INVALID, "%s:%d:%d: not a profile: %s", file,
            error.line, error.column > 0 ? error.column : 1, error.text);
    else if (!json_is_object(document))
        r->code = sweep_error_set(
            r->error, SWEEP_INVALID, "%s:1:1: not a profile: it is not a JSON object", file);
    /* The reference is kept in a block of its own. */
    if (reader_alloc(r, 1, 1) == NULL) {
        json_decref(document);
        return NULL;
    }
    r->memory->document = document;
    return document;
}

static void profile_read_file(
    struct profile_reader *r, const char *file, int depth, struct profile *out)
{
    struct profile base = {0};
    const json_t *document = profile_read_load(r, file);
    if (document == NULL)
        return;
    r->file = file;
    reader_enter(r, "profile", NULL);
    reader_check_keys(r, document, profile_read_keys);
    const char *extends = reader_string(r, document, "extends");
    if (extends != NULL)
        profile_read_base(r, extends, file, depth, &base);
    if (r->code != SWEEP_OK)
        return;
    r->file = file;
    *out = (struct profile){.trainer = base.trainer, .version = base.version};
    if (base.trainer == NULL || json_object_get(document, "trainer") != NULL)
        out->trainer = reader_need(r, document, "trainer");
    if (base.version == NULL || json_object_get(document, "version") != NULL)
        out->version = reader_need(r, document, "version");
    profile_read_component_key(r, document, &base, out);
    profile_read_dialect(r, document, &base, out);
    profile_read_facts(r, document, &base, out);
    profile_read_launch(r, document, &base, out);
    profile_read_resuming(r, document, &base, out);
    reader_outputs(r, document, &base, out);
    reader_results(r, document, &base, out);
    reader_recipes(r, document, &base, out);
    reader_components(r, document, &base, out);
    reader_keys(r, document, &base, out);
    reader_parameters(r, document, &base, out);
    reader_groups(r, document, &base, out);
    reader_rules(r, document, &base, out);
    reader_inert(r, document, &base, out);
    reader_dead(r, document, &base, out);
    reader_handed_on(r, document, &base, out);
    profile_read_other_names(r, document, &base, out);
    profile_read_seed(r, document, &base, out);
}

enum sweep_code profile_read(const char *file, struct profile *out, struct sweep_error *error)
{
    struct profile_reader r = {.error = error, .file = file};
    *out = (struct profile){0};
    profile_read_file(&r, file, 0, out);
    profile_read_check_components(&r, out);
    out->memory = r.memory;
    if (r.code != SWEEP_OK)
        profile_deinit(out);
    return r.code;
}

void profile_deinit(struct profile *profile)
{
    struct profile_memory *memory = profile->memory;
    while (memory != NULL) {
        struct profile_memory *next = memory->next;
        json_decref(memory->document);
        free(memory);
        memory = next;
    }
    *profile = (struct profile){0};
}
