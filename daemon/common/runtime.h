/* SPDX-License-Identifier: Apache-2.0
 *
 * The directory of the control socket where neither systemd nor a login session provides one:
 * /tmp/sweepd-UID. Any user can create a directory of that name, so it is checked before use.
 */
#ifndef DAEMON_COMMON_RUNTIME_H
#define DAEMON_COMMON_RUNTIME_H

enum { RUNTIME_SIZE = 32 };

/* The path for our effective user. */
void runtime_directory(char path[RUNTIME_SIZE]);

/* Creates the directory if it is missing. 0, EPERM if another user owns it or has access to it, or
 * another errno value. */
int runtime_make(const char *path);

/* 0 if the directory exists and only we have access to it; else an errno value, as above. */
int runtime_check(const char *path);

#endif
