/* SPDX-License-Identifier: Apache-2.0
 *
 * The files that are in SPECS, what is known about each, and which ones to claim next.
 */
#ifndef DAEMON_SPOOL_CANDIDATES_H
#define DAEMON_SPOOL_CANDIDATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "daemon/spool/owners.h"
#include "daemon/spool/settle.h"

struct candidate {
    char *name;
    struct settle settle;
    uid_t owner;
    int64_t found_ms;      /* when it was first seen */
    int64_t not_before_ms; /* skip it until then, because something failed */
    const char *held;      /* what: a static text; valid while `not_before_ms` is to come */
    char unfit[80];        /* why no child may read it ("is a directory"); empty: one may */
    unsigned rank;         /* among the ready ones of its owner: 0 is the oldest */
    bool misnamed;         /* not called *.json: names_may_be_spec() */
    bool found;            /* by the current scan */
    bool taken;            /* to be forgotten at the end of candidates_take() */
};

/* Zero-initialise it. */
struct candidates {
    struct settle_policy settle_policy;
    struct owner_policy owner_policy;
    struct owners owners;
    struct candidate *all;
    size_t count, capacity;
    size_t n_sorted;   /* this many are sorted by name; a scan appends to them */
    size_t n_misnamed; /* of them are not called *.json */
    size_t n_left_out; /* files that are not in the list, because their owners are at a limit */
};

/* Forgets all files, but keeps the policies and the rates of the owners. */
void candidates_clear(struct candidates *list);

void candidates_deinit(struct candidates *list);

struct settle_status candidates_status(const struct stat *status);

/* How many specs are waiting: without files that are only looked at because of their names. */
size_t candidates_waiting(const struct candidates *list);

/* Why a file waits, and since when; "" if it may be claimed. The text is static. */
const char *candidates_why(
    struct candidates *list, const struct candidate *candidate, int64_t now_ms, int64_t *since_ms);

/* A scan: begin, every name in the directory, end. Names that were not found are forgotten. */
void candidates_begin(struct candidates *list);
void candidates_found(struct candidates *list, int directory, const char *name, int64_t now_ms);
void candidates_end(struct candidates *list);

/* Adds or updates one file that was reported as closed or moved in. Not during a scan. */
void candidates_closed(struct candidates *list, int directory, const char *name, int64_t now_ms);

/* True if so many files of the list are gone that a scan would find room for those left out. */
bool candidates_need_rescan(const struct candidates *list);

/* What became of an offered candidate. */
enum candidate_answer {
    CANDIDATE_TAKEN,    /* forget it */
    CANDIDATE_CHANGED,  /* it is another file by now: check it again */
    CANDIDATE_POSTPONED /* it could not be taken: retry later */
};
typedef enum candidate_answer candidate_offer(void *data, const struct candidate *candidate);

struct candidates_request {
    int directory; /* where the files are; open */
    int64_t now_ms;
    size_t room; /* how many to take */
    candidate_offer *offer;
    void *data; /* for `offer` */
};

/* Offers up to `room` ready candidates, re-checking each first. Owners take turns; within an owner
 * the oldest goes first; an owner over its rate limit is skipped. True if there may be more ready
 * ones; otherwise `due_ms` is when there may be one (INT64_MAX: not by time alone). */
bool candidates_take(
    struct candidates *list, const struct candidates_request *request, int64_t *due_ms);

#endif
