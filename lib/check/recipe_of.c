/* SPDX-License-Identifier: Apache-2.0
 *
 * Which recipe a config is for. A config does not say; what lies around it often does.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/trainer/trainer.h"
#include "lib/util/cleanup.h"
#include "sweep/validate.h"

enum { MANIFEST_HEAD = 4096 };

/* The profile's own copy of a recipe's name. */
static const char *known(const struct profile *profile, const char *name)
{
    const struct recipe *recipe = profile_recipe(profile, name);
    return recipe != NULL ? recipe->name : NULL;
}

/* manifest.json above configs/run_000.yaml. Only its beginning is read, where the recipe stands:
 * the list of files behind it may be long, and it is looked at for every file. */
static const char *from_manifest(const struct profile *profile, const char *file)
{
    const char *configs = NULL;
    for (const char *next = strstr(file, "configs/"); next != NULL;
         next = strstr(next + 1, "configs/"))
        configs = next;
    if (configs == NULL || (configs > file && configs[-1] != '/'))
        return NULL;
    char path[4096], text[MANIFEST_HEAD + 1];
    if (snprintf(path, sizeof path, "%.*smanifest.json", (int)(configs - file), file) >=
        (int)sizeof path)
        return NULL;
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t length = fd >= 0 ? read(fd, text, MANIFEST_HEAD) : -1;
    if (length < 0)
        return NULL;
    text[length] = '\0';
    char *key = strstr(text, "\"recipe\"");
    char *start = key != NULL ? strchr(key + 8, '"') : NULL;
    char *end = start != NULL ? strchr(start + 1, '"') : NULL;
    if (end == NULL)
        return NULL;
    *end = '\0';
    return known(profile, start + 1);
}

/* "/home/me/llama3_1/8B_lora.yaml" ends with a registered name. */
static const char *from_name(const struct profile *profile, const char *file)
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

/* The recipe named first behind "run" in a line, which need not end with NUL. */
static const char *named_in(const struct profile *profile, const char *line, const char *stop)
{
    const char *p = memmem(line, (size_t)(stop - line), " run ", 5);
    while (p != NULL && p < stop) {
        char word[96];
        size_t length = 0;
        while (p < stop && (*p == ' ' || *p == '\r'))
            p++;
        for (; p < stop && *p != ' ' && *p != '\r'; p++)
            if (length < sizeof word - 1)
                word[length++] = *p;
        word[length] = '\0';
        if (known(profile, word) != NULL)
            return known(profile, word);
    }
    return NULL;
}

/* A comment that shows `tune run [OPTIONS] RECIPE --config …`. */
static const char *from_comment(const struct profile *profile, const char *text, size_t length)
{
    const char *end = text + length, *recipe = NULL;
    for (const char *line = text; line < end && recipe == NULL; line++) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop != NULL ? stop : end;
        recipe = *line == '#' ? named_in(profile, line, stop) : NULL;
        line = stop;
    }
    return recipe;
}

const char *sweep_recipe_of(const struct sweep_trainer *trainer, const char *file, const char *text,
    size_t length, const char **how)
{
    const struct profile *profile = &trainer->profile;
    const char *recipe = from_manifest(profile, file);
    *how = "its manifest";
    if (recipe == NULL) {
        recipe = from_name(profile, file);
        *how = "its name";
    }
    if (recipe == NULL) {
        recipe = from_comment(profile, text, length);
        *how = "its comments";
    }
    return recipe;
}
