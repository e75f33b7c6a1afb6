/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "daemon/common/boot.h"
#include "daemon/common/fileat.h"
#include "daemon/spool/lock.h"
#include "lib/util/flock.h"

#define LOCK_ATTEMPTS 15
#define LOCK_PAUSE_NS 20000000

struct lock_holder {
    char host[66], boot[BOOT_SIZE];
    long process; /* 0: none */
};

/* --- the line in the file ------------------------------------------------------------------- */

static void lock_read_line(int fd, char *line, size_t size)
{
    ssize_t n = pread(fd, line, size - 1, 0);
    line[n > 0 ? n : 0] = '\0';
    line[strcspn(line, "\n")] = '\0';
}

static void lock_get_us(struct lock_holder *us)
{
    struct utsname names;
    *us = (struct lock_holder){.process = (long)getpid()};
    snprintf(us->host, sizeof us->host, "%s", uname(&names) == 0 ? names.nodename : "?");
    boot_id(us->boot);
}

static void lock_read_holder(int fd, struct lock_holder *them)
{
    char line[128];
    *them = (struct lock_holder){0};
    lock_read_line(fd, line, sizeof line);
    if (sscanf(line, "%65s %39s %ld", them->host, them->boot, &them->process) != 3)
        *them = (struct lock_holder){0};
}

/* Best effort: flock() holds without the line. */
static void lock_write_holder(int fd, const struct lock_holder *us)
{
    char line[128];
    int length = snprintf(line, sizeof line, "%s %s %ld\n", us->host, us->boot, us->process);
    if (ftruncate(fd, 0) == 0 && pwrite(fd, line, (size_t)length, 0) != length)
        (void)ftruncate(fd, 0);
}

/* --- whose it is ---------------------------------------------------------------------------- */

/* If sweepd is killed while it starts a child, the child holds the lock until its exec(), so retry
 * for a moment. 0 or an errno value; EWOULDBLOCK: somebody else holds it. */
static int lock_file(int fd)
{
    static const struct timespec pause = {.tv_nsec = LOCK_PAUSE_NS};
    int failure = EWOULDBLOCK;
    for (int attempt = 0; attempt < LOCK_ATTEMPTS && failure == EWOULDBLOCK; attempt++) {
        if (attempt > 0)
            nanosleep(&pause, NULL);
        failure = flock(fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    }
    return failure;
}

/* True if the process may still be running, as far as can be seen from this machine. */
static bool lock_may_live(const struct lock_holder *them, const struct lock_holder *us)
{
    if (strcmp(them->host, us->host) != 0)
        return true;
    return strcmp(them->boot, us->boot) == 0 &&
           (kill((pid_t)them->process, 0) == 0 || errno == EPERM);
}

/* True if the line names another process that may hold the lock although flock() did not say so:
 * because it failed, or because it only excludes processes of this machine. */
static bool lock_is_theirs(
    int failure, bool shared, const struct lock_holder *them, const struct lock_holder *us)
{
    if (them->process == 0 || them->process == us->process)
        return false;
    if (failure != 0)
        return lock_may_live(them, us);
    return shared && strcmp(them->host, us->host) != 0;
}

static void lock_describe_earlier(
    const struct lock_holder *them, const struct lock_holder *us, char *said, size_t size)
{
    char where[80] = "";
    const char *rebooted = "";
    if (strcmp(them->host, us->host) != 0)
        snprintf(where, sizeof where, " on %s", them->host);
    if (strcmp(them->boot, us->boot) != 0)
        rebooted = "; the machine has rebooted since";
    snprintf(said, size,
        "was last served by sweepd, process %ld%s, which did not shut down cleanly%s",
        them->process, where, rebooted);
}

/* `holder` has the file locked, as far as this machine knows (0: not known): it is not a sweepd if
 * the line names another process, or none. */
static void lock_describe_others(
    const struct lock_holder *them, long holder, bool same_host, char *said, size_t size)
{
    if (holder != 0 && same_host && holder != them->process)
        snprintf(said, size, "cannot be served: process %ld keeps its lock", holder);
    else if (them->process != 0)
        snprintf(said, size, "is already served by another sweepd, process %ld on %s",
            them->process, them->host);
    else
        snprintf(said, size, "is already served by another sweepd");
}

enum lock_result lock_take(const struct lock_request *request, int *fd, char *said, size_t size)
{
    struct lock_holder us, them;
    said[0] = '\0';
    *fd = TEMP_FAILURE_RETRY(openat(request->directory, request->name,
        O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
    if (*fd < 0)
        return LOCK_FAILED;
    struct stat status;
    if (fstat(*fd, &status) == 0 && !S_ISREG(status.st_mode)) {
        fileat_close(fd);
        errno = EEXIST;
        return LOCK_FAILED;
    }
    lock_get_us(&us);
    int failure = lock_file(*fd);
    lock_read_holder(*fd, &them);
    if (failure == EWOULDBLOCK) {
        bool same_host = them.process == 0 || strcmp(them.host, us.host) == 0;
        lock_describe_others(&them, flock_holder(*fd), same_host, said, size);
        fileat_close(fd);
        return LOCK_OTHERS;
    }
    if (lock_is_theirs(failure, request->shared, &them, &us)) {
        snprintf(said, size,
            "was last served by sweepd, process %ld on %s, which has not released it; if that "
            "process is gone, run: rm %s/%s",
            them.process, them.host, request->path, request->name);
        fileat_close(fd);
        return LOCK_OTHERS;
    }
    if (failure != 0)
        snprintf(said, size, "cannot be locked (%s): make sure that no other sweepd uses it",
            strerror(failure));
    else if (them.process != 0)
        lock_describe_earlier(&them, &us, said, size);
    lock_write_holder(*fd, &us);
    return failure != 0 ? LOCK_UNSURE : LOCK_OURS;
}

enum lock_state lock_look(int directory, const char *name)
{
    struct lock_holder us, them;
    int fd =
        TEMP_FAILURE_RETRY(openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (fd < 0)
        return errno == ENOENT ? LOCK_FREE : LOCK_UNKNOWN;
    int failure = flock(fd, LOCK_SH | LOCK_NB) == 0 ? 0 : errno;
    lock_get_us(&us);
    lock_read_holder(fd, &them);
    close(fd);
    if (failure == EWOULDBLOCK)
        return LOCK_HELD;
    if (them.process == 0 && failure == 0)
        return LOCK_FREE;
    if (strcmp(them.host, us.host) != 0 || failure != 0)
        return LOCK_UNKNOWN;
    return LOCK_FREE; /* its holder on this machine was killed */
}

void lock_give(int *fd)
{
    if (*fd >= 0)
        (void)ftruncate(*fd, 0);
    fileat_close(fd);
}
