/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/common/fileat.h"
#include "daemon/spool/environment.h"

/* --- the list ------------------------------------------------------------------------------- */

static bool environment_add(struct environment *environment, enum environment_kind kind,
    const char *setting, const char *path)
{
    char *copy = strdup(path);
    if (copy == NULL)
        return false;
    environment->paths[environment->count++] =
        (struct environment_path){.kind = kind, .setting = setting, .path = copy};
    return true;
}

static bool environment_add_all(
    struct environment *environment, const struct environment_settings *settings)
{
    if (!environment_add(environment, ENVIRONMENT_QUEUE, "queue", settings->queue))
        return false;
    if (settings->torchtune != NULL &&
        !environment_add(environment, ENVIRONMENT_DIRECTORY, "torchtune", settings->torchtune))
        return false;
    if (settings->profile != NULL &&
        !environment_add(environment, ENVIRONMENT_FILE, "profile", settings->profile))
        return false;
    for (size_t i = 0; settings->bases != NULL && settings->bases[i] != NULL; i++) {
        if (!environment_add(environment, ENVIRONMENT_DIRECTORY, "bases", settings->bases[i]))
            return false;
    }
    return true;
}

bool environment_set(struct environment *environment, const struct environment_settings *settings)
{
    struct environment fresh = {0};
    size_t max = 3;
    for (size_t i = 0; settings->bases != NULL && settings->bases[i] != NULL; i++)
        max++;
    fresh.paths = calloc(max, sizeof *fresh.paths);
    if (fresh.paths == NULL || !environment_add_all(&fresh, settings)) {
        environment_deinit(&fresh);
        return false;
    }
    environment_deinit(environment);
    *environment = fresh;
    return true;
}

void environment_deinit(struct environment *environment)
{
    for (size_t i = 0; i < environment->count; i++)
        free(environment->paths[i].path);
    free(environment->paths);
    *environment = (struct environment){0};
}

/* --- checks --------------------------------------------------------------------------------- */

static bool environment_fail(struct environment_state *state, const struct environment_path *path,
    const char *what, int failure)
{
    state->failure = failure;
    snprintf(state->why, sizeof state->why, "cannot %s %s %.150s: %s", what, path->setting,
        path->path, strerror(failure));
    return false;
}

/* True if there are only hidden files, such as a stage. */
static bool environment_is_empty(int directory)
{
    const char *name;
    DIR *stream = fileat_list(directory);
    if (stream == NULL)
        return false;
    int failure = fileat_next(stream, &name);
    while (failure == 0 && name != NULL && name[0] == '.')
        failure = fileat_next(stream, &name);
    closedir(stream);
    return failure == 0 && name == NULL;
}

/* False if the open directory looks like a mount point whose file system is missing. */
static bool environment_is_mounted(struct environment_path *path, int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return true;
    if (path->seen && path->device != status.st_dev && environment_is_empty(fd))
        return false;
    path->seen = true;
    path->device = status.st_dev;
    return true;
}

/* 0, or why no file can be created in the directory; also 0 if that cannot be found out. */
static int environment_try_to_create(int directory)
{
    int fd = openat(directory, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (fd >= 0) {
        close(fd);
        return 0;
    }
    switch (errno) {
    case EOPNOTSUPP: /* this file system has no files without a name */
    case EISDIR:
    case EINVAL:
    case EMFILE: /* our own limits, or those of the machine */
    case ENFILE:
    case ENOMEM:
    case EINTR:
        return 0;
    default:
        return errno;
    }
}

static bool environment_check_queue(
    const struct environment_path *path, int fd, bool create, struct environment_state *state)
{
    if (faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) != 0)
        return environment_fail(state, path, "write to the", errno);
    int failure = create ? environment_try_to_create(fd) : 0;
    if (failure != 0)
        return environment_fail(state, path, "create files in the", failure);
    return true;
}

static bool environment_check_path(
    struct environment_path *path, bool create, struct environment_state *state)
{
    int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    if (path->kind != ENVIRONMENT_FILE)
        flags |= O_DIRECTORY;
    int fd = open(path->path, flags);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == EINTR))
        return true; /* it says nothing about the path */
    if (fd < 0)
        return environment_fail(state, path, "open the", errno);
    bool usable = true;
    if (path->kind != ENVIRONMENT_FILE && !environment_is_mounted(path, fd)) {
        state->failure = ENOENT;
        snprintf(state->why, sizeof state->why,
            "the %s %.150s is empty and on another file system than before: mount it, or run "
            "`sweepctl reload` to use it as it is",
            path->setting, path->path);
        usable = false;
    } else if (path->kind == ENVIRONMENT_QUEUE) {
        usable = environment_check_queue(path, fd, create, state);
    }
    close(fd);
    return usable;
}

bool environment_check(
    struct environment *environment, bool create, struct environment_state *state)
{
    *state = (struct environment_state){0};
    for (size_t i = 0; i < environment->count; i++) {
        if (!environment_check_path(&environment->paths[i], create, state))
            return false;
    }
    return true;
}
