/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/util/cleanup.h"
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

enum sweep_code file_create(
    int fd, const char *name, const void *bytes, size_t length, int mode, struct sweep_error *error)
{
    int file = openat(fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (file < 0)
        return sweep_error_set(error, errno == EEXIST ? SWEEP_EXISTS : SWEEP_IO,
            "cannot create %s: %s", name, strerror(errno));
    int failure = 0;
    for (size_t done = 0; done < length && failure == 0;) {
        ssize_t n = write(file, (const char *)bytes + done, length - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            failure = errno;
    }
    if (close(file) != 0 && failure == 0)
        failure = errno;
    return failure == 0
               ? SWEEP_OK
               : sweep_error_set(error, SWEEP_IO, "cannot write %s: %s", name, strerror(failure));
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
