/* SPDX-License-Identifier: Apache-2.0
 *
 * When is a dropped file complete? No event says so reliably: a file appears, grows, and at some
 * time stops growing. The evidence is what stat(2) says at different times, whether the kernel
 * reported that a writer closed the file or that it was moved in, and whether its content is one
 * whole JSON document:
 *
 *   evidence                                       verdict
 *   ---------------------------------------------  ------------------------------------------------
 *   closed or moved in, JSON complete              take it at once
 *   no event, JSON complete                        take it when unchanged for `settle_ms`
 *   the JSON is cut short (or empty)               still being written: wait for a change, but take
 *                                                  it after `patience_ms`
 *   it is broken otherwise, or the file is unfit   take it when unchanged for `settle_ms`
 *   it is not called *.json, but looks like a spec  the same
 *   it is not called *.json, and does not          never take it
 *
 * Files that are known to be wrong are taken, too: to refuse them with a reason. Everything here is
 * a function of its arguments: no clock, no file.
 */
#ifndef DAEMON_SPOOL_SETTLE_H
#define DAEMON_SPOOL_SETTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The part of a file's status that changes when it is written or replaced. */
struct settle_status {
    uint64_t size, inode;
    int64_t mtime_ns, ctime_ns;
};

enum settle_text {
    SETTLE_UNREAD,    /* not read since the last change */
    SETTLE_COMPLETE,  /* one whole JSON document */
    SETTLE_CUT_SHORT, /* the beginning of one */
    SETTLE_BROKEN,    /* not JSON, whatever may follow */
    SETTLE_OTHER,     /* not a spec, and not called one: it is left alone */
};

enum settle_verdict {
    SETTLE_WAIT,
    SETTLE_READ, /* it depends on the content: read it, set `text`, and ask again */
    SETTLE_TAKE,
};

struct settle_policy {
    int64_t settle_ms;   /* a file that is unchanged for this long is not being written */
    int64_t patience_ms; /* how long to wait for the rest of a document */
    uint64_t max_bytes;  /* larger files are refused unread */
};

/* What is known about one file. Zero-initialise it. */
struct settle {
    struct settle_status last;
    int64_t since_ms; /* when `last` was seen for the first time */
    bool seen;        /* `last` and `since_ms` are valid */
    bool closed;      /* it was reported as closed or moved in, and did not change since */
    enum settle_text text;
};

/* Records what stat(2) said at `now_ms` (any clock that never goes back), and whether the kernel
 * had just reported that the file was closed or moved in. */
void settle_observe(
    struct settle *settle, const struct settle_status *status, bool closed, int64_t now_ms);

/* `unfit`: it is not going to be read, whatever it contains. With SETTLE_WAIT, `due_ms` is set to
 * when to ask again unless something changes before. */
enum settle_verdict settle_decide(const struct settle *settle, const struct settle_policy *policy,
    bool unfit, int64_t now_ms, int64_t *due_ms);

/* True if the text has a key that only specs have (base, grid, fixed), in JSON or YAML. */
bool settle_is_spec_like(const char *bytes, size_t length);

/* Never SETTLE_UNREAD. `bytes` may be NULL if `length` is 0. */
enum settle_text settle_classify(const char *bytes, size_t length);

#endif
