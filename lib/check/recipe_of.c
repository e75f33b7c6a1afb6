/* SPDX-License-Identifier: Apache-2.0
 *
 * Guesses which recipe a config is for. A config does not say, but its sweep, its name or a comment
 * in it often does.
 */
#include <assert.h>
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/trainer/trainer.h"
#include "lib/util/cleanup.h"
#include "sweep/validate.h"

/* The manifest is read for every config, and may list thousands of files after the recipe. */
enum { MANIFEST_HEAD = 4096 };

/* The profile's own copy of a recipe's name; NULL if it has no such recipe. */
static const char *recipe_of_known(const struct profile *profile, const char *name)
{
    const struct recipe *recipe = profile_recipe(profile, name);
    return recipe != NULL ? recipe->name : NULL;
}

/* --- manifest.json next to configs/run_000.yaml ------------------------------------------- */

/* The last "configs/" in a path, or NULL. */
static const char *recipe_of_configs(const char *file)
{
    const char *found = NULL;
    for (const char *next = file; (next = strstr(next, "configs/")) != NULL; next++)
        found = next;
    if (found == NULL || (found > file && found[-1] != '/'))
        return NULL;
    return found;
}

/* Reads the start of a file as a string; `text` has room for MANIFEST_HEAD + 1 bytes. */
static bool recipe_of_read(const char *path, char *text)
{
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return false;
    ssize_t length = read(fd, text, MANIFEST_HEAD);
    if (length < 0)
        return false;
    text[length] = '\0';
    return true;
}

static const char *recipe_of_manifest(const struct profile *profile, const char *file)
{
    char path[4096], text[MANIFEST_HEAD + 1];
    const char *configs = recipe_of_configs(file);
    if (configs == NULL)
        return NULL;
    int length = snprintf(path, sizeof path, "%.*smanifest.json", (int)(configs - file), file);
    if (length >= (int)sizeof path || !recipe_of_read(path, text))
        return NULL;
    char *key = strstr(text, "\"recipe\"");
    if (key == NULL)
        return NULL;
    char *start = strchr(key + strlen("\"recipe\""), '"');
    if (start == NULL)
        return NULL;
    char *end = strchr(start + 1, '"');
    if (end == NULL)
        return NULL;
    *end = '\0';
    return recipe_of_known(profile, start + 1);
}

/* --- the file's name ---------------------------------------------------------------------- */

/* "/home/me/llama3_1/8B_lora.yaml" ends with the name of a base config. */
static const char *recipe_of_name(const struct profile *profile, const char *file)
{
    size_t length = strlen(file);
    if (length < 5 || strcmp(file + length - 5, ".yaml") != 0)
        return NULL;
    length -= 5;
    for (size_t i = 0; i < profile->n_recipes; i++)
        for (const char *const *config = profile->recipes[i].configs; *config != NULL; config++) {
            size_t n = strlen(*config);
            if (n <= length && strncmp(file + length - n, *config, n) == 0 &&
                (n == length || file[length - n - 1] == '/'))
                return profile->recipes[i].name;
        }
    return NULL;
}

/* --- a comment with the command ----------------------------------------------------------- */

/* The first word from `p` to `end` that is the name of a recipe. */
static const char *recipe_of_words(const struct profile *profile, const char *p, const char *end)
{
    while (p < end) {
        char word[96];
        size_t length = 0;
        while (p < end && (*p == ' ' || *p == '\r'))
            p++;
        for (; p < end && *p != ' ' && *p != '\r'; p++)
            if (length < sizeof word - 1)
                word[length++] = *p;
        word[length] = '\0';
        const char *recipe = recipe_of_known(profile, word);
        if (recipe != NULL)
            return recipe;
    }
    return NULL;
}

/* The recipe in one comment line, such as `# tune run [OPTIONS] RECIPE --config …`. */
static const char *recipe_of_line(const struct profile *profile, const char *line, const char *end)
{
    size_t length = strlen(profile->recipe_comment);
    const char *found = memmem(line, (size_t)(end - line), profile->recipe_comment, length);
    if (found == NULL || isalnum((unsigned char)found[-1])) /* "retune run" */
        return NULL;
    if (found + length == end || found[length] != ' ')
        return NULL;
    return recipe_of_words(profile, found + length, end);
}

size_t sweep_recipes_named(const struct sweep_trainer *trainer, const char *text, size_t length,
    const char **out, size_t max)
{
    assert(trainer != NULL && text != NULL && out != NULL);
    const struct profile *profile = &trainer->profile;
    const char *end = text + length;
    size_t count = 0;
    if (profile->recipe_comment == NULL)
        return 0;
    for (const char *line = text; line < end && count < max; line++) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        if (stop == NULL)
            stop = end;
        const char *recipe = NULL;
        if (*line == '#')
            recipe = recipe_of_line(profile, line + 1, stop);
        for (size_t i = 0; recipe != NULL && i < count; i++)
            if (strcmp(out[i], recipe) == 0)
                recipe = NULL;
        if (recipe != NULL)
            out[count++] = recipe;
        line = stop;
    }
    return count;
}

const char *sweep_recipe_of(const struct sweep_trainer *trainer, const char *file, const char *text,
    size_t length, const char **how)
{
    assert(trainer != NULL && file != NULL && text != NULL && how != NULL);
    const struct profile *profile = &trainer->profile;
    *how = "the manifest";
    const char *recipe = recipe_of_manifest(profile, file);
    if (recipe != NULL)
        return recipe;
    *how = "the file name";
    recipe = recipe_of_name(profile, file);
    if (recipe != NULL)
        return recipe;
    const char *named[2];
    *how = "a comment";
    return sweep_recipes_named(trainer, text, length, named, 2) == 1 ? named[0] : NULL;
}
