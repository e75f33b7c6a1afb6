/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of one trainer version, read from data (specs/profiles/): its recipes with the
 * config keys they read and the configs that belong to them, its components with their arguments.
 */
#ifndef LIB_CONFIG_PROFILE_H
#define LIB_CONFIG_PROFILE_H

#include <jansson.h>
#include <stdbool.h>

#include "sweep/error.h"

struct profile {
    const char *trainer, *version; /* "torchtune", "0.6.1"; borrowed from `document` */
    json_t *document;
    json_t *recipes;    /* name → {"distributed", "keys", "configs"}; borrowed */
    json_t *components; /* dotted Python path → {"arguments", "extra"}; borrowed */
};

/* Reads the profile that is compiled in. */
enum sweep_code profile_init(struct profile *profile, struct sweep_error *error);
void profile_deinit(struct profile *profile);

/* The recipe that a config of this name belongs to, or NULL. */
const char *profile_recipe_of(const struct profile *profile, const char *config);

/* Whether the trainer starts several processes for a recipe; false for unknown ones. */
bool profile_is_distributed(const struct profile *profile, const char *recipe);

/* Whether a recipe reads a top-level key. For an unknown recipe (or NULL): whether any does. */
bool profile_recipe_reads(const struct profile *profile, const char *recipe, const char *key);

/* The arguments of a component (array of names), or NULL when it is not known. *extra tells whether
 * it takes any others too (**kwargs). */
const json_t *profile_arguments(const struct profile *profile, const char *component, bool *extra);

/* Whether a JSON array of strings holds a word. */
bool profile_lists(const json_t *array, const char *word);

#endif
