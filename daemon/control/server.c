/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/common/log.h"
#include "daemon/control/request.h"
#include "daemon/control/server.h"
#include "sweep/generate.h"

/* How long to accept no connections when there are no free descriptors. */
#define SERVER_REST_MS 1000

/* Size of a new request buffer, in bytes; it doubles when it is full. */
#define SERVER_FIRST_BUFFER 1024

/* A connection. Once it is being closed it is not in server->peers any more. */
struct control_peer {
    struct control_server *server;
    uv_pipe_t pipe;
    uv_timer_t timer; /* CONTROL_WAIT_MS for the next request, or for the reply to be read */
    uv_write_t write;
    char *request; /* bytes that were received and not handled yet */
    size_t length, size;
    char *reply;             /* being sent, or NULL */
    bool eof;                /* the client has shut down its sending side */
    bool last;               /* close it after this reply */
    bool watching;           /* it gets a status after each change … */
    bool outdated;           /* … and has not got the last one */
    unsigned closed_handles; /* of pipe and timer */
};

/* --- closing a connection ------------------------------------------------------------------- */

static void server_on_peer_closed(uv_handle_t *handle)
{
    struct control_peer *peer = handle->data;
    peer->closed_handles++;
    if (peer->closed_handles < 2)
        return;
    free(peer->request);
    free(peer->reply);
    free(peer);
}

static void server_close_peer(struct control_peer *peer)
{
    for (size_t i = 0; i < CONTROL_PEERS_MAX; i++) {
        if (peer->server->peers[i] == peer)
            peer->server->peers[i] = NULL;
    }
    if (!uv_is_closing((uv_handle_t *)&peer->pipe)) {
        uv_close((uv_handle_t *)&peer->pipe, server_on_peer_closed);
        uv_close((uv_handle_t *)&peer->timer, server_on_peer_closed);
    }
}

/* --- replies -------------------------------------------------------------------------------- */

json_t *control_text(const char *bytes)
{
    size_t size = 4 * strlen(bytes) + 1;
    char *safe = malloc(size);
    if (safe == NULL)
        return NULL;
    log_escape(safe, size, bytes);
    json_t *text = json_string(safe);
    free(safe);
    return text;
}

static json_t *server_make_error(const char *message)
{
    json_t *text = control_text(message);
    if (text == NULL)
        return NULL;
    return json_pack("{s:o}", "error", text);
}

static json_t *server_make_reply(struct control_server *server, enum control_verb verb)
{
    server->in_handler = true;
    json_t *reply = server->handler(server->data, verb);
    server->in_handler = false;
    if (reply == NULL || json_object_get(reply, "error") != NULL)
        return reply;
    json_t *whole = json_pack(
        "{s:b, s:s, s:I}", "ok", 1, "version", sweep_version(), "pid", (json_int_t)getpid());
    if (whole != NULL && json_object_update(whole, reply) != 0) {
        json_decref(whole);
        whole = NULL;
    }
    json_decref(reply);
    return whole;
}

/* Takes over `reply`. Returns its line, the caller's, or NULL when out of memory. */
static char *server_make_line(json_t *reply)
{
    if (reply == NULL)
        return NULL;
    char *line = NULL;
    char *text = json_dumps(reply, JSON_COMPACT | JSON_ENSURE_ASCII);
    json_decref(reply);
    if (text == NULL)
        return NULL;
    if (strlen(text) >= CONTROL_REPLY_MAX)
        line = strdup("{\"error\":\"the reply is too long\"}\n");
    else if (asprintf(&line, "%s\n", text) < 0)
        line = NULL;
    free(text);
    return line;
}

static void server_on_written(uv_write_t *write, int status);
static void server_on_timeout(uv_timer_t *timer);

/* Takes over `line`; NULL closes the connection. */
static void server_send(struct control_peer *peer, char *line)
{
    if (line == NULL) {
        server_close_peer(peer);
        return;
    }
    peer->reply = line;
    peer->write.data = peer;
    /* The next request is read when this reply was. */
    if (!peer->watching)
        uv_read_stop((uv_stream_t *)&peer->pipe);
    uv_timer_start(&peer->timer, server_on_timeout, CONTROL_WAIT_MS, 0);
    uv_buf_t buf = uv_buf_init(line, (unsigned)strlen(line));
    if (uv_write(&peer->write, (uv_stream_t *)&peer->pipe, &buf, 1, server_on_written) != 0)
        server_close_peer(peer);
}

static void server_send_error(struct control_peer *peer, const char *message)
{
    peer->last = true;
    server_send(peer, server_make_line(server_make_error(message)));
}

static void server_on_timeout(uv_timer_t *timer)
{
    struct control_peer *peer = timer->data;
    if (peer->reply != NULL)
        server_close_peer(peer);
    else
        server_send_error(peer, "no request was received within 5 s");
}

/* --- watching clients ----------------------------------------------------------------------- */

static void server_send_status(struct control_server *server);

static void server_on_pace(uv_timer_t *timer)
{
    server_send_status(timer->data);
}

