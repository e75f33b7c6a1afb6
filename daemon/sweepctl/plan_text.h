/* SPDX-License-Identifier: Apache-2.0
 *
 * What `sweepctl plan` prints of a spec that is valid: a table of axes, some runs, what they cost.
 */
#ifndef DAEMON_SWEEPCTL_PLAN_TEXT_H
#define DAEMON_SWEEPCTL_PLAN_TEXT_H

#include "daemon/sweepctl/spec_input.h"

/* Which runs to list. */
struct plan_runs {
    bool given; /* or else some of them */
    unsigned long long first, last;
};

/* Prints a plan. `path` is the spec's file, `queue` that of -o or NULL. Returns an exit code. */
int plan_text_print(const struct spec_input *input, const char *path, const char *queue,
    const struct plan_runs *runs);

#endif
