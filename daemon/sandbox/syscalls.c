/* SPDX-License-Identifier: Apache-2.0
 *
 * The seccomp filter: a list of what is allowed. All else fails with EPERM, so that what a C
 * library merely tries does no harm, and what is an attack comes to nothing.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/sandbox/confine.h"

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#endif

#ifndef OUR_ARCH

int confine_calls(void)
{
    return ENOSYS; /* the list was not looked at there */
}

#else

/* Whatever their arguments are. */
static const int allowed[] = {
    /* files: where, Landlock decides */
    SYS_openat,
    SYS_read,
    SYS_readv,
    SYS_pread64,
    SYS_write,
    SYS_writev,
    SYS_close,
    SYS_lseek,
    SYS_fstat,
    SYS_newfstatat,
    SYS_statx,
    SYS_statfs,
    SYS_fstatfs,
    SYS_getdents64,
    SYS_fcntl,
    SYS_faccessat,
    SYS_mkdirat,
    SYS_unlinkat,
    SYS_renameat2,
    SYS_flock,
#ifdef SYS_renameat
    SYS_renameat,
#endif
#ifdef SYS_open /* what other C libraries than glibc call */
    SYS_open,
    SYS_stat,
    SYS_lstat,
    SYS_access,
    SYS_rename,
    SYS_mkdir,
    SYS_rmdir,
    SYS_unlink,
#endif
    /* stable storage */
    SYS_fsync,
    SYS_fdatasync,
    SYS_syncfs,
    SYS_sync_file_range,
    /* memory; mmap() and mprotect() are below */
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    /* this process */
    SYS_exit,
    SYS_exit_group,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_restart_syscall,
    SYS_futex,
    SYS_getpid,
    SYS_gettid,
    SYS_sched_yield,
    SYS_getrandom,
    SYS_uname,
    SYS_sysinfo,
    SYS_clock_gettime,
    SYS_gettimeofday,
#ifdef SYS_time
    SYS_time,
#endif
};

enum { N_ALLOWED = sizeof allowed / sizeof *allowed };

/* Fields of what a filter looks at; of arguments the lower half, which is all that counts here. */
#define NUMBER offsetof(struct seccomp_data, nr)
#define ARCH offsetof(struct seccomp_data, arch)
#define ARGUMENT(n) (offsetof(struct seccomp_data, args) + 8 * (n))

/* Loads a field; ends with a verdict; goes on after `skip` more when the field is (or is not, or
 * has none of) what is given. */
#define LOAD(field) ((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (field)))
#define END(verdict) ((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (verdict)))
#define SKIP_IF(value, skip)                                                                       \
    ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, skip, 0))
#define SKIP_UNLESS(value, skip)                                                                   \
    ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip))
#define SKIP_WITHOUT(bits, skip)                                                                   \
    ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, skip))

#define ALLOW SECCOMP_RET_ALLOW
#define REFUSE (SECCOMP_RET_ERRNO | EPERM)

int confine_calls(void)
{
    struct sock_filter filter[2 * N_ALLOWED + 32];
    unsigned short n = 0;
    /* Another architecture has other numbers. (x32's have a bit that none here has.) */
    filter[n++] = LOAD(ARCH);
    filter[n++] = SKIP_IF(OUR_ARCH, 1);
    filter[n++] = END(SECCOMP_RET_KILL_PROCESS);
    filter[n++] = LOAD(NUMBER);
    for (size_t i = 0; i < N_ALLOWED; i++) {
        filter[n++] = SKIP_UNLESS((unsigned)allowed[i], 1);
        filter[n++] = END(ALLOW);
    }
    /* Memory that is not to be run. */
    filter[n++] = SKIP_IF(SYS_mmap, 1);
    filter[n++] = SKIP_UNLESS(SYS_mprotect, 4);
    filter[n++] = LOAD(ARGUMENT(2));
    filter[n++] = SKIP_WITHOUT(PROT_EXEC, 1);
    filter[n++] = END(REFUSE);
    filter[n++] = END(ALLOW);
    /* Asking whether something is a terminal, and how wide. */
    filter[n++] = SKIP_UNLESS(SYS_ioctl, 5);
    filter[n++] = LOAD(ARGUMENT(1));
    filter[n++] = SKIP_IF(TCGETS, 1);
    filter[n++] = SKIP_UNLESS(TIOCGWINSZ, 1);
    filter[n++] = END(ALLOW);
    filter[n++] = END(REFUSE);
    /* abort(), which is a signal to itself. */
    filter[n++] = SKIP_UNLESS(SYS_tgkill, 3);
    filter[n++] = LOAD(ARGUMENT(0));
    filter[n++] = SKIP_UNLESS((unsigned)getpid(), 1);
    filter[n++] = END(ALLOW);
    filter[n++] = END(REFUSE);
    struct sock_fprog program = {n, filter};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0 ? 0 : errno;
}

#endif
