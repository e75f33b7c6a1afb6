/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "daemon/common/log.h"
#include "daemon/sweepd/watcher.h"

static void watcher_handle(struct watcher *watcher, const struct inotify_event *event)
{
    if ((event->mask & IN_Q_OVERFLOW) != 0) {
        log_line(
            LOG_NOTE, "file events were lost (inotify queue overflow); scanning the directory");
        watcher->on_event(watcher->data, NULL);
        return;
    }
    /* Another watch belongs to a directory that was served before. The first events of a new watch
     * may come before the spool reports it; the scan that follows finds those files. */
    if (watcher->spool == NULL || event->wd != spool_watch(watcher->spool))
        return;
    if ((event->mask & (IN_IGNORED | IN_UNMOUNT | IN_DELETE_SELF | IN_MOVE_SELF)) != 0)
        watcher->on_event(watcher->data, NULL);
    else if (event->len > 0 && (event->mask & IN_ISDIR) == 0)
        watcher->on_event(watcher->data, event->name);
}

static void watcher_on_readable(uv_poll_t *poll, int status, int events)
{
    struct watcher *watcher = poll->data;
    _Alignas(struct inotify_event) char buffer[16384];
    (void)status; /* read() reports the same failure */
    (void)events;
    /* One buffer per round of the loop, so that other events are handled in between. */
    ssize_t n = read(watcher->fd, buffer, sizeof buffer);
    for (ssize_t at = 0; at < n;) {
        const struct inotify_event *event = (const void *)(buffer + at);
        watcher_handle(watcher, event);
        at += (ssize_t)(sizeof *event + event->len);
    }
    watcher->on_batch(watcher->data);
}

/* 0 or an errno value. */
static int watcher_open(struct watcher *watcher, uv_loop_t *loop)
{
    watcher->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (watcher->fd < 0)
        return errno;
    int failure = -uv_poll_init(loop, &watcher->poll, watcher->fd);
    if (failure != 0) {
        close(watcher->fd);
        watcher->fd = -1;
    }
    return failure;
}

bool watcher_init(struct watcher *watcher, uv_loop_t *loop,
    void (*on_event)(void *data, const char *name), void (*on_batch)(void *data), void *data)
{
    *watcher = (struct watcher){.on_event = on_event, .on_batch = on_batch, .data = data};
    int failure = watcher_open(watcher, loop);
    if (failure != 0) {
        const char *reason = strerror(failure);
        if (failure == EMFILE)
            reason = "the user's limit fs.inotify.max_user_instances is reached";
        log_line(LOG_WARN, "inotify is not available (%s); polling only", reason);
        return false;
    }
    watcher->poll.data = watcher;
    /* Cannot fail for a descriptor that uv_poll_init() has accepted. */
    uv_poll_start(&watcher->poll, UV_READABLE, watcher_on_readable);
    return true;
}

static void watcher_on_closed(uv_handle_t *handle)
{
    struct watcher *watcher = handle->data;
    close(watcher->fd);
    watcher->fd = -1;
}

void watcher_close(struct watcher *watcher)
{
    if (watcher->fd >= 0 && !uv_is_closing((uv_handle_t *)&watcher->poll))
        uv_close((uv_handle_t *)&watcher->poll, watcher_on_closed);
}
