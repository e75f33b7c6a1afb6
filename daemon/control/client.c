/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "daemon/common/accounts.h"
#include "daemon/common/log.h"
#include "daemon/common/runtime.h"
#include "daemon/control/client.h"

/* sweepd replies within milliseconds, unless it hangs. */
#define CLIENT_TIMEOUT_S 10

/* Longer than any line that sweepd sends, in bytes. */
#define CLIENT_LINE_MAX (1 << 20)
#define CLIENT_BUFFER_STEP 65536

/* --- connecting ----------------------------------------------------------------------------- */

/* Returns 0 when connected, or an errno value. */
static int client_connect(struct control_client *client, const char *path)
{
    struct timeval timeout = {.tv_sec = CLIENT_TIMEOUT_S};
    struct ucred peer;
    socklen_t size = sizeof peer;
    client->address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof client->address.sun_path)
        return ENAMETOOLONG;
    strcpy(client->address.sun_path, path);
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->fd < 0)
        return errno;
    /* Also limits connect(). */
    setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
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

enum { CLIENT_MAX_PATHS = 4 };

/* The paths to try, in this order; the strings are the caller's. */
static size_t client_find_paths(const char *path, char *paths[CLIENT_MAX_PATHS])
{
    const char *only = path != NULL ? path : getenv("SWEEPD_CONTROL");
    const char *service = getenv("RUNTIME_DIRECTORY"), *user = getenv("XDG_RUNTIME_DIR");
    char own[RUNTIME_SIZE];
    size_t n = 0;
    if (only != NULL && *only != '\0') {
        paths[0] = strdup(only);
        if (paths[0] == NULL)
            return 0;
        return 1;
    }
    /* systemd separates several directories by colons. */
    if (service != NULL && *service != '\0' &&
        asprintf(&paths[n], "%.*s/control", (int)strcspn(service, ":"), service) >= 0)
        n++;
    if (user != NULL && *user != '\0' && asprintf(&paths[n], "%s/sweepd/control", user) >= 0)
        n++;
    /* sweepd may have been started without these variables, by cron or ssh, or with them. */
    runtime_directory(own);
    if (asprintf(&paths[n], "%s/control", own) >= 0)
        n++;
    if (asprintf(&paths[n], "/run/sweepd/control") >= 0)
        n++;
    return n;
}

/* Connects to a default path. In /tmp, the socket may be another user's. */
static int client_connect_default(struct control_client *client, const char *path)
{
    char own[RUNTIME_SIZE];
    runtime_directory(own);
    size_t length = strlen(own);
    if (strncmp(path, own, length) == 0 && path[length] == '/') {
        int failure = runtime_check(own);
        if (failure != 0)
            return failure;
    }
    return client_connect(client, path);
}

static const char *client_explain(int failure)
{
    switch (failure) {
    case ECONNREFUSED:
        return "stale socket, no process is listening";
    case EAGAIN:
        return "sweepd does not answer; it hangs or is stopped";
    case ENAMETOOLONG:
        return "the path is too long for a socket";
    case EPROTOTYPE:
        return "not the control socket of sweepd";
    default:
        return strerror(failure);
    }
}

/* Prints the owner of the socket, or of the nearest directory above it that can be accessed. */
static void client_print_owner(const char *path)
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
    char owner[ACCOUNT_NAME], safe[256], name[256];
    account_name(status.st_uid, owner);
    log_escape(safe, sizeof safe, above);
    log_escape(name, sizeof name, owner);
    fprintf(stderr, "  %s is owned by %s; only root and that user can connect to this sweepd\n",
        safe, name);
}

static void client_print_failures(char *const *paths, const int *failures, size_t n)
{
    bool running = false;
    for (size_t i = 0; i < n; i++) {
        if (failures[i] != ENOENT && failures[i] != ENOTDIR && failures[i] != ECONNREFUSED)
            running = true;
    }
    if (running)
        fputs("sweepctl: cannot connect to sweepd\n", stderr);
    else
        fputs("sweepctl: cannot connect to sweepd: nothing is listening on\n", stderr);
    for (size_t i = 0; i < n; i++) {
        char safe[512];
        log_escape(safe, sizeof safe, paths[i]);
        fprintf(stderr, "  %s: %s\n", safe, client_explain(failures[i]));
        if (failures[i] == EACCES || failures[i] == EPERM)
            client_print_owner(paths[i]);
    }
    if (!running)
        fputs("Start it (systemctl --user start sweepd), or pass its control socket with\n"
              "--socket or SWEEPD_CONTROL.\n",
            stderr);
}

