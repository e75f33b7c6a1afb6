/* SPDX-License-Identifier: Apache-2.0
 *
 * A FUSE file system that shows another directory, with faults as network file systems have them:
 *
 *     faulty BELOW FAULT MOUNT [OPTION...]
 *
 * FAULT is a file, read at each call: "none"; "short": reads and writes transfer one third;
 * "EINTR": one of three reads and writes fails with it, and one of seven calls that open, create,
 * rename, remove or sync; "ESTALE", "EIO", "ETIMEDOUT": every call fails with it, except for the
 * root directory's attributes, so that the mount stays one.
 */
#define FUSE_USE_VERSION 31
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FAULTY_TRANSFER_RATE = 3, FAULTY_CALL_RATE = 7 };

static int faulty_below = -1;
static const char *faulty_setting;

static const struct {
    const char *name;
    int failure;
} faulty_kinds[] = {{"ESTALE", ESTALE}, {"EIO", EIO}, {"ETIMEDOUT", ETIMEDOUT}};

static void faulty_read_setting(char text[32])
{
    int fd = open(faulty_setting, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, 31) : 0;
    text[n > 0 ? n : 0] = '\0';
    if (fd >= 0)
        close(fd);
}

/* 0, or a negative errno value: what this call fails with. */
static int faulty_now(void)
{
    char text[32];
    faulty_read_setting(text);
    for (size_t i = 0; i < sizeof faulty_kinds / sizeof *faulty_kinds; i++) {
        if (strcmp(text, faulty_kinds[i].name) == 0)
            return -faulty_kinds[i].failure;
    }
    return 0;
}

/* The same for one of `rate` calls that can be interrupted. */
static int faulty_call_now(unsigned rate)
{
    static _Atomic unsigned calls;
    char text[32];
    faulty_read_setting(text);
    if (strcmp(text, "EINTR") == 0 && atomic_fetch_add(&calls, 1) % rate == 0)
        return -EINTR;
    return faulty_now();
}

/* How many of `size` bytes to transfer. */
static size_t faulty_size(size_t size)
{
    char text[32];
    faulty_read_setting(text);
    return strcmp(text, "short") == 0 && size >= 3 ? size / 3 : size;
}

static const char *faulty_path(const char *path)
{
    return path[1] == '\0' ? "." : path + 1;
}

static int faulty_result(long result)
{
    return result < 0 ? -errno : (int)result;
}

/* Returns from a function with a fault, if there is one. */
#define FAULTY_RETURN(fault)                                                                       \
    do {                                                                                           \
        int fault_ = (fault);                                                                      \
        if (fault_ != 0)                                                                           \
            return fault_;                                                                         \
    } while (0)

static void *faulty_init(struct fuse_conn_info *connection, struct fuse_config *config)
{
    (void)connection;
    config->use_ino = 1;
    config->direct_io = 1; /* the kernel would ask for the rest of a short read */
    config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
    return NULL;
}

static int faulty_getattr(const char *path, struct stat *status, struct fuse_file_info *file)
{
    if (path[1] != '\0')
        FAULTY_RETURN(faulty_now());
    if (file != NULL)
        return faulty_result(fstat((int)file->fh, status));
    return faulty_result(fstatat(faulty_below, faulty_path(path), status, AT_SYMLINK_NOFOLLOW));
}

static int faulty_open_as(const char *path, int flags, mode_t mode, struct fuse_file_info *file)
{
    FAULTY_RETURN(faulty_call_now(FAULTY_CALL_RATE));
    int fd = openat(faulty_below, faulty_path(path), flags | O_CLOEXEC, mode);
    if (fd < 0)
        return -errno;
    file->fh = (uint64_t)fd;
    return 0;
}

static int faulty_open(const char *path, struct fuse_file_info *file)
{
    return faulty_open_as(path, file->flags, 0, file);
}

static int faulty_create(const char *path, mode_t mode, struct fuse_file_info *file)
{
    return faulty_open_as(path, file->flags, mode, file);
}

static int faulty_read(
    const char *path, char *bytes, size_t size, off_t at, struct fuse_file_info *file)
{
    (void)path;
    FAULTY_RETURN(faulty_call_now(FAULTY_TRANSFER_RATE));
    return faulty_result(pread((int)file->fh, bytes, faulty_size(size), at));
}

