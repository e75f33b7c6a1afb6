/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/control/server.h"
#include "daemon/control/socket.h"
#include "daemon/common/log.h"
#include "sweep/generate.h"

/* Between two looks whether there are descriptors again. */
#define REST_MS 1000

/* A connection. It is closed when it has no place in control->peers any more. */
struct control_peer {
    struct control *control;
    uv_pipe_t pipe;
    uv_timer_t timer; /* CONTROL_WAIT_MS for whatever the other side has to do next */
    uv_write_t write;
    char *request; /* what has arrived and was not answered yet */
    size_t length, size;
    char *reply;     /* on its way, or NULL */
    bool ended;      /* nothing more will arrive */
    bool last;       /* after this reply it is closed */
    bool watching;   /* it gets all changes … */
    bool behind;     /* … and there was one that it was not told */
    unsigned closed; /* of its two handles */
};

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

static json_t *error_reply(const char *what)
{
    json_t *text = control_text(what);
    return text == NULL ? NULL : json_pack("{s:o}", "error", text);
}

/* --- closing -------------------------------------------------------------------------------- */

static void on_peer_closed(uv_handle_t *handle)
{
    struct control_peer *peer = handle->data;
    if (++peer->closed < 2)
        return;
    free(peer->request);
    free(peer->reply);
    free(peer);
}

static void close_peer(struct control_peer *peer)
{
    for (size_t i = 0; i < CONTROL_PEERS_MAX; i++)
        if (peer->control->peers[i] == peer)
            peer->control->peers[i] = NULL;
    if (!uv_is_closing((uv_handle_t *)&peer->pipe)) {
        uv_close((uv_handle_t *)&peer->pipe, on_peer_closed);
        uv_close((uv_handle_t *)&peer->timer, on_peer_closed);
    }
}

/* --- replies -------------------------------------------------------------------------------- */

static void resume(struct control_peer *peer);
static void tell_watchers(struct control *control);
static void on_time_over(uv_timer_t *timer);

/* The line for a reply, which is released; NULL when there is no memory for it. */
static char *line_of(json_t *reply)
{
    char *line = NULL;
    char *text = reply == NULL ? NULL : json_dumps(reply, JSON_COMPACT | JSON_ENSURE_ASCII);
    json_decref(reply);
    if (text != NULL && strlen(text) >= CONTROL_REPLY_MAX)
        line = strdup("{\"error\":\"the reply is too long\"}\n");
    else if (text != NULL && asprintf(&line, "%s\n", text) < 0)
        line = NULL;
    free(text);
    return line;
}

static void on_written(uv_write_t *write, int status)
{
    struct control_peer *peer = write->data;
    free(peer->reply);
    peer->reply = NULL;
    if (uv_is_closing((uv_handle_t *)&peer->pipe))
        return;
    if (status != 0 || peer->last)
        close_peer(peer);
    else
        resume(peer);
}

/* Takes the line over. */
static void send_line(struct control_peer *peer, char *line)
{
    peer->reply = line;
    peer->write.data = peer;
    uv_buf_t buf = uv_buf_init(line, line == NULL ? 0 : (unsigned)strlen(line));
    /* Nothing more is read until it has taken this. */
    if (!peer->watching)
        uv_read_stop((uv_stream_t *)&peer->pipe);
    uv_timer_start(&peer->timer, on_time_over, CONTROL_WAIT_MS, 0);
    if (line == NULL ||
        uv_write(&peer->write, (uv_stream_t *)&peer->pipe, &buf, 1, on_written) != 0)
        close_peer(peer);
}

static void on_time_over(uv_timer_t *timer)
{
    struct control_peer *peer = timer->data;
    if (peer->reply != NULL) {
        close_peer(peer);
        return;
    }
    peer->last = true;
    send_line(peer, line_of(error_reply("no request has arrived within 5 s")));
}

/* --- requests ------------------------------------------------------------------------------- */

static json_t *make_reply(struct control *control, enum control_verb verb)
{
    control->asking = true;
    json_t *reply = control->handler(control->data, verb);
    control->asking = false;
    if (reply == NULL || json_object_get(reply, "error") != NULL)
        return reply;
    json_t *head = json_pack(
        "{s:b, s:s, s:I}", "ok", 1, "version", sweep_version(), "pid", (json_int_t)getpid());
    if (head != NULL && json_object_update(head, reply) != 0) {
        json_decref(head);
        head = NULL;
    }
    json_decref(reply);
    return head;
}

