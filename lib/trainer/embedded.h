/* SPDX-License-Identifier: Apache-2.0
 *
 * Files from specs/ that are compiled into the library (see lib/trainer/embed.py).
 */
#ifndef LIB_TRAINER_EMBEDDED_H
#define LIB_TRAINER_EMBEDDED_H

#include <stddef.h>
#include <string.h>

struct embedded_file {
    const char *name; /* below specs/: "bases/llama3_1/8B_lora.yaml" */
    const char *data; /* NUL-terminated */
    size_t size;      /* without the NUL */
};

extern const struct embedded_file embedded_files[]; /* ends with a name of NULL */

static inline const struct embedded_file *embedded_find(const char *name)
{
    for (const struct embedded_file *file = embedded_files; file->name != NULL; file++)
        if (strcmp(file->name, name) == 0)
            return file;
    return NULL;
}

#endif
