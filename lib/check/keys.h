/* SPDX-License-Identifier: Apache-2.0
 *
 * The top-level keys of a config, as its recipe reads them.
 */
#ifndef LIB_CHECK_KEYS_H
#define LIB_CHECK_KEYS_H

#include "lib/check/resolved.h"
#include "lib/trainer/profile.h"

/* Checks the types of the keys that are known; with a recipe also that what it needs is there, and
 * that it reads what is there. `recipe` may be NULL. */
void check_keys(const struct view *view, const struct profile *profile, const struct recipe *recipe,
    const struct sink *sink);

/* Checks the value of one key, which the recipe reads or which is checked for any. */
void check_key_type(const struct view *view, const struct profile *profile,
    const struct recipe *recipe, const char *key, const json_t *value, const struct sink *sink);

/* Why a key that the recipe does not read is there all the same, or NULL. */
const struct dead_key *dead_key_known(
    const struct profile *profile, const char *recipe, const char *name);

#endif
