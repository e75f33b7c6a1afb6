/* SPDX-License-Identifier: Apache-2.0
 *
 * The few things that are done with files, each with an error that says which file and why.
 */
#ifndef LIB_UTIL_FILE_H
#define LIB_UTIL_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "sweep/error.h"

/* Reads a whole regular file (also through symbolic links) of at most `most` bytes. *text is the
 * caller's and has a NUL behind its *length bytes. */
enum sweep_code file_read(
    const char *path, size_t most, char **text, size_t *length, struct sweep_error *error);

/* What an errno value from a write means to a caller. */
enum sweep_code file_code(int failure);

/* Creates `name` below the directory `fd`, which must not exist yet, with these bytes. Returns the
 * open file, the caller's, or a negative errno value; what was written until then stays. */
int file_write_new(int fd, const char *name, const void *bytes, size_t length, int mode);

/* The same, with the file closed. */
enum sweep_code file_create(int fd, const char *name, const void *bytes, size_t length, int mode,
    struct sweep_error *error);

/* Writes these bytes to `path`, so that after a crash it holds all of them or what it held before:
 * written under a hidden name beside it, brought to stable storage, and renamed. */
enum sweep_code file_replace(
    const char *path, const void *bytes, size_t length, struct sweep_error *error);

/* Size and SHA-256 (hex, DIGEST_HEX bytes) of a file of any size. */
enum sweep_code file_digest(const char *path, uint64_t *size, char *hex, struct sweep_error *error);

/* Removes a directory below `fd` with all that is in it, following no link. Best effort. */
void directory_remove(int fd, const char *name);

#endif
