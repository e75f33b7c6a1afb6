/* SPDX-License-Identifier: Apache-2.0
 *
 * What the exit of a generator means for its spec: the event for the table in spool/states.c, the
 * line for the log, and the report for people. A pure function.
 */
#ifndef DAEMON_SWEEPD_OUTCOME_H
#define DAEMON_SWEEPD_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/spool/states.h"

/* How a child process exited. */
struct child_exit {
    int status;                  /* exit status; valid if `signal` is 0 */
    int signal;                  /* that killed it, or 0 */
    bool timed_out;              /* it was killed because of the deadline */
    const char *output, *errors; /* what it printed, NUL-terminated */
    size_t output_length, errors_length;
    bool errors_cut; /* it printed more */
    uint64_t elapsed_ms;
};

struct outcome {
    /* ENTRY_MADE, ENTRY_REFUSED, ENTRY_CHILD_FAILED, ENTRY_BLOCKED or ENTRY_STORAGE_FAILED */
    enum entry_event event;
    bool blames_environment; /* ENTRY_BLOCKED, and the generator says that no spec can be done */
    char line[512];          /* what happened, in a few words */
    char detail[1024];       /* without a sweep: the first error, or empty */
    uint64_t runs;           /* of the sweep */

    /* What is put next to the spec: the path of its sweep, or a report. The caller's (free());
     * NULL: out of memory. */
    char *text;
};

/* In the log, a success is `x.json: LINE`, and a failure `x.json: LINE
 * (failed/x.json.report.txt): DETAIL`; the name in the middle is known only later. */
void outcome_read(const struct child_exit *exited, const char *name, struct outcome *out);

#endif
