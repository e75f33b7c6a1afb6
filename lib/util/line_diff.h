/* SPDX-License-Identifier: Apache-2.0
 *
 * The difference of two texts, line by line.
 */
#ifndef LIB_UTIL_LINE_DIFF_H
#define LIB_UTIL_LINE_DIFF_H

#include "lib/util/strbuf.h"

/* Appends the difference in unified format, with three lines of context and without the two lines
 * that name the files. Appends nothing if the texts are equal. Texts with more than about a
 * thousand different lines get one hunk, which may be longer than necessary. */
void line_diff(const char *from, const char *to, struct strbuf *out);

#endif
