/* SPDX-License-Identifier: Apache-2.0
 *
 * Landlock. Its header may be older than the kernel, and libc has no functions for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/sandbox/confine.h"

/* The same numbers on all architectures. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

#define VERSION_ONLY 1u /* LANDLOCK_CREATE_RULESET_VERSION */
#define PATH_BENEATH 1  /* LANDLOCK_RULE_PATH_BENEATH */

/* LANDLOCK_ACCESS_FS_… */
#define WRITE_FILE ((uint64_t)1 << 1)
#define READ_FILE ((uint64_t)1 << 2)
#define READ_DIR ((uint64_t)1 << 3)
#define REMOVE_DIR ((uint64_t)1 << 4)
#define REMOVE_FILE ((uint64_t)1 << 5)
#define MAKE_DIR ((uint64_t)1 << 7)
#define MAKE_REG ((uint64_t)1 << 8)

/* struct landlock_ruleset_attr; a kernel that knows less of it accepts zeros behind that. */
struct ruleset {
    uint64_t files;   /* what is forbidden unless a rule allows it */
    uint64_t network; /* bind() and connect() of TCP: no rule allows them */
    uint64_t scopes;  /* abstract sockets and signals stay among processes like this */
};

/* struct landlock_path_beneath_attr */
struct rule {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

/* All that this version of Landlock can forbid. */
static struct ruleset everything(int version)
{
    /* 13 rights from the beginning; moving to another directory, truncating, ioctl() of devices */
    unsigned rights = version >= 5 ? 16 : version >= 3 ? 15 : version >= 2 ? 14 : 13;
    return (struct ruleset){
        .files = ((uint64_t)1 << rights) - 1,
        .network = version >= 4 ? 3 : 0,
        .scopes = version >= 6 ? 3 : 0,
    };
}

/* 0, or an errno value. Where there is nothing, there is nothing to allow. */
static int allow(int ruleset, const char *path, uint64_t rights)
{
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == EACCES || errno == ENOTDIR ? 0 : errno;
    struct rule rule = {rights, fd};
    int failure = syscall(SYS_landlock_add_rule, ruleset, PATH_BENEATH, &rule, 0) == 0 ? 0 : errno;
    close(fd);
    return failure;
}

static int allow_all(int ruleset, const struct sandbox_paths *places)
{
    int failure = allow(ruleset, "/", READ_DIR);
    for (size_t i = 0; failure == 0 && i < places->n_readable; i++)
        failure = allow(ruleset, places->readable[i], READ_FILE);
    /* The rename to the final name counts as removing one directory and making another. */
    if (failure == 0)
        failure = allow(ruleset, places->queue, READ_FILE | MAKE_DIR | REMOVE_DIR);
    if (failure == 0)
        failure = allow(ruleset, places->stage,
            READ_FILE | WRITE_FILE | MAKE_REG | MAKE_DIR | REMOVE_FILE | REMOVE_DIR);
    return failure;
}

int confine_files(const struct sandbox_paths *places)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION_ONLY);
    if (version < 1)
        return version < 0 ? errno : ENOSYS;
    struct ruleset all = everything((int)version);
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    if (ruleset < 0)
        return errno;
    int failure = allow_all(ruleset, places);
    if (failure == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
        failure = errno;
    close(ruleset);
    return failure;
}
