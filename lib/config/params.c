/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/config/params.h"
#include "lib/doc/scalar.h"
#include "lib/util/cleanup.h"

static bool has_type(enum field_type type, const json_t *value)
{
    switch (type) {
    case FIELD_INT:
        return json_is_integer(value);
    case FIELD_FLOAT:
        return json_is_number(value);
    case FIELD_BOOL:
        return json_is_boolean(value);
    case FIELD_STRING:
        return json_is_string(value);
    case FIELD_STRING_OR_MAPPING:
        break;
    }
    return json_is_string(value) || json_is_object(value);
}

/* The word for what a number should be, or NULL when it is. */
static const char *range_broken(enum field_range range, double number)
{
    if (range == FIELD_POSITIVE && !(number > 0))
        return "positive";
    if (range == FIELD_NON_NEGATIVE && !(number >= 0))
        return "non-negative";
    return range == FIELD_FRACTION && !(number >= 0 && number < 1) ? "in [0, 1)" : NULL;
}

const char *field_check(
    const struct field *field, const json_t *value, char *message, size_t message_size)
{
    static const char *const types[] = {"int", "float", "bool", "str", "str or dict"};
    static const char *const codes[] = {"", "not-positive", "negative", "not-fraction", ""};
    if (!has_type(field->type, value)) {
        snprintf(message, message_size, "%s must be %s, got %s", field->name, types[field->type],
            value_type_name(value));
        return "wrong-type";
    }
    const char *wanted = range_broken(field->range, json_number_value(value));
    if (wanted != NULL) {
        CLEANUP_STRBUF struct strbuf text = {0};
        value_write(&text, value, SCALAR_IN_BLOCK);
        snprintf(message, message_size, "%s must be %s, got %s", field->name, wanted,
            text.data != NULL ? text.data : "another value");
        return codes[field->range];
    }
    bool empty =
        json_is_object(value) ? json_object_size(value) == 0 : json_string_length(value) == 0;
    if (field->range == FIELD_NOT_EMPTY && empty) {
        snprintf(message, message_size, "%s cannot be empty", field->name);
        return "empty";
    }
    return NULL;
}

json_t *field_value(const struct field *field, const json_t *value)
{
    if (field->type == FIELD_FLOAT && json_is_integer(value))
        return json_real((double)json_integer_value(value));
    return json_incref((json_t *)value);
}

/* The packaged loader of Hugging Face datasets that reads files with this name, or NULL. */
static const char *loader_of(const char *name)
{
    static const struct {
        const char *extension, *loader;
    } loaders[] = {{".json", "json"}, {".jsonl", "json"}, {".csv", "csv"}, {".parquet", "parquet"},
        {".txt", "text"}};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && i < sizeof loaders / sizeof *loaders; i++)
        if (strcasecmp(dot, loaders[i].extension) == 0)
            return loaders[i].loader;
    return NULL;
}

/* The loader for the data files in a directory, by the first name in alphabetical order; NULL when
 * there are none or the directory cannot be read. */
static const char *loader_in(const char *path, bool *no_memory)
{
    char first[256] = "";
    DIR *stream = opendir(path);
    *no_memory = stream == NULL && errno == ENOMEM;
    for (struct dirent *entry; stream != NULL && (entry = readdir(stream)) != NULL;)
        if (entry->d_name[0] != '.' && loader_of(entry->d_name) != NULL &&
            (first[0] == '\0' || strcmp(entry->d_name, first) < 0))
            snprintf(first, sizeof first, "%s", entry->d_name);
    if (stream != NULL)
        closedir(stream);
    return loader_of(first);
}

