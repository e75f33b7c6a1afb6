/* SPDX-License-Identifier: Apache-2.0
 *
 * The directory of specs and what happens to each file in it. The only state is which name exists
 * where:
 *
 *   SPECS/x.json            dropped; perhaps still being written (see daemon/spool/settle.h)
 *   SPECS/.claimed/ID       claimed: in progress, or left over from a sweepd that was killed
 *   SPECS/done/x.json       its sweep is in the queue; x.json.sweep is a link to it
 *   SPECS/.submit/SWEEP     a link to a sweep that is to be submitted (unsubmitted.h)
 *   SPECS/failed/x.json     it has no sweep; x.json.report.txt next to it says why
 *
 * Each step is one rename that replaces nothing, so a spec is in exactly one of these places, and
 * after a crash the next start finds it there. A step counts once its directories were fsynced. The
 * list of dropped files in memory is a cache: every scan compares it with the directory.
 *
 * All of this may block for as long as the disk takes, so it is done in batches, which may run on
 * any thread, one at a time. Nothing here knows the event loop.
 */
#ifndef DAEMON_SPOOL_SPOOL_H
#define DAEMON_SPOOL_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/spool/attach.h"
#include "daemon/spool/entry.h"
#include "daemon/spool/environment.h"
#include "daemon/spool/unsubmitted.h"

struct spool;

/* Touches no file yet. The strings in `settings` are borrowed. NULL: out of memory. */
struct spool *spool_new(const struct spool_settings *settings);
void spool_free(struct spool *spool);

/* What a batch is to do with one entry, which depends on its state: open it (opening), judge it
 * (ending), file it (to done, to failed) or release it (gone). */
struct spool_order {
    struct entry *entry;

    /* The result: ENTRY_OPENED, ENTRY_UNFIT, ENTRY_VANISHED, ENTRY_FILED, ENTRY_BLOCKED,
     * ENTRY_STORAGE_FAILED, or the verdict of an entry that was judged. Unused for releases. */
    enum entry_event event;
};

/* A spec that is not claimed yet, for `sweepctl status`. */
struct spool_waiting {
    char name[NAMES_SIZE];
    const char *why;  /* a static text; empty: it may be claimed */
    int64_t since_ms; /* by clock_ms() */
};
enum { SPOOL_WAITING_MAX = 10 };

struct spool_batch {
    struct spool_policy policy;

    /* Checked before entries are opened or judged, by a scan, and if `probe` is set; borrowed.
     * NULL: none. */
    struct environment *environment;
    bool probe;

    /* to do, in this order */
    struct spool_order *orders;
    size_t n_orders;
    bool scan;      /* attach to the directory if it changed, watch it, and list it */
    bool rebuild;   /* … and trust nothing that was known of it before; only with `scan` */
    bool in_flight; /* there are entries: do not switch to another directory */
    char **hints;   /* names that were closed after writing, or moved in */
    size_t n_hints;
    size_t room; /* claim at most this many */

    /* results */
    bool checked; /* the environment was checked, and `broken` says what is wrong with it */
    struct environment_state broken;
    enum attach_result attached;    /* ATTACH_SAME without `scan` */
    bool poll;                      /* SPECS may change without a file event */
    struct unsubmitted unsubmitted; /* with ATTACH_NEW, if the policy says so; the caller's */
    struct entry *claimed;          /* in the order to work on them; to be freed by the caller */
    bool more;                      /* there was no room for some that could be claimed */
    int64_t due_ms; /* when one may become claimable; INT64_MAX: not by time alone */
    size_t waiting; /* specs in SPECS, complete or not */
    struct spool_waiting waiting_first[SPOOL_WAITING_MAX]; /* some of them, by name */
    size_t n_waiting_first;
    bool rescan;                     /* scan again: some did not fit into the list, and now do */
    uint64_t queue_free, queue_used; /* bytes of the queue's file system; only after `scan` */
    int claim_error;                 /* errno value of a claim that failed, or 0 */
    int storage_error;               /* errno value of storage that failed, or 0 */
};

void spool_batch(struct spool *spool, struct spool_batch *batch);

/* The watch descriptor of SPECS in the inotify instance; -1: none. May be called on any thread. */
int spool_watch(const struct spool *spool);

#endif
