/* SPDX-License-Identifier: Apache-2.0
 *
 * One daemon for a directory. The lock is flock(2) on a file, which ends with the process, together
 * with a line in it that says who holds it: host, boot, process. The line is for people, and for
 * file systems that several machines share, where flock() may hold for one machine only.
 */
#ifndef DAEMON_SPOOL_LOCK_H
#define DAEMON_SPOOL_LOCK_H

#include <stdbool.h>
#include <stddef.h>

enum lock_result {
    LOCK_OURS,   /* `said` is empty, or tells of an earlier holder that did not end in order */
    LOCK_UNSURE, /* the same, but the file system has no locks; `said` says so */
    LOCK_OTHERS, /* `said` tells whose it is, and what to do when that is not so any more */
    LOCK_FAILED, /* errno says why */
};

/* Which lock to take. */
struct lock_request {
    int directory;    /* open; borrowed */
    const char *name; /* of the lock in it */
    const char *path; /* of the directory, for messages */
    bool shared;      /* other machines see the directory, too */
};

/* `fd` holds the lock until it is closed or given back; -1 without it. `said` gets a message that
 * continues a sentence that starts with the directory's path. */
enum lock_result lock_take(const struct lock_request *request, int *fd, char *said, size_t size);

/* Ends in order: the next one need not wonder. */
void lock_give(int *fd);

#endif
