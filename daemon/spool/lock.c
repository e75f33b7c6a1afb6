/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "daemon/spool/lock.h"

/* Who holds, or held, the lock. */
struct holder {
    char host[66], boot[40];
    long process; /* 0: nobody */
};

static void read_line(int fd, char *line, size_t size)
{
    ssize_t n = pread(fd, line, size - 1, 0);
    line[n > 0 ? n : 0] = '\0';
    line[strcspn(line, "\n")] = '\0';
}

static void whoami(struct holder *us)
{
    struct utsname names;
    *us = (struct holder){.process = (long)getpid()};
    snprintf(us->host, sizeof us->host, "%s", uname(&names) == 0 ? names.nodename : "?");
    strcpy(us->boot, "?");
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    read_line(fd, us->boot, sizeof us->boot);
    close(fd);
}

static void read_holder(int fd, struct holder *them)
{
    char line[128];
    *them = (struct holder){0};
    read_line(fd, line, sizeof line);
    if (sscanf(line, "%65s %39s %ld", them->host, them->boot, &them->process) != 3)
        *them = (struct holder){0};
}

static void write_holder(int fd, const struct holder *us)
{
    char line[128];
    int length = snprintf(line, sizeof line, "%s %s %ld\n", us->host, us->boot, us->process);
    /* Only people miss it when it cannot be written. */
    if (ftruncate(fd, 0) == 0 && pwrite(fd, line, (size_t)length, 0) != length)
        (void)ftruncate(fd, 0);
}

/* A daemon that is killed just when it starts a child leaves the lock to that one, which drops it
 * as soon as it is a program of its own: a moment's patience tells the two apart. */
static int lock_file(int fd)
{
    static const struct timespec pause = {.tv_nsec = 20000000};
    int failure = 0;
    for (int attempt = 0; attempt < 15; attempt++) {
        if (attempt > 0)
            nanosleep(&pause, NULL);
        failure = flock(fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
        if (failure != EWOULDBLOCK)
            break;
    }
    return failure;
}

/* Whether the process that the line names can still be there, as far as we can see. */
static bool may_live(const struct holder *them, const struct holder *us)
{
    if (strcmp(them->host, us->host) != 0)
        return true;
    return strcmp(them->boot, us->boot) == 0 &&
           (kill((pid_t)them->process, 0) == 0 || errno == EPERM);
}

/* What we have, by flock() and by the line in the file. */
static enum lock_result judge(int failure, bool shared, const struct holder *them,
    const struct holder *us, char *said, size_t size)
{
    bool elsewhere = them->process != 0 && strcmp(them->host, us->host) != 0;
    bool theirs = them->process != 0 && them->process != us->process &&
                  (failure != 0 ? may_live(them, us) : shared && elsewhere);
    *said = '\0';
    if (failure == EWOULDBLOCK) {
        int length = snprintf(said, size, "is already taken care of by another sweepd");
        if (them->process != 0)
            snprintf(said + length, size - (size_t)length, ", process %ld on %s", them->process,
                them->host);
        return LOCK_OTHERS;
    }
    if (theirs) {
        snprintf(said, size,
            "was taken care of by sweepd, process %ld on %s, which has not given it up",
            them->process, them->host);
        return LOCK_OTHERS;
    }
    if (failure != 0)
        snprintf(said, size, "cannot be locked (%s): make sure that no other sweepd uses it",
            strerror(failure));
    else if (them->process != 0)
        snprintf(said, size, "was left by sweepd, process %ld%s%s, which did not end in order%s",
            them->process, elsewhere ? " on " : "", elsewhere ? them->host : "",
            strcmp(them->boot, us->boot) != 0 ? "; the machine was restarted since" : "");
    return failure != 0 ? LOCK_UNSURE : LOCK_OURS;
}

enum lock_result lock_take(const struct lock_request *request, int *fd, char *said, size_t size)
{
    struct holder us, them;
    *fd = openat(request->directory, request->name,
        O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (*fd < 0)
        return LOCK_FAILED;
    whoami(&us);
    int failure = lock_file(*fd);
    read_holder(*fd, &them);
    enum lock_result result = judge(failure, request->shared, &them, &us, said, size);
    if (result == LOCK_OTHERS) {
        size_t length = strlen(said);
        if (failure != EWOULDBLOCK)
            snprintf(said + length, size - length, "; if it runs no more, type: rm %s/%s",
                request->path, request->name);
        close(*fd);
        *fd = -1;
        return result;
    }
    write_holder(*fd, &us);
    return result;
}

void lock_give(int *fd)
{
    if (*fd < 0)
        return;
    (void)ftruncate(*fd, 0);
    close(*fd);
    *fd = -1;
}
