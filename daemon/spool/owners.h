/* SPDX-License-Identifier: Apache-2.0
 *
 * What one user may ask of a daemon that works for several: how many files it keeps in mind, so
 * that nobody fills its memory, and how many specs it takes in an hour, so that nobody's script
 * fills the queue. Whoever is at a limit waits, and the others do not.
 *
 * The rate is that of a bucket: a full hour's worth may come at once, and then one every
 * 1/rate hours. It is known only to this life of the daemon.
 */
#ifndef DAEMON_SPOOL_OWNERS_H
#define DAEMON_SPOOL_OWNERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct owner_policy {
    uint64_t max_waiting; /* files of one user that are kept in mind */
    uint64_t per_hour;    /* specs of one user in an hour; 0: no limit */
};

struct owner {
    uid_t uid;
    size_t n_waiting;                 /* of its files, those that are kept in mind */
    size_t n_left_out;                /* … and those that the last scan left out */
    int64_t refilled_ms;              /* when all that it was given will be regained */
    bool warned_waiting, warned_rate; /* it was said that it is at this limit */
};

/* Zero-initialise it. */
struct owners {
    struct owner *all;
    size_t count, capacity;
};

void owners_clear(struct owners *owners);

/* That of a user, valid until the next call; NULL when there is no memory for a new one. */
struct owner *owners_of(struct owners *owners, uid_t uid);

/* When the next spec of this user may be taken: `now_ms` or later. */
int64_t owner_due_ms(const struct owner *owner, const struct owner_policy *policy, int64_t now_ms);

/* One is taken. */
void owner_spend(struct owner *owner, const struct owner_policy *policy, int64_t now_ms);

#endif
