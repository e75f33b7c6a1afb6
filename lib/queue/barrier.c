/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/queue/barrier.h"

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

/* Before Linux 5.8 syncfs() does not report failed writes. */
static bool barrier_kernel_reports_errors(void)
{
    struct utsname name;
    unsigned major = 0, minor = 0;
    return uname(&name) == 0 && sscanf(name.release, "%u.%u", &major, &minor) == 2 &&
           (major > 5 || (major == 5 && minor >= 8));
}

/* Local file systems that keep track of their failed writes. Not overlayfs, which does not pass on
 * those of the file system below it; and not network file systems, where syncfs() would also wait
 * for everything that others on this machine have written. */
static bool barrier_file_system_reports_errors(int fd)
{
    struct statfs status;
    if (fstatfs(fd, &status) != 0)
        return false;
    switch ((unsigned)status.f_type) {
    case EXT4_SUPER_MAGIC: /* and ext2 and ext3 */
    case XFS_SUPER_MAGIC:
    case BTRFS_SUPER_MAGIC:
    case F2FS_SUPER_MAGIC:
    case TMPFS_MAGIC:
    case RAMFS_MAGIC:
        return true;
    default:
        return false;
    }
}

void barrier_init(struct barrier *barrier, int stage)
{
    *barrier = (struct barrier){0};
    barrier->use_syncfs =
        barrier_kernel_reports_errors() && barrier_file_system_reports_errors(stage);
}

void barrier_deinit(struct barrier *barrier)
{
    while (barrier->n_files > 0)
        close(barrier->files[--barrier->n_files]);
    strbuf_deinit(&barrier->directories);
}

/* On Linux a file is closed even if close() was interrupted. */
static int barrier_close(int file)
{
    if (close(file) == 0 || errno == EINTR)
        return 0;
    return errno;
}

int barrier_drain(struct barrier *barrier)
{
    int failure = 0;
    for (size_t i = 0; i < barrier->n_files; i++) {
        if (failure == 0 && TEMP_FAILURE_RETRY(fsync(barrier->files[i])) != 0)
            failure = errno;
        int closed = barrier_close(barrier->files[i]);
        if (failure == 0)
            failure = closed;
    }
    barrier->n_files = 0;
    return failure;
}

int barrier_add_file(struct barrier *barrier, int file)
{
    if (barrier->use_syncfs)
        return barrier_close(file);
    /* Starts writing now, in parallel for the whole batch, so that fsync() has little to wait for.
     * It also reports what goes wrong. */
    (void)sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE);
    barrier->files[barrier->n_files++] = file;
    if (barrier->n_files < BARRIER_BATCH)
        return 0;
    return barrier_drain(barrier);
}

bool barrier_add_directory(struct barrier *barrier, const char *name)
{
    strbuf_append(&barrier->directories, name, strlen(name) + 1);
    return !barrier->directories.oom;
}

int barrier_names(int directory)
{
    /* EINVAL: the file system has no fsync() for directories, and no need for one. */
    if (TEMP_FAILURE_RETRY(fsync(directory)) == 0 || errno == EINVAL)
        return 0;
    return errno;
}

static int barrier_sync_directory(int stage, const char *name)
{
    int fd =
        TEMP_FAILURE_RETRY(openat(stage, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (fd < 0)
        return errno;
    int failure = barrier_names(fd);
    int closed = barrier_close(fd);
    if (failure != 0)
        return failure;
    return closed;
}

int barrier_wait(struct barrier *barrier, int stage)
{
    if (barrier->use_syncfs)
        return TEMP_FAILURE_RETRY(syncfs(stage)) == 0 ? 0 : errno;
    int failure = barrier_drain(barrier);
    const struct strbuf *names = &barrier->directories;
    for (size_t at = 0; failure == 0 && at < names->length; at += strlen(names->data + at) + 1)
        failure = barrier_sync_directory(stage, names->data + at);
    if (failure != 0)
        return failure;
    return barrier_names(stage);
}
