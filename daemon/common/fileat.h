/* SPDX-License-Identifier: Apache-2.0
 *
 * Operations on files and directories by their names in an open directory, each atomic: it happens
 * or it does not. All return 0 or an errno value unless they say otherwise.
 */
#ifndef DAEMON_COMMON_FILEAT_H
#define DAEMON_COMMON_FILEAT_H

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/util/strbuf.h"

/* A name in an open directory. */
struct file_at {
    int directory; /* a descriptor; borrowed */
    const char *name;
};

/* --- files ---------------------------------------------------------------------------------- */

/* Renames a file, never over an existing one (EEXIST). See file_rename_new(). */
int fileat_move(struct file_at from, struct file_at to);

/* Owner argument of fileat_open(): accept any owner. */
#define FILEAT_ANY_OWNER ((uid_t)-1)

/* Opens a file for reading if it is in the directory itself (else EXDEV), not a symbolic link
 * (ELOOP), a regular file (EINVAL), without other names (EMLINK), of at most `max` bytes (EFBIG),
 * and of this owner (EPERM). The checks are made on the open file, so it cannot be exchanged in
 * between, although its owner may still write to it. `fd` is the caller's. */
int fileat_open(struct file_at at, size_t max, uid_t owner, int *fd);

/* Why fileat_open() or fileat_read() refused a file: "is a symbolic link: drop the file itself".
 * Valid until the next call. */
const char *fileat_refusal(int failure);

/* Appends the content of a file that fileat_open() accepts, of any owner, to `out`. After a failure
 * (EFBIG: it has grown) `out` may hold a part of it. */
int fileat_read(struct file_at at, size_t max, struct strbuf *out);

/* True if a process has the file open for writing, as far as the file system can tell: the kernel
 * grants a read lease only if none has. False for files of other users. The process has to ignore
 * SIGIO, which is sent if the file is opened at that moment. */
bool fileat_being_written(struct file_at at);

/* Creates a file (EEXIST) and fsyncs it, or leaves none. */
int fileat_write(struct file_at at, const char *bytes, size_t length);

/* --- directories ---------------------------------------------------------------------------- */

/* Opens the directory, which is created if it is missing. `fd` is the caller's. */
int fileat_directory(struct file_at at, int *fd);

/* Directories that were created. Deeper paths are created, too, but then not all are removed. */
enum { FILEAT_MAX_MADE = 32 };
struct fileat_path {
    char text[PATH_MAX];
    size_t made[FILEAT_MAX_MADE]; /* lengths of the prefixes of `text` that were created */
    size_t n_made;
};

/* Creates the directory and its parents: all or none. EEXIST if something of that name exists. */
int fileat_make_path(const char *name, struct fileat_path *path);

/* Removes the directories that it created, unless they are in use by now. */
void fileat_unmake_path(struct fileat_path *path);

/* fsyncs a directory, where the file system can. A failure is final: the kernel forgets what it
 * could not write, so a retry that succeeds proves nothing. */
int fileat_sync(int directory);

/* A stream over an open directory, from its first entry, that leaves the descriptor alone. The
 * caller's (closedir()). NULL with errno set. */
DIR *fileat_list(int directory);

/* The next name except "." and "..", valid until the next call; NULL at the end. */
int fileat_next(DIR *stream, const char **name);

/* Closes a descriptor unless it is -1, and sets it to -1. */
void fileat_close(int *fd);

#endif
