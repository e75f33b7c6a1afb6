/* SPDX-License-Identifier: Apache-2.0
 *
 * Wakes the daemon when something happens in a directory. What it says is a hint and no more:
 * events get lost when there are too many, on network file systems there are none for what other
 * machines do, and the directory itself can be replaced. Whoever uses this scans the directory now
 * and then.
 *
 * The descriptor is our own because libuv's watcher neither reports that a writer closed a file nor
 * that the kernel dropped events.
 */
#ifndef DAEMON_WATCHER_H
#define DAEMON_WATCHER_H

#include <stdbool.h>
#include <uv.h>

/* `name` in the directory was closed after writing, or moved in; NULL: anything may have happened,
 * scan. */
typedef void watcher_event(void *data, const char *name);

struct watcher {
    watcher_event *event;
    void *data;
    uv_poll_t poll;
    int fd;    /* -1: there is no inotify, and the handle is not in use */
    int watch; /* -1: not armed */
    bool complained;
};

/* False (logged) when the kernel does not let us watch; the other calls then do nothing. */
bool watcher_init(struct watcher *watcher, uv_loop_t *loop, watcher_event *event, void *data);

/* Watches the directory that has this path now, instead of the one before. Scan after this call,
 * not before. Cheap when nothing has changed. False when it cannot be watched; why was logged once.
 */
bool watcher_arm(struct watcher *watcher, const char *path);

/* The memory is in use until the loop has run once more. */
void watcher_close(struct watcher *watcher);

#endif
