/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
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

static struct sockaddr_un notify_manager;
static socklen_t notify_manager_length; /* 0: there is no manager */
static uint64_t notify_interval_ms;

/* $WATCHDOG_USEC, in microseconds; 0 if it is not set or wrong. */
static unsigned long long notify_watchdog_usec(void)
{
    const char *text = getenv("WATCHDOG_USEC");
    char *end;
    if (text == NULL || text[0] < '0' || text[0] > '9') /* strtoull() accepts a sign */
        return 0;
    errno = 0;
    unsigned long long usec = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0')
        return 0;
    return usec;
}

static void notify_init_watchdog(void)
{
    const char *pid = getenv("WATCHDOG_PID");
    bool is_ours = pid == NULL || strtoll(pid, NULL, 10) == getpid();
    unsigned long long usec = notify_watchdog_usec();
    notify_interval_ms = 0;
    if (is_ours && usec > 0) {
        notify_interval_ms = usec / 1000 / 2;
        if (notify_interval_ms == 0)
            notify_interval_ms = 1;
    }
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

void notify_init(void)
{
    notify_init_watchdog();
    const char *path = getenv("NOTIFY_SOCKET");
    notify_manager_length = 0;
    if (path == NULL)
        return;
    size_t length = strlen(path);
    if ((path[0] == '/' || path[0] == '@') && length > 1 &&
        length < sizeof notify_manager.sun_path) {
        notify_manager.sun_family = AF_UNIX;
        memcpy(notify_manager.sun_path, path, length);
        /* "@name" is a socket in the abstract namespace: its name starts with NUL. */
        if (path[0] == '@')
            notify_manager.sun_path[0] = '\0';
        notify_manager_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    }
    unsetenv("NOTIFY_SOCKET");
}

static void notify_send(const char *state)
{
    if (notify_manager_length == 0)
        return;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    /* If the manager has gone, work continues without it. */
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&notify_manager,
        notify_manager_length);
    close(fd);
}

void notify_ready(void)
{
    notify_send("READY=1");
}

void notify_stopping(void)
{
    notify_send("STOPPING=1");
}

void notify_reloading(void)
{
    struct timespec now;
    char state[64];
    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
        (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    notify_send(state);
}

uint64_t notify_watchdog_ms(void)
{
    if (notify_manager_length == 0)
        return 0;
    return notify_interval_ms;
}

void notify_watchdog(void)
{
    notify_send("WATCHDOG=1");
}

void notify_status(const char *text)
{
    char state[LOG_TEXT_MAX + 16] = "STATUS=";
    size_t prefix = strlen(state);
    log_escape(state + prefix, sizeof state - prefix, text);
    notify_send(state);
}
