/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "daemon/sweepctl/embedded.h"

const char *embedded_text(const char *name)
{
    for (const struct embedded_text *file = embedded_texts; file->name != NULL; file++)
        if (strcmp(file->name, name) == 0)
            return file->text;
    return NULL;
}
