/* SPDX-License-Identifier: Apache-2.0
 *
 * The generators: one child process for each entry that is ENTRY_WORKING.
 */
#ifndef DAEMON_SWEEPD_CHILDREN_H
#define DAEMON_SWEEPD_CHILDREN_H

#include "daemon/sweepd/state.h"

/* Builds the command that starts a child from the settings; call it again when these have changed.
 * False when out of memory; the command is then as before. */
bool children_make_command(struct engine *engine);

/* If an entry waits for its child, starts that in the next round of the loop. One child a round:
 * other events are handled in between. */
void children_start_soon(struct engine *engine);

/* Asks all running children to exit, and kills those that do not. */
void children_stop(struct engine *engine);

void children_free(struct engine *engine);

#endif
