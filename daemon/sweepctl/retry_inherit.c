/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/retry_inherit.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "lib/util/json_comment.h"

enum { RETRY_INHERIT_MAX_SPEC = 64 << 20, RETRY_INHERIT_MAX_FILES = 256 };

/* Files are kept under their numbers in the order in which they were read: each before those that
 * it extends, and one that several extend only once. */
struct retry_inherit {
    const char *sweep;
    json_t *merged;
    char *paths[RETRY_INHERIT_MAX_FILES]; /* that have been read; owned */
    size_t n_paths;
};

json_t *retry_inherit_read(const char *sweep, const char *name)
{
    CLEANUP_STRBUF struct strbuf path = {0};
    CLEANUP_FREE char *text = NULL;
    size_t length;
    struct sweep_error error = {0};
    json_error_t wrong;
    strbuf_printf(&path, "%s/%s", sweep, name);
    if (path.oom ||
        file_read(path.data, RETRY_INHERIT_MAX_SPEC, &text, &length, &error) != SWEEP_OK) {
        cli_error(EXIT_FAILED, "sweepctl: %s", path.oom ? "out of memory" : error.message);
        return NULL;
    }
    json_comment_blank(text, length);
    json_t *spec = json_loadb(text, length, 0, &wrong);
    if (json_is_object(spec))
        return spec;
    cli_error(EXIT_FAILED, "sweepctl: %s cannot be read: %s", path.data,
        spec == NULL ? wrong.text : "not an object");
    json_decref(spec);
    return NULL;
}

/* The file that was kept under a number: "sweep.extends/01-common.json". False: there is none. */
static bool retry_inherit_find(const char *sweep, size_t number, char *out, size_t size)
{
    CLEANUP_STRBUF struct strbuf path = {0};
    char start[24];
    const struct dirent *file;
    snprintf(start, sizeof start, "%02zu-", number);
    strbuf_printf(&path, "%s/sweep.extends", sweep);
    DIR *stream = path.oom ? NULL : opendir(path.data);
    if (stream == NULL)
        return false;
    while ((file = readdir(stream)) != NULL)
        if (strncmp(file->d_name, start, strlen(start)) == 0)
            break;
    if (file != NULL)
        snprintf(out, size, "sweep.extends/%s", file->d_name);
    closedir(stream);
    return file != NULL;
}

/* Puts a spec on top of what was merged before; null removes what is inherited. */
static int retry_inherit_merge(json_t *merged, json_t *spec)
{
    static const char *const by_member[] = {"fixed", "slurm", "setup"};
    const char *name;
    json_t *value;
    int failure = 0;
    json_object_foreach (spec, name, value) {
        json_t *inherited = json_object_get(merged, name);
        bool is_by_member = false;
        for (size_t i = 0; i < sizeof by_member / sizeof *by_member; i++)
            if (strcmp(name, by_member[i]) == 0)
                is_by_member = true;
        if (strcmp(name, "extends") == 0)
            continue;
        if (json_is_null(value))
            json_object_del(merged, name);
        else if (is_by_member && json_is_object(value) && json_is_object(inherited))
            failure = retry_inherit_merge(inherited, value);
        else
            failure = json_object_set_new(merged, name, json_deep_copy(value));
        if (failure != 0)
            return failure;
    }
    return 0;
}

/* The path of a file that another one names; `from` is NULL for the spec itself. NULL: out of
 * memory. */
static char *retry_inherit_join(const char *from, const char *path)
{
    struct strbuf joined = {0};
    const char *slash = from != NULL && path[0] != '/' ? strrchr(from, '/') : NULL;
    if (slash != NULL)
        strbuf_append(&joined, from, (size_t)(slash - from) + 1);
    strbuf_puts(&joined, path);
    return strbuf_steal(&joined);
}

