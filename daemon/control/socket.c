/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/control/socket.h"

enum { BACKLOG = 16 };

/* Whether `address` may be taken: 0, or an errno value. */
static int find_free(const struct sockaddr_un *address)
{
    struct stat status;
    if (lstat(address->sun_path, &status) != 0)
        return errno == ENOENT ? 0 : errno;
    if (!S_ISSOCK(status.st_mode))
        return EEXIST;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return errno;
    int failure = connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 ? 0 : errno;
    close(fd);
    if (failure == ECONNREFUSED || failure == ENOENT)
        return 0; /* nobody is there */
    return failure == 0 || failure == EAGAIN ? EADDRINUSE : failure;
}

/* Makes the socket under another name, complete, before it gets its own: nobody finds it with wider
 * permissions or before it listens. */
static int make_socket(const struct sockaddr_un *address, int *listening, struct stat *file)
{
    struct sockaddr_un new = *address;
    strcat(new.sun_path, ".new");
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return errno;
    bool bound = false;
    bool made = (unlink(new.sun_path) == 0 || errno == ENOENT) &&
                /* Before bind() this decides which mode the file is made with. */
                fchmod(fd, 0600) == 0 &&
                (bound = bind(fd, (const struct sockaddr *)&new, sizeof new) == 0) &&
                listen(fd, BACKLOG) == 0 && lstat(new.sun_path, file) == 0 &&
                rename(new.sun_path, address->sun_path) == 0;
    int failure = made ? 0 : errno;
    if (made)
        *listening = fd;
    else
        close(fd);
    if (bound && !made)
        unlink(new.sun_path);
    return failure;
}

int control_socket_listen(const char *path, int *fd, struct stat *file)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char directory[sizeof address.sun_path];
    if (strlen(path) + sizeof ".new" > sizeof address.sun_path)
        return ENAMETOOLONG;
    strcpy(address.sun_path, path);
    strcpy(directory, path);
    char *slash = strrchr(directory, '/');
    if (slash != NULL)
        slash[slash == directory] = '\0';
    int lock = open(slash != NULL ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock < 0)
        return errno;
    /* Two daemons that start here at the same time must not both believe that it is free. */
    int failure = flock(lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK ? EADDRINUSE : 0;
    if (failure == 0)
        failure = find_free(&address);
    if (failure == 0)
        failure = make_socket(&address, fd, file);
    close(lock);
    return failure;
}
