/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/trainer/embedded.h"
#include "lib/trainer/trainer.h"
#include "lib/doc/yaml.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "lib/util/text.h"

/* Directories that cannot be read hold nothing for us; without memory nothing is known. */
static int on_glob_error(const char *path, int failure)
{
    (void)path;
    return failure == ENOMEM;
}

/* `directory` + `below` as a pattern, where `directory` itself is taken literally: *out is the
 * first match that is a directory (the caller's), or NULL. */
static enum sweep_code find_directory(const char *directory, const char *below, char **out)
{
    CLEANUP_STRBUF struct strbuf pattern = {0};
    for (const char *p = directory; *p != '\0'; p++) {
        if (strchr("*?[\\", *p) != NULL)
            strbuf_putc(&pattern, '\\');
        strbuf_putc(&pattern, *p);
    }
    strbuf_puts(&pattern, below);
    glob_t found = {0};
    struct stat status;
    int failure = pattern.oom ? GLOB_NOSPACE : glob(pattern.data, 0, on_glob_error, &found);
    enum sweep_code code =
        failure == GLOB_NOSPACE || failure == GLOB_ABORTED ? SWEEP_NO_MEMORY : SWEEP_OK;
    *out = NULL;
    for (size_t i = 0; failure == 0 && *out == NULL && i < found.gl_pathc; i++)
        if (stat(found.gl_pathv[i], &status) == 0 && S_ISDIR(status.st_mode)) {
            *out = strdup(found.gl_pathv[i]);
            code = *out == NULL ? SWEEP_NO_MEMORY : SWEEP_OK;
            break;
        }
    globfree(&found);
    return code;
}

enum sweep_code sweep_trainer_new(
    const char *torchtune, struct sweep_trainer **out, struct sweep_error *error)
{
    static const char *const layouts[] = {
        "/recipes/configs", "/lib/python3*/site-packages/recipes/configs"};
    struct sweep_trainer *trainer = calloc(1, sizeof *trainer);
    if (trainer == NULL)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    enum sweep_code code = SWEEP_OK;
    trainer->profile = profile_builtin;
    for (size_t i = 0; code == SWEEP_OK && torchtune != NULL && trainer->configs == NULL && i < 2;
         i++)
        code = find_directory(torchtune, layouts[i], &trainer->configs);
    if (code == SWEEP_NO_MEMORY)
        sweep_error_set(error, code, "out of memory");
    if (code == SWEEP_OK && torchtune != NULL && trainer->configs == NULL)
        code = sweep_error_set(error, SWEEP_NOT_FOUND,
            "no torchtune in %s: neither it nor lib/python3*/site-packages below it holds "
            "recipes/configs",
            torchtune);
    if (code != SWEEP_OK) {
        sweep_trainer_free(trainer);
        return code;
    }
    *out = trainer;
    return SWEEP_OK;
}

void sweep_trainer_free(struct sweep_trainer *trainer)
{
    if (trainer == NULL)
        return;
    profile_deinit(&trainer->profile);
    free(trainer->configs);
    free(trainer);
}

enum sweep_code sweep_trainer_use_profile(
    struct sweep_trainer *trainer, const char *file, struct sweep_error *error)
{
    struct profile profile;
    enum sweep_code code = profile_read(file, &profile, error);
    if (code != SWEEP_OK)
        return code;
    profile_deinit(&trainer->profile);
    trainer->profile = profile;
    return SWEEP_OK;
}

const char *sweep_trainer_name(const struct sweep_trainer *trainer)
{
    return trainer->profile.trainer;
}

const char *sweep_trainer_version(const struct sweep_trainer *trainer)
{
    return trainer->profile.version;
}

const char *sweep_trainer_directory(const struct sweep_trainer *trainer)
{
    return trainer->configs;
}

/* Base names become file names below a directory: letters, digits and ._- in parts between
 * slashes, none of which begins with a dot. */
