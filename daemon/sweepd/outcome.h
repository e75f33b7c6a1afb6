/* SPDX-License-Identifier: Apache-2.0
 *
 * What a generator's end means, in words: from its exit status and what it printed to what becomes
 * of the spec, the line for the log and the report for people. A pure function.
 */
#ifndef DAEMON_SWEEPD_OUTCOME_H
#define DAEMON_SWEEPD_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/spool/states.h"

/* How a child ended. */
struct ending {
    int64_t status;        /* exit status; only when `signal` is 0 */
    int signal;            /* that killed it, or 0 */
    bool timed_out;        /* … because its time was over */
    char *output, *errors; /* what it printed, always ended by NUL */
    size_t output_length, errors_length;
    bool output_cut, errors_cut; /* there was more */
    uint64_t elapsed_ms;
};

struct outcome {
    /* ENTRY_MADE, ENTRY_REFUSED, ENTRY_CHILD_FAILED, ENTRY_BLOCKED or ENTRY_STORAGE_FAILED */
    enum entry_event event;
    char line[512];    /* what happened, in a few words */
    char detail[1024]; /* without a sweep: the first error, may be empty */
    char *text;        /* what is put beside the spec: for a sweep its path, otherwise a
                              report; the caller's (free()). NULL: no memory */
    uint64_t runs;     /* of a sweep */
};

/* A success reads `x.json: LINE`, a failure `x.json: LINE (failed/x.json.report.txt): DETAIL`,
 * where the name in the middle is only known later. */
void outcome_read(const struct ending *ending, const char *name, struct outcome *out);

#endif
