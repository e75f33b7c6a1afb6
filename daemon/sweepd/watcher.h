/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads inotify events in the event loop. spool/spool.c adds the watch on the specs directory just
 * before it scans that. libuv's own file events are not enough: they do not tell when a file was
 * closed after writing, or that events were lost.
 */
#ifndef DAEMON_SWEEPD_WATCHER_H
#define DAEMON_SWEEPD_WATCHER_H

#include <stdbool.h>
#include <uv.h>

#include "daemon/spool/spool.h"

struct watcher {
    /* `name` was closed after writing, or moved into the directory; NULL: scan the directory. */
    void (*on_event)(void *data, const char *name);
    /* Called after a number of on_event(). */
    void (*on_batch)(void *data);
    void *data;
    const struct spool *spool; /* whose watch the events belong to; NULL before there is one */
    uv_poll_t poll;
    int fd; /* inotify; -1: not in use, and neither is the handle */
};

/* False (logged) if inotify is not available. */
bool watcher_init(struct watcher *watcher, uv_loop_t *loop,
    void (*on_event)(void *data, const char *name), void (*on_batch)(void *data), void *data);

/* Memory is in use until the loop has run once more. */
void watcher_close(struct watcher *watcher);

#endif
