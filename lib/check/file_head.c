/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/check/file_head.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "lib/util/text.h"

int file_head_open(const char *path, uint64_t *size)
{
    struct stat status;
    /* Opening a device can have effects, so its type is known before. O_NONBLOCK is for a FIFO that
     * replaces the file in between. */
    if (stat(path, &status) != 0)
        return -errno;
    if (!S_ISREG(status.st_mode))
        return -EINVAL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(fd);
        return -EINVAL;
    }
    *size = (uint64_t)status.st_size;
    return fd;
}

int file_head_read(const char *path, struct file_head *out)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    uint64_t size = 0;
    CLEANUP_FD int fd = file_head_open(path, &size);
    if (fd < 0)
        return -fd;
    int failure = file_read_all(fd, FILE_HEAD_MAX_BYTES, &text);
    if (failure != 0)
        return failure;
    *out = (struct file_head){
        .length = text.length, .size = size, .whole = text.length < FILE_HEAD_MAX_BYTES};
    out->data = strbuf_steal(&text);
    return 0;
}

void file_head_deinit(struct file_head *head)
{
    free(head->data);
    *head = (struct file_head){0};
}

size_t file_head_start(const struct file_head *head)
{
    size_t at = 0;
    if (head->length >= 3 && memcmp(head->data, "\xEF\xBB\xBF", 3) == 0)
        at = 3;
    while (at < head->length && strchr(" \t\r\n", head->data[at]) != NULL && head->data[at] != '\0')
        at++;
    return at;
}

static bool file_head_begins(const struct file_head *head, const char *bytes, size_t length)
{
    return head->length >= length && memcmp(head->data, bytes, length) == 0;
}

const char *file_head_other(const struct file_head *head)
{
    if (head->whole && head->length == 0)
        return "is empty";
    if (file_head_begins(head, "version https://git-lfs", 23))
        return "is a Git LFS pointer: its content was not downloaded";
    if (file_head_begins(head, "/annex/objects/", 15))
        return "is a git-annex pointer: its content was not downloaded";
    const char *start = head->data + file_head_start(head);
    if (strncasecmp(start, "<!doctype html", 14) == 0 || strncasecmp(start, "<html", 5) == 0)
        return "is an HTML page";
    if (strncmp(start, "<?xml", 5) == 0)
        return "is an XML page";
    return NULL;
}

bool file_head_is_compressed(const struct file_head *head)
{
    static const struct {
        const char *bytes;
        size_t length;
    } magic[] = {{"\x1f\x8b", 2}, {"BZh", 3},
        {"\xfd"
         "7zXZ",
            5},
        {"\x28\xb5\x2f\xfd", 4}, {"\x04\x22\x4d\x18", 4}, {"PK\x03\x04", 4}, {"7z\xbc\xaf", 4},
        {"Rar!", 4}};
    for (size_t i = 0; i < sizeof magic / sizeof *magic; i++)
        if (file_head_begins(head, magic[i].bytes, magic[i].length))
            return true;
    return false;
}

void file_head_quote(const struct file_head *head, struct strbuf *out)
{
    enum { MAX_QUOTED = 24 };
    size_t start = file_head_start(head), length = 0;
    const char *text = head->data + start;
    while (
        length < MAX_QUOTED && start + length < head->length && (unsigned char)text[length] >= ' ')
        length += utf8_next(text + length, head->length - start - length);
    strbuf_puts(out, "begins with \"");
    text_escape(out, text, length);
    strbuf_putc(out, '"');
}