/* The file that was kept for a path. False with a message. */
static bool retry_inherit_open(
    struct retry_inherit *inherit, const char *path, char *out, size_t size)
{
    size_t i = 0;
    while (i < inherit->n_paths && strcmp(inherit->paths[i], path) != 0)
        i++;
    if (i == RETRY_INHERIT_MAX_FILES)
        return cli_error(false, "sweepctl: %s extends too many files", inherit->sweep);
    if (i == inherit->n_paths) {
        inherit->paths[i] = strdup(path);
        if (inherit->paths[i] == NULL)
            return cli_error(false, "sweepctl: out of memory");
        inherit->n_paths++;
    }
    if (retry_inherit_find(inherit->sweep, i, out, size))
        return true;
    return cli_error(
        false, "sweepctl: %s/sweep.extends has no copy of %s", inherit->sweep, cli_escaped(path));
}

static bool retry_inherit_add(struct retry_inherit *inherit, json_t *spec, const char *path);

/* Adds one file that `from` extends. */
static bool retry_inherit_add_file(
    struct retry_inherit *inherit, const json_t *name, const char *from)
{
    char kept[300];
    if (!json_is_string(name))
        return cli_error(false, "sweepctl: %s/sweep.json: bad \"extends\"", inherit->sweep);
    CLEANUP_FREE char *path = retry_inherit_join(from, json_string_value(name));
    if (path == NULL)
        return cli_error(false, "sweepctl: out of memory");
    if (!retry_inherit_open(inherit, path, kept, sizeof kept))
        return false;
    CLEANUP_JSON json_t *spec = retry_inherit_read(inherit->sweep, kept);
    return spec != NULL && retry_inherit_add(inherit, spec, path);
}

/* Adds what a spec extends, then the spec. Circles were refused when the sweep was generated. */
static bool retry_inherit_add(struct retry_inherit *inherit, json_t *spec, const char *path)
{
    json_t *extends = json_object_get(spec, "extends");
    if (json_is_array(extends)) {
        size_t i;
        const json_t *name;
        json_array_foreach (extends, i, name)
            if (!retry_inherit_add_file(inherit, name, path))
                return false;
    } else if (extends != NULL && !retry_inherit_add_file(inherit, extends, path)) {
        return false;
    }
    if (retry_inherit_merge(inherit->merged, spec) != 0)
        return cli_error(false, "sweepctl: out of memory");
    return true;
}

/* True if the name of a kept file is that of a path. */
static bool retry_inherit_is_named(const char *kept, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    const char *dash = strchr(kept, '-');
    if (dash == NULL || strlen(dash + 1) != strlen(name))
        return false;
    for (const char *p = dash + 1; *p != '\0'; p++, name++)
        if (*p != *name && (*p != '_' || isalnum((unsigned char)*name)))
            return false;
    return true;
}

/* A sweep of the daemon may have one more file, the first one: its setting "defaults". It is a
 * spec, and not the first file that the sweep's own spec extends. */
static bool retry_inherit_find_defaults(
    const struct retry_inherit *inherit, const json_t *spec, char *kept, size_t size)
{
    const json_t *first = json_object_get(spec, "extends");
    if (!retry_inherit_find(inherit->sweep, 0, kept, size))
        return false;
    if (json_is_array(first))
        first = json_array_get(first, 0);
    if (json_is_string(first))
        return !retry_inherit_is_named(kept, json_string_value(first));
    const char *dot = strrchr(kept, '.'); /* without "extends", it may be data for "cases" */
    return dot != NULL && strcmp(dot, ".json") == 0;
}

/* Adds all. False with a message. */
static bool retry_inherit_add_all(struct retry_inherit *inherit, json_t *spec)
{
    char kept[300];
    if (inherit->merged == NULL)
        return cli_error(false, "sweepctl: out of memory");
    if (retry_inherit_find_defaults(inherit, spec, kept, sizeof kept)) {
        /* Its path is not known; none in a spec is like this one. */
        CLEANUP_JSON json_t *path = json_string("defaults:/defaults");
        if (!retry_inherit_add_file(inherit, path, NULL))
            return false;
    }
    return retry_inherit_add(inherit, spec, NULL);
}

json_t *retry_inherit(const char *sweep, json_t *spec)
{
    struct retry_inherit inherit = {.sweep = sweep, .merged = json_object()};
    bool is_added = retry_inherit_add_all(&inherit, spec);
    for (size_t i = 0; i < inherit.n_paths; i++)
        free(inherit.paths[i]);
    json_decref(spec);
    if (is_added)
        return inherit.merged;
    json_decref(inherit.merged);
    return NULL;
}
