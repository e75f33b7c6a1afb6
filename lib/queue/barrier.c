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

/* Before Linux 5.8 syncfs() does not say that something could not be written. */
static bool kernel_reports_errors(void)
{
    struct utsname name;
    unsigned major = 0, minor = 0;
    return uname(&name) == 0 && sscanf(name.release, "%u.%u", &major, &minor) == 2 &&
           (major > 5 || (major == 5 && minor >= 8));
}

/* Local file systems that keep count of their failed writes. Not overlayfs, which does not hand on
 * those of the file system below it; and not network file systems, where syncfs() would also wait
 * for what everybody else on this machine has written. */
static bool file_system_reports_errors(int fd)
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

void barrier_init(struct barrier *barrier, int fd)
{
    *barrier = (struct barrier){0};
    barrier->one_for_all = kernel_reports_errors() && file_system_reports_errors(fd);
}

/* On Linux a file is closed also when close() was interrupted. */
static int close_file(int file)
{
    return close(file) == 0 || errno == EINTR ? 0 : errno;
}

void barrier_deinit(struct barrier *barrier)
{
    while (barrier->n_files > 0)
        close(barrier->files[--barrier->n_files]);
    strbuf_deinit(&barrier->directories);
}

int barrier_drain(struct barrier *barrier)
{
    int failure = 0;
    for (size_t i = 0; i < barrier->n_files; i++) {
        if (failure == 0 && fsync(barrier->files[i]) != 0)
            failure = errno;
        int closed = close_file(barrier->files[i]);
        failure = failure != 0 ? failure : closed;
    }
    barrier->n_files = 0;
    return failure;
}

int barrier_add_file(struct barrier *barrier, int file)
{
    if (barrier->one_for_all)
        return close_file(file);
    /* Writing begins at once, for a whole batch side by side; fsync() then has little to wait for.
     * What goes wrong is reported there. */
    (void)sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE);
    barrier->files[barrier->n_files++] = file;
    return barrier->n_files < BARRIER_BATCH ? 0 : barrier_drain(barrier);
}

int barrier_add_directory(struct barrier *barrier, const char *name)
{
    strbuf_append(&barrier->directories, name, strlen(name) + 1);
    return barrier->directories.oom ? ENOMEM : 0;
}

int barrier_names(int directory)
{
    /* Where a directory cannot be synchronized, its file system has no need of it. */
    return fsync(directory) == 0 || errno == EINVAL ? 0 : errno;
}

static int sync_directory(int stage, const char *name)
{
    int fd = openat(stage, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int failure = barrier_names(fd);
    int closed = close_file(fd);
    return failure != 0 ? failure : closed;
}

int barrier_wait(struct barrier *barrier, int fd)
{
    if (barrier->one_for_all)
        return syncfs(fd) == 0 ? 0 : errno;
    int failure = barrier_drain(barrier);
    const char *end = barrier->directories.data + barrier->directories.length;
    for (const char *name = barrier->directories.data; failure == 0 && name < end;
         name += strlen(name) + 1)
        failure = sync_directory(fd, name);
    return failure != 0 ? failure : barrier_names(fd);
}
