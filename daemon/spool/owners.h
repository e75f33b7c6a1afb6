/* SPDX-License-Identifier: Apache-2.0
 *
 * Limits per user of a sweepd that serves several: how many files it tracks, so that no user fills
 * its memory, and how many specs it claims in an hour, so that no script floods the queue. A user
 * at a limit waits; the others do not.
 *
 * The rate is a token bucket: an hour's worth may come at once, and after that one every 1/rate
 * hours. A restart refills it.
 */
#ifndef DAEMON_SPOOL_OWNERS_H
#define DAEMON_SPOOL_OWNERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct owner_policy {
    uint64_t max_waiting; /* files of one user that are tracked */
    uint64_t per_hour;    /* specs of one user that are claimed in an hour; 0: no limit */
};

struct owner {
    uid_t uid;
    size_t n_waiting;    /* of its files, those that are tracked */
    size_t n_left_out;   /* … and those that the last scan left out */
    int64_t refilled_ms; /* when its bucket is full again */
    bool warned_waiting; /* that it is at max_waiting */
    bool warned_rate;    /* that it is at its rate */
};

/* Zero-initialise it. */
struct owners {
    struct owner *all;
    size_t count, capacity;
};

void owners_clear(struct owners *owners);

/* The owner, which is added if it is new. Valid until the next call; NULL: out of memory. */
struct owner *owners_of(struct owners *owners, uid_t uid);

/* When the owner's next spec may be claimed: `now_ms` or later. */
int64_t owner_due_ms(const struct owner *owner, const struct owner_policy *policy, int64_t now_ms);

/* Charges the owner for one claim. */
void owner_spend(struct owner *owner, const struct owner_policy *policy, int64_t now_ms);

#endif
