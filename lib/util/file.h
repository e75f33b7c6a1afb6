/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading, writing, moving and removing files, once for the library and the programs. The first
 * group works on descriptors and returns 0 or an errno value; the second works on paths and returns
 * an error that names the file and the reason.
 */
#ifndef LIB_UTIL_FILE_H
#define LIB_UTIL_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "lib/util/strbuf.h"
#include "sweep/error.h"

/* --- descriptors ---------------------------------------------------------------------------- */

/* Appends what `fd` yields until end of file, but at most `max` bytes: ask for one byte more than
 * the limit to notice that a file exceeds it. `out` is NUL-terminated afterwards. */
int file_read_all(int fd, size_t max, struct strbuf *out);

/* Size and SHA-256 (hex, DIGEST_HEX bytes) of what `fd` yields until end of file. */
int file_digest_fd(int fd, uint64_t *size, char *hex);

/* Writes all bytes, resuming after short and interrupted writes. */
int file_write_all(int fd, const void *bytes, size_t length);

/* Creates `name` in the directory `directory`, which must not exist yet, with these bytes. Returns
 * the open file, which the caller closes, or a negative errno value; then there is no such file. */
int file_write_new(int directory, const char *name, const void *bytes, size_t length, int mode);

/* Renames a file or directory, never over an existing one (EEXIST). `moved` is its status from
 * before the call: on network file systems a rename can report a failure although it took place,
 * so a failure is checked against where the file is now. */
int file_rename_new(const struct stat *moved, int from_directory, const char *from,
    int to_directory, const char *to);

/* Removes a directory tree without following links. Best effort: what cannot be removed stays. */
void file_remove_tree(int directory, const char *name);

/* Removes everything in an open directory in the same way. */
void file_empty_directory(int directory);

/* The error code for an errno value of a write. */
enum sweep_code file_code(int failure);

/* --- paths ---------------------------------------------------------------------------------- */

/* Reads a whole regular file of at most `max` bytes, following symbolic links. *text is the
 * caller's (free()) and NUL-terminated after its *length bytes. */
enum sweep_code file_read(
    const char *path, size_t max, char **text, size_t *length, struct sweep_error *error);

/* The file that writing to `path` would replace or create: `path` itself or, if it is a symbolic
 * link, what that leads to. SWEEP_IO if there is something other than a regular file, such as a
 * device, or a link that belongs neither to root nor to this user, who would not expect to write
 * there. *target is the caller's (free()). */
enum sweep_code file_target(const char *path, char **target, struct sweep_error *error);

/* Replaces the content of file_target(path) atomically: after a crash the file has either the old
 * or the new content. Writes a hidden file next to it, fsyncs it and renames it. */
enum sweep_code file_replace(
    const char *path, const void *bytes, size_t length, struct sweep_error *error);

/* Size and SHA-256 (hex, DIGEST_HEX bytes) of a file of any size. */
enum sweep_code file_digest(const char *path, uint64_t *size, char *hex, struct sweep_error *error);

#endif