static bool is_base_name(const char *name)
{
    bool fresh = true;
    for (const char *p = name; *p != '\0'; p++) {
        if (fresh ? !isalnum((unsigned char)*p)
                  : !isalnum((unsigned char)*p) && strchr("._-/", *p) == NULL)
            return false;
        fresh = *p == '/';
    }
    return !fresh && strlen(name) < 200;
}

static const struct embedded_file *embedded_base(const char *name)
{
    char file[256];
    snprintf(file, sizeof file, "bases/%s.yaml", name);
    return embedded_find(file);
}

/* *path is that of an installed config (the caller's), or NULL when there is none. */
static enum sweep_code find_installed(
    const struct sweep_trainer *trainer, const char *name, char **path)
{
    struct strbuf text = {0};
    struct stat status;
    *path = NULL;
    if (trainer->configs == NULL)
        return SWEEP_OK;
    strbuf_printf(&text, "%s/%s.yaml", trainer->configs, name);
    *path = strbuf_steal(&text);
    if (*path == NULL)
        return SWEEP_NO_MEMORY;
    if (stat(*path, &status) != 0 || !S_ISREG(status.st_mode)) {
        free(*path);
        *path = NULL;
    }
    return SWEEP_OK;
}

/* The place of a base config in the profile's order. */
static size_t trainer_base_rank(const struct profile *profile, const char *name)
{
    size_t rank = 0;
    while (profile->base_order != NULL && profile->base_order[rank] != NULL &&
           !text_matches(profile->base_order[rank], name))
        rank++;
    return rank;
}

bool sweep_trainer_base(
    const struct sweep_trainer *trainer, size_t index, struct sweep_base_info *out)
{
    for (size_t i = 0; i < trainer->profile.n_recipes; i++) {
        const struct recipe *recipe = &trainer->profile.recipes[i];
        for (const char *const *name = recipe->configs; *name != NULL; name++) {
            if (index-- > 0)
                continue;
            CLEANUP_FREE char *installed = NULL;
            find_installed(trainer, *name, &installed);
            *out = (struct sweep_base_info){.name = *name,
                .recipe = recipe->name,
                .origin = SWEEP_BASE_ABSENT,
                .rank = trainer_base_rank(&trainer->profile, *name)};
            if (installed != NULL)
                out->origin = SWEEP_BASE_INSTALLED;
            else if (embedded_base(*name) != NULL)
                out->origin = SWEEP_BASE_EMBEDDED;
            return true;
        }
    }
    return false;
}

enum sweep_code sweep_trainer_base_text(const struct sweep_trainer *trainer, const char *name,
    char **text, size_t *length, enum sweep_origin *origin, struct sweep_error *error)
{
    if (!is_base_name(name))
        return sweep_error_set(error, SWEEP_NOT_FOUND, "no base config \"%s\"", name);
    CLEANUP_FREE char *path = NULL;
    const struct embedded_file *file = embedded_base(name);
    if (find_installed(trainer, name, &path) != SWEEP_OK)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    if (path != NULL) {
        *origin = SWEEP_BASE_INSTALLED;
        return file_read(path, YAML_MAX_BYTES, text, length, error);
    }
    if (file == NULL)
        return sweep_error_set(error, SWEEP_NOT_FOUND,
            profile_recipe_of(&trainer->profile, name) == NULL ? "no base config \"%s\""
            : trainer->configs != NULL
                ? "base config \"%s\" is registered, but the installed torchtune has no file for it"
                : "base config \"%s\" is not compiled in and needs an installed torchtune",
            name);
    *text = text_duplicate(file->data, file->size);
    *length = file->size;
    *origin = SWEEP_BASE_EMBEDDED;
    return *text != NULL ? SWEEP_OK : sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
}

const char *trainer_suggest_base(const struct sweep_trainer *trainer, const char *name)
{
    struct suggestion suggestion = {.word = name};
    for (size_t i = 0; i < trainer->profile.n_recipes; i++)
        for (const char *const *config = trainer->profile.recipes[i].configs; *config != NULL;
             config++)
            suggestion_offer(&suggestion, *config);
    return suggestion.best;
}
