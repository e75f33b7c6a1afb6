/* SPDX-License-Identifier: Apache-2.0
 *
 * Asking Slurm: runs squeue, scontrol, sinfo, sacct or sbatch and keeps what it prints.
 *
 * The program gets our environment without the variables that change what it does (SBATCH_*,
 * SQUEUE_*, SLURM_* except SLURM_CONF...). It has our own time limit: a client waits for ever for
 * a munged that is stopped, and 9 to 18 seconds for a controller that is down.
 */
#ifndef DAEMON_SLURM_ASK_H
#define DAEMON_SLURM_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/util/strbuf.h"

enum {
    ASK_TIMEOUT_MS = 15000,     /* longer than Slurm's MessageTimeout, 10 s by default */
    ASK_MAX_OUTPUT = 256 << 20, /* 100,000 records of `scontrol show job` are 110 MB */
    ASK_MAX_ERRORS = 65536,
};

/* Separates the fields of a row: no value of Slurm's contains it. */
#define ASK_SEPARATOR "\x1f"

enum ask_answer {
    ASK_DONE,       /* exit status 0, and the output is complete */
    ASK_NO_JOB,     /* the controller is up and has no record of the job */
    ASK_REFUSED,    /* another exit status: `reason` says why. After sbatch this does not mean
                      * that there is no job: a controller may have created it and answered late */
    ASK_NO_ANSWER,  /* timeout, or no controller, munge or database can be reached: ask again */
    ASK_NOT_FOUND,  /* the program is not on PATH: no Slurm on this machine */
    ASK_CANNOT_RUN, /* it could not be started, or its output is too long */
};

struct ask_reply {
    struct strbuf output; /* what it printed on stdout */
    int exit_status;      /* 128 + signal if a signal ended it */
    char reason[512];     /* unless ASK_DONE: its first error message, or ours; one line */
};

/* Runs a program: argv ends with NULL. Zero-initialise the reply; each call overwrites it. */
enum ask_answer ask_run(const char *const argv[], int timeout_ms, struct ask_reply *reply);
void ask_reply_deinit(struct ask_reply *reply);

/* True if `scontrol ping` says that a controller is up. */
bool ask_ping(void);

/* Splits the next line at *rest into `n` fields that are separated by ASK_SEPARATOR, in place, and
 * moves *rest after it. Missing fields are "", further ones are dropped. False at the end. */
bool ask_next_row(char **rest, char *fields[], size_t n);

#endif