static void answer(struct control_peer *peer, const char *line, size_t length)
{
    char why[300];
    bool watch = false;
    enum control_verb verb;
    json_t *reply;
    if (control_request_read(line, length, &verb, &watch, why, sizeof why))
        reply = make_reply(peer->control, verb);
    else
        reply = error_reply(why);
    peer->watching = watch;
    send_line(peer, line_of(reply));
    if (peer->control->close_soon)
        control_close(peer->control);
}

/* Answers the next request, if it is here. */
static void consume(struct control_peer *peer)
{
    const char *end = peer->length > 0 ? memchr(peer->request, '\n', peer->length) : NULL;
    size_t length = end != NULL ? (size_t)(end - peer->request) : peer->length;
    if (length > CONTROL_REQUEST_MAX) {
        peer->last = true;
        send_line(peer, line_of(error_reply("a request has at most 65536 bytes")));
    } else if (end != NULL || (peer->ended && length > 0)) {
        size_t taken = length + (end != NULL);
        answer(peer, peer->request, length);
        peer->length -= taken;
        memmove(peer->request, peer->request + taken, peer->length);
    } else if (peer->ended) {
        close_peer(peer);
    }
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct control_peer *peer = handle->data;
    (void)suggested;
    if (peer->length == peer->size) {
        size_t size = peer->size == 0 ? 1024 : 2 * peer->size;
        if (size > CONTROL_REQUEST_MAX)
            size = CONTROL_REQUEST_MAX + 1; /* the end of the line, or one byte too many */
        char *grown = realloc(peer->request, size);
        if (grown != NULL) {
            peer->request = grown;
            peer->size = size;
        }
    }
    *buf = uv_buf_init(peer->request + peer->length, (unsigned)(peer->size - peer->length));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct control_peer *peer = stream->data;
    (void)buf;
    if (n == 0)
        return;
    if (peer->watching || (n < 0 && n != UV_EOF)) {
        close_peer(peer);
        return;
    }
    if (n > 0)
        peer->length += (size_t)n;
    else
        peer->ended = true;
    consume(peer);
}

/* The other side has taken its reply. */
static void resume(struct control_peer *peer)
{
    if (peer->watching) {
        uv_timer_stop(&peer->timer);
        if (peer->length > 0 || peer->ended)
            close_peer(peer);
        else if (peer->behind && !uv_is_active((uv_handle_t *)&peer->control->pace))
            tell_watchers(peer->control);
        return;
    }
    uv_timer_start(&peer->timer, on_time_over, CONTROL_WAIT_MS, 0);
    if (!peer->ended)
        uv_read_start((uv_stream_t *)&peer->pipe, on_room, on_read);
    consume(peer);
}

/* --- watchers ------------------------------------------------------------------------------- */

static void on_pace(uv_timer_t *timer)
{
    tell_watchers(timer->data);
}

/* Those that are behind and have taken what they were told before. */
static void tell_watchers(struct control *control)
{
    char *line = NULL;
    for (size_t i = 0; i < CONTROL_PEERS_MAX; i++) {
        struct control_peer *peer = control->peers[i];
        if (peer == NULL || !peer->behind || peer->reply != NULL)
            continue;
        peer->behind = false;
        if (line == NULL)
            line = line_of(make_reply(control, CONTROL_STATUS));
        send_line(peer, line == NULL ? NULL : strdup(line));
        uv_timer_start(&control->pace, on_pace, CONTROL_PACE_MS, 0);
    }
    free(line);
}

void control_changed(struct control *control)
{
    if (control->fd < 0)
        return;
    for (size_t i = 0; i < CONTROL_PEERS_MAX; i++)
        if (control->peers[i] != NULL)
            control->peers[i]->behind = control->peers[i]->watching;
    if (!uv_is_active((uv_handle_t *)&control->pace))
        uv_timer_start(&control->pace, on_pace, 0, 0);
}

/* --- connections ---------------------------------------------------------------------------- */

/* Its buffer is empty: this neither blocks nor is cut. */
static void turn_away(int fd, const char *why)
{
    char *line = line_of(error_reply(why));
    if (line != NULL)
        (void)send(fd, line, strlen(line), MSG_DONTWAIT | MSG_NOSIGNAL);
    free(line);
    close(fd);
}

