/* SPDX-License-Identifier: Apache-2.0
 *
 * `sweepctl validate --explain CODE`.
 */
#ifndef DAEMON_SWEEPCTL_EXPLAIN_H
#define DAEMON_SWEEPCTL_EXPLAIN_H

#include "sweep/trainer.h"

/* Prints what a finding's code means, or all codes for "list". Returns an exit code. */
int explain_code(const struct sweep_trainer *trainer, const char *code);

/* Prints every code once, with its summary. */
void explain_list(const struct sweep_trainer *trainer);

#endif