bool control_client_open(struct control_client *client, const char *path)
{
    char *paths[CLIENT_MAX_PATHS];
    int failures[CLIENT_MAX_PATHS] = {0};
    size_t n = client_find_paths(path, paths);
    bool connected = false;
    *client = (struct control_client){.fd = -1};
    for (size_t i = 0; i < n && !connected; i++) {
        failures[i] = client_connect_default(client, paths[i]);
        connected = failures[i] == 0;
    }
    if (!connected)
        client_print_failures(paths, failures, n);
    for (size_t i = 0; i < n; i++)
        free(paths[i]);
    return connected;
}

void control_client_close(struct control_client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    free(client->text);
    *client = (struct control_client){.fd = -1};
}

/* --- requests and replies ------------------------------------------------------------------- */

/* Parses and removes the first line of the buffer, into an object or NULL; false if there is no
 * complete line. */
static bool client_take_line(struct control_client *client, json_t **object)
{
    if (client->length == 0)
        return false;
    const char *newline = memchr(client->text, '\n', client->length);
    if (newline == NULL)
        return false;
    size_t taken = (size_t)(newline - client->text) + 1;
    *object = json_loadb(client->text, taken, 0, NULL);
    client->length -= taken;
    memmove(client->text, client->text + taken, client->length);
    return true;
}

/* Returns CONTROL_RECEIVED after reading some bytes. */
static enum control_received client_read(struct control_client *client)
{
    if (client->length == client->size) {
        size_t size = client->size + CLIENT_BUFFER_STEP;
        char *grown = NULL;
        if (size <= CLIENT_LINE_MAX)
            grown = realloc(client->text, size);
        if (grown == NULL) {
            errno = ENOMEM;
            return CONTROL_FAILED;
        }
        client->text = grown;
        client->size = size;
    }
    ssize_t n = read(client->fd, client->text + client->length, client->size - client->length);
    if (n > 0) {
        client->length += (size_t)n;
        return CONTROL_RECEIVED;
    }
    if (n < 0 && errno == EINTR)
        return CONTROL_RECEIVED;
    if (n == 0 || errno == ECONNRESET)
        return CONTROL_ENDED;
    return CONTROL_FAILED;
}

enum control_received control_client_receive(
    struct control_client *client, int timeout_ms, json_t **object)
{
    struct pollfd poll_fd = {.fd = client->fd, .events = POLLIN};
    *object = NULL;
    while (!client_take_line(client, object)) {
        int ready = poll(&poll_fd, 1, timeout_ms);
        if (ready == 0)
            return CONTROL_TIME_OVER;
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready < 0)
            return CONTROL_FAILED;
        enum control_received received = client_read(client);
        if (received != CONTROL_RECEIVED)
            return received;
    }
    if (json_is_object(*object))
        return CONTROL_RECEIVED;
    json_decref(*object);
    *object = NULL;
    return CONTROL_BROKEN;
}

static bool client_send(struct control_client *client, const char *line)
{
    /* Short enough not to be split. */
    if (send(client->fd, line, strlen(line), MSG_NOSIGNAL) == (ssize_t)strlen(line))
        return true;
    return errno == EPIPE; /* there may be a reply that says why we were refused */
}

static void client_print_broken(
    const struct control_client *client, enum control_received received, int failure)
{
    char prefix[64];
    snprintf(prefix, sizeof prefix, "sweepctl: sweepd (pid %d)", (int)client->peer);
    switch (received) {
    case CONTROL_TIME_OVER:
        fprintf(stderr, "%s does not answer within %d s; it hangs or is stopped\n", prefix,
            CLIENT_TIMEOUT_S);
        break;
    case CONTROL_ENDED:
        fprintf(stderr, "%s closed the connection; it may be exiting\n", prefix);
        break;
    case CONTROL_BROKEN:
        fprintf(stderr, "%s sent a reply that is not valid JSON\n", prefix);
        break;
    default:
        fprintf(stderr, "%s cannot be queried: %s\n", prefix, strerror(failure));
        break;
    }
}

static json_t *client_exchange(struct control_client *client, const char *line)
{
    json_t *reply = NULL;
    enum control_received received = CONTROL_FAILED;
    if (client_send(client, line))
        received = control_client_receive(client, CLIENT_TIMEOUT_S * 1000, &reply);
    if (received != CONTROL_RECEIVED) {
        client_print_broken(client, received, errno);
        return NULL;
    }
    const char *error = json_string_value(json_object_get(reply, "error"));
    if (error == NULL)
        return reply;
    char safe[1024];
    log_escape(safe, sizeof safe, error);
    fprintf(stderr, "sweepctl: sweepd refused the request: %s\n", safe);
    json_decref(reply);
    return NULL;
}

json_t *control_client_ask(struct control_client *client, const char *verb)
{
    char line[64];
    snprintf(line, sizeof line, "{\"do\":\"%s\"}\n", verb);
    return client_exchange(client, line);
}

json_t *control_client_watch(struct control_client *client)
{
    return client_exchange(client, "{\"do\":\"status\",\"watch\":true}\n");
}
