/* SPDX-License-Identifier: Apache-2.0
 *
 * Recommends the packed layout.
 */
#ifndef DAEMON_SWEEPCTL_LAYOUT_HINT_H
#define DAEMON_SWEEPCTL_LAYOUT_HINT_H

#include "sweep/generate.h"

/* Prints a note if the plan has more than 10,000 runs, or needs more than half of the inodes that
 * are free in `queue` (NULL: the current directory), and its layout is not packed. `inodes` are
 * those that it needs. */
void layout_hint_print(
    const struct sweep_plan_info *info, unsigned long long inodes, const char *queue);

#endif
