/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/common/fileat.h"
#include "daemon/spool/names.h"
#include "daemon/spool/unsubmitted.h"
#include "lib/util/array.h"

static const char *unsubmitted_name(const char *sweep)
{
    const char *slash = strrchr(sweep, '/');
    return slash != NULL ? slash + 1 : sweep;
}

int unsubmitted_add(int directory, const char *sweep)
{
    const char *name = unsubmitted_name(sweep);
    unlinkat(directory, name, 0); /* it may lead to another queue */
    if (TEMP_FAILURE_RETRY(symlinkat(sweep, directory, name)) != 0)
        return errno;
    return 0;
}

/* False if memory runs out. */
static bool unsubmitted_append(struct unsubmitted *list, const char *path)
{
    char **paths = array_grow(list->paths, list->count, &list->capacity, sizeof *paths);
    if (paths == NULL)
        return false;
    list->paths = paths;
    paths[list->count] = strdup(path);
    if (paths[list->count] == NULL)
        return false;
    list->count++;
    return true;
}

static int unsubmitted_read_links(int directory, DIR *stream, struct unsubmitted *out)
{
    const char *name;
    int failure = fileat_next(stream, &name);
    for (; failure == 0 && name != NULL; failure = fileat_next(stream, &name)) {
        char path[PATH_MAX];
        ssize_t length = readlinkat(directory, name, path, sizeof path - 1);
        if (length <= 0)
            continue; /* removed meanwhile, or not ours */
        path[length] = '\0';
        if (!unsubmitted_append(out, path))
            return ENOMEM;
    }
    return failure;
}

int unsubmitted_list(int specs, struct unsubmitted *out)
{
    int directory = -1;
    int failure = fileat_directory((struct file_at){specs, NAMES_SUBMIT}, &directory);
    if (failure != 0)
        return failure;
    DIR *stream = fileat_list(directory);
    failure = errno;
    if (stream != NULL) {
        failure = unsubmitted_read_links(directory, stream, out);
        closedir(stream);
    }
    close(directory);
    return failure;
}

void unsubmitted_deinit(struct unsubmitted *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->paths[i]);
    free(list->paths);
    *list = (struct unsubmitted){0};
}

void unsubmitted_remove(const char *specs, const char *sweep)
{
    char path[PATH_MAX];
    int length =
        snprintf(path, sizeof path, "%s/" NAMES_SUBMIT "/%s", specs, unsubmitted_name(sweep));
    if (length < (int)sizeof path)
        unlink(path);
}

bool unsubmitted_is_gone(const char *sweep)
{
    char queue[PATH_MAX];
    int length = (int)(unsubmitted_name(sweep) - sweep);
    if (access(sweep, F_OK) == 0 || errno != ENOENT)
        return false;
    /* Without its parent, it is rather a file system that is not mounted. */
    snprintf(queue, sizeof queue, "%.*s", length, sweep);
    return length > 0 && access(queue, F_OK) == 0;
}
