/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/util/text.h"
#include "lib/write/packed.h"
#include "lib/write/packed_reader.h"

enum {
    PACKED_MAX_LINE = 64,        /* bytes of a line of the index */
    PACKED_MAX_STRIDE = 1 << 30, /* bytes of a config */
    PACKED_MAX_RUNS = 1000000000,
};

static enum sweep_code packed_reader_damaged(
    const struct packed_reader *reader, const char *what, struct sweep_error *error)
{
    return sweep_error_set(error, SWEEP_INVALID,
        "%s is damaged: %s; `sweepctl verify` compares it with its manifest", reader->directory,
        what);
}

/* Opens a regular file, not through a link. Returns its size. */
static enum sweep_code packed_reader_open_file(const struct packed_reader *reader, int directory,
    const char *name, int *fd, uint64_t *size, struct sweep_error *error)
{
    struct stat status;
    *fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (*fd < 0)
        return sweep_error_set(error, errno == ENOENT ? SWEEP_NOT_FOUND : SWEEP_IO,
            "cannot open %s/%s: %s", reader->directory, name, strerror(errno));
    if (fstat(*fd, &status) != 0 || !S_ISREG(status.st_mode))
        return sweep_error_set(
            error, SWEEP_IO, "%s/%s is not a regular file", reader->directory, name);
    *size = (uint64_t)status.st_size;
    return SWEEP_OK;
}

/* Reads `length` bytes at `offset`; false at the end of the file, or with errno set. */
static bool packed_reader_read(int fd, char *out, size_t length, uint64_t offset)
{
    errno = 0;
    while (length > 0) {
        ssize_t n = pread(fd, out, length, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        out += n;
        offset += (uint64_t)n;
        length -= (size_t)n;
    }
    return true;
}

/* Reads a number without sign and spaces, of at most 10 digits; *p is then after it. */
static bool packed_reader_number(const char **p, uint64_t *out)
{
    const char *start = *p;
    *out = 0;
    while (**p >= '0' && **p <= '9' && *p - start < 10)
        *out = *out * 10 + (uint64_t)(*(*p)++ - '0');
    return *p > start && (**p < '0' || **p > '9');
}

static bool packed_reader_skip(const char **p, const char *text)
{
    size_t length = strlen(text);
    if (strncmp(*p, text, length) != 0)
        return false;
    *p += length;
    return true;
}

/* "sweepd-packed-1 STRIDE RUNS" */
static bool packed_reader_parse_header(struct packed_reader *reader, const char *text)
{
    const char *p = text;
    if (!packed_reader_skip(&p, PACKED_FORMAT " ") || !packed_reader_number(&p, &reader->stride) ||
        !packed_reader_skip(&p, " ") || !packed_reader_number(&p, &reader->runs) || *p != '\n')
        return false;
    reader->header = (size_t)(p + 1 - text);
    return reader->stride > 0 && reader->stride <= PACKED_MAX_STRIDE && reader->runs > 0 &&
           reader->runs <= PACKED_MAX_RUNS;
}

/* "run_012  1987" */
static bool packed_reader_parse_line(const char *text, uint64_t *number, int *width, uint64_t *size)
{
    const char *p = text;
    if (!packed_reader_skip(&p, "run_"))
        return false;
    const char *digits = p;
    if (!packed_reader_number(&p, number) || *p != ' ')
        return false;
    *width = (int)(p - digits);
    p += strspn(p, " ");
    return packed_reader_number(&p, size) && *p == '\n';
}

static bool packed_reader_parse_start(struct packed_reader *reader)
{
    char text[2 * PACKED_MAX_LINE + 1];
    uint64_t size;
    ssize_t n = pread(reader->index, text, sizeof text - 1, 0);
    if (n <= 0)
        return false;
    text[n] = '\0';
    if (!packed_reader_parse_header(reader, text))
        return false;
    const char *line = text + reader->header;
    const char *end = strchr(line, '\n');
    if (end == NULL || end - line >= PACKED_MAX_LINE)
        return false;
    reader->line = (size_t)(end + 1 - line);
    return packed_reader_parse_line(line, &reader->first, &reader->name_width, &size);
}

enum sweep_code packed_reader_open(
    struct packed_reader *reader, const char *directory, struct sweep_error *error)
{
    uint64_t index_size, configs_size = 0;
    *reader = (struct packed_reader){.directory = directory, .configs = -1, .index = -1};
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return sweep_error_set(error, errno == ENOENT ? SWEEP_NOT_FOUND : SWEEP_IO,
            "cannot open %s: %s", directory, strerror(errno));
    enum sweep_code code =
        packed_reader_open_file(reader, fd, PACKED_INDEX, &reader->index, &index_size, error);
    if (code == SWEEP_OK)
        code = packed_reader_open_file(
            reader, fd, PACKED_CONFIGS, &reader->configs, &configs_size, error);
    close(fd);
    if (code != SWEEP_OK)
        return code;
    if (!packed_reader_parse_start(reader))
        return packed_reader_damaged(reader, PACKED_INDEX " does not begin as it should", error);
    if (index_size != reader->header + reader->runs * reader->line)
        return packed_reader_damaged(reader, PACKED_INDEX " has another size", error);
    if (configs_size != reader->stride * reader->runs)
        return packed_reader_damaged(reader, PACKED_CONFIGS " has another size", error);
    return SWEEP_OK;
}

void packed_reader_close(struct packed_reader *reader)
{
    if (reader->configs >= 0)
        close(reader->configs);
    if (reader->index >= 0)
        close(reader->index);
    reader->configs = reader->index = -1;
}

void packed_reader_name(const struct packed_reader *reader, uint64_t index, char name[32])
{
    snprintf(
        name, 32, "run_%0*llu", reader->name_width, (unsigned long long)(reader->first + index));
}

enum sweep_code packed_reader_get(const struct packed_reader *reader, uint64_t index,
    struct strbuf *out, struct sweep_error *error)
{
    char text[PACKED_MAX_LINE + 1], name[32], what[64];
    uint64_t number, size;
    int width;
    packed_reader_name(reader, index, name);
    snprintf(what, sizeof what, "the line of %s in " PACKED_INDEX, name);
    if (index >= reader->runs)
        return sweep_error_set(error, SWEEP_NOT_FOUND, "%s has no run %s", reader->directory, name);
    if (!packed_reader_read(
            reader->index, text, reader->line, reader->header + index * reader->line))
        return packed_reader_damaged(reader, what, error);
    text[reader->line] = '\0';
    if (!packed_reader_parse_line(text, &number, &width, &size) ||
        number != reader->first + index || size > reader->stride)
        return packed_reader_damaged(reader, what, error);
    out->length = 0;
    if (!strbuf_reserve(out, size))
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    if (!packed_reader_read(reader->configs, out->data, size, index * reader->stride))
        return packed_reader_damaged(reader, "a config cannot be read", error);
    out->length = size;
    strbuf_append(out, "", 0);
    return SWEEP_OK;
}
