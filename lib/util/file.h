/* SPDX-License-Identifier: Apache-2.0
 *
 * The few things that are done with files, each with an error that says which file and why.
 */
#ifndef LIB_UTIL_FILE_H
#define LIB_UTIL_FILE_H

#include <stddef.h>

#include "sweep/error.h"

/* Reads a whole regular file (also through symbolic links) of at most `most` bytes. *text is the
 * caller's and has a NUL behind its *length bytes. */
enum sweep_code file_read(
    const char *path, size_t most, char **text, size_t *length, struct sweep_error *error);

/* Creates `name` below the directory `fd`, which must not exist yet, with these bytes. */
enum sweep_code file_create(int fd, const char *name, const void *bytes, size_t length, int mode,
    struct sweep_error *error);

/* Removes a directory below `fd` with all that is in it, following no link. Best effort. */
void directory_remove(int fd, const char *name);

#endif
