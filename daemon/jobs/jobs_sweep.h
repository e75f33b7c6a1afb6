/* SPDX-License-Identifier: Apache-2.0
 *
 * A sweep directory as its jobs leave it: its runs, what was submitted, and the attempts of each
 * run. Nothing is written here, and no process is asked: see judge.h.
 */
#ifndef DAEMON_JOBS_JOBS_SWEEP_H
#define DAEMON_JOBS_JOBS_SWEEP_H

#include <jansson.h>

#include "daemon/jobs/queue.h"
#include "daemon/jobs/submissions.h"
#include "lib/doc/csv.h"

/* Names in a sweep directory. */
#define SWEEP_STATUS_DIRECTORY "status"
#define SWEEP_LOGS_DIRECTORY "logs"
#define REPLACED_FILE "replaced.csv"   /* runs that were retried with other values */
#define INHERITED_FILE "inherited.csv" /* runs of the sweep that earlier directories have */

struct jobs_run {
    const char *name, *id, *config; /* borrowed from the mapping */
    unsigned attempts;              /* number of the last one; 0: none */
    struct attempt last;            /* `output` is not set: */
    unsigned then_attempts;         /* of what is done after the run ("then" of the spec) */
    enum attempt_state then_state;  /* of the last of these */
    char *output;                   /* of the last attempt; owned; NULL: not stated */
    char *replaced;     /* "SWEEP/RUN" that it was retried as with other values, or NULL */
    char *replaced_set; /* names of those values, separated by spaces, or NULL */
    bool is_hidden;     /* nobody asked for it: the directory is open because of other runs */

    /* By judge.h: */
    enum submitted submitted;
    const struct queue_row *row; /* what the queue says of it; NULL: nothing */
    struct verdict verdict;
};

struct jobs_sweep {
    char *path;       /* as given, without a slash at the end; owned */
    const char *name; /* by its manifest */
    json_t *manifest;
    struct csv *mapping;
    struct jobs_run *runs;
    size_t n_runs;
    size_t n_hidden; /* runs */
    bool has_then;   /* something is done after each run */
    json_t *index;   /* of names of runs; see lib/util/index.h */
    struct submissions submissions;
    int directory, status, logs; /* descriptors; -1: there is no such directory */
    char problem[256];           /* the first file that could not be understood; "": none */
};

/* Reads the directory. SWEEP_NOT_FOUND if it is not a sweep directory. On success the sweep is the
 * caller's. */
enum sweep_code jobs_sweep_open(
    const char *path, struct jobs_sweep *out, struct sweep_error *error);
void jobs_sweep_close(struct jobs_sweep *sweep);

/* The number of a run by its name: "run_012", or "12" for the one whose number in the name is 12.
 * SIZE_MAX if there is none. */
size_t jobs_sweep_find(const struct jobs_sweep *sweep, const char *name);

/* Reads INHERITED_FILE: the caller's for csv_free(), NULL if there is none. False if memory runs
 * out. */
bool jobs_sweep_read_inherited(struct jobs_sweep *sweep, struct csv **out);

/* Reads at most `size` bytes of the end of a file in a directory. The number of bytes, or -1. */
ssize_t jobs_read_end(int directory, const char *name, char *out, size_t size);

/* The name of an attempt's log in logs/, and of the file that Slurm itself writes to. */
void jobs_log_name(const struct jobs_run *run, unsigned attempt, char *out, size_t size);
void jobs_slurm_log_name(
    const struct jobs_sweep *sweep, struct jobs_task task, char *out, size_t size);

#endif
