/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads inherited.csv, which has no quotes: `id,run,directory`.
 */
#ifndef LIB_WRITE_INHERITED_READER_H
#define LIB_WRITE_INHERITED_READER_H

#include <stdbool.h>

struct inherited_row {
    const char *id, *run, *directory; /* borrowed from the text */
};

struct inherited_reader {
    char *next; /* borrowed */
};

/* `text` is changed by reading. */
void inherited_reader_begin(struct inherited_reader *reader, char *text);

/* Reads a row; false at the end, or at a line that is damaged. */
bool inherited_reader_next(struct inherited_reader *reader, struct inherited_row *row);

#endif
