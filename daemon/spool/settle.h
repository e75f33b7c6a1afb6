/* SPDX-License-Identifier: Apache-2.0
 *
 * When is a dropped file complete? Nobody tells: a file appears, grows, and at some time does not
 * grow any more. The evidence is what stat(2) says at different times, whether the kernel reported
 * that a writer closed the file or that it was moved in, and whether the text is one whole JSON
 * document:
 *
 *   evidence                                       verdict
 *   ---------------------------------------------  ------------------------------------------------
 *   closed or moved in, JSON complete              take it at once
 *   no event, JSON complete                        take it once unchanged for `settle_ms`
 *   the text ends too early (or is empty)          the writer is not done: wait for a change, but
 *                                                  take it after `patience_ms`
 *   the text is wrong in another way, or the       take it once unchanged for `settle_ms`
 *   file is none that will be read
 *
 * "Take" includes what is known to be wrong: it is taken to be refused with a reason. Everything
 * here is a function of its arguments: no clock, no file.
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
    SETTLE_UNREAD,    /* not looked at since the last change */
    SETTLE_COMPLETE,  /* one whole JSON document */
    SETTLE_CUT_SHORT, /* the beginning of one */
    SETTLE_BROKEN,    /* no JSON, and more text would not help */
};

enum settle_verdict {
    SETTLE_WAIT,
    SETTLE_READ, /* it depends on the text: read it, set `text`, and ask again */
    SETTLE_TAKE,
};

struct settle_policy {
    int64_t settle_ms;   /* unchanged for so long: nobody is writing */
    int64_t patience_ms; /* a beginning of a document may stay one for so long */
    uint64_t max_bytes;  /* larger files are refused unread */
};

/* What is known about one file. Zero-initialise it. */
struct settle {
    struct settle_status last;
    int64_t since_ms; /* when `last` was seen for the first time */
    bool seen;        /* `last` and `since_ms` are valid */
    bool closed;      /* a close or move-in was reported, and no change was seen since */
    enum settle_text text;
};

/* Takes in what stat(2) said at `now_ms` (any clock that never goes back), and whether the kernel
 * reported just before that the file was closed or moved in. */
void settle_observe(
    struct settle *settle, const struct settle_status *status, bool closed, int64_t now_ms);

/* `unfit`: it will not be read, whatever is in it. `due_ms` is when to ask again if nothing is
 * heard before; only set with SETTLE_WAIT. */
enum settle_verdict settle_decide(const struct settle *settle, const struct settle_policy *policy,
    bool unfit, int64_t now_ms, int64_t *due_ms);

/* Never SETTLE_UNREAD. `bytes` may be NULL when `length` is 0. */
enum settle_text settle_classify(const char *bytes, size_t length);

#endif