static struct control_peer *new_peer(struct control *control, int fd)
{
    struct control_peer *peer = calloc(1, sizeof *peer);
    if (peer == NULL) {
        close(fd);
        return NULL;
    }
    peer->control = control;
    uv_pipe_init(control->loop, &peer->pipe, 0);
    uv_timer_init(control->loop, &peer->timer);
    peer->pipe.data = peer->timer.data = peer;
    if (uv_pipe_open(&peer->pipe, fd) != 0) {
        close(fd);
        close_peer(peer);
        return NULL;
    }
    return peer;
}

static void welcome(struct control *control, int fd)
{
    struct ucred other = {.uid = (uid_t)-1};
    socklen_t size = sizeof other;
    size_t place = 0;
    while (place < CONTROL_PEERS_MAX && control->peers[place] != NULL)
        place++;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &other, &size) != 0 ||
        (other.uid != geteuid() && other.uid != 0)) {
        turn_away(fd, "only the user that sweepd runs as, and root, may use this socket");
        return;
    }
    if (place == CONTROL_PEERS_MAX) {
        turn_away(fd, "there are 16 clients already, which is the most; try again later");
        return;
    }
    struct control_peer *peer = control->peers[place] = new_peer(control, fd);
    if (peer != NULL)
        resume(peer);
}

static void on_connection(uv_poll_t *poll, int status, int events);

static void on_rest_over(uv_timer_t *timer)
{
    struct control *control = timer->data;
    uv_poll_start(&control->poll, UV_READABLE, on_connection);
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
    struct control *control = poll->data;
    (void)status; /* whatever it is, accepting tells */
    (void)events;
    /* A few a time: the loop comes back when there are more, and others get their turn. */
    for (int i = 0; i < CONTROL_PEERS_MAX; i++) {
        int fd = accept4(control->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            welcome(control, fd);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
            uv_poll_stop(&control->poll);
            uv_timer_start(&control->rest, on_rest_over, REST_MS, 0);
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

/* --- start and end -------------------------------------------------------------------------- */

bool control_start(struct control *control, uv_loop_t *loop, const char *path,
    control_handler *handler, void *data)
{
    *control = (struct control){.loop = loop, .handler = handler, .data = data, .fd = -1};
    snprintf(control->path, sizeof control->path, "%s", path);
    int failure = control_socket_listen(path, &control->fd, &control->file);
    if (failure == 0)
        failure = -uv_poll_init(loop, &control->poll, control->fd);
    if (failure != 0) {
        log_line(LOG_WARN, "%s: no control socket, sweepctl status will not work: %s", path,
            failure == EADDRINUSE     ? "another sweepd listens there"
            : failure == EEXIST       ? "something else is there; remove it"
            : failure == ENAMETOOLONG ? "a socket's path has at most 103 bytes"
                                      : strerror(failure));
        if (control->fd >= 0) {
            unlink(path);
            close(control->fd);
            control->fd = -1;
        }
        return false;
    }
    uv_timer_init(loop, &control->pace);
    uv_timer_init(loop, &control->rest);
    control->poll.data = control->pace.data = control->rest.data = control;
    /* Cannot fail for a descriptor that uv_poll_init() has accepted. */
    uv_poll_start(&control->poll, UV_READABLE, on_connection);
    return true;
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct control *control = handle->data;
    close(control->fd);
    control->fd = -1;
}

void control_close(struct control *control)
{
    struct stat status;
    control->close_soon = control->asking;
    if (control->fd < 0 || control->asking || uv_is_closing((uv_handle_t *)&control->poll))
        return;
    /* Not when it is another daemon's by now. */
    if (lstat(control->path, &status) == 0 && status.st_dev == control->file.st_dev &&
        status.st_ino == control->file.st_ino)
        unlink(control->path);
    for (size_t i = 0; i < CONTROL_PEERS_MAX; i++)
        if (control->peers[i] != NULL)
            close_peer(control->peers[i]);
    uv_close((uv_handle_t *)&control->pace, NULL);
    uv_close((uv_handle_t *)&control->rest, NULL);
    uv_close((uv_handle_t *)&control->poll, on_poll_closed);
}
