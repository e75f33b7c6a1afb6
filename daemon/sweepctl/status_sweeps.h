/* SPDX-License-Identifier: Apache-2.0
 *
 * How `sweepctl status` shows sweeps: a line each, the runs of one in groups, or JSON.
 */
#ifndef DAEMON_SWEEPCTL_STATUS_SWEEPS_H
#define DAEMON_SWEEPCTL_STATUS_SWEEPS_H

#include "daemon/sweepctl/sweep_view.h"

/* Appends a line for each sweep, the active ones first; at most `max`, and how many are left. */
void status_sweeps_put_lines(const struct sweep_view *view, size_t max, struct strbuf *out);

/* Appends the runs of each sweep in groups: of failed ones, the end of a log and what to do. True
 * if a run is done. */
bool status_sweeps_put_all(const struct sweep_view *view, struct strbuf *out);

/* Appends a line of JSON for each run. False if memory runs out. */
bool status_sweeps_put_json(
    const struct sweep_view *view, struct jobs_sweep *sweep, struct strbuf *out);

#endif
