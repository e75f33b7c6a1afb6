/* SPDX-License-Identifier: Apache-2.0
 *
 * The loop's side of spool/spool.c: batches of its work run on another thread, one at a time.
 */
#ifndef DAEMON_SWEEPD_BATCH_H
#define DAEMON_SWEEPD_BATCH_H

#include "daemon/sweepd/state.h"

/* How many specs may be claimed now. */
size_t batch_room(const struct engine *engine);

/* Starts a batch if there is work for one and none is running. */
void batch_start(struct engine *engine);

#endif
