/* SPDX-License-Identifier: Apache-2.0
 *
 * sweepctl's end of the control socket. Blocking; error messages go to stderr.
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
    pid_t peer; /* sweepd's; 0: unknown */
    struct sockaddr_un address;
    char *text; /* bytes that were received and not parsed yet */
    size_t length, size;
};

enum control_received {
    CONTROL_RECEIVED,  /* an object */
    CONTROL_TIME_OVER, /* nothing within the timeout */
    CONTROL_ENDED,     /* sweepd has closed the connection */
    CONTROL_BROKEN,    /* a line that is not a JSON object */
    CONTROL_FAILED,    /* reading failed, or out of memory: see errno */
};

/* Connects to sweepd: at `path` unless that is NULL, else at $SWEEPD_CONTROL if that is set, else
 * at the first of $RUNTIME_DIRECTORY/control, $XDG_RUNTIME_DIR/sweepd/control,
 * /tmp/sweepd-UID/control and /run/sweepd/control where something is listening. False after a
 * message that says what to do. */
bool control_client_open(struct control_client *client, const char *path);

/* Sends a request: "ping", "status", "reload", "rescan" or "drain". Returns the reply, the
 * caller's, or NULL after a message; a reply that is an error counts as failure. */
json_t *control_client_ask(struct control_client *client, const char *verb);

/* Asks for the status now, which is returned in the same way, and after each change, which
 * control_client_receive() gets. */
json_t *control_client_watch(struct control_client *client);

/* Waits for the next object, the caller's; forever if `timeout_ms` is negative. */
enum control_received control_client_receive(
    struct control_client *client, int timeout_ms, json_t **object);

void control_client_close(struct control_client *client);

#endif
