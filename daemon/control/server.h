/* SPDX-License-Identifier: Apache-2.0
 *
 * sweepd's end of the control socket: accepts clients, answers their requests, and sends a new
 * status to those that watch. Nothing blocks the event loop.
 */
#ifndef DAEMON_CONTROL_SERVER_H
#define DAEMON_CONTROL_SERVER_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <uv.h>

#include "daemon/control/protocol.h"
#include "daemon/control/socket.h"

/* Executes a request without blocking. Returns the reply, an object that becomes the caller's, or
 * NULL when out of memory. The server adds "ok", "version" and "pid", unless it has a member
 * "error", a message for people. The handler may call control_server_changed() and
 * control_server_close(); the reply is then still sent. */
typedef json_t *control_handler(void *data, enum control_verb verb);

struct control_peer;

struct control_server {
    control_handler *handler;
    void *data;
    uv_loop_t *loop;
    uv_poll_t poll;
    uv_timer_t pace; /* active while a status was sent less than CONTROL_PACE_MS ago */
    uv_timer_t rest; /* active while no connection is accepted, for lack of descriptors */
    struct control_peer *peers[CONTROL_PEERS_MAX];
    char path[CONTROL_SOCKET_PATH_MAX + 1];
    struct stat file;  /* the socket's */
    int fd;            /* -1: not in use */
    bool in_handler;   /* the handler is running … */
    bool close_wanted; /* … and has called control_server_close() */
};

/* Listens at `path`, whose directory exists and should have mode 0700. Replaces the socket of a
 * daemon that is gone, but not that of a running one. False (logged) on failure; the other
 * functions then do nothing. SIGPIPE must be ignored. */
bool control_server_start(struct control_server *server, uv_loop_t *loop, const char *path,
    control_handler *handler, void *data);

/* The status has changed. Cheap when no client watches. */
void control_server_changed(struct control_server *server);

/* Removes the socket and closes all connections; replies that are not sent yet are lost. Memory is
 * in use until the loop has run once more. */
void control_server_close(struct control_server *server);

/* A JSON string of any bytes, escaped for terminals (log_escape()). NULL: out of memory. */
json_t *control_text(const char *bytes);

#endif
