/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/watcher.h"

static const uint32_t wanted =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

static void handle(struct watcher *watcher, const struct inotify_event *event)
{
    if ((event->mask & IN_Q_OVERFLOW) != 0) {
        log_line(LOG_NOTE, "more file events than the kernel keeps; scanning instead");
        watcher->event(watcher->data, NULL);
        return;
    }
    if (event->wd != watcher->watch)
        return; /* of a directory that was watched before */
    if ((event->mask & (IN_IGNORED | IN_UNMOUNT | IN_DELETE_SELF | IN_MOVE_SELF)) != 0) {
        /* A directory that was moved away is still watched, but is not ours any more. */
        if ((event->mask & IN_MOVE_SELF) != 0)
            inotify_rm_watch(watcher->fd, watcher->watch);
        watcher->watch = -1;
        watcher->event(watcher->data, NULL);
    } else if (event->len > 0 && (event->mask & IN_ISDIR) == 0) {
        watcher->event(watcher->data, event->name);
    }
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
}

bool watcher_init(struct watcher *watcher, uv_loop_t *loop, watcher_event *event, void *data)
{
    *watcher = (struct watcher){.event = event, .data = data, .watch = -1};
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

bool watcher_arm(struct watcher *watcher, const char *path)
{
    if (watcher->fd < 0)
        return false;
    int before = watcher->watch;
    watcher->watch = inotify_add_watch(watcher->fd, path, wanted);
    int failure = errno;
    if (before >= 0 && before != watcher->watch)
        inotify_rm_watch(watcher->fd, before);
    if (watcher->watch >= 0) {
        watcher->complained = false;
        return true;
    }
    /* A missing directory is the business of whoever opens it. */
    if (!watcher->complained && failure != ENOENT && failure != ENOTDIR)
        log_line(LOG_WARN, "%s: cannot be watched (%s): polling only", path, strerror(failure));
    watcher->complained = true;
    return false;
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
