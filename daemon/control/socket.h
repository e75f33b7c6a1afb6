/* SPDX-License-Identifier: Apache-2.0
 *
 * Listens on a UNIX socket that only its owner can connect to. Only one daemon can listen at a
 * path.
 */
#ifndef DAEMON_CONTROL_SOCKET_H
#define DAEMON_CONTROL_SOCKET_H

#include <sys/stat.h>
#include <sys/un.h>

/* Longest path, in bytes: the socket is prepared under its path with ".new" appended. */
enum { CONTROL_SOCKET_PATH_MAX = sizeof((struct sockaddr_un){0}).sun_path - sizeof ".new" };

/* Listens at `path`, with mode 0600 from the beginning, and atomically replaces the socket of a
 * daemon that is gone. Returns 0, with the non-blocking socket in *fd and the status of its file in
 * *file; or an errno value: EADDRINUSE if a daemon listens there, EEXIST if a file that is not a
 * socket is there, EBUSY if another process keeps the directory locked, ENAMETOOLONG. `holder` is
 * set to the process that has it locked, or 0 if that is not known. */
int control_socket_listen(const char *path, int *fd, struct stat *file, long *holder);

#endif
