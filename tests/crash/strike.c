/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a program and strikes at one of its system calls: kills the process before the call, makes
 * the call fail, or makes it transfer fewer bytes than requested.
 *
 *   strike --record FILE -- PROGRAM...
 *   strike (--kill | --kill-all | --short | --fail ERRNO) FILE [--sticky] ROLE N -- PROGRAM...
 *
 * The program with all its threads is role 0; each process that it starts is the next role. N is
 * the number of a role's call, from 1. A recorded call is one line: role, N, system call number,
 * and 1 if it changes the disk, 2 if it reads from it, 3 if it transfers other bytes, else 0. FILE
 * gets these lines, or that of the struck call.
 *
 * strace cannot do this: it counts by thread and kind of call, and cannot make a short write, only
 * report one. Exit status: the program's, 128 + its signal, or 125.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

enum { MAX_TASKS = 512, MAX_ROLES = 128, TROUBLE = 125 };
enum action { RECORD, KILL, KILL_ALL, FAIL, SHORTEN };
enum kind { OTHER, CHANGES, READS, MOVES };

static struct task {
    pid_t tid, tgid;
    int role;     /* -1: its parent has not reported it yet */
    bool failing; /* its present call was replaced */
} tasks[MAX_TASKS];

static enum action action = RECORD;
static int wanted_role, error_number, roles = 1;
static bool sticky, struck, over;
static unsigned long wanted, counts[MAX_ROLES];
static FILE *record;
static pid_t program;

static void give_up(const char *what)
{
    fprintf(stderr, "strike: %s: %s\n", what, strerror(errno));
    if (program > 0)
        kill(program, SIGKILL);
    exit(TROUBLE);
}

static struct task *find(pid_t tid)
{
    for (size_t i = 0; i < MAX_TASKS; i++)
        if (tasks[i].tid == tid)
            return &tasks[i];
    return NULL;
}

static struct task *add(pid_t tid)
{
    struct task *task = find(0);
    if (task == NULL) {
        errno = ENOSPC;
        give_up("too many tasks");
    }
    *task = (struct task){.tid = tid, .tgid = tid, .role = -1};
    return task;
}

/* --- calls ---------------------------------------------------------------------------------- */

/* True for a file or directory; false for a pipe, socket or similar. */
static bool on_disk(pid_t tid, unsigned long fd)
{
    char path[64];
    struct stat status;
    snprintf(path, sizeof path, "/proc/%d/fd/%lu", (int)tid, fd);
    return stat(path, &status) == 0 && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode));
}

static enum kind kind_of(pid_t tid, const struct ptrace_syscall_info *call)
{
    const __u64 *args = call->entry.args;
    switch (call->entry.nr) {
    case SYS_openat:
        return args[2] & O_CREAT ? CHANGES : READS;
    case SYS_mkdir:
    case SYS_mkdirat:
    case SYS_rename:
    case SYS_renameat:
    case SYS_renameat2:
    case SYS_linkat:
    case SYS_unlink:
    case SYS_unlinkat:
    case SYS_syncfs:
    case SYS_fsync:
    case SYS_fdatasync:
    case SYS_ftruncate:
        return CHANGES;
    case SYS_write:
    case SYS_pwrite64:
        return on_disk(tid, args[0]) ? CHANGES : MOVES;
    case SYS_openat2:
    case SYS_getdents64:
        return READS;
    case SYS_read:
    case SYS_pread64:
        return on_disk(tid, args[0]) ? READS : MOVES;
    default:
        return OTHER;
    }
}

static bool moves_bytes(unsigned long number)
{
    return number == SYS_read || number == SYS_write || number == SYS_pread64 ||
           number == SYS_pwrite64;
}

/* A sticky fault means that the storage has failed permanently: other calls still work, and if
 * there is no space left, so do reads. */
static bool concerns_storage(enum kind kind)
{
    return kind == CHANGES || (kind == READS && error_number == EIO);
}

#ifdef __x86_64__
static void replace_call(struct task *task)
{
    long offset = offsetof(struct user_regs_struct, orig_rax);
    if (ptrace(PTRACE_POKEUSER, task->tid, (void *)offset, (void *)-1L) != 0)
        give_up("replacing a call");
    task->failing = true;
}

static void set_result(pid_t tid)
{
    long offset = offsetof(struct user_regs_struct, rax);
    if (ptrace(PTRACE_POKEUSER, tid, (void *)offset, (void *)(long)-error_number) != 0)
        give_up("setting a result");
}

static bool shorten(pid_t tid, const struct ptrace_syscall_info *call)
{
    long offset = offsetof(struct user_regs_struct, rdx);
    unsigned long length = (unsigned long)call->entry.args[2];
    if (!moves_bytes((unsigned long)call->entry.nr) || length < 2)
        return false;
    return ptrace(PTRACE_POKEUSER, tid, (void *)offset, (void *)(length / 2)) == 0;
}
#else
#error "strike knows the registers of x86-64 only"
#endif

static void kill_all(void)
{
    for (size_t i = 0; i < MAX_TASKS; i++)
        if (tasks[i].tid != 0)
            kill(tasks[i].tgid, SIGKILL);
}

static void strike(struct task *task, const struct ptrace_syscall_info *call, unsigned long n)
{
    bool first = !struck;
    enum kind kind = kind_of(task->tid, call);
    struck = true;
    if (action == KILL)
        kill(task->tgid, SIGKILL);
    else if (action == KILL_ALL)
        kill_all();
    else if (action == FAIL)
        replace_call(task);
    else
        struck = shorten(task->tid, call);
    if (first && struck) {
        fprintf(record, "%d %lu %lu %d\n", task->role, n, (unsigned long)call->entry.nr, kind);
        fflush(record); /* for a process that waits for the record */
    }
    over = !sticky || action != FAIL;
}

