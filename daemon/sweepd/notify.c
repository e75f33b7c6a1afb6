/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "daemon/common/log.h"
#include "daemon/sweepd/notify.h"

static struct sockaddr_un manager;
static socklen_t manager_length; /* 0: nobody listens */
static uint64_t watchdog_ms;

/* The watchdog's time is given in microseconds, and to one process. */
static void init_watchdog(void)
{
    const char *time = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    char *end;
    watchdog_ms = 0;
    if (time != NULL && (pid == NULL || strtoll(pid, &end, 10) == getpid())) {
        errno = 0;
        unsigned long long usec = strtoull(time, &end, 10);
        if (errno == 0 && *end == '\0' && time[0] >= '0' && time[0] <= '9' && usec > 0)
            watchdog_ms = usec / 2000 > 0 ? usec / 2000 : 1;
    }
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

void notify_init(void)
{
    init_watchdog();
    const char *path = getenv("NOTIFY_SOCKET");
    manager_length = 0;
    if (path == NULL)
        return;
    size_t length = strlen(path);
    /* "@name" is a socket in the abstract name space, which is written with a leading NUL. */
    if ((path[0] == '/' || path[0] == '@') && length > 1 && length < sizeof manager.sun_path) {
        manager.sun_family = AF_UNIX;
        memcpy(manager.sun_path, path, length);
        if (path[0] == '@')
            manager.sun_path[0] = '\0';
        manager_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    }
    unsetenv("NOTIFY_SOCKET");
}

static void tell(const char *state)
{
    if (manager_length == 0)
        return;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    /* A manager that does not listen any more is no reason to stop working. */
    (void)sendto(
        fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&manager, manager_length);
    close(fd);
}

void notify_ready(void)
{
    tell("READY=1");
}

void notify_stopping(void)
{
    tell("STOPPING=1");
}

void notify_reloading(void)
{
    struct timespec now;
    char state[64];
    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
        (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    tell(state);
}

uint64_t notify_watchdog_ms(void)
{
    return manager_length == 0 ? 0 : watchdog_ms;
}

void notify_watchdog(void)
{
    tell("WATCHDOG=1");
}

void notify_status(const char *text)
{
    char state[LOG_TEXT_MAX + 16] = "STATUS=";
    size_t prefix = strlen(state);
    log_escape(state + prefix, sizeof state - prefix, text);
    tell(state);
}
