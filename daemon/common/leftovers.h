/* SPDX-License-Identifier: Apache-2.0
 *
 * Stages that killed processes left in a queue.
 */
#ifndef DAEMON_COMMON_LEFTOVERS_H
#define DAEMON_COMMON_LEFTOVERS_H

#include <stddef.h>

/* Removes the stages of our user in the queue that no process has locked: a generator locks its
 * stage as long as it lives. On network file systems, where locks may only exclude processes of one
 * machine, only those that have not changed for a day. Best effort; returns how many were removed.
 */
size_t leftovers_remove(const char *queue);

#endif
