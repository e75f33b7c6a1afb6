/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks the top-level keys of a config against those that the recipe reads.
 */
#ifndef LIB_CHECK_KEYS_H
#define LIB_CHECK_KEYS_H

#include "lib/check/check.h"

/* Checks the types of all keys; if the recipe is known also that no key is missing and that it
 * reads each of them. False when memory is exhausted. */
bool check_keys(const struct check *check);

/* Checks the type of one key. */
void check_key_type(const struct check *check, const char *key, const json_t *value);

/* The profile's note on a key that configs have although the recipe does not read it, or NULL. */
const struct dead_key *check_dead_key(
    const struct profile *profile, const char *recipe, const char *name);

#endif
