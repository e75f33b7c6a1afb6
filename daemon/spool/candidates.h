/* SPDX-License-Identifier: Apache-2.0
 *
 * The files that are in SPECS, what is known about each, and which ones are to be taken next.
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
    int64_t found_ms;      /* when it was seen for the first time */
    int64_t not_before_ms; /* something went wrong with it: leave it alone until then */
    char unfit[80];        /* why no child may have it (it is no plain file, too large…), or "" */
    unsigned rank;         /* among the ready ones of its owner: 0 is the oldest */
    bool found;            /* in the scan that is going on */
    bool taken;            /* … and is forgotten at the end of candidates_take() */
};

struct candidates {
    struct settle_policy settle_policy;
    struct owner_policy owner_policy;
    struct owners owners;
    struct candidate *all;
    size_t count, capacity;
    size_t n_sorted; /* the first ones are sorted by name; a scan adds behind them */
    size_t
        n_left_out; /* files that were found, but whose owners have too many in the list already */
};

/* Forgets all files; the rules stay, and what their owners were given. A list may be
 * zero-initialised. */
void candidates_clear(struct candidates *list);

/* Forgets all. */
void candidates_deinit(struct candidates *list);

struct settle_status candidates_status(const struct stat *status);

/* A scan: begin, every name in the directory, end. Names that were not found are forgotten. */
void candidates_begin(struct candidates *list);
void candidates_found(struct candidates *list, int directory, const char *name, int64_t now_ms);
void candidates_end(struct candidates *list);

/* The same for one name that was reported as closed or moved in. Not during a scan. */
void candidates_closed(struct candidates *list, int directory, const char *name, int64_t now_ms);

/* What became of an offered candidate. */
enum candidate_answer {
    CANDIDATE_TAKEN,    /* forget it */
    CANDIDATE_CHANGED,  /* it was another file already: look at it anew */
    CANDIDATE_POSTPONED /* it could not be taken: leave it alone for a while */
};
typedef enum candidate_answer candidate_offer(void *data, const struct candidate *candidate);

/* Whether so many of the list are done that a scan would find room for those beyond. */
bool candidates_need_rescan(const struct candidates *list);

/* Offers up to `room` of those that can be taken, each looked at once more: by turns one of each
 * owner, of whose the one that was changed longest ago, and no more than their rate allows. True
 * when there may be more of them. Otherwise `due_ms` is when there may be one (INT64_MAX: no such
 * time). */
bool candidates_take(struct candidates *list, int directory, int64_t now_ms, size_t room,
    candidate_offer *offer, void *data, int64_t *due_ms);

#endif