struct dataset dataset_of(const char *path, const char *directory)
{
    struct dataset dataset = {.relative = path[0] != '/', .loader = loader_of(path)};
    size_t length = strlen(path);
    bool is_directory =
        length > 0 && (path[length - 1] == '/' || path[0] == '/' || strncmp(path, "./", 2) == 0 ||
                          strncmp(path, "../", 3) == 0);
    /* An address is opened by the loader as it is. */
    if (strstr(path, "://") != NULL)
        dataset.relative = is_directory = false;
    if (dataset.loader != NULL) {
        dataset.path_key = "data_files";
        return dataset;
    }
    if (!is_directory) {
        dataset.relative = false;
        return dataset;
    }
    CLEANUP_STRBUF struct strbuf full = {0};
    if (dataset.relative)
        strbuf_printf(&full, "%s/", directory);
    strbuf_puts(&full, path);
    dataset.no_memory = full.oom;
    dataset.loader = full.oom ? NULL : loader_in(full.data, &dataset.no_memory);
    dataset.guessed = dataset.loader == NULL;
    if (dataset.guessed)
        dataset.loader = "json";
    dataset.path_key = "data_dir";
    return dataset;
}

enum sweep_code dataset_operations(
    const struct dataset *dataset, const char *path, struct operations *out)
{
    static const char *const keys[] = {"data_files", "data_dir"};
    CLEANUP_JSON json_t *source = json_string(dataset->loader != NULL ? dataset->loader : path);
    CLEANUP_JSON json_t *value = json_string(path);
    if (source == NULL || value == NULL || dataset->no_memory)
        return SWEEP_NO_MEMORY;
    enum sweep_code code = operations_add(out, "dataset.source", source);
    for (size_t i = 0; code == SWEEP_OK && i < 2; i++) {
        char full[32];
        snprintf(full, sizeof full, "dataset.%s", keys[i]);
        bool set = dataset->path_key != NULL && strcmp(dataset->path_key, keys[i]) == 0;
        /* What the base says of another source must not outlive it. */
        code = operations_add(out, full, set ? value : NULL);
    }
    return code;
}

/* An object with exactly the parameter's fields. */
static bool has_fields(const struct parameter *parameter, const json_t *argument,
    struct argument_diagnostic *diagnostic)
{
    const char *key;
    json_t *value;
    diagnostic->code = "wrong-type";
    if (!json_is_object(argument)) {
        snprintf(diagnostic->message, sizeof diagnostic->message,
            "%s takes %s and %s together, got %s", parameter->name, parameter->fields[0].name,
            parameter->fields[1].name, value_type_name(argument));
        return false;
    }
    for (size_t i = 0; i < parameter->n_fields; i++)
        if (json_object_get(argument, parameter->fields[i].name) == NULL) {
            snprintf(diagnostic->message, sizeof diagnostic->message, "%s needs %s too",
                parameter->name, parameter->fields[i].name);
            return false;
        }
    json_object_foreach ((json_t *)argument, key, value)
        if (strcmp(key, parameter->fields[0].name) != 0 &&
            strcmp(key, parameter->fields[1].name) != 0) {
            snprintf(diagnostic->message, sizeof diagnostic->message, "%s has no \"%.60s\"",
                parameter->name, key);
            return false;
        }
    diagnostic->code = NULL;
    return true;
}

enum sweep_code parameter_operations(const struct parameter *parameter, const json_t *argument,
    const char *directory, struct operations *out, struct argument_diagnostic *diagnostic)
{
    bool several = parameter->n_fields > 1;
    *diagnostic = (struct argument_diagnostic){0};
    if (several && !has_fields(parameter, argument, diagnostic))
        return SWEEP_INVALID;
    for (size_t i = 0; i < parameter->n_fields; i++) {
        const struct field *field = &parameter->fields[i];
        const json_t *value = several ? json_object_get(argument, field->name) : argument;
        diagnostic->code =
            field_check(field, value, diagnostic->message, sizeof diagnostic->message);
        if (diagnostic->code != NULL)
            return SWEEP_INVALID;
    }
    if (strcmp(parameter->name, "dataset") == 0) {
        const char *path = json_string_value(argument);
        struct dataset dataset = dataset_of(path, directory);
        return dataset_operations(&dataset, path, out);
    }
    enum sweep_code code = SWEEP_OK;
    for (size_t i = 0; code == SWEEP_OK && i < parameter->n_fields; i++) {
        const struct field *field = &parameter->fields[i];
        CLEANUP_JSON json_t *value =
            field_value(field, several ? json_object_get(argument, field->name) : argument);
        code = value == NULL ? SWEEP_NO_MEMORY : operations_add(out, field->path, value);
    }
    return code;
}
