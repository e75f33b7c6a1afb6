/* SPDX-License-Identifier: Apache-2.0
 *
 * A listening UNIX socket that only its owner can connect to, at a path where only one daemon can
 * have one.
 */
#ifndef DAEMON_CONTROL_SOCKET_H
#define DAEMON_CONTROL_SOCKET_H

#include <sys/stat.h>

/* Listens at `path`, with mode 0600 from the first moment. What a daemon that is gone has left
 * there is replaced, in one step. 0 with the socket, which does not block, in *fd and its file in
 * *file; or an errno value: EADDRINUSE when a daemon listens there, EEXIST when something else is
 * there. */
int control_socket_listen(const char *path, int *fd, struct stat *file);

#endif
