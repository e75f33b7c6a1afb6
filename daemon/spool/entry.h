/* SPDX-License-Identifier: Apache-2.0
 *
 * An entry is a spec that was claimed: a file in SPECS/.claimed and how far sweepd is with it.
 */
#ifndef DAEMON_SPOOL_ENTRY_H
#define DAEMON_SPOOL_ENTRY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/common/trust.h"
#include "daemon/spool/names.h"
#include "daemon/spool/owners.h"
#include "daemon/spool/settle.h"
#include "daemon/spool/states.h"

/* Fixed while the spool exists; strings are borrowed. */
struct spool_settings {
    const char *specs, *queue;
    gid_t group; /* whose members may drop specs; TRUST_NO_GROUP: only our user */
    int inotify; /* descriptor that gets a watch on SPECS; -1: none */
};

/* May change from batch to batch. */
struct spool_policy {
    struct settle_policy settle; /* settle_ms < 0: choose by the file system */
    struct owner_policy owner;
    bool any_owner; /* accept specs of other users, too */
    bool submit;    /* record which sweeps are to be submitted */
};

/* Belongs to the loop's thread, except while a batch with it is running. */
struct entry {
    struct entry *next;
    enum entry_state state;
    char id[NAMES_SIZE];      /* its name in .claimed */
    struct names_claim claim; /* the same, parsed */
    uid_t owner;
    int64_t changed_ns;   /* mtime of its file, ns since 1970 */
    int64_t found_ms;     /* when it was first seen, by clock_ms() */
    int fd;               /* its file, to be handed to the child; -1: not open */
    bool attempt_counted; /* the attempt in progress is counted in `id` */
    bool suspect;         /* sweepd died while an attempt was in progress, in this boot */
    bool alone;           /* nothing else is processed during its next attempt */
    int failure;          /* errno value that blocked it, or with which the storage failed */

    /* While it is ENTRY_ENDING: what its child's exit says, as an event; and whether it says that
     * the environment is to blame. */
    enum entry_event verdict;
    bool blames_environment;

    char refusal[256];         /* why no child may read it; empty: one may */
    char *text;                /* its report, or the path of its sweep; ours (free()) */
    char filed_as[NAMES_SIZE]; /* its name in done/ or failed/, once it is there */

    /* only used by the event loop */
    int64_t due_ms;         /* when to continue while it backs off or is held; 0: not waiting */
    unsigned times_blocked; /* by something that is not its fault */
    bool doubted;           /* its child blamed the environment, but nothing is wrong with that */
    bool wanted;            /* by the next batch */
    void *child;            /* the child that works on it */
    char summary[600];      /* its outcome in a few words */
    char detail[1024];      /* … and the first error; may be empty */
    const char *why;        /* why it is blocked; only valid while that event is handled */
    uint64_t runs;          /* in its sweep */
};

/* An arriving entry without a name; NULL: out of memory. */
struct entry *entry_new(int64_t found_ms);

void entry_free(struct entry *entry);

/* What became of it so far: the first error, or its outcome in a few words. */
const char *entry_explanation(const struct entry *entry);

/* Appends a list to a list. */
void entry_append(struct entry **list, struct entry *more);

#endif
