/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/doc/yaml.h"
#include "lib/trainer/embedded.h"
#include "lib/trainer/trainer.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "lib/util/text.h"

enum { MAX_BASE_NAME = 200 };

/* --- directories -------------------------------------------------------------------------- */

/* Directories that cannot be read are skipped; only a lack of memory ends the search. */
static int trainer_on_glob_error(const char *path, int failure)
{
    (void)path;
    return failure == ENOMEM;
}

/* A copy of the first match that is a directory, or NULL. */
static enum sweep_code trainer_first_directory(const glob_t *found, char **out)
{
    struct stat status;
    for (size_t i = 0; i < found->gl_pathc; i++) {
        const char *path = found->gl_pathv[i];
        if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
            continue;
        *out = strdup(path);
        return *out != NULL ? SWEEP_OK : SWEEP_NO_MEMORY;
    }
    return SWEEP_OK;
}

/* Finds a directory by a glob below `directory`, whose own name is taken literally. *out is the
 * caller's, or NULL if there is none. */
static enum sweep_code trainer_find_directory(const char *directory, const char *below, char **out)
{
    CLEANUP_STRBUF struct strbuf pattern = {0};
    for (const char *p = directory; *p != '\0'; p++) {
        if (strchr("*?[\\", *p) != NULL)
            strbuf_putc(&pattern, '\\');
        strbuf_putc(&pattern, *p);
    }
    strbuf_printf(&pattern, "/%s", below);
    if (pattern.oom)
        return SWEEP_NO_MEMORY;
    glob_t found = {0};
    enum sweep_code code = SWEEP_OK;
    int failure = glob(pattern.data, 0, trainer_on_glob_error, &found);
    if (failure == 0)
        code = trainer_first_directory(&found, out);
    else if (failure != GLOB_NOMATCH)
        code = SWEEP_NO_MEMORY;
    globfree(&found);
    return code;
}

/* Finds the base configs of an installation, as the profile says; *out is NULL if there are none.
 */
static enum sweep_code trainer_find_configs(
    const struct profile *profile, const char *directory, char **out)
{
    const char *const *below = profile->config_directories;
    *out = NULL;
    for (; below != NULL && *below != NULL && *out == NULL; below++)
        if (trainer_find_directory(directory, *below, out) != SWEEP_OK)
            return SWEEP_NO_MEMORY;
    return SWEEP_OK;
}

static enum sweep_code trainer_fail_not_found(
    const struct profile *profile, const char *directory, struct sweep_error *error)
{
    CLEANUP_STRBUF struct strbuf places = {0};
    for (const char *const *below = profile->config_directories; *below != NULL; below++)
        strbuf_printf(&places, "%s%s", places.length > 0 ? ", " : "", *below);
    if (places.oom)
        return SWEEP_NO_MEMORY;
    return sweep_error_set(error, SWEEP_NOT_FOUND, "no %s in %s: it has none of %s",
        profile->trainer, directory, places.data);
}

/* --- trainers ----------------------------------------------------------------------------- */

/* Looks for an installation of a trainer that has its profile. */
static enum sweep_code trainer_use_directory(
    struct sweep_trainer *trainer, const char *directory, struct sweep_error *error)
{
    if (directory == NULL || trainer->profile.config_directories == NULL)
        return SWEEP_OK;
    trainer->directory = strdup(directory);
    if (trainer->directory == NULL ||
        trainer_find_configs(&trainer->profile, directory, &trainer->configs) != SWEEP_OK)
        return SWEEP_NO_MEMORY;
    if (trainer->configs == NULL)
        return trainer_fail_not_found(&trainer->profile, directory, error);
    return SWEEP_OK;
}

