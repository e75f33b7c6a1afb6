/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue's records of some jobs, by one squeue; and what accounting still knows of them.
 */
#ifndef DAEMON_JOBS_QUEUE_H
#define DAEMON_JOBS_QUEUE_H

#include "daemon/jobs/verdict.h"
#include "lib/util/strbuf.h"

struct queue_row {
    struct jobs_task task;
    enum queue_state state;
    bool is_completing; /* LIVE: the job has ended, and its node is being cleaned up */
    int exit_code;      /* of a job that ended; -1: not known */
    const char *reason; /* of a pending or failed job; never NULL; borrowed from the queue */
    const char *comment;
};

struct queue {
    bool answered;    /* false: nothing is known of any job */
    char reason[512]; /* why it did not answer */
    struct queue_row *rows;
    size_t n_rows, capacity;
    struct strbuf text; /* of the rows */
};

/* Reads the rows of an output of squeue, which it takes over and modifies; false if memory runs
 * out. */
bool queue_parse(struct queue *queue, struct strbuf *text);
/* The same for sacct. Rows of jobs that are not final are left out. */
bool queue_parse_accounting(struct queue *queue, struct strbuf *text);

/* Asks squeue, or sacct, for these job ids. `queue` is zero, and stays so if there are none. False
 * if memory runs out. */
bool queue_ask(struct queue *queue, const uint64_t *jobs, size_t n_jobs);
bool queue_ask_accounting(struct queue *queue, const uint64_t *jobs, size_t n_jobs);

/* The row of a task, or NULL. */
const struct queue_row *queue_find(const struct queue *queue, struct jobs_task task);

/* True if a job that pends for this reason will never run by itself. */
bool queue_is_hopeless(const char *reason);

void queue_deinit(struct queue *queue);

#endif
