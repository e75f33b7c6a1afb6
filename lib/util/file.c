/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/util/cleanup.h"
#include "lib/util/digest.h"
#include "lib/util/file.h"

enum {
    FILE_BLOCK = 16384,
    FILE_MAX_LINKS = 40, /* as in the kernel */
};

/* --- descriptors ---------------------------------------------------------------------------- */

int file_read_all(int fd, size_t max, struct strbuf *out)
{
    while (max > 0) {
        size_t wanted = max < FILE_BLOCK ? max : FILE_BLOCK;
        if (!strbuf_reserve(out, wanted))
            return ENOMEM;
        ssize_t n = read(fd, out->data + out->length, wanted);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        if (n == 0)
            break;
        out->length += (size_t)n;
        max -= (size_t)n;
    }
    strbuf_append(out, "", 0);
    if (out->oom)
        return ENOMEM;
    return 0;
}

int file_write_all(int fd, const void *bytes, size_t length)
{
    const char *rest = bytes;
    while (length > 0) {
        ssize_t n = write(fd, rest, length);
        if (n < 0 && errno != EINTR)
            return errno;
        if (n > 0) {
            rest += n;
            length -= (size_t)n;
        }
    }
    return 0;
}

int file_write_new(int directory, const char *name, const void *bytes, size_t length, int mode)
{
    int fd = TEMP_FAILURE_RETRY(
        openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
    if (fd < 0)
        return -errno;
    int failure = file_write_all(fd, bytes, length);
    if (failure != 0) {
        close(fd);
        unlinkat(directory, name, 0);
        return -failure;
    }
    return fd;
}

/* A link does not replace either, but for a moment the file has both names. */
static int file_rename_by_link(
    int from_directory, const char *from, int to_directory, const char *to)
{
    if (TEMP_FAILURE_RETRY(linkat(from_directory, from, to_directory, to, 0)) != 0)
        return errno;
    if (TEMP_FAILURE_RETRY(unlinkat(from_directory, from, 0)) == 0 || errno == ENOENT)
        return 0;
    int failure = errno;
    unlinkat(to_directory, to, 0);
    return failure;
}

/* Directories cannot be linked. A plain rename of one can only replace an empty directory, and only
 * if that was made after we looked. */
static int file_rename_directory(
    int from_directory, const char *from, int to_directory, const char *to)
{
    struct stat status;
    if (fstatat(to_directory, to, &status, AT_SYMLINK_NOFOLLOW) == 0)
        return EEXIST;
    if (TEMP_FAILURE_RETRY(renameat(from_directory, from, to_directory, to)) == 0)
        return 0;
    if (errno == ENOTEMPTY)
        return EEXIST;
    return errno;
}

int file_rename_new(const struct stat *moved, int from_directory, const char *from,
    int to_directory, const char *to)
{
    struct stat status;
    if (TEMP_FAILURE_RETRY(renameat2(from_directory, from, to_directory, to, RENAME_NOREPLACE)) ==
        0)
        return 0;
    int failure = errno;
    /* NFS, for one, cannot rename without replacing. */
    if (failure == EINVAL || failure == ENOSYS) {
        if (S_ISDIR(moved->st_mode))
            failure = file_rename_directory(from_directory, from, to_directory, to);
        else
            failure = file_rename_by_link(from_directory, from, to_directory, to);
    }
    if (failure == 0)
        return 0;
    /* The reply to a successful rename may have been lost, and the repeated request fails. */
    if (fstatat(from_directory, from, &status, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT &&
        fstatat(to_directory, to, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        status.st_dev == moved->st_dev && status.st_ino == moved->st_ino)
        return 0;
    return failure;
}

/* Removes what is in a directory, which is open as `inner`. Closes it. */
static void file_remove_content(int inner)
{
    DIR *stream = fdopendir(inner);
    if (stream == NULL) {
        close(inner);
        return;
    }
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (TEMP_FAILURE_RETRY(unlinkat(inner, entry->d_name, 0)) != 0)
            file_remove_tree(inner, entry->d_name);
    }
    closedir(stream);
}

void file_remove_tree(int directory, const char *name)
{
    int inner = TEMP_FAILURE_RETRY(
        openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (inner < 0)
        return;
    file_remove_content(inner);
    unlinkat(directory, name, AT_REMOVEDIR);
}

void file_empty_directory(int directory)
{
    int inner = TEMP_FAILURE_RETRY(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (inner >= 0)
        file_remove_content(inner);
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
    case EROFS: /* damaged file systems are remounted read-only */
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

/* --- paths ---------------------------------------------------------------------------------- */

/* Opens a regular file to read it. `fd` is the caller's, and is set on failure, too. */
static enum sweep_code file_open(const char *path, int *fd, struct sweep_error *error)
{
    struct stat status;
    /* O_NONBLOCK: opening a FIFO must not wait for a writer. */
    *fd = TEMP_FAILURE_RETRY(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (*fd < 0 || fstat(*fd, &status) != 0)
        return sweep_error_set(error, errno == ENOENT ? SWEEP_NOT_FOUND : SWEEP_IO,
            "cannot read %s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return sweep_error_set(error, SWEEP_IO, "%s is not a regular file", path);
    return SWEEP_OK;
}

enum sweep_code file_read(
    const char *path, size_t max, char **text, size_t *length, struct sweep_error *error)
{
    CLEANUP_STRBUF struct strbuf buf = {0};
    CLEANUP_FD int fd = -1;
    enum sweep_code code = file_open(path, &fd, error);
    if (code != SWEEP_OK)
        return code;
    int failure = file_read_all(fd, max + 1, &buf);
    if (failure == ENOMEM)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    if (failure != 0)
        return sweep_error_set(error, SWEEP_IO, "cannot read %s: %s", path, strerror(failure));
    if (buf.length > max)
        return sweep_error_set(
            error, SWEEP_IO, "%s is larger than the limit of %zu bytes", path, max);
    *length = buf.length;
    *text = strbuf_steal(&buf);
    return SWEEP_OK;
}

/* Creates a file whose name no other process or thread uses, nor a crashed process with our id.
 * Returns as file_write_new() does. */
static int file_write_hidden(
    int directory, const char *name, const void *bytes, size_t length, char hidden[NAME_MAX + 1])
{
    static _Atomic unsigned counter;
    int fd = -EEXIST;
    for (int attempt = 0; attempt < 100 && fd == -EEXIST; attempt++) {
        snprintf(hidden, NAME_MAX + 1, ".%.200s.%ld.%u", name, (long)getpid(), counter++);
        fd = file_write_new(directory, hidden, bytes, length, 0666);
    }
    return fd;
}

/* 0 or an errno value. */
static int file_replace_in(int directory, const char *name, const void *bytes, size_t length)
{
    char hidden[NAME_MAX + 1];
    int failure = 0;
    int fd = file_write_hidden(directory, name, bytes, length, hidden);
    if (fd < 0)
        return -fd;
    if (TEMP_FAILURE_RETRY(fsync(fd)) != 0)
        failure = errno;
    if (close(fd) != 0 && failure == 0 && errno != EINTR)
        failure = errno;
    if (failure == 0 && TEMP_FAILURE_RETRY(renameat(directory, hidden, directory, name)) != 0)
        failure = errno;
    if (failure != 0) {
        unlinkat(directory, hidden, 0);
        return failure;
    }
    if (TEMP_FAILURE_RETRY(fsync(directory)) != 0)
        return errno;
    return 0;
}

/* The target of the symbolic link `link`, as seen from where that is seen. The caller's; NULL with
 * errno. */
static char *file_read_link(const char *link)
{
    char target[PATH_MAX];
    ssize_t length = readlink(link, target, sizeof target);
    const char *slash = strrchr(link, '/');
    struct strbuf out = {0};
    if (length < 0)
        return NULL;
    if (length == (ssize_t)sizeof target) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    if (slash != NULL && target[0] != '/')
        strbuf_append(&out, link, (size_t)(slash - link) + 1);
    strbuf_append(&out, target, (size_t)length);
    if (out.oom)
        errno = ENOMEM;
    return strbuf_steal(&out);
}

/* Why a file with this status, which may be a symbolic link, cannot be replaced; NULL if it can. */
static const char *file_refusal(const struct stat *status)
{
    if (S_ISDIR(status->st_mode))
        return strerror(EISDIR);
    if (S_ISLNK(status->st_mode) && status->st_uid != 0 && status->st_uid != geteuid())
        return "it is a symbolic link of another user";
    if (!S_ISREG(status->st_mode) && !S_ISLNK(status->st_mode))
        return "it is not a regular file";
    return NULL;
}

enum sweep_code file_target(const char *path, char **out, struct sweep_error *error)
{
    CLEANUP_FREE char *target = strdup(path);
    struct stat status;
    int failure = target == NULL ? ENOMEM : 0;
    for (int links = 0; failure == 0 && links <= FILE_MAX_LINKS; links++) {
        /* What is wrong with the directories is found when the file is created. */
        bool exists = lstat(target, &status) == 0;
        const char *refusal = exists ? file_refusal(&status) : NULL;
        if (refusal != NULL)
            return sweep_error_set(error, SWEEP_IO, "cannot write %s: %s", path, refusal);
        if (!exists || S_ISREG(status.st_mode)) {
            *out = target;
            target = NULL;
            return SWEEP_OK;
        }
        char *next = file_read_link(target);
        if (next == NULL)
            failure = errno;
        free(target);
        target = next;
    }
    if (failure == ENOMEM)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    return sweep_error_set(
        error, SWEEP_IO, "cannot write %s: %s", path, strerror(failure != 0 ? failure : ELOOP));
}

enum sweep_code file_replace(
    const char *path, const void *bytes, size_t length, struct sweep_error *error)
{
    CLEANUP_STRBUF struct strbuf parent = {0};
    CLEANUP_FREE char *target = NULL;
    enum sweep_code code = file_target(path, &target, error);
    if (code != SWEEP_OK)
        return code;
    const char *name = target, *slash = strrchr(target, '/');
    if (slash == NULL) {
        strbuf_putc(&parent, '.');
    } else {
        strbuf_append(&parent, target, slash == target ? 1 : (size_t)(slash - target));
        name = slash + 1;
    }
    if (parent.oom)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    int failure;
    CLEANUP_FD int directory =
        TEMP_FAILURE_RETRY(open(parent.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory < 0)
        failure = errno;
    else
        failure = file_replace_in(directory, name, bytes, length);
    if (failure == 0)
        return SWEEP_OK;
    return sweep_error_set(
        error, file_code(failure), "cannot write %s: %s", path, strerror(failure));
}

int file_digest_fd(int fd, uint64_t *size, char *hex)
{
    struct sha256_ctx context;
    unsigned char block[FILE_BLOCK];
    sha256_init(&context);
    *size = 0;
    for (ssize_t n = 1; n != 0;) {
        n = read(fd, block, sizeof block);
        if (n < 0 && errno != EINTR)
            return errno;
        if (n > 0) {
            sha256_update(&context, (size_t)n, block);
            *size += (uint64_t)n;
        }
    }
    digest_finish(&context, hex);
    return 0;
}

enum sweep_code file_digest(const char *path, uint64_t *size, char *hex, struct sweep_error *error)
{
    CLEANUP_FD int fd = -1;
    enum sweep_code code = file_open(path, &fd, error);
    if (code != SWEEP_OK)
        return code;
    int failure = file_digest_fd(fd, size, hex);
    if (failure != 0)
        return sweep_error_set(error, SWEEP_IO, "cannot read %s: %s", path, strerror(failure));
    return SWEEP_OK;
}