static void on_entry(struct task *task, const struct ptrace_syscall_info *call)
{
    unsigned long n = ++counts[task->role];
    if (over)
        return;
    if (action == RECORD) {
        fprintf(record, "%d %lu %lu %d\n", task->role, n, (unsigned long)call->entry.nr,
            kind_of(task->tid, call));
        return;
    }
    if (task->role == wanted_role && n == wanted)
        strike(task, call, n);
    else if (struck && sticky && concerns_storage(kind_of(task->tid, call)))
        strike(task, call, n);
}

static void on_call(struct task *task)
{
    struct ptrace_syscall_info call;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, task->tid, (void *)sizeof call, &call) < 0)
        return; /* killed meanwhile */
    if (call.op == PTRACE_SYSCALL_INFO_ENTRY) {
        on_entry(task, &call);
    } else if (task->failing) {
        set_result(task->tid);
        task->failing = false;
    }
}

/* --- tasks ---------------------------------------------------------------------------------- */

/* After the strike there is nothing left to trace: detach. */
static void resume(struct task *task, int signal_number)
{
    bool leave = over && !task->failing;
    ptrace(leave ? PTRACE_DETACH : PTRACE_SYSCALL, task->tid, NULL, (void *)(long)signal_number);
    if (leave && task->tid != program)
        *task = (struct task){0};
}

static void on_new(struct task *parent, bool thread)
{
    unsigned long tid = 0;
    if (ptrace(PTRACE_GETEVENTMSG, parent->tid, NULL, &tid) != 0)
        return;
    struct task *task = find((pid_t)tid);
    bool stopped = task != NULL;
    if (task == NULL)
        task = add((pid_t)tid);
    if (thread)
        task->tgid = parent->tgid;
    task->role = thread || roles == MAX_ROLES ? parent->role : roles++;
    if (stopped)
        resume(task, 0);
}

static void on_stop(pid_t tid, int status)
{
    struct task *task = find(tid);
    int number = WSTOPSIG(status), event = status >> 16, deliver = 0;
    if (task == NULL) {
        add(tid); /* it stays stopped until its parent reports it */
        if (struck && action == KILL_ALL)
            kill(tid, SIGKILL);
        return;
    }
    if (number == (SIGTRAP | 0x80))
        on_call(task);
    else if (event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK ||
             event == PTRACE_EVENT_VFORK)
        on_new(task, event == PTRACE_EVENT_CLONE);
    else if (event == 0)
        deliver = number;
    resume(task, deliver);
}

static int follow(void)
{
    int status, result = TROUBLE;
    for (;;) {
        pid_t tid = waitpid(-1, &status, __WALL);
        if (tid < 0 && errno == EINTR)
            continue;
        if (tid < 0)
            return result;
        if (WIFSTOPPED(status)) {
            on_stop(tid, status);
            continue;
        }
        struct task *task = find(tid);
        if (task != NULL)
            *task = (struct task){0};
        if (tid == program) {
            result = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
            /* Its children are detached when we exit. */
            if (action != KILL_ALL)
                return result;
        }
    }
}

static void pass_on(int number)
{
    kill(program, number);
}

/* PTRACE_SEIZE, not PTRACE_ATTACH: no task stays stopped when we exit. Calls before the exec do not
 * count. */
static void start(char **argv)
{
    int gate[2], status;
    char byte = 0;
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                   PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;
    if (pipe2(gate, O_CLOEXEC) != 0)
        give_up("pipe");
    program = fork();
    if (program < 0)
        give_up("fork");
    if (program == 0) {
        close(gate[1]);
        if (read(gate[0], &byte, 1) == 1)
            execvp(argv[0], argv);
        _exit(TROUBLE);
    }
    if (ptrace(PTRACE_SEIZE, program, NULL, (void *)options) != 0 || write(gate[1], "", 1) != 1 ||
        waitpid(program, &status, 0) != program || !WIFSTOPPED(status) ||
        status >> 16 != PTRACE_EVENT_EXEC)
        give_up(argv[0]);
    close(gate[0]);
    close(gate[1]);
    add(program)->role = 0;
    signal(SIGTERM, pass_on);
    signal(SIGHUP, pass_on);
    if (ptrace(PTRACE_SYSCALL, program, NULL, NULL) != 0)
        give_up("tracing");
}

static bool read_action(const char *word)
{
    static const char *const words[] = {"--record", "--kill", "--kill-all", "--fail", "--short"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(word, words[i]) == 0) {
            action = (enum action)i;
            return true;
        }
    }
    return false;
}

int main(int argc, char **argv)
{
    int i = 1;
    if (i >= argc || !read_action(argv[i++]))
        return TROUBLE;
    if (action == FAIL && i < argc)
        error_number = atoi(argv[i++]);
    if (i >= argc || (record = fopen(argv[i++], "we")) == NULL)
        return TROUBLE;
    if (i < argc && strcmp(argv[i], "--sticky") == 0)
        sticky = i++ > 0;
    if (action != RECORD && i + 1 < argc) {
        wanted_role = atoi(argv[i++]);
        wanted = strtoul(argv[i++], NULL, 10);
    }
    if (i + 1 >= argc || strcmp(argv[i], "--") != 0)
        return TROUBLE;
    start(argv + i + 1);
    int result = follow();
    fclose(record);
    return result;
}
