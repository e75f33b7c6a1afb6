/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/config/params.h"
#include "lib/doc/scalar.h"
#include "lib/util/cleanup.h"

const struct parameter parameters[] = {
    {"learning_rate", "lr", SCIENTIFIC, 1, {{"lr", "optimizer.lr", FIELD_FLOAT, FIELD_POSITIVE}}},
    {"lora", "lora_params", SCIENTIFIC, 2,
        {{"rank", "model.lora_rank", FIELD_INT, FIELD_POSITIVE},
            {"alpha", "model.lora_alpha", FIELD_INT, FIELD_POSITIVE}}},
    {"seed", NULL, SCIENTIFIC, 1, {{"seed", "seed", FIELD_INT, FIELD_NON_NEGATIVE}}},
    {"batch_size", NULL, ENGINEERING, 1, {{"batch_size", "batch_size", FIELD_INT, FIELD_POSITIVE}}},
    {"epochs", NULL, SCIENTIFIC, 1, {{"epochs", "epochs", FIELD_INT, FIELD_POSITIVE}}},
    {"dataset", NULL, SCIENTIFIC, 1, {{"path", "dataset.source", FIELD_STRING, FIELD_NOT_EMPTY}}},
    {"output_dir", NULL, ENGINEERING, 1, {{"path", "output_dir", FIELD_STRING, FIELD_NOT_EMPTY}}},
    {0},
};

const struct parameter *parameter_find(const char *name)
{
    for (const struct parameter *p = parameters; p->name != NULL; p++)
        if (strcmp(p->name, name) == 0 || (p->alias != NULL && strcmp(p->alias, name) == 0))
            return p;
    return NULL;
}

const struct field *field_find(const char *path)
{
    for (const struct parameter *p = parameters; p->name != NULL; p++)
        for (size_t i = 0; i < p->n_fields; i++)
            if (strcmp(p->fields[i].path, path) == 0)
                return &p->fields[i];
    return NULL;
}

const char *field_check(
    const struct field *field, const json_t *value, char *message, size_t message_size)
{
    static const char *const types[] = {"int", "float", "str"};
    static const char *const ranges[] = {"", "positive", "non-negative", ""};
    bool fits = field->type == FIELD_INT     ? json_is_integer(value)
                : field->type == FIELD_FLOAT ? json_is_number(value)
                                             : json_is_string(value);
    if (!fits) {
        snprintf(message, message_size, "%s must be %s, got %s", field->name, types[field->type],
            value_type_name(value));
        return "wrong-type";
    }
    double number = json_number_value(value);
    if ((field->range == FIELD_POSITIVE && !(number > 0)) ||
        (field->range == FIELD_NON_NEGATIVE && !(number >= 0))) {
        CLEANUP_STRBUF struct strbuf text = {0};
        value_write(&text, value, SCALAR_IN_BLOCK);
        snprintf(message, message_size, "%s must be %s, got %s", field->name, ranges[field->range],
            text.data != NULL ? text.data : "another value");
        return field->range == FIELD_POSITIVE ? "not-positive" : "negative";
    }
    if (field->range == FIELD_NOT_EMPTY && json_string_length(value) == 0) {
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
static const char *loader_in(const char *path)
{
    char first[256] = "";
    DIR *stream = opendir(path);
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
    dataset.loader = full.failed ? NULL : loader_in(full.data);
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
    if (source == NULL || value == NULL)
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
