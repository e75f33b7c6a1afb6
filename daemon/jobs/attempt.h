/* SPDX-License-Identifier: Apache-2.0
 *
 * One attempt of a run: the file status/run_012.1, which the job script creates when the attempt
 * begins and which only that attempt appends to.
 *
 *     1795973132 start 77.12 restart=0 job=89 host=n1 output=results/run_012
 *     1795973190 signal TERM
 *     1795973195 end class=stopped rc=143 signal=TERM reason=timeout
 *
 * The job may have been killed at any moment, so a file can be empty, or end within a line.
 */
#ifndef DAEMON_JOBS_ATTEMPT_H
#define DAEMON_JOBS_ATTEMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A task of a job array, or a job without one. */
struct jobs_task {
    uint64_t job;  /* SLURM_ARRAY_JOB_ID, or SLURM_JOB_ID; 0: not known */
    int64_t index; /* SLURM_ARRAY_TASK_ID; -1: no array */
};

enum attempt_state {
    ATTEMPT_NONE,    /* no file: the run never started */
    ATTEMPT_DAMAGED, /* a file without a start line that can be read */
    ATTEMPT_STARTED, /* no end line: running, or killed */
    ATTEMPT_DONE,
    ATTEMPT_FAILED,  /* the training exited with another code than 0 */
    ATTEMPT_STOPPED, /* it was sent a signal */
    ATTEMPT_SETUP,   /* it failed before the training was started */
    ATTEMPT_STATES,
};

struct attempt {
    enum attempt_state state;
    bool damaged;           /* some lines cannot be read, or the last one is not complete */
    int64_t started, ended; /* seconds since 1970; 0: not known */
    struct jobs_task task;
    uint64_t job;       /* SLURM_JOB_ID, which each task of an array has its own of; 0: not known */
    unsigned restarts;  /* SLURM_RESTART_COUNT */
    int exit_code;      /* of the training; -1: not known */
    char reason[16];    /* why the job was stopped, as far as the script knew; "": not known */
    char signal[16];    /* the signal that the job was sent: "TERM"; "": none */
    char host[64];      /* "": not known */
    const char *output; /* the run's directory, borrowed from the text; NULL: not stated */
    size_t output_length;
};

/* Reads the text of the file. */
void attempt_parse(const char *text, size_t length, struct attempt *out);

/* Splits "run_012.3" into the length of the run's name and the number of the attempt, which counts
 * from 1. False if it is not the name of such a file. */
bool attempt_name(const char *name, size_t *length, unsigned *number);

#endif
