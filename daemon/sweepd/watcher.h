/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads the kernel's file events. The watch on the directory of specs is set by whoever looks at
 * the directory (spool/spool.c), just before it does. libuv has file events too, but does not say
 * when a file was closed after writing, nor when events were lost.
 */
#ifndef DAEMON_SWEEPD_WATCHER_H
#define DAEMON_SWEEPD_WATCHER_H

#include <stdbool.h>
#include <uv.h>

#include "daemon/spool/spool.h"

struct watcher {
    /* `name` in the directory was closed after writing, or moved in; NULL: anything may have
     * happened, look. */
    void (*event)(void *data, const char *name);
    /* Those were all for now. */
    void (*events)(void *data);
    void *data;
    const struct spool *spool; /* tells which watch is its; set once there is one */
    uv_poll_t poll;
    int fd; /* the inotify instance; -1: there is none, and the handle is not in use */
};

/* False (logged) when the kernel does not let us watch. */
bool watcher_init(struct watcher *watcher, uv_loop_t *loop, void (*event)(void *, const char *),
    void (*events)(void *), void *data);

/* The memory is in use until the loop has run once more. */
void watcher_close(struct watcher *watcher);

#endif
