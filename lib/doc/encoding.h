/* SPDX-License-Identifier: Apache-2.0
 *
 * Recognises files that are not UTF-8 text, and names the command that converts them.
 */
#ifndef LIB_DOC_ENCODING_H
#define LIB_DOC_ENCODING_H

#include <stdbool.h>
#include <stddef.h>

struct encoding_mistake {
    size_t offset; /* of the first byte that is wrong */
    char message[120];
    char hint[120]; /* "": none */
};

/* True if the text is not UTF-8: UTF-16, UTF-32, Latin-1, compressed data or damaged UTF-8. */
bool encoding_find_mistake(const char *text, size_t length, struct encoding_mistake *out);

#endif
