/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/util/cleanup.h"
#include "lib/util/digest.h"
#include "lib/util/file.h"

enum sweep_code file_read(
    const char *path, size_t most, char **text, size_t *length, struct sweep_error *error)
{
    /* O_NONBLOCK: a FIFO must not stop us before fstat() has seen that it is one. */
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0)
        return sweep_error_set(error, errno == ENOENT ? SWEEP_NOT_FOUND : SWEEP_IO,
            "cannot read %s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return sweep_error_set(error, SWEEP_IO, "%s is not a regular file", path);
    CLEANUP_STRBUF struct strbuf buf = {0};
    while (strbuf_reserve(&buf, 16384)) {
        ssize_t n = read(fd, buf.data + buf.length, 16384);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return sweep_error_set(error, SWEEP_IO, "cannot read %s: %s", path, strerror(errno));
        if (n == 0)
            break;
        buf.length += (size_t)n;
        if (buf.length > most)
            return sweep_error_set(
                error, SWEEP_IO, "%s is larger than the limit of %zu bytes", path, most);
    }
    *length = buf.length;
    *text = strbuf_steal(&buf);
    return *text != NULL ? SWEEP_OK : sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
}

enum sweep_code file_code(int failure)
{
    switch (failure) {
    case ENOENT:
        return SWEEP_NOT_FOUND;
    case EEXIST:
        return SWEEP_EXISTS;
    case ENOMEM:
        return SWEEP_NO_MEMORY;
    case ENOSPC:
    case EDQUOT:
        return SWEEP_NO_SPACE;
    case EIO:
    case EREMOTEIO:
    case EROFS: /* what a file system becomes that has found itself damaged */
    case ESTALE:
    case EUCLEAN:
    case ENODEV:
    case ENXIO:
    case ENOTCONN:
    case ESHUTDOWN:
    case ETIMEDOUT:
        return SWEEP_STORAGE;
    default:
        return SWEEP_IO;
    }
}

int file_write_new(int fd, const char *name, const void *bytes, size_t length, int mode)
{
    int file = openat(fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (file < 0)
        return -errno;
    for (size_t done = 0; done < length;) {
        ssize_t n = write(file, (const char *)bytes + done, length - done);
        if (n >= 0) {
            done += (size_t)n;
        } else if (errno != EINTR) {
            int failure = errno;
            close(file);
            return -failure;
        }
    }
    return file;
}

enum sweep_code file_create(
    int fd, const char *name, const void *bytes, size_t length, int mode, struct sweep_error *error)
{
    int file = file_write_new(fd, name, bytes, length, mode);
    int failure = file < 0 ? -file : close(file) == 0 || errno == EINTR ? 0 : errno;
    return failure == 0 ? SWEEP_OK
                        : sweep_error_set(error, file_code(failure), "cannot write %s: %s", name,
                              strerror(failure));
}

/* Creates a file of a name that nobody else uses: neither another process, nor another thread, nor
 * a process of our number that ended early. Returns as file_write_new() does. */
static int create_hidden(
    int directory, const char *name, const void *bytes, size_t length, char hidden[NAME_MAX + 1])
{
    static _Atomic unsigned counter;
    int file = -EEXIST;
    for (int attempt = 0; attempt < 100 && file == -EEXIST; attempt++) {
        snprintf(hidden, NAME_MAX + 1, ".%.200s.%ld.%u", name, (long)getpid(), counter++);
        file = file_write_new(directory, hidden, bytes, length, 0666);
    }
    return file;
}

/* Writes the hidden file, brings it to stable storage and gives it its name. */
static int replace_in(int directory, const char *name, const void *bytes, size_t length)
{
    char hidden[NAME_MAX + 1];
    int file = create_hidden(directory, name, bytes, length, hidden);
    int failure = file < 0 ? -file : fsync(file) != 0 ? errno : 0;
    if (file >= 0 && close(file) != 0 && failure == 0 && errno != EINTR)
        failure = errno;
    if (failure == 0 &&
        (renameat(directory, hidden, directory, name) != 0 || fsync(directory) != 0))
        failure = errno;
    if (failure != 0 && failure != EEXIST)
        unlinkat(directory, hidden, 0);
    return failure;
}

enum sweep_code file_replace(
    const char *path, const void *bytes, size_t length, struct sweep_error *error)
{
    const char *slash = strrchr(path, '/');
    CLEANUP_STRBUF struct strbuf parent = {0};
    if (slash == NULL)
        strbuf_putc(&parent, '.');
    else
        strbuf_append(&parent, path, slash == path ? 1 : (size_t)(slash - path));
    if (parent.oom)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    CLEANUP_FD int directory = open(parent.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failure = directory < 0
                      ? errno
                      : replace_in(directory, slash == NULL ? path : slash + 1, bytes, length);
    if (failure == 0)
        return SWEEP_OK;
    return sweep_error_set(
        error, file_code(failure), "cannot write %s: %s", path, strerror(failure));
}

enum sweep_code file_digest(const char *path, uint64_t *size, char *hex, struct sweep_error *error)
{
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return sweep_error_set(error, fd < 0 && errno == ENOENT ? SWEEP_NOT_FOUND : SWEEP_IO,
            "cannot read %s: %s", path, fd < 0 ? strerror(errno) : "not a regular file");
    struct sha256_ctx context;
    unsigned char block[16384];
    sha256_init(&context);
    *size = 0;
    for (ssize_t n = 1; n != 0;) {
        n = read(fd, block, sizeof block);
        if (n < 0 && errno != EINTR)
            return sweep_error_set(error, SWEEP_IO, "cannot read %s: %s", path, strerror(errno));
        if (n > 0) {
            sha256_update(&context, (size_t)n, block);
            *size += (uint64_t)n;
        }
    }
    digest_finish(&context, hex);
    return SWEEP_OK;
}

void directory_remove(int fd, const char *name)
{
    int inner = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *stream = inner < 0 ? NULL : fdopendir(inner);
    if (stream == NULL && inner >= 0)
        close(inner);
    for (struct dirent *entry; stream != NULL && (entry = readdir(stream)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(inner, entry->d_name, 0) != 0)
            directory_remove(inner, entry->d_name);
    }
    if (stream != NULL)
        closedir(stream);
    unlinkat(fd, name, AT_REMOVEDIR);
}
