/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/config/data_source.h"
#include "lib/util/cleanup.h"

/* The loader for files with this name, or NULL. */
static const char *data_source_loader(const struct data_paths *paths, const char *name)
{
    const char *dot = strrchr(name, '.');
    if (dot == NULL)
        return NULL;
    for (const struct loader *loader = paths->loaders; loader->extension != NULL; loader++)
        if (strcasecmp(dot, loader->extension) == 0)
            return loader->name;
    return NULL;
}

/* The loader for the files in a directory: that of the first name in alphabetical order. NULL if no
 * file has a known extension, or if the directory cannot be read. */
static const char *data_source_loader_in(
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
    struct data_source source = {.loader = data_source_loader(paths, name)};
    bool is_url = strstr(name, "://") != NULL;
    if (source.loader == NULL && !data_source_is_directory(name))
        return source;
    source.relative = name[0] != '/' && !is_url;
    if (source.loader != NULL) {
        source.path = paths->files;
        return source;
    }
    CLEANUP_STRBUF struct strbuf full = {0};
    if (source.relative)
        strbuf_printf(&full, "%s/", directory);
    strbuf_puts(&full, name);
    if (full.oom) {
        source.oom = true;
        return source;
    }
    source.path = paths->directory;
    source.loader = data_source_loader_in(paths, full.data, &source.oom);
    if (source.loader == NULL) {
        source.guessed = true;
        source.loader = paths->default_loader;
    }
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
    return code;
}
