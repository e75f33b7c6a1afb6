/* SPDX-License-Identifier: Apache-2.0
 *
 * The sections of a profile that describe what a sweep can set: parameters, and paths that are set
 * together.
 */
#include <string.h>

#include "lib/doc/path.h"
#include "lib/trainer/profile_reader.h"

/* --- fields ------------------------------------------------------------------------------- */

static const struct elsewhere *parameters_elsewhere(struct profile_reader *r, const json_t *entry)
{
    static const char *const keys[] = {"recipes", "path", NULL};
    const json_t *array = reader_member(r, entry, "where", JSON_ARRAY);
    struct elsewhere *out = reader_alloc(r, json_array_size(array) + 1, sizeof *out);
    size_t index;
    json_t *one;
    json_array_foreach (array, index, one) {
        if (out == NULL)
            break;
        reader_check_keys(r, one, keys);
        out[index].recipes = reader_strings(r, one, "recipes");
        out[index].path = reader_need(r, one, "path");
        reader_check_path(r, out[index].path);
    }
    return out;
}

static struct field parameters_field(struct profile_reader *r, const json_t *entry)
{
    static const char *const keys[] = {"name", "path", "type", "range", "where", NULL};
    static const char *const types[] = {"int", "float", "bool", "str", "str or dict", NULL};
    static const char *const ranges[] = {
        "any", "positive", "non-negative", "fraction", "not-empty", NULL};
    reader_check_keys(r, entry, keys);
    struct field field = {.name = reader_need(r, entry, "name"),
        .path = reader_need(r, entry, "path"),
        .type = (enum field_type)reader_choose(r, reader_need(r, entry, "type"), types, "type"),
        .range =
            (enum field_range)reader_choose(r, reader_need(r, entry, "range"), ranges, "range"),
        .elsewhere = parameters_elsewhere(r, entry)};
    reader_check_path(r, field.path);
    bool is_number = field.type == FIELD_INT || field.type == FIELD_FLOAT;
    bool wants_number = field.range != FIELD_ANY && field.range != FIELD_NOT_EMPTY;
    if (wants_number && !is_number)
        reader_fail(r, "range \"%s\" is for numbers", ranges[field.range]);
    if (field.range == FIELD_NOT_EMPTY && (is_number || field.type == FIELD_BOOL))
        reader_fail(r, "range \"not-empty\" is for strings");
    return field;
}

static const struct field *parameters_fields(
    struct profile_reader *r, const json_t *entry, size_t *count)
{
    const json_t *array = reader_member(r, entry, "fields", JSON_ARRAY);
    size_t n = json_array_size(array);
    if (n == 0 || n > PARAMETER_MAX_FIELDS)
        reader_fail(r, "\"fields\" must list 1 to %d fields", PARAMETER_MAX_FIELDS);
    struct field *out = reader_alloc(r, n, sizeof *out);
    *count = 0;
    for (size_t i = 0; i < n && r->code == SWEEP_OK; i++) {
        out[i] = parameters_field(r, json_array_get(array, i));
        for (size_t k = 0; k < i && r->code == SWEEP_OK; k++) {
            if (strcmp(out[k].name, out[i].name) == 0)
                reader_fail(r, "two fields are called \"%s\"", out[i].name);
            if (r->code == SWEEP_OK && path_overlaps(out[k].path, out[i].path))
                reader_fail(r, "two fields set \"%s\"", out[i].path);
        }
        ++*count;
    }
    return out;
}

/* --- data --------------------------------------------------------------------------------- */

/* A loader is its name, or an object of its name and the one setting that it needs. */
static void parameters_loader(
    struct profile_reader *r, const char *extension, const json_t *value, struct loader *out)
{
    static const char *const keys[] = {"name", "set", NULL};
    *out = (struct loader){.extension = extension, .name = json_string_value(value)};
    if (extension[0] != '.' || strchr(extension + 1, '.') != NULL) {
        reader_fail(r, "\"loaders\": \"%s\" is not an extension such as \".json\"", extension);
        return;
    }
    if (json_is_object(value)) {
        json_t *set = json_object_get(value, "set");
        reader_check_keys(r, value, keys);
        out->name = json_string_value(json_object_get(value, "name"));
        out->path = json_object_iter_key(json_object_iter(set));
        out->value = json_string_value(json_object_iter_value(json_object_iter(set)));
        if (json_object_size(set) != 1 || out->value == NULL)
            reader_fail(r, "\"loaders\": \"set\" of \"%s\" must be one config path and a string",
                extension);
        else
            reader_check_path(r, out->path);
    }
    if (out->name == NULL || out->name[0] == '\0')
        reader_fail(r, "\"loaders\": the loader of \"%s\" must be a string", extension);
}

static const struct loader *parameters_loaders(struct profile_reader *r, const json_t *entry)
{
    const json_t *object = reader_member(r, entry, "loaders", JSON_OBJECT);
    struct loader *out = reader_alloc(r, json_object_size(object) + 1, sizeof *out);
    const char *extension;
    json_t *value;
    size_t count = 0;
    if (json_object_size(object) == 0)
        reader_fail(r, "\"loaders\" must map extensions to loaders: {\".json\": \"json\"}");
    json_object_foreach ((json_t *)object, extension, value) {
        if (r->code != SWEEP_OK)
            break;
        parameters_loader(r, extension, value, &out[count++]);
    }
    return out;
}

