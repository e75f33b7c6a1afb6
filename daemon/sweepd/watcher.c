/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "daemon/common/log.h"
#include "daemon/sweepd/watcher.h"

static void handle(struct watcher *watcher, const struct inotify_event *event)
{
    if ((event->mask & IN_Q_OVERFLOW) != 0) {
        log_line(LOG_NOTE, "more file events than the kernel keeps; scanning instead");
        watcher->event(watcher->data, NULL);
        return;
    }
    /* A watch that is not the spool's is of a directory that was watched before. Its first events
     * may come before the spool says that it has it; the scan that follows sees what they tell. */
    if (watcher->spool == NULL || event->wd != spool_watch(watcher->spool))
        return;
    if ((event->mask & (IN_IGNORED | IN_UNMOUNT | IN_DELETE_SELF | IN_MOVE_SELF)) != 0)
        watcher->event(watcher->data, NULL);
    else if (event->len > 0 && (event->mask & IN_ISDIR) == 0)
        watcher->event(watcher->data, event->name);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct watcher *watcher = poll->data;
    _Alignas(struct inotify_event) char buffer[16384];
    (void)status; /* whatever it is, reading tells */
    (void)events;
    /* One buffer a time: the loop comes back when there is more, and others get their turn. */
    ssize_t n = read(watcher->fd, buffer, sizeof buffer);
    for (ssize_t at = 0; at < n;) {
        const struct inotify_event *event = (const void *)(buffer + at);
        handle(watcher, event);
        at += (ssize_t)(sizeof *event + event->len);
    }
    watcher->events(watcher->data);
}

bool watcher_init(struct watcher *watcher, uv_loop_t *loop, void (*event)(void *, const char *),
    void (*events)(void *), void *data)
{
    *watcher = (struct watcher){.event = event, .events = events, .data = data};
    watcher->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    int failure = watcher->fd < 0 ? errno : 0;
    if (failure == 0) {
        failure = -uv_poll_init(loop, &watcher->poll, watcher->fd);
        if (failure != 0) {
            close(watcher->fd);
            watcher->fd = -1;
        }
    }
    if (failure != 0) {
        log_line(LOG_WARN, "file events are not available (%s): polling only", strerror(failure));
        return false;
    }
    watcher->poll.data = watcher;
    /* Cannot fail for a descriptor that uv_poll_init() has accepted. */
    uv_poll_start(&watcher->poll, UV_READABLE, on_readable);
    return true;
}

static void on_closed(uv_handle_t *handle)
{
    struct watcher *watcher = handle->data;
    close(watcher->fd);
    watcher->fd = -1;
}

void watcher_close(struct watcher *watcher)
{
    if (watcher->fd >= 0 && !uv_is_closing((uv_handle_t *)&watcher->poll))
        uv_close((uv_handle_t *)&watcher->poll, on_closed);
}
