/* SPDX-License-Identifier: Apache-2.0
 *
 * One sweepd per directory. The lock is flock(2) on a file, which is released when the process
 * exits, together with a line in the file that names the holder: host, boot, process. The line is
 * for people, and for file systems that several machines share, where flock() may only exclude
 * processes of one machine.
 */
#ifndef DAEMON_SPOOL_LOCK_H
#define DAEMON_SPOOL_LOCK_H

#include <stdbool.h>
#include <stddef.h>

enum lock_result {
    LOCK_OURS,   /* `said` is empty, or names an earlier holder that did not shut down cleanly */
    LOCK_UNSURE, /* the same, but the file system has no locks, and `said` says so */
    LOCK_OTHERS, /* `said` names the holder, and how to remove a stale lock */
    LOCK_FAILED, /* errno says why */
};

/* Which lock to take. */
struct lock_request {
    int directory;    /* open; borrowed */
    const char *name; /* of the lock in it */
    const char *path; /* of the directory, for messages */
    bool shared;      /* other machines see the directory, too */
};

/* `fd` holds the lock until it is closed or given back; -1 without it. `said` continues a sentence
 * that starts with the directory's path. */
enum lock_result lock_take(const struct lock_request *request, int *fd, char *said, size_t size);

enum lock_state { LOCK_FREE, LOCK_HELD, LOCK_UNKNOWN };

/* Does a sweepd hold the lock? LOCK_UNKNOWN if that cannot be seen from this machine or by this
 * user. */
enum lock_state lock_look(int directory, const char *name);

/* Releases the lock, and empties the file: a clean shutdown. */
void lock_give(int *fd);

#endif