/* Sends a status to the watching clients that have read the previous one. */
static void server_send_status(struct control_server *server)
{
    char *line = NULL;
    for (size_t i = 0; i < CONTROL_PEERS_MAX; i++) {
        struct control_peer *peer = server->peers[i];
        if (peer == NULL || !peer->outdated || peer->reply != NULL)
            continue;
        peer->outdated = false;
        if (line == NULL)
            line = server_make_line(server_make_reply(server, CONTROL_STATUS));
        server_send(peer, line != NULL ? strdup(line) : NULL);
        uv_timer_start(&server->pace, server_on_pace, CONTROL_PACE_MS, 0);
    }
    free(line);
}

void control_server_changed(struct control_server *server)
{
    if (server->fd < 0)
        return;
    for (size_t i = 0; i < CONTROL_PEERS_MAX; i++) {
        struct control_peer *peer = server->peers[i];
        if (peer != NULL)
            peer->outdated = peer->watching;
    }
    if (!uv_is_active((uv_handle_t *)&server->pace))
        uv_timer_start(&server->pace, server_on_pace, 0, 0);
}

/* --- requests ------------------------------------------------------------------------------- */

static void server_answer(struct control_peer *peer, const char *line, size_t length)
{
    struct control_server *server = peer->server;
    struct control_request request = {0};
    char error[300];
    json_t *reply;
    if (control_request_read(line, length, &request, error, sizeof error))
        reply = server_make_reply(server, request.verb);
    else
        reply = server_make_error(error);
    peer->watching = request.watch;
    server_send(peer, server_make_line(reply));
    if (server->close_wanted)
        control_server_close(server);
}

/* Answers the first request in the buffer, if it is complete. */
static void server_handle_request(struct control_peer *peer)
{
    const char *newline = NULL;
    size_t length = peer->length, handled = peer->length;
    if (length > 0)
        newline = memchr(peer->request, '\n', length);
    if (newline != NULL) {
        length = (size_t)(newline - peer->request);
        handled = length + 1;
    }
    if (length > CONTROL_REQUEST_MAX) {
        server_send_error(peer, "the request line is too long (max 65536 bytes)");
        return;
    }
    if (newline == NULL && !peer->eof)
        return;
    if (newline == NULL && length == 0) {
        server_close_peer(peer);
        return;
    }
    server_answer(peer, peer->request, length);
    peer->length -= handled;
    memmove(peer->request, peer->request + handled, peer->length);
}

static void server_on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct control_peer *peer = handle->data;
    (void)suggested;
    if (peer->length == peer->size) {
        size_t size = peer->size == 0 ? SERVER_FIRST_BUFFER : 2 * peer->size;
        if (size > CONTROL_REQUEST_MAX)
            size = CONTROL_REQUEST_MAX + 1; /* the newline, or one byte too many */
        char *grown = realloc(peer->request, size);
        if (grown != NULL) {
            peer->request = grown;
            peer->size = size;
        }
    }
    *buf = uv_buf_init(peer->request + peer->length, (unsigned)(peer->size - peer->length));
}

static void server_on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct control_peer *peer = stream->data;
    (void)buf;
    if (n == 0)
        return;
    if (peer->watching || (n < 0 && n != UV_EOF)) {
        server_close_peer(peer);
        return;
    }
    if (n > 0)
        peer->length += (size_t)n;
    else
        peer->eof = true;
    server_handle_request(peer);
}

/* The client is new, or has read its reply. */
static void server_resume_peer(struct control_peer *peer)
{
    if (peer->watching) {
        uv_timer_stop(&peer->timer);
        if (peer->length > 0 || peer->eof)
            server_close_peer(peer);
        else if (peer->outdated && !uv_is_active((uv_handle_t *)&peer->server->pace))
            server_send_status(peer->server);
        return;
    }
    uv_timer_start(&peer->timer, server_on_timeout, CONTROL_WAIT_MS, 0);
    if (!peer->eof)
        uv_read_start((uv_stream_t *)&peer->pipe, server_on_alloc, server_on_read);
    server_handle_request(peer);
}

static void server_on_written(uv_write_t *write, int status)
{
    struct control_peer *peer = write->data;
    free(peer->reply);
    peer->reply = NULL;
    if (uv_is_closing((uv_handle_t *)&peer->pipe))
        return;
    if (status != 0 || peer->last)
        server_close_peer(peer);
    else
        server_resume_peer(peer);
}

/* --- connections ---------------------------------------------------------------------------- */

/* Sends an error and closes the connection. The socket's buffer is still empty, so that sending
 * neither blocks nor is cut short. */
static void server_refuse(int fd, const char *message)
{
    char *line = server_make_line(server_make_error(message));
    if (line != NULL)
        (void)send(fd, line, strlen(line), MSG_DONTWAIT | MSG_NOSIGNAL);
    free(line);
    close(fd);
}

