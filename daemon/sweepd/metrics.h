/* SPDX-License-Identifier: Apache-2.0
 *
 * The daemon's numbers for Prometheus, as a file for node_exporter's textfile collector. Counters
 * begin at 0 when the daemon starts, as Prometheus expects.
 */
#ifndef DAEMON_SWEEPD_METRICS_H
#define DAEMON_SWEEPD_METRICS_H

#include <stdint.h>

/* Upper bounds of the buckets of the histogram, in seconds, and one for all above. */
#define METRICS_BOUNDS 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60
enum { METRICS_BUCKETS = sizeof(double[]){METRICS_BOUNDS} / sizeof(double) + 1 };

/* All zero at first. Counted up by whoever makes it happen: */
struct metrics {
    uint64_t done, failed, retried; /* specs; retried: once for each further attempt */
    uint64_t runs;                  /* in the sweeps that were made */
    /* Set before rendering: */
    uint64_t queue_free, queue_used; /* bytes of the file system that the queue is on: those that we
                                        may still write (f_bavail), and those that anyone has */
    uint64_t waiting, children;      /* specs not claimed yet; generators that run */
    double loop_block_max;           /* seconds, since the start */
    /* By metrics_observe(): */
    uint64_t buckets[METRICS_BUCKETS];
    double seconds;
};

/* A spec was committed (its sweep is in the queue, for good) so long after it was found. */
void metrics_observe(struct metrics *metrics, double seconds);

/* The text of the file. The caller's (free()); NULL: no memory. */
char *metrics_render(const struct metrics *metrics);

/* Puts `text` into the file at `path`, which readers find as it was or as it is to be, never in
 * part. Mode 0644, because its reader is another user. Blocks: not for the loop's thread; one call
 * a path at a time. 0, or an errno value with the file as it was. */
int metrics_write(const char *path, const char *text);

#endif
