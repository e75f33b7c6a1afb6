/* SPDX-License-Identifier: Apache-2.0
 *
 * Wrapped text on stdout. It may come from a profile or a file name, so all of it is escaped
 * (sweep_escape()).
 */
#ifndef DAEMON_SWEEPCTL_TEXT_H
#define DAEMON_SWEEPCTL_TEXT_H

#include <stddef.h>

enum { TEXT_COLUMNS = 80 };

/* Prints the words of a string, wrapped at TEXT_COLUMNS, and ends the line. The caller has printed
 * `indent` columns of the first line; the others are indented by as many. A word that is longer
 * than a line, such as a path, is not split. */
void text_put_words(size_t indent, const char *text);

/* The same for "a, b, c". `items` ends with NULL. */
void text_put_list(size_t indent, const char *const *items);

#endif