static int faulty_write(
    const char *path, const char *bytes, size_t size, off_t at, struct fuse_file_info *file)
{
    (void)path;
    FAULTY_RETURN(faulty_call_now(FAULTY_TRANSFER_RATE));
    return faulty_result(pwrite((int)file->fh, bytes, faulty_size(size), at));
}

static int faulty_fsync(const char *path, int data_only, struct fuse_file_info *file)
{
    (void)path;
    (void)data_only;
    FAULTY_RETURN(faulty_call_now(FAULTY_CALL_RATE));
    return faulty_result(fsync((int)file->fh));
}

static int faulty_fsyncdir(const char *path, int data_only, struct fuse_file_info *file)
{
    (void)path;
    (void)data_only;
    (void)file;
    FAULTY_RETURN(faulty_call_now(FAULTY_CALL_RATE));
    return faulty_result(fsync(faulty_below));
}

static int faulty_release(const char *path, struct fuse_file_info *file)
{
    (void)path;
    return faulty_result(close((int)file->fh));
}

static int faulty_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t at,
    struct fuse_file_info *file, enum fuse_readdir_flags flags)
{
    (void)at;
    (void)file;
    (void)flags;
    FAULTY_RETURN(faulty_now());
    int fd = openat(faulty_below, faulty_path(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
    if (stream == NULL)
        return -errno;
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;)
        fill(buffer, entry->d_name, NULL, 0, 0);
    closedir(stream);
    return 0;
}

static int faulty_mkdir(const char *path, mode_t mode)
{
    FAULTY_RETURN(faulty_call_now(FAULTY_CALL_RATE));
    return faulty_result(mkdirat(faulty_below, faulty_path(path), mode));
}

static int faulty_unlink(const char *path)
{
    FAULTY_RETURN(faulty_call_now(FAULTY_CALL_RATE));
    return faulty_result(unlinkat(faulty_below, faulty_path(path), 0));
}

static int faulty_rmdir(const char *path)
{
    FAULTY_RETURN(faulty_call_now(FAULTY_CALL_RATE));
    return faulty_result(unlinkat(faulty_below, faulty_path(path), AT_REMOVEDIR));
}

static int faulty_rename(const char *from, const char *to, unsigned flags)
{
    FAULTY_RETURN(faulty_call_now(FAULTY_CALL_RATE));
    return faulty_result(
        renameat2(faulty_below, faulty_path(from), faulty_below, faulty_path(to), flags));
}

static int faulty_chmod(const char *path, mode_t mode, struct fuse_file_info *file)
{
    (void)file;
    FAULTY_RETURN(faulty_call_now(FAULTY_CALL_RATE));
    return faulty_result(fchmodat(faulty_below, faulty_path(path), mode, 0));
}

static int faulty_statfs(const char *path, struct statvfs *status)
{
    (void)path;
    FAULTY_RETURN(faulty_now());
    return faulty_result(fstatvfs(faulty_below, status));
}

static const struct fuse_operations faulty_operations = {
    .init = faulty_init,
    .getattr = faulty_getattr,
    .open = faulty_open,
    .create = faulty_create,
    .read = faulty_read,
    .write = faulty_write,
    .fsync = faulty_fsync,
    .fsyncdir = faulty_fsyncdir,
    .release = faulty_release,
    .readdir = faulty_readdir,
    .mkdir = faulty_mkdir,
    .unlink = faulty_unlink,
    .rmdir = faulty_rmdir,
    .rename = faulty_rename,
    .chmod = faulty_chmod,
    .statfs = faulty_statfs,
};

int main(int argc, char **argv)
{
    if (argc < 4) {
        fputs("usage: faulty BELOW FAULT MOUNT [OPTION...]\n", stderr);
        return 2;
    }
    faulty_below = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    faulty_setting = argv[2];
    if (faulty_below < 0) {
        perror(argv[1]);
        return 1;
    }
    umask(0);
    argv[2] = argv[0];
    return fuse_main(argc - 2, argv + 2, &faulty_operations, NULL);
}
