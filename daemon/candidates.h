/* SPDX-License-Identifier: Apache-2.0
 *
 * The files that are in SPECS, what is known about each, and which one is to be taken next.
 */
#ifndef DAEMON_CANDIDATES_H
#define DAEMON_CANDIDATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "daemon/settle.h"

struct candidate {
    char *name;
    struct settle settle;
    int64_t not_before_ms; /* something went wrong with it: leave it alone until then */
    const char *unfit;     /* why it is not taken (it is no plain file), or NULL */
    bool told;             /* … which has been logged */
    bool found;            /* in the scan that is going on */
};

struct candidates {
    struct settle_rules rules;
    struct candidate *all;
    size_t count, capacity;
    size_t n_sorted; /* the first ones are sorted by name; a scan adds behind them */
};

void candidates_init(struct candidates *list, int64_t settle_ms);
void candidates_clear(struct candidates *list);

struct settle_status candidates_status(const struct stat *status);

/* A scan: begin, every name in the directory, end. Names that were not found are forgotten. */
void candidates_begin(struct candidates *list);
void candidates_found(struct candidates *list, int directory, const char *name, int64_t now_ms);
void candidates_end(struct candidates *list);

/* The same for one name that was reported as closed or moved in. Not during a scan. */
void candidates_closed(struct candidates *list, int directory, const char *name, int64_t now_ms);

/* Of those that can be taken the one with the oldest change, looked at once more; NULL when there
 * is none, and then `due_ms` is when there may be one. `refusal` becomes NULL, or says why this one
 * is to be refused. */
const struct candidate *candidates_ready(
    struct candidates *list, int directory, int64_t now_ms, const char **refusal, int64_t *due_ms);

/* It was taken. `candidate` points into the list, and to nothing after this call. */
void candidates_remove(struct candidates *list, const struct candidate *candidate);

/* It could not be taken. */
void candidates_postpone(
    struct candidates *list, const struct candidate *candidate, int64_t now_ms);

#endif
