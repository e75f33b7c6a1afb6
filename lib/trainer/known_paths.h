/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a config knows a path: it exists there, or the component that it belongs to has such an
 * argument, or the recipe reads such a key. Trainers ignore many unknown keys without a message, so
 * that a misspelt one trains something else than was asked for.
 */
#ifndef LIB_TRAINER_KNOWN_PATHS_H
#define LIB_TRAINER_KNOWN_PATHS_H

#include "lib/trainer/profile.h"

enum path_verdict {
    PATH_KNOWN,
    PATH_UNCHECKED, /* the profile does not tell; worth a warning */
    PATH_REFUSED,
};

struct path_diagnostic {
    enum path_verdict verdict;
    const char *code; /* of the finding; NULL for PATH_KNOWN */
    char message[512];
    char hint[256]; /* empty if there is none */
};

/* If `recipe` is NULL or unknown, a key that any recipe reads is known. */
void known_paths_check(const struct profile *profile, const char *recipe, const json_t *tree,
    const char *path, struct path_diagnostic *out);

/* The top-level key most similar to `word`, among those that the config has or the recipe reads;
 * NULL if none is. Borrowed from `tree` or `profile`. */
const char *known_paths_suggest(
    const struct profile *profile, const char *recipe, const json_t *tree, const char *word);

/* The argument of a component that other tools call `key`, or NULL. */
const char *known_paths_other_argument(
    const struct profile *profile, const struct component *component, const char *key);

#endif
