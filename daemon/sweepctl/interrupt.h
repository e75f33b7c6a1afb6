/* SPDX-License-Identifier: Apache-2.0
 *
 * What a signal that ends this process leaves behind: nothing, if it can be caught.
 */
#ifndef DAEMON_SWEEPCTL_INTERRUPT_H
#define DAEMON_SWEEPCTL_INTERRUPT_H

#include "daemon/common/fileat.h"

/* From now on SIGINT, SIGTERM, SIGHUP and SIGPIPE, unless they are ignored, remove the stage
 * QUEUE/STAGE and the directories in `made` before they end the process. The handler interrupts the
 * only thread, so the stage cannot be committed meanwhile. `made` is borrowed until
 * interrupt_release(). Does nothing if the path is too long. */
void interrupt_guard(const char *queue, const char *stage, struct fileat_path *made);

/* The signals end the process at once again. */
void interrupt_release(void);

#endif
