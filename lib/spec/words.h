/* SPDX-License-Identifier: Apache-2.0
 *
 * Words of a spec that get into scripts and the names of files.
 */
#ifndef LIB_SPEC_WORDS_H
#define LIB_SPEC_WORDS_H

#include <stdbool.h>

/* True for letters, digits and `others`, the first a letter or digit. */
bool words_has_only(const char *text, const char *others);

/* True for a path of which a shell interprets nothing and which no command takes for an option. */
bool words_is_path(const char *text);

#endif
