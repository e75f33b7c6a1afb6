/* SPDX-License-Identifier: Apache-2.0
 *
 * The directory of specs and what happens to each file in it. The only state is which name exists
 * where:
 *
 *   SPECS/x.json            dropped; perhaps still being written (see daemon/spool/settle.h)
 *   SPECS/.claimed/ID       taken, being worked on, or left over from a daemon that ended early
 *   SPECS/done/x.json       its sweep is in the queue; x.json.sweep is a link to it
 *   SPECS/failed/x.json     it has none; x.json.report.txt beside it says why
 *
 * Each step is one rename that replaces nothing, so a spec is in exactly one of these places, and
 * after a crash the next start finds it there. A step counts once its directories were brought to
 * stable storage. The list of files kept here is a cache: every scan compares it with the
 * directory.
 *
 * All of this may block for as long as the disk takes, so it is done in turns (spool_batch), which
 * may run on any thread, one at a time. Nothing here knows the event loop.
 */
#ifndef DAEMON_SPOOL_SPOOL_H
#define DAEMON_SPOOL_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/spool/names.h"
#include "daemon/spool/owners.h"
#include "daemon/spool/settle.h"
#include "daemon/spool/states.h"
#include "daemon/common/trust.h"

struct spool;

/* Strings are borrowed for as long as the spool is there. */
struct spool_settings {
    const char *specs, *queue;
    gid_t group; /* whose members may drop specs; TRUST_NO_GROUP: nobody but us */
    int inotify; /* descriptor that gets a watch on SPECS; -1: none */
};

/* Those that may change from turn to turn. */
struct spool_policy {
    struct settle_policy settle; /* settle_ms < 0: as the file system needs it */
    struct owner_policy fair;
    bool any_owner; /* take specs of other users, too */
};

/* NULL when memory is exhausted. Nothing is touched yet. */
struct spool *spool_new(const struct spool_settings *settings);
void spool_free(struct spool *spool);

/* A spec that was claimed. It belongs to the loop's thread, except while it is in a turn. */
struct entry {
    struct entry *next;
    enum entry_state state;
    char id[NAMES_SIZE];      /* its name in .claimed */
    struct names_claim claim; /* the same in parts */
    uid_t owner;
    int64_t changed_ns; /* when its file was changed last, in ns since 1970 */
    int64_t found_ms;   /* when it was found, by clock_ms() */
    int64_t due_ms;     /* when to go on, if only the time is waited for; 0: it is not */
    unsigned hindered;  /* how often something that is not its fault came between */
    bool counted;       /* … in this attempt: the next one is still the same */
    int fd;             /* its file, to be handed to the child; -1: not open */
    char refusal[256];  /* why no child may have it; empty when one may */
    char *text; /* what is put beside it: its report, or the path of its sweep; ours (free()) */
    char placed[NAMES_SIZE]; /* its name in done/ or failed/, once it is there */

    /* the loop's */
    bool wanted;       /* by the next turn */
    void *child;       /* the child that works on it */
    char told[600];    /* what became of it, in a few words */
    char detail[1024]; /* … and the first error; may be empty */
    const char *why;   /* why it is hindered; only while that event is dealt with */
    uint64_t runs;     /* of its sweep */
};

void entry_free(struct entry *entry);

enum spool_attach {
    SPOOL_SAME, /* still the directory that it was */
    SPOOL_NEW,  /* a directory that was not known before */
    SPOOL_BUSY, /* another one, but specs of the old one are out: come back when they are not */
    SPOOL_GONE, /* it cannot be used (the reason was logged once) */
};

/* What a turn is to do with one spec, by its state: opening (open it), to done, to failed (file
 * it), gone (lay it back). */
struct spool_order {
    struct entry *entry;
    enum entry_event
        event; /* what became of it: ENTRY_OPENED, ENTRY_UNFIT, ENTRY_VANISHED, ENTRY_FILED,
                              ENTRY_HINDERED, ENTRY_NO_STORAGE */
};

struct spool_batch {
    struct spool_policy rules;

    /* to do, in this order */
    struct spool_order *orders;
    size_t n_orders;
    bool anew;    /* believe nothing of what is known of SPECS: look what is really there */
    bool look;    /* find out which directory has the path, watch it, and list it */
    bool out;     /* there are specs that would be lost with another directory */
    char **hints; /* names that were closed after writing, or moved in */
    size_t n_hints;
    size_t room; /* claim as many specs as this, if there are */

    /* what came of it */
    enum spool_attach attached; /* only after `look` */
    bool unseen;                /* there may be changes in SPECS that raise no event */
    struct entry *taken; /* claimed, the first to be done first; ENTRY_CLAIMED or with a refusal */
    bool more;           /* more could be claimed */
    int64_t due_ms;      /* if not: when there may be some (INT64_MAX: no such time) */
    size_t waiting;      /* specs in SPECS, complete or not */
    bool again;          /* look again: there was no room for all of them */
    uint64_t queue_free, queue_used; /* bytes of the queue's file system; only after `look` */
    int hindered;                    /* errno: why claiming did not work, or 0 */
    int no_storage;                  /* errno: what the storage said, or 0 */
};

/* Does all of the above. */
void spool_batch(struct spool *spool, struct spool_batch *batch);

/* The watch descriptor of SPECS in the inotify instance; -1: there is none. Any thread. */
int spool_watch(const struct spool *spool);

#endif
