/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "daemon/control/client.h"
#include "daemon/common/log.h"

/* The daemon answers at once, or it hangs. */
#define ANSWER_MS 10000

/* A whole line at a time, longer than any that the daemon sends. */
#define LINE_MAX_BYTES (1 << 20)

/* --- finding it ----------------------------------------------------------------------------- */

/* 0 when connected, or an errno value. */
static int try_at(struct control_client *client, const char *path)
{
    struct timeval patience = {.tv_sec = ANSWER_MS / 1000};
    struct ucred peer = {0};
    socklen_t size = sizeof peer;
    client->address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof client->address.sun_path)
        return ENAMETOOLONG;
    strcpy(client->address.sun_path, path);
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->fd < 0)
        return errno;
    /* Holds for connecting, too. */
    setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(client->fd, (struct sockaddr *)&client->address, sizeof client->address) != 0) {
        int failure = errno;
        close(client->fd);
        client->fd = -1;
        return failure;
    }
    if (getsockopt(client->fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0)
        client->peer = peer.pid;
    return 0;
}

/* Whose the socket is, or the nearest directory above that we may look at. */
static void print_owner(const char *path)
{
    char above[sizeof((struct sockaddr_un){0}).sun_path];
    struct stat status;
    snprintf(above, sizeof above, "%s", path);
    while (stat(above, &status) != 0) {
        char *slash = strrchr(above, '/');
        if (slash == NULL || slash == above)
            return;
        *slash = '\0';
    }
    const struct passwd *owner = getpwuid(status.st_uid);
    char number[32], safe[256], name[256];
    snprintf(number, sizeof number, "user %u", (unsigned)status.st_uid);
    log_escape(safe, sizeof safe, above);
    log_escape(name, sizeof name, owner != NULL ? owner->pw_name : number);
    fprintf(
        stderr, "  %s belongs to %s; only that user and root may ask this sweepd\n", safe, name);
}

static void print_failure(const char *path, int failure)
{
    char safe[512];
    log_escape(safe, sizeof safe, path);
    fprintf(stderr, "  %s: %s\n", safe,
        failure == ECONNREFUSED   ? "left over, nobody listens"
        : failure == EAGAIN       ? "sweepd hangs or is stopped: it does not answer"
        : failure == ENAMETOOLONG ? "too long for a socket's path"
        : failure == EPROTOTYPE   ? "this is not sweepd's control socket"
                                  : strerror(failure));
    if (failure == EACCES || failure == EPERM)
        print_owner(path);
}

enum { MAX_PLACES = 3 };

/* Where it may be, in the order of trying; the strings are the caller's. */
static size_t find_places(const char *path, char *places[MAX_PLACES])
{
    const char *set = path != NULL ? path : getenv("SWEEPD_CONTROL");
    const char *service = getenv("RUNTIME_DIRECTORY"), *user = getenv("XDG_RUNTIME_DIR");
    size_t n = 0;
    if (set != NULL && *set != '\0') {
        places[0] = strdup(set);
        return places[0] != NULL;
    }
    if (service != NULL && *service != '\0')
        n += asprintf(&places[n], "%.*s/control", (int)strcspn(service, ":"), service) >= 0;
    if (user != NULL && *user != '\0')
        n += asprintf(&places[n], "%s/sweepd/control", user) >= 0;
    n += asprintf(&places[n], "/run/sweepd/control") >= 0;
    return n;
}

bool control_client_open(struct control_client *client, const char *path)
{
    char *places[MAX_PLACES];
    int failures[MAX_PLACES] = {0};
    size_t n = find_places(path, places), i = 0;
    bool there = false;
    *client = (struct control_client){.fd = -1};
    while (i < n && (failures[i] = try_at(client, places[i])) != 0)
        i++;
    for (size_t j = 0; i == n && j < n; j++)
        there = there ||
                (failures[j] != ENOENT && failures[j] != ENOTDIR && failures[j] != ECONNREFUSED);
    if (i == n) {
        fprintf(stderr, "sweepctl: %s\n",
            there ? "sweepd cannot be asked" : "no sweepd is running that could be asked");
        for (size_t j = 0; j < n; j++)
            print_failure(places[j], failures[j]);
        if (!there)
            fputs("Start one (systemctl --user start sweepd), or name its control socket with\n"
                  "--socket or SWEEPD_CONTROL.\n",
                stderr);
    }
    for (size_t j = 0; j < n; j++)
        free(places[j]);
    return i < n;
}

