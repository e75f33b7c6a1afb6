/* SPDX-License-Identifier: Apache-2.0
 *
 * Locks of flock(2), which any process that can open a file can take: a wait for one needs a limit.
 */
#ifndef LIB_UTIL_FLOCK_H
#define LIB_UTIL_FLOCK_H

/* Takes an exclusive lock, waiting for at most `patience_ms`. 0, EBUSY if another process
 * still holds it, EDEADLK if this process holds it by another descriptor and would wait for itself,
 * or another errno value: a file system without locks. */
int flock_wait(int fd, unsigned patience_ms);

/* The process that holds a lock on the file, or 0 if that cannot be found out: it has none, is on
 * another machine, or the file system numbers its devices differently in /proc/locks. */
long flock_holder(int fd);

#endif
