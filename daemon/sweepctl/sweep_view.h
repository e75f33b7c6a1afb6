/* SPDX-License-Identifier: Apache-2.0
 *
 * The sweeps that a command line names, and what became of their runs.
 */
#ifndef DAEMON_SWEEPCTL_SWEEP_VIEW_H
#define DAEMON_SWEEPCTL_SWEEP_VIEW_H

#include "daemon/results/results.h"

struct sweep_view_options {
    const char *queue;   /* where sweeps are looked for by name; NULL: the current directory */
    const char *profile; /* of the trainer; NULL: the built-in one */
    bool offline;        /* do not ask Slurm */
};

struct sweep_view {
    struct sweep_view_options options; /* strings are borrowed */
    struct jobs_sweep **sweeps;        /* owned */
    size_t n_sweeps;
    struct sweep_trainer *trainer;
    struct log_phrases phrases;
    struct judge judge;
};

/* The options that all these commands have, for their own tables and help. */
#define SWEEP_VIEW_LONG_OPTIONS                                                                    \
    {"queue", required_argument, NULL, 'Q'}, {"profile", required_argument, NULL, 'P'},            \
    {                                                                                              \
        "offline", no_argument, NULL, 'O'                                                          \
    }
#define SWEEP_VIEW_HELP                                                                            \
    "      --queue QUEUE      look for sweeps by their names in QUEUE (default: .)\n"              \
    "      --profile FILE     a profile of the trainer: sweepd-profile(5)\n"                       \
    "      --offline          do not ask Slurm: go by the files alone\n"

/* Takes such an option; false if it is another one. */
bool sweep_view_option(struct sweep_view_options *options, int option, const char *argument);

/* Opens the sweeps of `argument`: a sweep directory, or the name of one in the queue; a name
 * without the digest means all sweeps of that name. Returns an exit code, after a message; close
 * the view in any case. Start with a view that is zero but for its options. */
int sweep_view_add(struct sweep_view *view, const char *argument);

/* Adds the runs of the opened sweeps that other directories have: those that were made before a
 * sweep grew (inherited.csv), and those that replace others (replaced.csv). All other runs of these
 * directories are hidden. Warns on stderr about directories that are missing. */
int sweep_view_add_related(struct sweep_view *view);

/* Opens all sweeps of a directory. */
int sweep_view_add_queue(struct sweep_view *view, const char *queue);

/* Finds out what became of all runs. Warns on stderr if the queue was needed and does not answer.
 */
int sweep_view_judge(struct sweep_view *view);

/* Finds a run by name in the sweeps of the view. EXIT_USAGE, after a message, if there is none. */
int sweep_view_find(const struct sweep_view *view, const char *name, struct jobs_sweep **sweep,
    struct jobs_run **run);

void sweep_view_close(struct sweep_view *view);

/* --- words ---------------------------------------------------------------------------------- */

/* Counts runs by state. */
struct sweep_counts {
    size_t by_state[RUN_STATES];
    size_t total;
};
void sweep_view_count(const struct jobs_sweep *sweep, struct sweep_counts *counts);

/* "12 runs: 7 done, 2 running, 3 failed" */
void sweep_view_put_counts(const struct sweep_counts *counts, struct strbuf *out);

/* True if a run may still change without anyone's help. */
bool sweep_view_is_active(const struct jobs_run *run);

/* True if one of the runs is. */
bool sweep_view_has_active(const struct sweep_view *view);

/* "2 d 4 h", "3 min" */
void sweep_view_put_seconds(int64_t seconds, struct strbuf *out);

#endif
