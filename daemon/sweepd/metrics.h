/* SPDX-License-Identifier: Apache-2.0
 *
 * Metrics for Prometheus, as a file for node_exporter's textfile collector. Counters start at 0
 * when sweepd starts, as Prometheus expects.
 */
#ifndef DAEMON_SWEEPD_METRICS_H
#define DAEMON_SWEEPD_METRICS_H

#include <stdint.h>

#include "sweep/error.h"

/* Upper bounds of the histogram's buckets, in seconds; one more bucket has no bound. */
#define METRICS_BOUNDS 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60
enum { METRICS_BUCKETS = sizeof(double[]){METRICS_BOUNDS} / sizeof(double) + 1 };

/* Zero-initialise it. */
struct metrics {
    /* counted where it happens: */
    uint64_t done, failed, retried; /* specs; retried: once per additional attempt */
    uint64_t runs;                  /* in all sweeps */
    /* set before rendering: */
    uint64_t queue_free, queue_used; /* bytes of the queue's file system; free: for our user */
    uint64_t waiting;                /* specs that are not claimed yet */
    uint64_t children;               /* running generators */
    uint64_t submitted;              /* sweeps */
    uint64_t submit_failures;        /* attempts of which not all was submitted */
    uint64_t unsubmitted;            /* sweeps that are still to be submitted */
    uint64_t paused;                 /* 1: nothing is started until something is repaired */
    double loop_block_max;           /* seconds, since the start */
    /* set by metrics_observe(): */
    uint64_t buckets[METRICS_BUCKETS];
    double seconds;
};

/* A sweep has been committed this long after its spec was found. */
void metrics_observe(struct metrics *metrics, double seconds);

/* The content of the file. The caller's (free()); NULL: out of memory. */
char *metrics_render(const struct metrics *metrics);

/* Replaces the file at `path`, or that a symbolic link there leads to (file_target()), atomically.
 * Its mode is 0644, because the collector runs as another user. Blocks, so it must not run on the
 * loop's thread; one call at a time per path. After an error the file is unchanged. */
enum sweep_code metrics_write(const char *path, const char *text, struct sweep_error *error);

#endif
