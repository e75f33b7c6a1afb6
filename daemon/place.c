/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/place.h"

/* The file system (NFS, for one) cannot rename without replacing; a link cannot replace. */
static int move_by_link(struct place from, struct place to)
{
    if (linkat(from.directory, from.name, to.directory, to.name, 0) != 0)
        return errno;
    if (unlinkat(from.directory, from.name, 0) == 0 || errno == ENOENT)
        return 0;
    int failure = errno;
    unlinkat(to.directory, to.name, 0);
    return failure;
}

int place_move(struct place from, struct place to)
{
    struct stat before, after, left;
    if (fstatat(from.directory, from.name, &before, AT_SYMLINK_NOFOLLOW) != 0)
        return errno;
    if (renameat2(from.directory, from.name, to.directory, to.name, RENAME_NOREPLACE) == 0)
        return 0;
    int failure = errno;
    if (failure == EINVAL || failure == ENOSYS)
        failure = move_by_link(from, to);
    if (failure == 0 || failure == EEXIST)
        return failure;
    bool happened = fstatat(from.directory, from.name, &left, AT_SYMLINK_NOFOLLOW) != 0 &&
                    errno == ENOENT &&
                    fstatat(to.directory, to.name, &after, AT_SYMLINK_NOFOLLOW) == 0 &&
                    after.st_dev == before.st_dev && after.st_ino == before.st_ino;
    return happened ? 0 : failure;
}

int place_directory(struct place at, int *fd)
{
    if (mkdirat(at.directory, at.name, 0777) != 0 && errno != EEXIST)
        return errno;
    *fd = openat(at.directory, at.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return *fd >= 0 ? 0 : errno;
}

int place_make_path(const char *path)
{
    char part[PATH_MAX];
    size_t length = strlen(path);
    if (length >= sizeof part)
        return ENAMETOOLONG;
    for (size_t i = 1; i < length; i++) {
        if (path[i] != '/')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        /* Read-only and foreign directories on the way may refuse in many ways; what counts is
         * whether the last one can be made. */
        (void)mkdir(part, 0777);
    }
    return mkdir(path, 0777) == 0 ? 0 : errno;
}

/* Reads until the end, or until the buffer is full. */
static int read_all(int fd, char *buffer, size_t size, size_t *length)
{
    *length = 0;
    while (*length < size) {
        ssize_t n = read(fd, buffer + *length, size - *length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        if (n == 0)
            break;
        *length += (size_t)n;
    }
    return 0;
}

int place_read(struct place at, size_t most, char **bytes, size_t *length)
{
    /* O_NONBLOCK: a FIFO must not stop us before fstat() has seen that it is one. */
    int fd =
        openat(at.directory, at.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    struct stat status;
    int failure = fstat(fd, &status) != 0 ? errno : S_ISREG(status.st_mode) ? 0 : EINVAL;
    if (failure == 0 && status.st_size > (off_t)most)
        failure = EFBIG;
    char *buffer = NULL;
    if (failure == 0) {
        /* One byte more than it has now: a file that grows meanwhile is found out. */
        size_t size = (size_t)status.st_size + 1;
        buffer = malloc(size);
        failure = buffer == NULL ? ENOMEM : read_all(fd, buffer, size, length);
    }
    close(fd);
    if (failure != 0) {
        free(buffer);
        return failure;
    }
    *bytes = buffer;
    return 0;
}

bool place_being_written(struct place at)
{
    int fd =
        openat(at.directory, at.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return false;
    /* Closing it gives the lease back. */
    bool busy = fcntl(fd, F_SETLEASE, F_RDLCK) != 0 && errno == EAGAIN;
    close(fd);
    return busy;
}

int place_write(struct place at, const char *bytes, size_t length, bool durable)
{
    int fd = openat(at.directory, at.name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return errno;
    int failure = 0;
    for (size_t done = 0; done < length && failure == 0;) {
        ssize_t n = write(fd, bytes + done, length - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            failure = errno;
    }
    if (failure == 0 && durable && fsync(fd) != 0)
        failure = errno;
    if (close(fd) != 0 && failure == 0 && errno != EINTR)
        failure = errno;
    if (failure != 0)
        unlinkat(at.directory, at.name, 0);
    return failure;
}

void place_remove(struct place at)
{
    int inner = openat(at.directory, at.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *stream = inner < 0 ? NULL : fdopendir(inner);
    if (stream == NULL && inner >= 0)
        close(inner);
    for (struct dirent *entry; stream != NULL && (entry = readdir(stream)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(inner, entry->d_name, 0) != 0 && (errno == EISDIR || errno == EPERM))
            place_remove((struct place){inner, entry->d_name});
    }
    if (stream != NULL)
        closedir(stream);
    unlinkat(at.directory, at.name, AT_REMOVEDIR);
}

int place_sync(int directory)
{
    if (fsync(directory) == 0)
        return 0;
    /* Some network file systems have no such thing; there a rename is durable when it returns. */
    return errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP ? 0 : errno;
}
