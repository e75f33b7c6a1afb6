/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading a trainer's log of steps: "Step 47 | loss:4.01 lr:1e-06 tokens_per_second:7287.3". Files
 * are large, so each line is looked at once and numbers are converted by a fast, slightly inexact
 * way; a loss is kept as it is written.
 */
#ifndef DAEMON_RESULTS_STEP_LOG_H
#define DAEMON_RESULTS_STEP_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/trainer/profile.h"

/* A number as it is written; "": none. Longer ones are cut. */
struct step_number {
    char text[32];
    double value;
};

struct step_log {
    uint64_t lines;                        /* of steps */
    uint64_t last_step;                    /* the greatest; 0: none */
    struct step_number first, last, least; /* losses */
    uint64_t least_step;
    double speed_sum, memory; /* memory: the peak */
    uint64_t n_speeds, n_memories;
    uint64_t not_finite; /* the first step with a loss of nan or inf; 0: none */
    uint64_t repeated;   /* the first step that is there twice: there are two writers; 0: none */
    bool torn;           /* the last line has no newline, and was ignored */
};

/* Adds the lines of a text to a log that is zero at first. Other lines are ignored. The byte after
 * `length` is 0. */
void step_log_read(
    const char *text, size_t length, const struct run_log *format, struct step_log *log);

#endif
