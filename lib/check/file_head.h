/* SPDX-License-Identifier: Apache-2.0
 *
 * The beginning of a file that a config names. Only regular files are opened, a bounded part of
 * them is read, and nothing is assumed about what is in them.
 */
#ifndef LIB_CHECK_FILE_HEAD_H
#define LIB_CHECK_FILE_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/util/strbuf.h"

enum { FILE_HEAD_MAX_BYTES = 1 << 20 };

struct file_head {
    char *data; /* owned; NUL-terminated after `length` bytes */
    size_t length;
    uint64_t size; /* of the whole file */
    bool whole;    /* the file has not more than `data` */
};

/* Opens a regular file to read it; *size is set to its size. Returns a descriptor, which the caller
 * closes, or a negative errno value: -EINVAL for what is not a regular file. */
int file_head_open(const char *path, uint64_t *size);

/* Reads the beginning of a file. 0 or an errno value; then there is nothing to free. */
int file_head_read(const char *path, struct file_head *out);
void file_head_deinit(struct file_head *head);

/* What the file certainly is instead of data: "is empty", "is an HTML page"; or NULL. */
const char *file_head_other(const struct file_head *head);

/* True for compressed files and archives, which are not looked into. */
bool file_head_is_compressed(const struct file_head *head);

/* Offset of the first byte that is not white space, after a byte order mark. */
size_t file_head_start(const struct file_head *head);

/* Appends `begins with "…"`: a few characters from the start. */
void file_head_quote(const struct file_head *head, struct strbuf *out);

#endif
