/* SPDX-License-Identifier: Apache-2.0
 *
 * The few things that the spool does with files and directories, each in one step that either
 * happened or did not. All return 0, or an errno value.
 */
#ifndef DAEMON_COMMON_FILEAT_H
#define DAEMON_COMMON_FILEAT_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/util/strbuf.h"

/* Where something is: a name in an open directory. */
struct file_at {
    int directory; /* a descriptor; borrowed */
    const char *name;
};

/* Renames a file, never over an existing one (EEXIST). On network file systems a rename may fail
 * and have happened: what counts is where the file is afterwards. */
int fileat_move(struct file_at from, struct file_at to);

/* Opens the directory, which is made when it is missing. `fd` is the caller's. */
int fileat_directory(struct file_at at, int *fd);

/* Makes the directory and those above it. EEXIST when it is there already. */
int fileat_make_path(const char *path);

/* What fileat_open() takes a file of any owner for. */
#define FILEAT_ANY_OWNER ((uid_t)-1)

/* Opens a file to read it, if it is what it must be: in the directory itself and not elsewhere
 * (EXDEV), no symbolic link (ELOOP), a regular file (EINVAL), with no other name (EMLINK), of at
 * most `most` bytes (EFBIG), and of this owner (EPERM). What was seen is what is open: it cannot be
 * exchanged in between, though its owner may still write to it. `fd` is the caller's. */
int fileat_open(struct file_at at, size_t most, uid_t owner, int *fd);

/* What is wrong with a file that fileat_open() or fileat_read() did not take: "is a symbolic link".
 * Good until the next call. */
const char *fileat_refusal(int failure);

/* Appends the content of a file that fileat_open() accepts, of any owner, to `out`, also when it
 * fails (EFBIG). */
int fileat_read(struct file_at at, size_t max, struct strbuf *out);

/* Whether a program has the file open for writing, as far as the file system can tell: the kernel
 * gives a read lease only when nobody has. For others' files it tells nothing (false). SIGIO has to
 * be ignored: it is sent when somebody opens the file in just that moment. */
bool fileat_being_written(struct file_at at);

/* Writes a new file (EEXIST), and brings its content to stable storage: a file that has its name
 * but not its content is worse than none. What could not be written completely is removed again. */
int fileat_write(struct file_at at, const char *bytes, size_t length);

/* Brings what happened in a directory to stable storage, where the file system knows how. A failure
 * is final: the kernel forgets what it could not write, so asking again proves nothing. */
int fileat_sync(int directory);

/* A stream over an open directory, from its first entry, that leaves the descriptor alone. The
 * caller's (closedir()). NULL with errno set. */
DIR *fileat_list(int directory);

/* The next name except "." and "..", valid until the next call; NULL at the end. */
int fileat_next(DIR *stream, const char **name);

/* Closes a descriptor unless it is -1, and sets it to -1. */
void fileat_close(int *fd);

#endif
