/* SPDX-License-Identifier: Apache-2.0
 *
 * What a confined process can and cannot do. Each case runs in its own process, because a process
 * cannot leave its sandbox.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "daemon/sandbox/confine.h"
#include "tests/unit/check_main.h"

/* --- inside --------------------------------------------------------------------------------- */

/* The first failed check goes to a pipe: Check's assertions need files and signals, which a
 * confined process does not have. */
static int result_fd = -1;

static void hold(bool holds, const char *what)
{
    if (holds)
        return;
    char line[200];
    int n = snprintf(line, sizeof line, "%s (%s)", what, strerror(errno));
    if (write(result_fd, line, (size_t)n) != n)
        _exit(3);
    _exit(1);
}

#define HOLDS(what) hold((what), #what)
#define REFUSED(call, failure)                                                                     \
    do {                                                                                           \
        errno = 0;                                                                                 \
        long got_ = (long)(call);                                                                  \
        hold(got_ == -1 && errno == (failure), #call);                                             \
    } while (0)

static struct sandbox_paths scratch_paths(void)
{
    static const char *readable[3];
    readable[0] = in_scratch("specs");
    readable[1] = in_scratch("nowhere");
    return (struct sandbox_paths){readable, 2, in_scratch("queue"), in_scratch("queue/.stage.1")};
}

static void confine_or_exit(void)
{
    struct confine_settings settings = confine_defaults;
    struct sandbox_paths paths = scratch_paths();
    char missing[256];
    settings.mode = CONFINE_YES;
    HOLDS(confine_self(&settings, &paths, missing, sizeof missing));
    HOLDS(missing[0] == '\0');
}

static void files_inside(void)
{
    const char *secret = in_scratch("outside/secret"), *spec = in_scratch("specs/base.yaml");
    int stage = open(in_scratch("queue/.stage.1"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int queue = open(in_scratch("queue"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    confine_or_exit();
    HOLDS(open(spec, O_RDONLY | O_CLOEXEC) >= 0);
    REFUSED(open(spec, O_WRONLY | O_CLOEXEC), EACCES);
    REFUSED(unlinkat(AT_FDCWD, spec, 0), EACCES);
    REFUSED(open("/etc/passwd", O_RDONLY | O_CLOEXEC), EACCES);
    REFUSED(open(secret, O_RDONLY | O_CLOEXEC), EACCES);
    REFUSED(open(secret, O_WRONLY | O_CLOEXEC), EACCES);
    REFUSED(open(in_scratch("specs/link"), O_RDONLY | O_CLOEXEC), EACCES);
    REFUSED(open("/proc/self/mem", O_RDWR | O_CLOEXEC), EACCES);
    REFUSED(open(in_scratch("outside/new"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600), EACCES);
    REFUSED(open(in_scratch("queue/new"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600), EACCES);
    REFUSED(mkdirat(AT_FDCWD, in_scratch("outside/new"), 0700), EACCES);
    REFUSED(symlinkat("x", stage, "link"), EPERM);
    REFUSED(linkat(AT_FDCWD, spec, stage, "hard", 0), EPERM);
    REFUSED(fchmodat(queue, "done-1/run.yaml", 0777, 0), EPERM);
    REFUSED(open(in_scratch("queue/done-1/run.yaml"), O_WRONLY | O_CLOEXEC), EACCES);
    REFUSED(unlinkat(queue, "done-1/run.yaml", 0), EACCES);
    /* What a generator needs. */
    HOLDS(mkdirat(stage, "d", 0700) == 0);
    REFUSED(renameat(stage, "d", AT_FDCWD, in_scratch("outside/d")), EACCES);
    int file = openat(stage, "d/a", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    HOLDS(file >= 0 && write(file, "x", 1) == 1 && fsync(file) == 0 && close(file) == 0);
    HOLDS(syncfs(stage) == 0);
    HOLDS(openat(queue, "done-1/run.yaml", O_RDONLY | O_CLOEXEC) >= 0);
    HOLDS(renameat2(queue, ".stage.1", queue, "new-1", RENAME_NOREPLACE) == 0);
    HOLDS(fsync(queue) == 0);
    HOLDS(openat(AT_FDCWD, in_scratch("outside"), O_RDONLY | O_DIRECTORY | O_CLOEXEC) >= 0);
}

static void calls_inside(void)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = 9, .sin_addr.s_addr = 0x0100007f};
    int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    char name[] = "true";
    char *const argv[] = {name, NULL};
    pid_t parent = getppid();
    HOLDS(udp >= 0);
    confine_or_exit();
    REFUSED(socket(AF_INET, SOCK_STREAM, 0), EPERM);
    REFUSED(socket(AF_UNIX, SOCK_STREAM, 0), EPERM);
    REFUSED(connect(udp, (const struct sockaddr *)&address, sizeof address), EPERM);
    REFUSED(sendto(udp, "x", 1, 0, (const struct sockaddr *)&address, sizeof address), EPERM);
    REFUSED(execve("/bin/true", argv, NULL), EPERM);
    REFUSED(syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, NULL, 0), EPERM);
    REFUSED(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0), EPERM);
    REFUSED(syscall(SYS_clone3, NULL, 0), EPERM);
    REFUSED(ptrace(PTRACE_TRACEME, 0, NULL, NULL), EPERM);
    REFUSED(ptrace(PTRACE_ATTACH, parent, NULL, NULL), EPERM);
    REFUSED(mount("none", "/tmp", "tmpfs", 0, NULL), EPERM);
    REFUSED(kill(parent, 0), EPERM);
    REFUSED(syscall(SYS_tgkill, parent, parent, 0), EPERM);
    REFUSED(setuid(0), EPERM);
    REFUSED(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), EPERM);
    REFUSED(syscall(SYS_io_uring_setup, 1, NULL), EPERM);
    HOLDS(nanosleep(&(struct timespec){.tv_nsec = 1}, NULL) == 0); /* waiting for a lock */
    REFUSED(syscall(SYS_process_vm_readv, parent, NULL, 0, NULL, 0, 0), EPERM);
    REFUSED(ioctl(0, TIOCSTI, "x"), EPERM);
    HOLDS(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
              0) == MAP_FAILED);
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    HOLDS(page != MAP_FAILED);
    REFUSED(mprotect(page, 4096, PROT_READ | PROT_EXEC), EPERM);
    HOLDS(mprotect(page, 4096, PROT_READ) == 0);
    /* Allocations still work. */
    char *text = malloc(10000000);
    HOLDS(text != NULL);
    memset(text, 1, 10000000);
    free(text);
    HOLDS(syscall(SYS_tgkill, getpid(), gettid(), 0) == 0);
}

/* --- known ways out ------------------------------------------------------------------------- */

/* The calls that do not depend on their arguments. Every other number must be refused, also those
 * that this kernel or this C library does not know. */
static bool tricks_is_allowed(long number)
{
    static const long allowed[] = {
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
        SYS_faccessat,
        SYS_mkdirat,
        SYS_unlinkat,
        SYS_renameat2,
        SYS_flock,
        SYS_fsync,
        SYS_fdatasync,
        SYS_syncfs,
        SYS_sync_file_range,
        SYS_brk,
        SYS_munmap,
        SYS_mremap,
        SYS_madvise,
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
        SYS_clock_nanosleep,
        SYS_nanosleep,
        SYS_gettimeofday,
        SYS_renameat,
#ifdef SYS_open
        SYS_stat,
        SYS_lstat,
        SYS_access,
        SYS_rename,
        SYS_mkdir,
        SYS_rmdir,
        SYS_unlink,
        SYS_time,
#endif
    };
    for (size_t i = 0; i < COUNT(allowed); i++) {
        if (allowed[i] == number)
            return true;
    }
    return false;
}

/* uretprobe and uprobe of Linux 6.14 pass every filter; outside a probe they end the process. */
static bool tricks_is_probe(long number)
{
    return number == 335 || number == 336;
}

/* With arguments of -1 the calls that depend on them (mmap, fcntl, open, ...) are refused, too. */
static void every_other_call(void)
{
    const long x32 = 0x40000000;
    char what[80];
    confine_or_exit();
    for (long number = 0; number < 1024; number++) {
        for (int abi = 0; abi < 2; abi++) {
            if (abi == 0 && (tricks_is_allowed(number) || tricks_is_probe(number)))
                continue;
            errno = 0;
            long got = syscall(abi == 0 ? number : number | x32, -1L, -1L, -1L, -1L, -1L, -1L);
            snprintf(what, sizeof what, "call %ld is refused", number);
            hold(got == -1 && errno == EPERM, what);
        }
    }
}

/* By the filter alone: what old versions of Landlock do not stop. */
static void truncating_and_signals_by_fcntl(void)
{
    int ends[2], fd = open(in_scratch("specs/base.yaml"), O_RDONLY | O_CLOEXEC);
    HOLDS(fd >= 0 && pipe(ends) == 0);
    HOLDS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && confine_syscalls() == 0);
    REFUSED(open(in_scratch("specs/base.yaml"), O_RDONLY | O_TRUNC | O_CLOEXEC), EPERM);
    REFUSED(syscall(SYS_openat, AT_FDCWD, in_scratch("specs/base.yaml"), O_TRUNC, 0), EPERM);
    REFUSED(ftruncate(fd, 0), EPERM);
    REFUSED(fcntl(ends[0], F_SETOWN, getpid()), EPERM);
    REFUSED(fcntl(ends[0], F_SETSIG, SIGKILL), EPERM);
    REFUSED(fcntl(ends[0], F_SETFL, O_ASYNC), EPERM);
    REFUSED(fcntl(fd, F_SETLEASE, F_RDLCK), EPERM);
    REFUSED(fcntl(fd, F_NOTIFY, 1), EPERM);
    REFUSED(ioctl(ends[0], FIOASYNC, &fd), EPERM);
    HOLDS(fcntl(fd, F_GETFL) >= 0 && fcntl(fd, F_GETFD) >= 0);
    HOLDS(open(in_scratch("specs/base.yaml"), O_RDONLY | O_CLOEXEC) >= 0);
}

/* Ways around the rules for paths: descriptors opened again, other names of the same file. */
static void other_names_of_files(void)
{
    char path[200];
    const pid_t parent = getppid();
    int spec = open(in_scratch("specs/base.yaml"), O_RDONLY | O_CLOEXEC);
    int outside = open(in_scratch("outside"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int handle = open(in_scratch("outside/secret"), O_PATH | O_CLOEXEC);
    int stage = open(in_scratch("queue/.stage.1"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    HOLDS(spec >= 0 && outside >= 0 && handle >= 0 && stage >= 0);
    confine_or_exit();
    snprintf(path, sizeof path, "/proc/self/fd/%d", spec);
    REFUSED(open(path, O_RDWR | O_CLOEXEC), EACCES);
    snprintf(path, sizeof path, "/proc/self/fd/%d", handle);
    REFUSED(open(path, O_RDONLY | O_CLOEXEC), EACCES);
    REFUSED(openat(outside, "secret", O_RDONLY | O_CLOEXEC), EACCES);
    REFUSED(openat(stage, "../../outside/secret", O_RDONLY | O_CLOEXEC), EACCES);
    snprintf(path, sizeof path, "/proc/self/root%s", in_scratch("outside/secret"));
    REFUSED(open(path, O_RDONLY | O_CLOEXEC), EACCES);
    static const char *const of_parent[] = {
        "mem", "environ", "maps", "fd/0", "root/etc/passwd", "cwd/x", "oom_score_adj", "task"};
    for (size_t i = 0; i < COUNT(of_parent); i++) {
        snprintf(path, sizeof path, "/proc/%d/%s", (int)parent, of_parent[i]);
        hold(open(path, O_RDWR | O_CLOEXEC) == -1, path);
    }
    REFUSED(open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC), EACCES);
    REFUSED(open("/proc/sys/kernel/core_pattern", O_RDONLY | O_CLOEXEC), EACCES);
    REFUSED(open("/dev/null", O_RDWR | O_CLOEXEC), EACCES);
    REFUSED(openat(outside, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), EACCES);
    REFUSED(renameat2(outside, "secret", stage, "secret", 0), EACCES);
    REFUSED(renameat2(outside, "secret", stage, ".", RENAME_EXCHANGE), EBUSY);
    REFUSED(unlinkat(outside, "secret", 0), EACCES);
}

/* --- older kernels -------------------------------------------------------------------------- */

/* Makes calls fail as on a kernel without Landlock, or without seccomp filters. */
static void pretend_without(bool landlock, bool filters)
{
    const unsigned no_call = 0xffff;
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, landlock ? SYS_landlock_create_ruleset : no_call, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, filters ? SYS_seccomp : no_call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, filters ? SYS_prctl : no_call, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {COUNT(filter), filter};
    HOLDS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    HOLDS(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0);
}

static bool confine_as(enum confine_mode mode, char missing[256])
{
    struct confine_settings settings = confine_defaults;
    struct sandbox_paths paths = scratch_paths();
    settings.mode = mode;
    return confine_self(&settings, &paths, missing, 256);
}

static void without_landlock(void)
{
    char missing[256];
    pretend_without(true, false);
    HOLDS(!confine_as(CONFINE_YES, missing));
    HOLDS(strcmp(missing, "Landlock: Function not implemented") == 0);
}

static void without_landlock_still_filtered(void)
{
    char missing[256];
    pretend_without(true, false);
    HOLDS(confine_as(CONFINE_TRY, missing));
    HOLDS(strcmp(missing, "Landlock: Function not implemented") == 0);
    REFUSED(socket(AF_INET, SOCK_STREAM, 0), EPERM);
}

static void without_filters_files_are_closed(void)
{
    char missing[256];
    pretend_without(false, true);
    HOLDS(confine_as(CONFINE_TRY, missing));
    HOLDS(strcmp(missing, "seccomp: Invalid argument") == 0);
    REFUSED(open("/etc/passwd", O_RDONLY | O_CLOEXEC), EACCES);
}

static void without_both(void)
{
    char missing[256];
    pretend_without(true, true);
    HOLDS(confine_as(CONFINE_TRY, missing));
    HOLDS(strcmp(missing, "Landlock: Function not implemented, seccomp: Invalid argument") == 0);
    HOLDS(open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0);
}

static void not_asked_for(void)
{
    char missing[256];
    HOLDS(confine_as(CONFINE_NO, missing));
    HOLDS(missing[0] == '\0');
    HOLDS(open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0);
    HOLDS(socket(AF_INET, SOCK_STREAM, 0) >= 0);
}

/* --- limits --------------------------------------------------------------------------------- */

static void limits_inside(void)
{
    const struct confine_settings settings = {CONFINE_NO, (uint64_t)1 << 40, 7, 100, 64, 0027};
    struct rlimit limit;
    struct stat status;
    int death = 0;
    confine_limit(&settings);
    HOLDS(getrlimit(RLIMIT_CPU, &limit) == 0 && limit.rlim_cur == 7 && limit.rlim_max == 7);
    HOLDS(getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_max == 100);
    HOLDS(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max == 64);
    HOLDS(getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0);
#ifndef __SANITIZE_ADDRESS__
    HOLDS(getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_max == (uint64_t)1 << 40);
#endif
    HOLDS(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
    HOLDS(prctl(PR_GET_PDEATHSIG, &death, 0, 0, 0) == 0 && death == SIGKILL);
    char bytes[200] = {0};
    int file = open(in_scratch("outside/big"), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    HOLDS(file >= 0 && fstat(file, &status) == 0 && (status.st_mode & 0777) == 0640);
    HOLDS(write(file, bytes, sizeof bytes) == 100);
    REFUSED(write(file, bytes, sizeof bytes), EFBIG);
    /* Limits are never raised. */
    const struct confine_settings more = {CONFINE_NO, UINT64_MAX, 8, 200, 128, 0027};
    confine_limit(&more);
    HOLDS(getrlimit(RLIMIT_CPU, &limit) == 0 && limit.rlim_cur == 7);
}

/* --- outside -------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    void (*body)(void);
} cases[] = {
    {"files", files_inside},
    {"calls", calls_inside},
    {"every other call", every_other_call},
    {"truncating and signals by fcntl", truncating_and_signals_by_fcntl},
    {"other names of files", other_names_of_files},
    {"without Landlock", without_landlock},
    {"without Landlock, but filtered", without_landlock_still_filtered},
    {"without filters", without_filters_files_are_closed},
    {"without both", without_both},
    {"not asked for", not_asked_for},
    {"limits", limits_inside},
};

static void make_directories(void)
{
    static const char *const directories[] = {
        "specs", "outside", "queue", "queue/.stage.1", "queue/done-1"};
    for (size_t i = 0; i < COUNT(directories); i++)
        ck_assert_int_eq(mkdir(in_scratch(directories[i]), 0700), 0);
    write_file(in_scratch("specs/base.yaml"), "seed: 1\n");
    write_file(in_scratch("outside/secret"), "secret\n");
    write_file(in_scratch("queue/done-1/run.yaml"), "seed: 1\n");
    ck_assert_int_eq(symlink("../outside/secret", in_scratch("specs/link")), 0);
}

START_TEST(one_case)
{
    int ends[2], status;
    char said[256] = "";
    make_directories();
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        result_fd = ends[1];
        cases[_i].body();
        _exit(0);
    }
    close(ends[1]);
    ssize_t n = read(ends[0], said, sizeof said - 1);
    ck_assert_int_ge((int)n, 0);
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(status == 0, "%s: status %d: %s", cases[_i].name, status, said);
    CLEANUP_FREE char *secret = slurp(in_scratch("outside/secret"));
    ck_assert_str_eq(secret, "secret\n");
}
END_TEST

START_TEST(settings_are_read)
{
    struct confine_settings settings = confine_defaults;
    const char *wrong;
    char text[] = "confine=yes,memory=1000,cpu=2,file_size=3,open_files=4,umask=027";
    ck_assert(confine_read(&settings, text, &wrong));
    ck_assert_int_eq(settings.mode, CONFINE_YES);
    ck_assert_uint_eq(settings.memory, 1000);
    ck_assert_uint_eq(settings.cpu, 2);
    ck_assert_uint_eq(settings.file_size, 3);
    ck_assert_uint_eq(settings.open_files, 4);
    ck_assert_uint_eq(settings.umask, 0027);
    static const char *const bad[] = {"confine", "confine=maybe", "memory=", "memory=-1",
        "memory=1k", "cpu= 1", "umask=8", "umask=1000", "memory=99999999999999999999", "colour=1",
        "memory=1,,cpu=1"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        CLEANUP_FREE char *copy = strdup(bad[i]);
        ck_assert_msg(!confine_read(&settings, copy, &wrong), "%s", bad[i]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("confine");
    TCase *tc = add_case(suite, "confine");
    use_scratch(tc);
    /* The filter would also apply to valgrind's own calls, and valgrind does not know Landlock. */
    if (!under_valgrind())
        tcase_add_loop_test(tc, one_case, 0, COUNT(cases));
    tcase_add_test(tc, settings_are_read);
    return check_main(suite);
}