enum sweep_code sweep_trainer_open(const char *directory, const char *profile,
    struct sweep_trainer **out, struct sweep_error *error)
{
    assert(out != NULL);
    struct sweep_trainer *trainer = calloc(1, sizeof *trainer);
    if (trainer == NULL)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    enum sweep_code code = SWEEP_OK;
    trainer->profile = profile_builtin;
    if (profile != NULL)
        code = profile_read(profile, &trainer->profile, error);
    if (code == SWEEP_OK)
        code = trainer_use_directory(trainer, directory, error);
    if (code != SWEEP_OK) {
        sweep_trainer_free(trainer);
        return sweep_error_set(error, code, "out of memory");
    }
    *out = trainer;
    return SWEEP_OK;
}

enum sweep_code sweep_trainer_new(
    const char *torchtune, struct sweep_trainer **out, struct sweep_error *error)
{
    assert(out != NULL);
    return sweep_trainer_open(torchtune, NULL, out, error);
}

void sweep_trainer_free(struct sweep_trainer *trainer)
{
    if (trainer == NULL)
        return;
    profile_deinit(&trainer->profile);
    free(trainer->directory);
    free(trainer->configs);
    free(trainer);
}

enum sweep_code sweep_trainer_use_profile(
    struct sweep_trainer *trainer, const char *file, struct sweep_error *error)
{
    assert(trainer != NULL && file != NULL);
    struct profile profile;
    char *configs = NULL;
    enum sweep_code code = profile_read(file, &profile, error);
    if (code != SWEEP_OK)
        return code;
    if (trainer->directory != NULL &&
        trainer_find_configs(&profile, trainer->directory, &configs) != SWEEP_OK) {
        profile_deinit(&profile);
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    }
    profile_deinit(&trainer->profile);
    free(trainer->configs);
    trainer->profile = profile;
    trainer->configs = configs;
    return SWEEP_OK;
}

const char *sweep_trainer_name(const struct sweep_trainer *trainer)
{
    assert(trainer != NULL);
    return trainer->profile.trainer;
}

const char *sweep_trainer_version(const struct sweep_trainer *trainer)
{
    assert(trainer != NULL);
    return trainer->profile.version;
}

const char *sweep_trainer_directory(const struct sweep_trainer *trainer)
{
    assert(trainer != NULL);
    return trainer->configs;
}

/* --- base configs ------------------------------------------------------------------------- */

/* Names of bases become file names below a directory: parts of letters, digits and "._-" between
 * slashes, each of which begins with a letter or digit. */
static bool trainer_is_base_name(const char *name)
{
    bool is_first = true;
    for (const char *p = name; *p != '\0'; p++) {
        bool is_kept = isalnum((unsigned char)*p);
        if (!is_first && strchr("._-/", *p) != NULL)
            is_kept = true;
        if (!is_kept)
            return false;
        is_first = *p == '/';
    }
    return !is_first && strlen(name) < MAX_BASE_NAME;
}

static const struct embedded_file *trainer_embedded_base(
    const struct profile *profile, const char *name)
{
    char file[MAX_BASE_NAME + 16];
    if (!profile->has_bases)
        return NULL;
    snprintf(file, sizeof file, "bases/%s.yaml", name);
    return embedded_find(file);
}

/* *path is that of an installed config, the caller's, or NULL if there is none. */
static enum sweep_code trainer_find_installed(
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
    assert(trainer != NULL && out != NULL);
    for (size_t i = 0; i < trainer->profile.n_recipes; i++) {
        const struct recipe *recipe = &trainer->profile.recipes[i];
        for (const char *const *name = recipe->configs; *name != NULL; name++) {
            if (index-- > 0)
                continue;
            CLEANUP_FREE char *installed = NULL;
            trainer_find_installed(trainer, *name, &installed);
            *out = (struct sweep_base_info){.name = *name,
                .recipe = recipe->name,
                .origin = SWEEP_BASE_ABSENT,
                .rank = trainer_base_rank(&trainer->profile, *name)};
            if (installed != NULL)
                out->origin = SWEEP_BASE_INSTALLED;
            else if (trainer_embedded_base(&trainer->profile, *name) != NULL)
                out->origin = SWEEP_BASE_EMBEDDED;
            return true;
        }
    }
    return false;
}

