/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/config/data_source.h"
#include "lib/util/cleanup.h"

/* The length of a file's name without the extension of a compression. */
static size_t data_source_plain_length(const struct data_paths *paths, const char *name)
{
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && paths->compressions != NULL && paths->compressions[i] != NULL;
         i++)
        if (strcasecmp(dot, paths->compressions[i]) == 0)
            return (size_t)(dot - name);
    return strlen(name);
}

/* The loader for files with this name, or NULL. */
static const struct loader *data_source_loader(const struct data_paths *paths, const char *name)
{
    size_t length = data_source_plain_length(paths, name);
    for (const struct loader *loader = paths->loaders; loader->extension != NULL; loader++) {
        size_t extension = strlen(loader->extension);
        if (length >= extension &&
            strncasecmp(name + length - extension, loader->extension, extension) == 0)
            return loader;
    }
    return NULL;
}

/* The loader for the files in a directory: that of the first name in alphabetical order. NULL if no
 * file has a known extension, or if the directory cannot be read. */
static const struct loader *data_source_loader_in(
    const struct data_paths *paths, const char *directory, bool *oom)
{
    char first[256] = "";
    DIR *stream = opendir(directory);
    *oom = stream == NULL && errno == ENOMEM;
    if (stream == NULL)
        return NULL;
    for (;;) {
        const struct dirent *entry = readdir(stream);
        if (entry == NULL)
            break;
        const char *name = entry->d_name;
        bool is_data = name[0] != '.' && data_source_loader(paths, name) != NULL;
        if (is_data && (first[0] == '\0' || strcmp(name, first) < 0))
            snprintf(first, sizeof first, "%s", name);
    }
    closedir(stream);
    return data_source_loader(paths, first);
}

/* A directory is recognised by how it is written: "data" could also be a name. */
static bool data_source_is_directory(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || strstr(name, "://") != NULL)
        return false;
    return name[length - 1] == '/' || name[0] == '/' || strncmp(name, "./", 2) == 0 ||
           strncmp(name, "../", 3) == 0;
}

struct data_source data_source_of(
    const struct data_paths *paths, const char *name, const char *directory)
{
    struct data_source source = {0};
    const struct loader *loader = data_source_loader(paths, name);
    bool is_url = strstr(name, "://") != NULL;
    if (loader == NULL && !data_source_is_directory(name))
        return source;
    source.relative = name[0] != '/' && !is_url;
    source.path = paths->files;
    if (loader == NULL) {
        CLEANUP_STRBUF struct strbuf full = {0};
        if (source.relative)
            strbuf_printf(&full, "%s/", directory);
        strbuf_puts(&full, name);
        source.path = paths->directory;
        source.oom = full.oom;
        if (!full.oom)
            loader = data_source_loader_in(paths, full.data, &source.oom);
    }
    if (loader == NULL) {
        source.guessed = true;
        source.loader = paths->default_loader;
        return source;
    }
    source.loader = loader->name;
    source.setting = loader->path;
    source.value = loader->value;
    return source;
}

enum sweep_code data_source_operations(const struct parameter *parameter,
    const struct data_source *source, const char *name, struct operations *out)
{
    const char *paths[] = {parameter->data->files, parameter->data->directory};
    CLEANUP_JSON json_t *own = json_string(source->loader != NULL ? source->loader : name);
    CLEANUP_JSON json_t *value = json_string(name);
    if (own == NULL || value == NULL || source->oom)
        return SWEEP_NO_MEMORY;
    enum sweep_code code = operations_add(out, parameter->fields[0].path, own);
    for (size_t i = 0; code == SWEEP_OK && i < 2; i++) {
        bool is_set = source->path != NULL && strcmp(source->path, paths[i]) == 0;
        code = operations_add(out, paths[i], is_set ? value : NULL);
    }
    if (code != SWEEP_OK || source->setting == NULL)
        return code;
    CLEANUP_JSON json_t *setting = json_string(source->value);
    if (setting == NULL)
        return SWEEP_NO_MEMORY;
    return operations_add(out, source->setting, setting);
}
