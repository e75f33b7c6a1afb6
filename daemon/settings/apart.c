/* SPDX-License-Identifier: Apache-2.0
 *
 * Are the specs and the queue two directories, neither inside the other?
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/settings/settings.h"

/* The path without symbolic links, "." and "..". Of a path that does not exist yet, the existing
 * directories are resolved. False if that fails. */
static bool apart_resolve(const char *path, char out[PATH_MAX])
{
    char start[PATH_MAX], rest[PATH_MAX] = "";
    int length = snprintf(start, sizeof start, "%s%s", path[0] == '/' ? "" : "./", path);
    if (length >= (int)sizeof start)
        return false;
    while (realpath(start, out) == NULL) {
        char *slash = strrchr(start, '/');
        if (errno != ENOENT || slash == NULL)
            return false;
        memmove(rest + strlen(slash), rest, strlen(rest) + 1);
        memcpy(rest, slash, strlen(slash));
        *slash = '\0';
        if (start[0] == '\0')
            strcpy(start, "/");
    }
    size_t end = strlen(out);
    while (end > 0 && out[end - 1] == '/')
        end--;
    for (const char *part = rest; *part != '\0';) {
        size_t size = strcspn(part + 1, "/");
        bool empty = size == 0 || (size == 1 && part[1] == '.');
        if (!empty && end + 1 + size >= PATH_MAX)
            return false;
        if (!empty) {
            memcpy(out + end, part, 1 + size);
            end += 1 + size;
        }
        part += 1 + size;
    }
    out[end] = '\0';
    return true;
}

static bool apart_is_inside(const char *inner, const char *outer)
{
    size_t length = strlen(outer);
    return strncmp(inner, outer, length) == 0 && inner[length] == '/';
}

/* A directory may have two paths without a symbolic link: a bind mount. */
static bool apart_same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

bool settings_check_apart(const struct settings *settings, struct sweep_findings *findings)
{
    char specs[PATH_MAX], queue[PATH_MAX], message[3 * PATH_MAX];
    if (!apart_resolve(settings->specs, specs) || !apart_resolve(settings->queue, queue))
        return true; /* opening them will say why */
    if (strcmp(specs, queue) == 0 || apart_same_file(settings->specs, settings->queue))
        snprintf(message, sizeof message, "specs and queue are the same directory, %s", specs);
    else if (apart_is_inside(queue, specs))
        snprintf(message, sizeof message, "queue is inside specs: %s is below %s", queue, specs);
    else if (apart_is_inside(specs, queue))
        snprintf(message, sizeof message, "specs is inside queue: %s is below %s", specs, queue);
    else
        return true;
    sweep_findings_add(
        findings, &(struct sweep_finding){.code = "bad-value",
                      .message = message,
                      .hint = "use two directories, such as DIR/specs and DIR/queue"});
    return false;
}
