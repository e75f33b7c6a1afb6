/* SPDX-License-Identifier: Apache-2.0
 *
 * What the runs of a sweep have logged: finds the trainer's log of a run by its config and by what
 * the profile says, and reads it.
 */
#ifndef DAEMON_RESULTS_RESULTS_H
#define DAEMON_RESULTS_RESULTS_H

#include "daemon/jobs/judge.h"
#include "daemon/results/step_log.h"
#include "sweep/trainer.h"

struct results_reader {
    struct sweep_trainer *trainer; /* borrowed */
    const struct jobs_sweep *sweep;
    const char *recipe;           /* of the sweep; borrowed from its manifest; NULL: not stated */
    const struct run_log *format; /* borrowed from the trainer's profile */
    const struct output *output;  /* that is the directory of logs; NULL: the profile has none */
    bool is_sampled;              /* the following members are set, from one run's config: */
    bool is_below;                /* the log is below the run's directory, */
    char *below;                  /* by this path: "/logs"; owned */
    uint64_t steps;               /* of every run */
    struct strbuf text;           /* of the file that was read last */
};

struct run_result {
    struct step_log log;
    bool found;     /* there is a log */
    size_t n_files; /* logs in the run's directory; the last is read */
    uint64_t steps; /* that the run would do, by its config; 0: not known */
    char *file;     /* the log, for messages; owned; NULL: none */
};

/* Prepares the reading of a sweep's results. `trainer` and `sweep` must outlive the reader. */
void results_open(
    struct results_reader *reader, struct sweep_trainer *trainer, const struct jobs_sweep *sweep);

/* Reads the whole log of a run, or with `end_only` the last lines. False if memory runs out. */
bool results_read(struct results_reader *reader, const struct jobs_run *run, bool end_only,
    struct run_result *out);
void results_free(struct run_result *result);

/* What the config of a run has at the paths, as run_mapping.csv writes values; NULL where it has
 * nothing. The caller frees each text. False if memory runs out. */
bool results_read_values(const struct results_reader *reader, const struct jobs_run *run,
    const char *const paths[], size_t n_paths, char *texts[]);

/* For a run whose steps are not found: says which logger its config has, if no file of that one can
 * be read, and which one to use. The caller's; NULL if the logger is not the reason. */
char *results_other_logger(const struct results_reader *reader, const struct jobs_run *run);

void results_close(struct results_reader *reader);

/* The phrases of the trainer for log_tail.h; borrowed from the trainer. */
void results_phrases(const struct sweep_trainer *trainer, struct log_phrases *out);

/* True if a setting, a parameter or a config path, sets something at `path` in the sweep's runs. */
bool results_sets(const struct sweep_trainer *trainer, const struct jobs_sweep *sweep,
    const char *setting, const char *path);

/* The config path that a setting sets in the sweep's runs, the first of several; borrowed. */
const char *results_path(
    const struct sweep_trainer *trainer, const struct jobs_sweep *sweep, const char *setting);

/* The parameter to lower when memory runs out, or NULL. */
const char *results_lower(const struct sweep_trainer *trainer);

#endif
