/* SPDX-License-Identifier: Apache-2.0
 *
 * The directory of specs and what happens to each file in it. The only state is which name exists
 * where:
 *
 *   SPECS/x.json            dropped; perhaps still being written (see daemon/settle.h)
 *   SPECS/.claimed/ID       taken, being worked on, or left over from a daemon that ended early
 *   SPECS/done/x.json       its sweep is in the queue
 *   SPECS/failed/x.json     it has none; x.json.report.txt beside it says why
 *
 * Each step is one rename that replaces nothing, so a spec is in exactly one of these places, and
 * after a crash the next start finds it there. The list of files kept here is a cache: every scan
 * compares it with the directory. Nothing here knows the event loop; times are arguments, in
 * milliseconds of any clock that never goes back.
 *
 * All calls work on the disk and may block for as long as it takes.
 */
#ifndef DAEMON_SPOOL_H
#define DAEMON_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/names.h"

struct spool;

/* NULL when memory is exhausted. `path` is copied. Nothing is touched yet. */
struct spool *spool_new(const char *path, int64_t settle_ms);
void spool_free(struct spool *spool);

enum spool_attach {
    SPOOL_SAME, /* still the directory that it was */
    SPOOL_NEW,  /* a directory that was not known before: watch it, then scan it */
    SPOOL_BUSY, /* another one, but a job of the old one is out: come back when it is filed */
    SPOOL_GONE, /* it cannot be used (the reason was logged once) */
};

/* Looks which directory has the spool's path now. A new one gets its subdirectories, is locked
 * against other daemons, and the specs that were claimed there are to be done again. */
enum spool_attach spool_attach(struct spool *spool);

/* Compares the list with the directory. Needs spool_attach() just before, because only an open by
 * path makes network file systems look at the server's version. */
void spool_scan(struct spool *spool, int64_t now_ms);

/* The kernel says that this name was closed after writing, or moved in. */
void spool_hint(struct spool *spool, const char *name, int64_t now_ms);

/* A claimed spec. It has to be given back by exactly one of the three calls below. */
struct spool_job {
    char id[NAMES_SIZE];
    char name[NAMES_SIZE];
    char *source;        /* its path: SPECS/.claimed/ID */
    char *known_as;      /* the path that the user knows: SPECS/x.json */
    const char *refusal; /* not NULL: why it must fail without being looked at */
};

/* Claims the next spec: first what was left over, then the oldest that is complete. False when
 * there is none; `due_ms` is then the time at which a scan may change that (INT64_MAX: no such
 * time). Only one job is out at a time. */
bool spool_next(struct spool *spool, int64_t now_ms, struct spool_job *job, int64_t *due_ms);

/* Moves the spec to done/. `placed` becomes its name there. False (logged) leaves it claimed. */
bool spool_done(struct spool *spool, struct spool_job *job, char placed[NAMES_SIZE]);

/* Moves the spec to failed/ with a report beside it; otherwise the same. */
bool spool_failed(
    struct spool *spool, struct spool_job *job, const char *report, char placed[NAMES_SIZE]);

/* Leaves the spec claimed. `again`: in this life, instead of at the next start. */
void spool_return(struct spool *spool, struct spool_job *job, bool again);

#endif