static const struct data_paths *parameters_data(
    struct profile_reader *r, const json_t *entry, const struct parameter *parameter)
{
    static const char *const keys[] = {
        "files", "directory", "loaders", "default_loader", "compressions", NULL};
    const json_t *object = reader_member(r, entry, "data", JSON_OBJECT);
    if (object == NULL || r->code != SWEEP_OK)
        return NULL;
    struct data_paths *data = reader_alloc(r, 1, sizeof *data);
    if (data == NULL)
        return NULL;
    reader_check_keys(r, object, keys);
    data->files = reader_need(r, object, "files");
    data->directory = reader_need(r, object, "directory");
    data->loaders = parameters_loaders(r, object);
    data->default_loader = reader_need(r, object, "default_loader");
    data->compressions = reader_strings(r, object, "compressions");
    reader_check_path(r, data->files);
    reader_check_path(r, data->directory);
    if (parameter->n_fields != 1 || parameter->fields[0].type != FIELD_STRING)
        reader_fail(r, "\"data\" needs one field of type \"str\"");
    return data;
}

/* --- parameters --------------------------------------------------------------------------- */

/* Names are keys of a spec beside config paths, and words in braces in templates. */
static void parameters_check_name(struct profile_reader *r, const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    if (name == NULL || r->code != SWEEP_OK)
        return;
    bool is_letter = name[0] >= 'a' && name[0] <= 'z';
    if (!is_letter || name[strspn(name, allowed)] != '\0')
        reader_fail(r,
            "\"%s\" is not a name: lower case letters, digits and \"_\", the first a letter", name);
}

static struct parameter parameters_one(struct profile_reader *r, const json_t *entry)
{
    static const char *const keys[] = {
        "name", "alias", "category", "successor", "fields", "data", NULL};
    static const char *const categories[] = {"scientific", "engineering", NULL};
    struct parameter parameter = {.name = reader_need(r, entry, "name")};
    reader_enter(r, "parameters", parameter.name);
    reader_check_keys(r, entry, keys);
    parameter.alias = reader_string(r, entry, "alias");
    parameters_check_name(r, parameter.name);
    parameters_check_name(r, parameter.alias);
    parameter.category =
        (enum category)reader_choose(r, reader_need(r, entry, "category"), categories, "category");
    parameter.successor = reader_string(r, entry, "successor");
    parameter.fields = parameters_fields(r, entry, &parameter.n_fields);
    parameter.data = parameters_data(r, entry, &parameter);
    return parameter;
}

/* Every name and alias must mean one parameter. */
static void parameters_check_names(struct profile_reader *r, const struct profile *profile)
{
    for (size_t i = 0; i < profile->n_parameters && r->code == SWEEP_OK; i++) {
        const struct parameter *one = &profile->parameters[i];
        reader_enter(r, "parameters", one->name);
        if (profile_parameter(profile, one->name) != one)
            reader_fail(r, "another parameter has this name too");
        if (one->alias != NULL && profile_parameter(profile, one->alias) != one)
            reader_fail(r, "\"%s\" is also a name of \"%s\"", one->alias,
                profile_parameter(profile, one->alias)->name);
        if (one->successor != NULL && profile_parameter(profile, one->successor) == NULL)
            reader_fail(r, "its successor \"%s\" is not a parameter", one->successor);
    }
}

static bool parameters_has(const struct parameter *all, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(all[i].name, name) == 0)
            return true;
    return false;
}

void reader_parameters(struct profile_reader *r, const json_t *document, const struct profile *base,
    struct profile *out)
{
    reader_enter(r, "parameters", NULL);
    const json_t *array = reader_member(r, document, "parameters", JSON_ARRAY);
    struct parameter *all =
        reader_alloc(r, json_array_size(array) + base->n_parameters + 1, sizeof *all);
    size_t own = 0;
    for (; own < json_array_size(array) && r->code == SWEEP_OK; own++) {
        reader_enter(r, "parameters", NULL);
        all[own] = parameters_one(r, json_array_get(array, own));
    }
    if (r->code != SWEEP_OK)
        return;
    out->parameters = all;
    out->n_parameters = own;
    for (size_t i = 0; i < base->n_parameters; i++)
        if (!parameters_has(all, own, base->parameters[i].name))
            all[out->n_parameters++] = base->parameters[i];
    parameters_check_names(r, out);
}

/* --- paths that are set together ---------------------------------------------------------- */

static struct path_group parameters_group(struct profile_reader *r, const json_t *entry)
{
    static const char *const keys[] = {"paths", "code", "hint", NULL};
    struct path_group group = {.code = reader_string(r, entry, "code"),
        .hint = reader_string(r, entry, "hint"),
        .paths = reader_paths(r, entry, "paths")};
    reader_check_keys(r, entry, keys);
    if (group.code == NULL)
        group.code = "set-together";
    if (group.paths == NULL || group.paths[0] == NULL || group.paths[1] == NULL)
        reader_fail(r, "\"paths\" must list two or more config paths");
    return group;
}

void reader_groups(struct profile_reader *r, const json_t *document, const struct profile *base,
    struct profile *out)
{
    reader_enter(r, "groups", NULL);
    const json_t *array = reader_member(r, document, "groups", JSON_ARRAY);
    struct path_group *all =
        reader_alloc(r, json_array_size(array) + base->n_groups + 1, sizeof *all);
    size_t index;
    json_t *entry;
    out->groups = all;
    if (all == NULL)
        return;
    json_array_foreach (array, index, entry)
        all[out->n_groups++] = parameters_group(r, entry);
    for (size_t i = 0; i < base->n_groups; i++)
        all[out->n_groups++] = base->groups[i];
}
