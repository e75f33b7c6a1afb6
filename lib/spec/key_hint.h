/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LIB_SPEC_KEY_HINT_H
#define LIB_SPEC_KEY_HINT_H

#include "lib/trainer/profile.h"

/* Writes the hint for a key that a spec does not have. `similar`: a key that is spelled like it, or
 * NULL. False if there is no hint. */
bool key_hint(
    const struct profile *profile, const char *name, const char *similar, char *out, size_t size);

#endif
