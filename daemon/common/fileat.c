/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/common/fileat.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"

int fileat_move(struct file_at from, struct file_at to)
{
    struct stat status;
    if (fstatat(from.directory, from.name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return errno;
    return file_rename_new(&status, from.directory, from.name, to.directory, to.name);
}

int fileat_directory(struct file_at at, int *fd)
{
    if (TEMP_FAILURE_RETRY(mkdirat(at.directory, at.name, 0777)) != 0 && errno != EEXIST)
        return errno;
    *fd = TEMP_FAILURE_RETRY(
        openat(at.directory, at.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (*fd < 0)
        return errno;
    return 0;
}

static void fileat_make_parents(struct fileat_path *path)
{
    for (size_t i = 1; path->text[i] != '\0'; i++) {
        if (path->text[i] != '/')
            continue;
        path->text[i] = '\0';
        /* Existing directories may refuse in many ways (read-only, another user's); what counts is
         * whether the last one can be created. */
        if (TEMP_FAILURE_RETRY(mkdir(path->text, 0777)) == 0 && path->n_made < FILEAT_MAX_MADE)
            path->made[path->n_made++] = i;
        path->text[i] = '/';
    }
}

int fileat_make_path(const char *name, struct fileat_path *path)
{
    size_t length = strlen(name);
    path->n_made = 0;
    if (length >= sizeof path->text)
        return ENAMETOOLONG;
    while (length > 1 && name[length - 1] == '/')
        length--;
    memcpy(path->text, name, length);
    path->text[length] = '\0';
    if (length == 0)
        return ENOENT;
    fileat_make_parents(path);
    if (TEMP_FAILURE_RETRY(mkdir(path->text, 0777)) != 0) {
        int failure = errno;
        fileat_unmake_path(path);
        return failure;
    }
    if (path->n_made < FILEAT_MAX_MADE)
        path->made[path->n_made++] = length;
    return 0;
}

void fileat_unmake_path(struct fileat_path *path)
{
    while (path->n_made > 0) {
        path->text[path->made[--path->n_made]] = '\0';
        if (rmdir(path->text) != 0)
            path->n_made = 0;
    }
}

/* struct open_how of openat2(2), which older headers lack. */
struct fileat_how {
    uint64_t flags, mode, resolve;
};

#ifndef SYS_openat2
#define SYS_openat2 437
#endif

/* RESOLVE_NO_XDEV, _NO_MAGICLINKS, _NO_SYMLINKS and _BENEATH */
enum { FILEAT_RESOLVE = 0x01 | 0x02 | 0x04 | 0x08 };

/* -1 with errno set. */
static int fileat_open_strictly(struct file_at at)
{
    /* O_NONBLOCK: opening a FIFO must not wait for a writer. */
    enum { FLAGS = O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY };
    struct fileat_how how = {.flags = FLAGS, .resolve = FILEAT_RESOLVE};
    int fd = (int)TEMP_FAILURE_RETRY(syscall(SYS_openat2, at.directory, at.name, &how, sizeof how));
    if (fd >= 0 || errno != ENOSYS)
        return fd;
    if (strchr(at.name, '/') != NULL || strcmp(at.name, "..") == 0) {
        errno = EXDEV;
        return -1;
    }
    return TEMP_FAILURE_RETRY(openat(at.directory, at.name, FLAGS));
}

/* Where attributes are cached (FUSE, NFS), a file that was moved by link and unlink may still seem
 * to have two names, so ask again past the cache. */
static bool fileat_has_other_names(int fd, const struct stat *status)
{
    struct statx now;
    if (status->st_nlink <= 1)
        return false;
    return statx(fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_NLINK, &now) != 0 ||
           now.stx_nlink > 1;
}

int fileat_open(struct file_at at, size_t max, uid_t owner, int *out)
{
    struct stat status;
    int fd = fileat_open_strictly(at);
    if (fd < 0 && errno == ENXIO) /* a socket, or a device without a driver */
        return EINVAL;
    if (fd < 0)
        return errno;
    int failure = 0;
    if (fstat(fd, &status) != 0)
        failure = errno;
    else if (!S_ISREG(status.st_mode))
        failure = EINVAL;
    else if (fileat_has_other_names(fd, &status))
        failure = EMLINK;
    else if (owner != FILEAT_ANY_OWNER && status.st_uid != owner)
        failure = EPERM;
    else if (status.st_size > (off_t)max)
        failure = EFBIG;
    if (failure != 0) {
        close(fd);
        return failure;
    }
    *out = fd;
    return 0;
}

const char *fileat_refusal(int failure)
{
    switch (failure) {
    case ELOOP:
        return "is a symbolic link: drop the file itself";
    case EXDEV:
        return "is on another file system, or outside the directory";
    case EINVAL:
        return "is not a regular file";
    case EMLINK:
        return "has more than one hard link: drop a copy";
    case EPERM:
        return "belongs to another user";
    case EFBIG:
        return "is too large";
    case EACCES:
        return "cannot be read: permission denied";
    case ENOENT:
        return "no longer exists";
    default:
        return strerror(failure);
    }
}

int fileat_read(struct file_at at, size_t max, struct strbuf *out)
{
    CLEANUP_FD int fd = -1;
    int failure = fileat_open(at, max, FILEAT_ANY_OWNER, &fd);
    if (failure == 0)
        failure = file_read_all(fd, max + 1, out); /* it may have grown since it was opened */
    if (failure != 0)
        return failure;
    if (out->length > max)
        return EFBIG;
    return 0;
}

bool fileat_being_written(struct file_at at)
{
    int fd =
        openat(at.directory, at.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return false;
    /* close() releases the lease. */
    bool busy = fcntl(fd, F_SETLEASE, F_RDLCK) != 0 && errno == EAGAIN;
    close(fd);
    return busy;
}

int fileat_write(struct file_at at, const char *bytes, size_t length)
{
    int failure = 0;
    int fd = file_write_new(at.directory, at.name, bytes, length, 0666);
    if (fd < 0)
        return -fd;
    if (TEMP_FAILURE_RETRY(fsync(fd)) != 0)
        failure = errno;
    if (close(fd) != 0 && failure == 0 && errno != EINTR)
        failure = errno;
    if (failure != 0)
        unlinkat(at.directory, at.name, 0);
    return failure;
}

void fileat_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

DIR *fileat_list(int directory)
{
    int fd = TEMP_FAILURE_RETRY(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd < 0)
        return NULL;
    DIR *stream = fdopendir(fd);
    if (stream == NULL) {
        int failure = errno;
        close(fd);
        errno = failure;
    }
    return stream;
}

int fileat_next(DIR *stream, const char **name)
{
    *name = NULL;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(stream);
        if (entry == NULL)
            return errno;
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            *name = entry->d_name;
            return 0;
        }
    }
}

int fileat_sync(int directory)
{
    if (TEMP_FAILURE_RETRY(fsync(directory)) == 0)
        return 0;
    /* Some network file systems cannot fsync a directory; there a rename is durable at once. */
    if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP)
        return 0;
    return errno;
}
