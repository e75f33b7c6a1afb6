/* SPDX-License-Identifier: Apache-2.0
 *
 * The seccomp filter: an allowlist. Every other call fails with EPERM instead of killing the
 * process, because a C library may try calls that it can do without.
 */
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/sandbox/confine.h"

/* Allowed with any arguments. Those that an architecture does not have are skipped. */
static const int syscalls_allowed[] = {
    /* files: Landlock decides which; open(), openat() and fcntl() depend on their arguments */
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(close),
    SCMP_SYS(lseek),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),
    SCMP_SYS(getdents64),
    SCMP_SYS(faccessat),
    SCMP_SYS(mkdirat),
    SCMP_SYS(unlinkat),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(flock),
    /* the older forms, used by C libraries other than glibc */
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(access),
    SCMP_SYS(rename),
    SCMP_SYS(mkdir),
    SCMP_SYS(rmdir),
    SCMP_SYS(unlink),
    /* fsync and similar */
    SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),
    SCMP_SYS(syncfs),
    SCMP_SYS(sync_file_range),
    /* memory; mmap() and mprotect() depend on their arguments */
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    /* this process */
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(futex),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(sched_yield),
    SCMP_SYS(getrandom),
    SCMP_SYS(uname),
    SCMP_SYS(sysinfo),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep), /* waiting for a lock */
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
};

/* Allowed if this holds for one of their arguments. */
struct syscalls_condition {
    int call;
    struct scmp_arg_cmp argument;
};

/* 0, or a negative errno value, as from libseccomp's functions. */
static int syscalls_add_rules(scmp_filter_ctx filter)
{
    const struct syscalls_condition conditions[] = {
        /* Before version 3, Landlock lets a file that may be read be truncated. */
        {SCMP_SYS(openat), SCMP_A2(SCMP_CMP_MASKED_EQ, O_TRUNC, 0)},
        {SCMP_SYS(open), SCMP_A1(SCMP_CMP_MASKED_EQ, O_TRUNC, 0)},
        /* Not F_SETOWN and F_SETSIG, which send any signal to any process of this user: before
         * version 6, Landlock allows it. Not F_SETLEASE, which makes others wait in open(). */
        {SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_GETFD)},
        {SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_SETFD)},
        {SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_GETFL)},
        {SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_DUPFD_CLOEXEC)},
        /* no executable memory */
        {SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
        {SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
        /* isatty(), and the width of a terminal */
        {SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, TCGETS)},
        {SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, TIOCGWINSZ)},
        /* abort() */
        {SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid())},
    };
    const size_t n_allowed = sizeof syscalls_allowed / sizeof *syscalls_allowed;
    const size_t n_conditions = sizeof conditions / sizeof *conditions;
    int result = 0;
    for (size_t i = 0; result == 0 && i < n_allowed; i++)
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, syscalls_allowed[i], 0);
    for (size_t i = 0; result == 0 && i < n_conditions; i++)
        result =
            seccomp_rule_add(filter, SCMP_ACT_ALLOW, conditions[i].call, 1, conditions[i].argument);
    return result;
}

static int syscalls_load(scmp_filter_ctx filter)
{
    /* Report the kernel's errno instead of ECANCELED. */
    int result = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
    /* Kill on calls of another architecture: its numbers mean other calls. */
    if (result == 0)
        result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (result == 0)
        result = syscalls_add_rules(filter);
    /* x32 has x86-64's architecture number. Added after the rules, it has none: EPERM. */
    if (result == 0)
        result = seccomp_arch_add(filter, SCMP_ARCH_X32);
    if (result == 0)
        result = seccomp_load(filter);
    return result;
}

int confine_syscalls(void)
{
    /* The list has not been tested on other architectures. */
    uint32_t architecture = seccomp_arch_native();
    if (architecture != SCMP_ARCH_X86_64 && architecture != SCMP_ARCH_AARCH64)
        return ENOSYS;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (filter == NULL)
        return ENOMEM;
    int result = syscalls_load(filter);
    seccomp_release(filter);
    return -result;
}