void control_client_close(struct control_client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    free(client->text);
    *client = (struct control_client){.fd = -1};
}

/* --- talking -------------------------------------------------------------------------------- */

/* Takes the first line from what has arrived; false when there is none. */
static bool take_line(struct control_client *client, json_t **object)
{
    char *end = client->length > 0 ? memchr(client->text, '\n', client->length) : NULL;
    if (end == NULL)
        return false;
    size_t taken = (size_t)(end - client->text) + 1;
    *object = json_loadb(client->text, taken, 0, NULL);
    client->length -= taken;
    memmove(client->text, client->text + taken, client->length);
    return true;
}

/* False at the end, with errno 0, and when it fails. */
static bool read_more(struct control_client *client)
{
    if (client->length == client->size) {
        size_t size = client->size + 65536;
        char *grown = size <= LINE_MAX_BYTES ? realloc(client->text, size) : NULL;
        if (grown == NULL) {
            errno = ENOMEM;
            return false;
        }
        client->text = grown;
        client->size = size;
    }
    ssize_t n;
    errno = 0;
    do
        n = read(client->fd, client->text + client->length, client->size - client->length);
    while (n < 0 && errno == EINTR);
    if (n == 0 || (n < 0 && errno == ECONNRESET))
        errno = 0;
    else if (n > 0)
        client->length += (size_t)n;
    return n > 0;
}

enum control_received control_client_receive(
    struct control_client *client, int timeout_ms, json_t **object)
{
    struct pollfd poll_fd = {.fd = client->fd, .events = POLLIN};
    *object = NULL;
    while (!take_line(client, object)) {
        int ready = poll(&poll_fd, 1, timeout_ms);
        if (ready == 0)
            return CONTROL_TIME_OVER;
        if (ready > 0 && !read_more(client))
            return errno == 0 ? CONTROL_ENDED : CONTROL_BROKEN;
        if (ready < 0 && errno != EINTR)
            return CONTROL_BROKEN;
    }
    if (json_is_object(*object))
        return CONTROL_RECEIVED;
    json_decref(*object);
    *object = NULL;
    return CONTROL_BROKEN;
}

static bool send_request(struct control_client *client, const char *request)
{
    char line[256];
    int length = snprintf(line, sizeof line, "%s\n", request);
    /* Short enough to be taken whole. One that was turned away can still read why. */
    return send(client->fd, line, (size_t)length, MSG_NOSIGNAL) == length || errno == EPIPE;
}

json_t *control_client_ask(struct control_client *client, const char *request)
{
    static const char *const failures[] = {
        [CONTROL_TIME_OVER] = "does not answer; is it stopped, or does it hang?",
        [CONTROL_ENDED] = "has closed the connection; it is ending, perhaps",
        [CONTROL_BROKEN] = "says what cannot be understood",
    };
    json_t *reply = NULL;
    enum control_received received = CONTROL_BROKEN;
    if (send_request(client, request))
        received = control_client_receive(client, ANSWER_MS, &reply);
    if (received != CONTROL_RECEIVED) {
        fprintf(
            stderr, "sweepctl: sweepd (process %d) %s\n", (int)client->peer, failures[received]);
        return NULL;
    }
    const char *error = json_string_value(json_object_get(reply, "error"));
    if (error == NULL)
        return reply;
    char safe[1024];
    log_escape(safe, sizeof safe, error);
    fprintf(stderr, "sweepctl: sweepd says: %s\n", safe);
    json_decref(reply);
    return NULL;
}
