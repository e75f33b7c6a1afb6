/* SPDX-License-Identifier: Apache-2.0
 *
 * Tries what sweepd and its generators need in the sandbox of a service, and what they must not be
 * able to do. Prints a line for each; exit status 0 if all are as expected.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int failures;

static void line(const char *what, bool expected, bool done)
{
    const char *error = strerror(errno), *outcome = expected ? "is allowed" : "is refused";
    if (expected == done) {
        printf("ok    %s %s\n", what, outcome);
        return;
    }
    printf("FAIL  %s %s: %s\n", what, outcome, error);
    failures++;
}

int main(void)
{
    struct rlimit none = {0, 0};
    struct sched_param high = {.sched_priority = 1};
    uint32_t action = SECCOMP_RET_ERRNO;
    line("setrlimit", true, setrlimit(RLIMIT_CORE, &none) == 0);
    line("seccomp", true, syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0);
    /* Without Landlock the kernel returns one of these errors; a filter would return EPERM. */
    line("landlock", true,
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0 ||
            errno == ENOSYS || errno == EOPNOTSUPP);
    line("inotify", true, inotify_init1(IN_CLOEXEC) >= 0);
    line("a local socket", true, socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
    line("reading the boot id", true, open("/proc/sys/kernel/random/boot_id", O_RDONLY) >= 0);
    line("renaming without replacing", true,
        renameat2(AT_FDCWD, "/nothing", AT_FDCWD, "/nowhere", RENAME_NOREPLACE) == 0 ||
            errno == ENOENT || errno == EROFS);
    line("an internet socket", false, socket(AF_INET, SOCK_STREAM, 0) >= 0);
    line("writing in /etc", false, open("/etc/written", O_WRONLY | O_CREAT, 0600) >= 0);
    line("writing in /usr", false, open("/usr/written", O_WRONLY | O_CREAT, 0600) >= 0);
    line("listing /root", false, open("/root/.", O_RDONLY | O_DIRECTORY) >= 0);
    line("a disk", false, open("/dev/vda", O_RDONLY) >= 0 || open("/dev/sda", O_RDONLY) >= 0);
    line("a kernel setting", false, open("/proc/sys/kernel/core_pattern", O_WRONLY) >= 0);
    line("a new namespace", false, unshare(CLONE_NEWUSER) == 0);
    line("writable code", false,
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
            MAP_FAILED);
    line("real-time", false, sched_setscheduler(0, SCHED_FIFO, &high) == 0);
    line("becoming root", false, setuid(0) == 0);
    return failures == 0 ? 0 : 1;
}
