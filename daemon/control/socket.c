/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/control/socket.h"
#include "lib/util/flock.h"

enum {
    SOCKET_BACKLOG = 16,
    SOCKET_PATIENCE_MS = 500, /* for a daemon that is starting at the same time */
};

static int socket_open(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* 0 if nothing listens at `address`, else an errno value. */
static int socket_check_free(const struct sockaddr_un *address)
{
    struct stat status;
    int failure = 0;
    if (lstat(address->sun_path, &status) != 0)
        return errno == ENOENT ? 0 : errno;
    if (!S_ISSOCK(status.st_mode))
        return EEXIST;
    int fd = socket_open();
    if (fd < 0)
        return errno;
    if (connect(fd, (const struct sockaddr *)address, sizeof *address) != 0)
        failure = errno;
    close(fd);
    switch (failure) {
    case 0:
    case EAGAIN: /* its backlog is full */
        return EADDRINUSE;
    case ECONNREFUSED:
    case ENOENT:
        return 0;
    default:
        return failure;
    }
}

/* Binds `fd` to `path`, listens, and renames the socket's file to `final`. */
static int socket_bind(int fd, const struct sockaddr_un *path, const char *final, struct stat *file)
{
    if (unlink(path->sun_path) != 0 && errno != ENOENT)
        return errno;
    /* Before bind() this sets the mode of the file that bind() creates. */
    if (fchmod(fd, 0600) != 0)
        return errno;
    if (bind(fd, (const struct sockaddr *)path, sizeof *path) != 0)
        return errno;
    if (listen(fd, SOCKET_BACKLOG) == 0 && lstat(path->sun_path, file) == 0 &&
        rename(path->sun_path, final) == 0)
        return 0;
    int failure = errno;
    unlink(path->sun_path);
    return failure;
}

/* Prepares the socket under another name, so that it never has wider permissions or refuses
 * connections under its own. */
static int socket_create(const struct sockaddr_un *address, int *listening, struct stat *file)
{
    struct sockaddr_un new = *address;
    strcat(new.sun_path, ".new");
    int fd = socket_open();
    if (fd < 0)
        return errno;
    int failure = socket_bind(fd, &new, address->sun_path, file);
    if (failure == 0)
        *listening = fd;
    else
        close(fd);
    return failure;
}

/* Opens the directory that holds `path`; -1 with errno. */
static int socket_open_directory(const char *path)
{
    char directory[CONTROL_SOCKET_PATH_MAX + 1];
    strcpy(directory, path);
    char *slash = strrchr(directory, '/');
    if (slash == NULL)
        strcpy(directory, ".");
    else if (slash == directory)
        slash[1] = '\0';
    else
        slash[0] = '\0';
    return open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int control_socket_listen(const char *path, int *fd, struct stat *file, long *holder)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    *holder = 0;
    if (strlen(path) > CONTROL_SOCKET_PATH_MAX)
        return ENAMETOOLONG;
    strcpy(address.sun_path, path);
    int lock = socket_open_directory(path);
    if (lock < 0)
        return errno;
    /* Two daemons that start here at the same time must not both find it free. */
    bool locked = flock_wait(lock, SOCKET_PATIENCE_MS) == EBUSY;
    int failure = socket_check_free(&address);
    if (failure == 0 && locked) {
        *holder = flock_holder(lock);
        failure = EBUSY;
    }
    if (failure == 0)
        failure = socket_create(&address, fd, file);
    close(lock);
    return failure;
}
