/* SPDX-License-Identifier: Apache-2.0
 *
 * A spec for some runs of a sweep with other values: the sweep's own spec, with the points of these
 * runs written out as "cases".
 */
#ifndef DAEMON_SWEEPCTL_RETRY_SPEC_H
#define DAEMON_SWEEPCTL_RETRY_SPEC_H

#include "daemon/sweepctl/sweep_view.h"

struct retry_runs {
    const struct jobs_sweep *sweep;
    size_t *items; /* numbers of runs of the sweep; owned */
    size_t count;
};

/* Makes the spec. Paths that `settings` ("PATH=VALUE", ended by NULL) set are left out of it.
 * Returns an exit code, after a message; *text is the caller's. */
int retry_spec_make(const struct sweep_view *view, const struct retry_runs *runs,
    const char *const *settings, char **text);

/* Records in SWEEP/replaced.csv which runs of `fresh` replace these: those with the same values,
 * but for the paths that were set. Returns an exit code, after a message. */
int retry_spec_record(const struct sweep_view *view, const struct retry_runs *runs,
    const char *const *settings, const struct jobs_sweep *fresh);

#endif
