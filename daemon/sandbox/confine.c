/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/sandbox/confine.h"

const struct confine_settings confine_defaults = {
    .mode = CONFINE_TRY,
    .memory = (uint64_t)1 << 30,
    .cpu = 300,
    .file_size = (uint64_t)256 << 20,
    .open_files = 512,
    .umask = 0077,
};

/* --- settings ------------------------------------------------------------------------------- */

static bool confine_read_number(const char *text, int base, uint64_t max, uint64_t *out)
{
    char *end;
    if (text == NULL || *text < '0' || *text > '9')
        return false;
    errno = 0;
    unsigned long long value = strtoull(text, &end, base);
    *out = value;
    return *end == '\0' && errno == 0 && value <= max;
}

static bool confine_read_mode(const char *text, enum confine_mode *out)
{
    static const char *const names[] = {"no", "try", "yes"};
    for (int i = 0; text != NULL && i < 3; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = (enum confine_mode)i;
            return true;
        }
    }
    return false;
}

/* The next KEY=VALUE of *text. */
static bool confine_read_one(struct confine_settings *settings, char **text)
{
    enum { MODE, MEMORY, CPU, FILE_SIZE, OPEN_FILES, UMASK };
    static const char *const keys[] = {
        "confine", "memory", "cpu", "file_size", "open_files", "umask", NULL};
    uint64_t mask;
    char *value;
    switch (getsubopt(text, (char *const *)keys, &value)) {
    case MODE:
        return confine_read_mode(value, &settings->mode);
    case MEMORY:
        return confine_read_number(value, 10, UINT64_MAX, &settings->memory);
    case CPU:
        return confine_read_number(value, 10, UINT64_MAX, &settings->cpu);
    case FILE_SIZE:
        return confine_read_number(value, 10, UINT64_MAX, &settings->file_size);
    case OPEN_FILES:
        return confine_read_number(value, 10, UINT64_MAX, &settings->open_files);
    case UMASK:
        if (!confine_read_number(value, 8, 0777, &mask))
            return false;
        settings->umask = (mode_t)mask;
        return true;
    default:
        return false;
    }
}

bool confine_read(struct confine_settings *settings, char *text, const char **wrong)
{
    while (*text != '\0') {
        *wrong = text;
        if (!confine_read_one(settings, &text))
            return false;
    }
    return true;
}

/* --- limits --------------------------------------------------------------------------------- */

/* Lowers the soft and the hard limit; never raises them. */
static void confine_lower(__rlimit_resource_t resource, uint64_t max)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0)
        return;
    if (max < limit.rlim_max)
        limit.rlim_max = max;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(resource, &limit);
}

void confine_limit(const struct confine_settings *settings)
{
#ifndef __SANITIZE_ADDRESS__ /* it reserves terabytes of address space */
    confine_lower(RLIMIT_AS, settings->memory);
#endif
    confine_lower(RLIMIT_CPU, settings->cpu);
    confine_lower(RLIMIT_FSIZE, settings->file_size);
    confine_lower(RLIMIT_NOFILE, settings->open_files);
    confine_lower(RLIMIT_CORE, 0);
    signal(SIGXFSZ, SIG_IGN);
    umask(settings->umask);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    /* Without the daemon no timeout stops this process. Killing it loses nothing: the next daemon
     * generates from the spec again. A daemon that is asked to stop waits for its generators. */
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    /* If the daemon exited before that, the other end of the pipe is closed. */
    struct pollfd output = {.fd = STDOUT_FILENO};
    if (poll(&output, 1, 0) == 1 && (output.revents & (POLLERR | POLLHUP)) != 0)
        _exit(EXIT_FAILURE);
}

/* --- confinement ---------------------------------------------------------------------------- */

static bool confine_active;

#ifdef __SANITIZE_ADDRESS__
/* The leak checker needs a thread and ptrace(), which a confined process cannot have. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return confine_active;
}
#endif

/* "Landlock: Function not implemented, seccomp: Invalid argument" */
static void confine_describe(int files, int syscalls, char *out, size_t size)
{
    if (files != 0 && syscalls != 0)
        snprintf(out, size, "Landlock: %s, seccomp: %s", strerror(files), strerror(syscalls));
    else if (files != 0)
        snprintf(out, size, "Landlock: %s", strerror(files));
    else if (syscalls != 0)
        snprintf(out, size, "seccomp: %s", strerror(syscalls));
}

bool confine_self(const struct confine_settings *settings, const struct sandbox_paths *paths,
    char *missing, size_t size)
{
    int files, syscalls;
    missing[0] = '\0';
    if (settings->mode == CONFINE_NO)
        return true;
    /* jansson seeds its hash tables from /dev/urandom, which cannot be opened later. */
    json_object_seed(0);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
        files = confine_files(paths);
        syscalls = confine_syscalls();
    } else {
        files = syscalls = errno;
    }
    confine_active = files == 0 || syscalls == 0;
    confine_describe(files, syscalls, missing, size);
    return missing[0] == '\0' || settings->mode != CONFINE_YES;
}
