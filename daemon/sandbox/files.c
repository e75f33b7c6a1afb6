/* SPDX-License-Identifier: Apache-2.0
 *
 * Landlock. libc has no functions for it, and <linux/landlock.h> may be older than the kernel, so
 * what later versions added is written as numbers.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/sandbox/confine.h"

/* struct landlock_ruleset_attr of version 6. Older kernels accept it if the rest is 0. */
struct files_ruleset {
    uint64_t handled_access_fs;  /* denied unless a rule allows it */
    uint64_t handled_access_net; /* version 4: bind() and connect() of TCP sockets */
    uint64_t scoped;             /* version 6: abstract sockets, signals */
};

/* Everything that this version of Landlock can deny. */
static struct files_ruleset files_all_rights(long version)
{
    /* Added after version 1: REFER, TRUNCATE, IOCTL_DEV. */
    static const unsigned n_rights[] = {0, 13, 14, 15, 15, 16};
    const long newest = sizeof n_rights / sizeof *n_rights - 1;
    struct files_ruleset all = {0};
    if (version > newest)
        all.handled_access_fs = ((uint64_t)1 << n_rights[newest]) - 1;
    else
        all.handled_access_fs = ((uint64_t)1 << n_rights[version]) - 1;
    if (version >= 4)
        all.handled_access_net = 3;
    if (version >= 6)
        all.scoped = 3;
    return all;
}

/* Allows `rights` below `path`; nothing if it does not exist. 0, or an errno value. */
static int files_allow(int ruleset, const char *path, uint64_t rights)
{
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int failure = 0;
    if (fd < 0 && (errno == ENOENT || errno == EACCES || errno == ENOTDIR))
        return 0;
    if (fd < 0)
        return errno;
    struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = fd};
    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
        failure = errno;
    close(fd);
    return failure;
}

static int files_allow_all(int ruleset, const struct sandbox_paths *paths)
{
    int failure = files_allow(ruleset, "/", LANDLOCK_ACCESS_FS_READ_DIR);
    for (size_t i = 0; failure == 0 && i < paths->n_readable; i++)
        failure = files_allow(ruleset, paths->readable[i], LANDLOCK_ACCESS_FS_READ_FILE);
    /* Renaming the stage to its final name removes one directory and makes another. */
    if (failure == 0)
        failure = files_allow(ruleset, paths->queue,
            LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                LANDLOCK_ACCESS_FS_REMOVE_DIR);
    if (failure == 0)
        failure = files_allow(ruleset, paths->stage,
            LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |
                LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR);
    return failure;
}

int confine_files(const struct sandbox_paths *paths)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 0)
        return errno;
    if (version == 0)
        return ENOSYS;
    struct files_ruleset all = files_all_rights(version);
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    if (ruleset < 0)
        return errno;
    int failure = files_allow_all(ruleset, paths);
    if (failure == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
        failure = errno;
    close(ruleset);
    return failure;
}
