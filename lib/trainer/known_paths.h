/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a config has use for a path: it exists there, or the component that it belongs to has
 * such an argument, or the recipe reads such a key. torchtune itself would accept many a typo
 * without a word and train something else than was asked for.
 */
#ifndef LIB_TRAINER_KNOWN_PATHS_H
#define LIB_TRAINER_KNOWN_PATHS_H

#include "lib/trainer/profile.h"

enum path_verdict {
    PATH_KNOWN,
    PATH_UNCHECKED, /* nothing is known that could say no; worth a warning */
    PATH_REFUSED,
};

struct path_diagnostic {
    enum path_verdict verdict;
    const char *code; /* of the finding, unless accepted */
    char message[512];
    char hint[256]; /* empty when there is none */
};

/* `recipe` may be NULL or unknown: then a key that any recipe reads will do. */
void known_paths_check(const struct profile *profile, const char *recipe, const json_t *tree,
    const char *path, struct path_diagnostic *out);

/* The top-level key nearest to `word` among those that the config has or the recipe reads, or NULL.
 * Borrowed from `tree` or `profile`. */
const char *known_paths_suggest(
    const struct profile *profile, const char *recipe, const json_t *tree, const char *word);

#endif
