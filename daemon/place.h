/* SPDX-License-Identifier: Apache-2.0
 *
 * The few things that the spool does with files and directories, each in one step that either
 * happened or did not. All return 0, or an errno value.
 */
#ifndef DAEMON_PLACE_H
#define DAEMON_PLACE_H

#include <stddef.h>

/* Where something is: a name in an open directory. */
struct place {
    int directory; /* a descriptor; borrowed */
    const char *name;
};

/* Renames a file, never over an existing one (EEXIST). */
int place_move(struct place from, struct place to);

/* Opens the directory, which is made when it is missing. `fd` is the caller's. */
int place_directory(struct place at, int *fd);

/* Makes the directory and those above it. EEXIST when it is there already. */
int place_make_path(const char *path);

/* The content of a regular file, at most `most` bytes (EFBIG); the caller's (free()). Not through a
 * symbolic link (ELOOP); EINVAL for what is no file. */
int place_read(struct place at, size_t most, char **bytes, size_t *length);

/* Writes a new file (EEXIST). What could not be written completely is removed again. */
int place_write(struct place at, const char *bytes, size_t length);

/* Locks an open file for as long as it is open. EWOULDBLOCK when somebody else has done so. */
int place_lock(int fd);

#endif
