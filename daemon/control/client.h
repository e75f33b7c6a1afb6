/* SPDX-License-Identifier: Apache-2.0
 *
 * sweepctl's end of the control socket (daemon/control/server.h). Blocking; messages go to stderr.
 */
#ifndef DAEMON_CONTROL_CLIENT_H
#define DAEMON_CONTROL_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/un.h>

struct control_client {
    int fd;     /* -1: not connected */
    pid_t peer; /* the daemon; 0: not known */
    struct sockaddr_un address;
    char *text; /* what has arrived and was not read yet */
    size_t length, size;
};

enum control_received {
    CONTROL_RECEIVED,  /* an object */
    CONTROL_TIME_OVER, /* nothing */
    CONTROL_ENDED,     /* the daemon has closed the connection */
    CONTROL_BROKEN,    /* … or says what is no JSON object; or there is no memory */
};

/* Connects to the daemon: at `path` when that is not NULL, else at $SWEEPD_CONTROL when that is
 * set, else at the first of $RUNTIME_DIRECTORY/control, $XDG_RUNTIME_DIR/sweepd/control and
 * /run/sweepd/control where one listens. False with a message that says what to do. */
bool control_client_open(struct control_client *client, const char *path);

/* Sends one request, a line without its end, and returns the reply (the caller's). NULL with a
 * message, also when the reply is an error. */
json_t *control_client_ask(struct control_client *client, const char *request);

/* Waits for the next object (the caller's); without end when `timeout_ms` is negative. */
enum control_received control_client_receive(
    struct control_client *client, int timeout_ms, json_t **object);

void control_client_close(struct control_client *client);

#endif
