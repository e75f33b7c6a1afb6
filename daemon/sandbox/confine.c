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

static bool read_number(const char *text, int base, uint64_t most, uint64_t *out)
{
    char *end;
    if (text == NULL || *text < '0' || *text > '9')
        return false;
    errno = 0;
    unsigned long long value = strtoull(text, &end, base);
    *out = value;
    return *end == '\0' && errno == 0 && value <= most;
}

static bool read_mode(const char *text, enum confine_mode *out)
{
    static const char *const names[] = {"no", "try", "yes"};
    for (int i = 0; text != NULL && i < 3; i++)
        if (strcmp(text, names[i]) == 0) {
            *out = (enum confine_mode)i;
            return true;
        }
    return false;
}

bool confine_read(struct confine_settings *settings, char *text, const char **wrong)
{
    enum { MODE, MEMORY, CPU, FILE_SIZE, OPEN_FILES, UMASK };
    static const char *const keys[] = {
        "confine", "memory", "cpu", "file_size", "open_files", "umask", NULL};
    uint64_t mask = settings->umask;
    bool good = true;
    while (good && *text != '\0') {
        char *value;
        *wrong = text;
        switch (getsubopt(&text, (char *const *)keys, &value)) {
        case MODE:
            good = read_mode(value, &settings->mode);
            break;
        case MEMORY:
            good = read_number(value, 10, UINT64_MAX, &settings->memory);
            break;
        case CPU:
            good = read_number(value, 10, UINT64_MAX, &settings->cpu);
            break;
        case FILE_SIZE:
            good = read_number(value, 10, UINT64_MAX, &settings->file_size);
            break;
        case OPEN_FILES:
            good = read_number(value, 10, UINT64_MAX, &settings->open_files);
            break;
        case UMASK:
            good = read_number(value, 8, 0777, &mask);
            break;
        default:
            good = false;
        }
    }
    settings->umask = (mode_t)mask;
    return good;
}

/* --- limits --------------------------------------------------------------------------------- */

/* Only ever less than it is. */
static void limit(__rlimit_resource_t resource, uint64_t most)
{
    struct rlimit now;
    if (getrlimit(resource, &now) != 0)
        return;
    rlim_t value = most < now.rlim_max ? most : now.rlim_max;
    setrlimit(resource, &(struct rlimit){value, value});
}

void confine_limit(const struct confine_settings *settings)
{
#ifndef __SANITIZE_ADDRESS__ /* which reserves terabytes of address space, and uses little */
    limit(RLIMIT_AS, settings->memory);
#endif
    limit(RLIMIT_CPU, settings->cpu);
    limit(RLIMIT_FSIZE, settings->file_size);
    limit(RLIMIT_NOFILE, settings->open_files);
    limit(RLIMIT_CORE, 0);
    signal(SIGXFSZ, SIG_IGN);
    umask(settings->umask);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    /* Without the daemon nobody watches over its time. Nothing is lost: what it has not finished
     * is done again from the spec. A daemon that is told to stop lets it finish, and ends later. */
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    /* It may have ended before that; then nobody reads what we print. */
    struct pollfd output = {.fd = STDOUT_FILENO};
    if (poll(&output, 1, 0) == 1 && (output.revents & (POLLERR | POLLHUP)) != 0)
        _exit(EXIT_FAILURE);
}

/* --- confinement ---------------------------------------------------------------------------- */

static bool confined;

#ifdef __SANITIZE_ADDRESS__
/* Looking for leaks takes a thread and ptrace(), which a confined process has not. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return confined;
}
#endif

bool confine_self(const struct confine_settings *settings, const struct sandbox_paths *places,
    char *missing, size_t size)
{
    missing[0] = '\0';
    if (settings->mode == CONFINE_NO)
        return true;
    /* jansson takes the secret of its hash tables from a device, once; later it would guess one. */
    json_object_seed(0);
    int privileges = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno;
    int files = privileges != 0 ? privileges : confine_files(places);
    int calls = privileges != 0 ? privileges : confine_calls();
    confined = files == 0 || calls == 0;
    if (files == 0 && calls == 0)
        return true;
    snprintf(missing, size, "%s%s%s%s%s", files != 0 ? "Landlock: " : "",
        files != 0 ? strerror(files) : "", files != 0 && calls != 0 ? ", " : "",
        calls != 0 ? "seccomp: " : "", calls != 0 ? strerror(calls) : "");
    return settings->mode != CONFINE_YES;
}