/* Takes over `fd`. NULL: out of memory. */
static struct control_peer *server_new_peer(struct control_server *server, int fd)
{
    struct control_peer *peer = calloc(1, sizeof *peer);
    if (peer == NULL) {
        close(fd);
        return NULL;
    }
    peer->server = server;
    uv_pipe_init(server->loop, &peer->pipe, 0);
    uv_timer_init(server->loop, &peer->timer);
    peer->pipe.data = peer->timer.data = peer;
    if (uv_pipe_open(&peer->pipe, fd) != 0) {
        close(fd);
        server_close_peer(peer);
        return NULL;
    }
    return peer;
}

static bool server_may_use(int fd)
{
    struct ucred other;
    socklen_t size = sizeof other;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &other, &size) != 0)
        return false;
    return other.uid == geteuid() || other.uid == 0;
}

static void server_admit(struct control_server *server, int fd)
{
    size_t i = 0;
    while (i < CONTROL_PEERS_MAX && server->peers[i] != NULL)
        i++;
    if (!server_may_use(fd)) {
        server_refuse(fd, "only root and the user that sweepd runs as may use this socket");
        return;
    }
    if (i == CONTROL_PEERS_MAX) {
        server_refuse(fd, "too many clients (max 16); try again later");
        return;
    }
    server->peers[i] = server_new_peer(server, fd);
    if (server->peers[i] != NULL)
        server_resume_peer(server->peers[i]);
}

static void server_on_connection(uv_poll_t *poll, int status, int events);

static void server_on_rest_over(uv_timer_t *timer)
{
    struct control_server *server = timer->data;
    uv_poll_start(&server->poll, UV_READABLE, server_on_connection);
}

static void server_on_connection(uv_poll_t *poll, int status, int events)
{
    struct control_server *server = poll->data;
    (void)status; /* accept4() reports the same failure */
    (void)events;
    /* A few per round of the loop, so that other events are handled in between. */
    for (int i = 0; i < CONTROL_PEERS_MAX; i++) {
        int fd = accept4(server->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            server_admit(server, fd);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
            uv_poll_stop(&server->poll);
            uv_timer_start(&server->rest, server_on_rest_over, SERVER_REST_MS, 0);
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

/* --- start and end -------------------------------------------------------------------------- */

/* `holder` is the process that keeps the directory locked, or 0. Valid until the next call. */
static const char *server_explain(int failure, long holder)
{
    static char locked[80];
    switch (failure) {
    case EBUSY:
        if (holder == 0)
            return "its directory is locked by another process";
        snprintf(locked, sizeof locked, "its directory is locked by process %ld", holder);
        return locked;
    case EADDRINUSE:
        return "another sweepd is listening there";
    case EEXIST:
        return "a file that is not a socket is in the way; remove it";
    case ENAMETOOLONG:
        return "the path is too long (max 103 bytes)";
    default:
        return strerror(failure);
    }
}

bool control_server_start(struct control_server *server, uv_loop_t *loop, const char *path,
    control_handler *handler, void *data)
{
    *server = (struct control_server){.loop = loop, .handler = handler, .data = data, .fd = -1};
    snprintf(server->path, sizeof server->path, "%s", path);
    long holder;
    int failure = control_socket_listen(path, &server->fd, &server->file, &holder);
    if (failure == 0)
        failure = -uv_poll_init(loop, &server->poll, server->fd);
    if (failure != 0) {
        log_line(LOG_WARN, "%s: no control socket (sweepctl status and reload will not work): %s",
            path, server_explain(failure, holder));
        if (server->fd >= 0) {
            unlink(path);
            close(server->fd);
            server->fd = -1;
        }
        return false;
    }
    uv_timer_init(loop, &server->pace);
    uv_timer_init(loop, &server->rest);
    server->poll.data = server->pace.data = server->rest.data = server;
    /* Cannot fail for a descriptor that uv_poll_init() has accepted. */
    uv_poll_start(&server->poll, UV_READABLE, server_on_connection);
    return true;
}

static void server_on_poll_closed(uv_handle_t *handle)
{
    struct control_server *server = handle->data;
    close(server->fd);
    server->fd = -1;
}

static void server_remove_socket(const struct control_server *server)
{
    struct stat status;
    if (lstat(server->path, &status) != 0)
        return;
    /* Another daemon may have replaced it. */
    if (status.st_dev == server->file.st_dev && status.st_ino == server->file.st_ino)
        unlink(server->path);
}

void control_server_close(struct control_server *server)
{
    server->close_wanted = server->in_handler;
    if (server->fd < 0 || server->in_handler || uv_is_closing((uv_handle_t *)&server->poll))
        return;
    server_remove_socket(server);
    for (size_t i = 0; i < CONTROL_PEERS_MAX; i++) {
        if (server->peers[i] != NULL)
            server_close_peer(server->peers[i]);
    }
    uv_close((uv_handle_t *)&server->pace, NULL);
    uv_close((uv_handle_t *)&server->rest, NULL);
    uv_close((uv_handle_t *)&server->poll, server_on_poll_closed);
}
