/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <unistd.h>

#include "daemon/spool/entry.h"

struct entry *entry_new(int64_t found_ms)
{
    struct entry *entry = calloc(1, sizeof *entry);
    if (entry != NULL) {
        entry->state = ENTRY_ARRIVING;
        entry->fd = -1;
        entry->found_ms = found_ms;
    }
    return entry;
}

void entry_free(struct entry *entry)
{
    if (entry == NULL)
        return;
    if (entry->fd >= 0)
        close(entry->fd);
    free(entry->text);
    free(entry);
}

const char *entry_explanation(const struct entry *entry)
{
    if (entry->detail[0] != '\0')
        return entry->detail;
    return entry->summary;
}

void entry_append(struct entry **list, struct entry *more)
{
    while (*list != NULL)
        list = &(*list)->next;
    *list = more;
}