/* Says why there is no text for a name. */
static enum sweep_code trainer_fail_base(
    const struct sweep_trainer *trainer, const char *name, struct sweep_error *error)
{
    const struct profile *profile = &trainer->profile;
    if (!trainer_is_base_name(name) || profile_recipe_of(profile, name) == NULL)
        return sweep_error_set(error, SWEEP_NOT_FOUND, "no base config \"%s\"", name);
    if (trainer->configs != NULL)
        return sweep_error_set(error, SWEEP_NOT_FOUND,
            "base config \"%s\" is known, but the installed %s has no file for it", name,
            profile->trainer);
    return sweep_error_set(error, SWEEP_NOT_FOUND,
        "base config \"%s\" is not compiled in and needs an installed %s", name, profile->trainer);
}

enum sweep_code sweep_trainer_base_text(const struct sweep_trainer *trainer, const char *name,
    char **text, size_t *length, enum sweep_origin *origin, struct sweep_error *error)
{
    assert(trainer != NULL && name != NULL && text != NULL && length != NULL && origin != NULL);
    CLEANUP_FREE char *path = NULL;
    if (!trainer_is_base_name(name))
        return trainer_fail_base(trainer, name, error);
    if (trainer_find_installed(trainer, name, &path) != SWEEP_OK)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    if (path != NULL) {
        *origin = SWEEP_BASE_INSTALLED;
        return file_read(path, YAML_MAX_BYTES, text, length, error);
    }
    const struct embedded_file *file = trainer_embedded_base(&trainer->profile, name);
    if (file == NULL)
        return trainer_fail_base(trainer, name, error);
    *text = text_duplicate(file->data, file->size);
    if (*text == NULL)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    *length = file->size;
    *origin = SWEEP_BASE_EMBEDDED;
    return SWEEP_OK;
}

enum { TRAINER_MAX_NAME = 128 };

/* Letters and digits in lower case, without a ".yaml": llama3.1/8B and Llama-3_1-8b are alike. */
static void trainer_fold_base(const char *name, char out[TRAINER_MAX_NAME])
{
    size_t n = 0, length = strlen(name);
    if (length > 5 && strcmp(name + length - 5, ".yaml") == 0)
        length -= 5;
    for (size_t i = 0; i < length && n < TRAINER_MAX_NAME - 1; i++)
        if (isalnum((unsigned char)name[i]))
            out[n++] = (char)tolower((unsigned char)name[i]);
    out[n] = '\0';
}

/* True if the base, or the part after its directory, begins like `name`. */
static bool trainer_base_begins(const char *base, const char *name)
{
    char word[TRAINER_MAX_NAME], whole[TRAINER_MAX_NAME], part[TRAINER_MAX_NAME];
    const char *slash = strrchr(base, '/');
    trainer_fold_base(name, word);
    trainer_fold_base(base, whole);
    trainer_fold_base(slash != NULL ? slash + 1 : base, part);
    size_t n = strlen(word);
    return n >= 4 && (strncmp(word, whole, n) == 0 || strncmp(word, part, n) == 0);
}

/* The first base, in the order of `sweepctl bases`, that begins like `name`. */
static const char *trainer_complete_base(const struct profile *profile, const char *name)
{
    const char *best = NULL;
    size_t best_rank = 0;
    for (size_t i = 0; i < profile->n_recipes; i++)
        for (const char *const *base = profile->recipes[i].configs; *base != NULL; base++) {
            size_t rank = trainer_base_rank(profile, *base);
            if (!trainer_base_begins(*base, name) || (best != NULL && rank >= best_rank))
                continue;
            best = *base;
            best_rank = rank;
        }
    return best;
}

const char *trainer_suggest_base(const struct sweep_trainer *trainer, const char *name)
{
    const struct profile *profile = &trainer->profile;
    struct suggestion suggestion = {.word = name};
    for (size_t i = 0; i < profile->n_recipes; i++)
        for (const char *const *base = profile->recipes[i].configs; *base != NULL; base++)
            suggestion_offer(&suggestion, *base);
    if (suggestion.best == NULL)
        return trainer_complete_base(profile, name);
    return suggestion.best;
}
