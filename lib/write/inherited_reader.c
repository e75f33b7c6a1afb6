/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/write/inherited_reader.h"

void inherited_reader_begin(struct inherited_reader *reader, char *text)
{
    reader->next = text;
    strsep(&reader->next, "\n");
}

bool inherited_reader_next(struct inherited_reader *reader, struct inherited_row *row)
{
    char *line = strsep(&reader->next, "\n");
    if (line == NULL || *line == '\0')
        return false;
    row->id = strsep(&line, ",");
    row->run = strsep(&line, ",");
    row->directory = strsep(&line, ",");
    return row->directory != NULL && line == NULL;
}
