/* SPDX-License-Identifier: Apache-2.0
 *
 * Submits committed sweeps: runs `sweepctl submit` as a child for each, a few at a time, until it
 * has succeeded. A failure is retried after a pause that doubles; other specs go on meanwhile. What
 * is still to be submitted is also on disk (spool/unsubmitted.h). The child is not confined as
 * generators are: sbatch needs the network, munge and the user's settings of Slurm.
 */
#ifndef DAEMON_SWEEPD_SUBMITTER_H
#define DAEMON_SWEEPD_SUBMITTER_H

#include <jansson.h>
#include <stdbool.h>
#include <uv.h>

#include "daemon/sweepd/runner.h"

enum { SUBMITTER_MAX_CHILDREN = 4 };

/* Strings are borrowed until the next submitter_configure(). */
struct submitter_settings {
    const char *specs, *sweepctl;
    int64_t backoff_ms;
};

struct submission; /* a sweep that is still to be submitted */

/* A child, or what follows its end. */
struct submitter_slot {
    struct submitter *submitter;
    struct submission *submission; /* NULL: free */
    struct runner runner;
    char *argv[4];
    uv_work_t cleanup; /* on another thread: removes the mark on disk */
    bool is_submitted, is_gone;
};

struct submitter {
    struct submitter_settings settings;
    uv_loop_t *loop;
    uv_timer_t wake; /* the next retry */
    void (*changed)(void *data);
    void *data;
    struct submission *list; /* in the order in which they came */
    struct submitter_slot slots[SUBMITTER_MAX_CHILDREN];
    uint64_t submitted, failures; /* since the start: sweeps; children that did not succeed */
    bool stopping;
};

/* `changed` is called after each change. The timer must be closed in any case. */
void submitter_init(
    struct submitter *submitter, uv_loop_t *loop, void (*changed)(void *data), void *data);
void submitter_configure(struct submitter *submitter, const struct submitter_settings *settings);
void submitter_close(struct submitter *submitter);
void submitter_free(struct submitter *submitter);

/* Adds a sweep, unless it is in the list. */
void submitter_add(struct submitter *submitter, const char *sweep);

/* Starts what is due. */
void submitter_advance(struct submitter *submitter);

/* Makes all retries due. */
void submitter_retry(struct submitter *submitter);

/* Starts nothing from now on, and stops the children: the next sweepd finishes what they did. */
void submitter_stop(struct submitter *submitter);

/* True while a child runs, or a sweep has not been tried once. */
bool submitter_is_busy(const struct submitter *submitter);

size_t submitter_count(const struct submitter *submitter);

/* For `sweepctl status`: a list of {"sweep", "state", "attempts", "reason"}. New reference. */
json_t *submitter_status(const struct submitter *submitter);

#endif
