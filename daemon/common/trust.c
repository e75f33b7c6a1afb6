/* SPDX-License-Identifier: Apache-2.0
 *
 * The walk: each component of the path is opened without following links, checked, and only then
 * entered. An open descriptor stays the same file, whatever happens to its name. A link is read by
 * its descriptor, and the components of its target are walked instead of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/common/trust.h"

enum { TRUST_MAX_LINKS = 40 }; /* as in the kernel */

struct trust_walk {
    const struct trust_policy *policy;
    trust_report *report;
    void *data;
    struct trust_seen *seen;
    size_t reported;
    bool known;              /* something on the way was reported by an earlier check */
    int fd;                  /* the current directory (O_PATH) */
    struct stat status;      /* its status */
    char here[PATH_MAX];     /* its path without symbolic links; "" for / */
    char rest[2 * PATH_MAX]; /* what is still to be walked */
    unsigned links;
};

/* --- diagnostics ---------------------------------------------------------------------------- */

void trust_quote(char *out, size_t size, const char *path)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "/._-+=:,@%";
    size_t used = 0;
    if (path[strspn(path, safe)] == '\0') {
        snprintf(out, size, "%s", path);
        return;
    }
    out[used++] = '\'';
    for (; *path != '\0' && used + 6 < size; path++) {
        if (*path == '\'') {
            memcpy(out + used, "'\\''", 4);
            used += 4;
        } else {
            out[used++] = *path;
        }
    }
    out[used++] = '\'';
    out[used] = '\0';
}

static bool trust_is_ours(const struct trust_walk *walk, const struct stat *status)
{
    return status->st_uid == 0 || status->st_uid == walk->policy->user;
}

/* Reports "PATH WHAT". `command` has a %s for the path. */
static void trust_add(
    struct trust_walk *walk, const char *path, const char *what, const char *command)
{
    char quoted[4 * PATH_MAX + 3], message[PATH_MAX + 256], line[4 * PATH_MAX + 256];
    const char *hole = strstr(command, "%s");
    trust_quote(quoted, sizeof quoted, path);
    snprintf(message, sizeof message, "%s %s", path, what);
    if (hole != NULL)
        snprintf(line, sizeof line, "%.*s%s%s", (int)(hole - command), command, quoted, hole + 2);
    else
        snprintf(line, sizeof line, "%s", command);
    walk->reported++;
    walk->report(
        walk->data, &(struct trust_diagnostic){.path = path, .message = message, .command = line});
}

static void trust_add_error(struct trust_walk *walk, const char *path, int failure)
{
    trust_add(walk, path, strerror(failure), "ls -ld %s");
}

static void trust_add_owner(struct trust_walk *walk, const char *path, const struct stat *status)
{
    char what[128], command[64], user[32] = "";
    const char *link = "", *option = "";
    if (S_ISLNK(status->st_mode)) {
        link = "is a symbolic link that ";
        option = "-h ";
    }
    if (walk->policy->user != 0)
        snprintf(user, sizeof user, " or user %ju", (uintmax_t)walk->policy->user);
    snprintf(what, sizeof what, "%sbelongs to user %ju, and not to root%s", link,
        (uintmax_t)status->st_uid, user);
    snprintf(command, sizeof command, "chown %s%ju %%s", option, (uintmax_t)walk->policy->user);
    trust_add(walk, path, what, command);
}

/* --- one directory or file ----------------------------------------------------------------- */

static bool trust_was_seen(const struct trust_seen *seen, const struct stat *status)
{
    for (size_t i = 0; i < seen->n; i++) {
        if (seen->at[i].device == status->st_dev && seen->at[i].inode == status->st_ino)
            return true;
    }
    return false;
}

static void trust_remember(struct trust_seen *seen, const struct stat *status)
{
    if (seen->n == sizeof seen->at / sizeof *seen->at)
        return;
    seen->at[seen->n].device = status->st_dev;
    seen->at[seen->n++].inode = status->st_ino;
}

/* `last`: it is the one that was asked about, for which sticky is not good enough. */
static void trust_check_mode(
    struct trust_walk *walk, const char *path, const struct stat *status, bool last)
{
    gid_t group = walk->policy->group, own = walk->policy->own;
    bool sticky = (status->st_mode & S_ISVTX) != 0 && !last;
    bool shared =
        (group != TRUST_NO_GROUP && status->st_gid == group) || (own != 0 && status->st_gid == own);
    bool by_group = (status->st_mode & S_IWGRP) != 0 && !sticky && !shared;
    bool by_others = (status->st_mode & S_IWOTH) != 0 && !sticky;
    const char *who = "others", *command = "chmod o-w %s";
    char what[96];
    if (!by_group && !by_others)
        return;
    if (by_group && by_others) {
        who = "its group and others";
        command = "chmod go-w %s";
    } else if (by_group) {
        who = "its group";
        command = "chmod g-w %s";
    }
    snprintf(
        what, sizeof what, "is writable by %s (mode %04o)", who, (unsigned)status->st_mode & 07777);
    trust_add(walk, path, what, command);
}

/* False if there is something to report, now or in an earlier check. */
static bool trust_check_status(
    struct trust_walk *walk, const char *path, const struct stat *status, bool last)
{
    size_t before = walk->reported;
    if (trust_was_seen(walk->seen, status)) {
        walk->known = true;
        return false;
    }
    if (!trust_is_ours(walk, status))
        trust_add_owner(walk, path, status);
    trust_check_mode(walk, path, status, last);
    if (walk->reported > before)
        trust_remember(walk->seen, status);
    return walk->reported == before;
}

size_t trust_check_open(
    int fd, const char *path, const struct trust_policy *policy, trust_report *report, void *data)
{
    struct trust_seen seen = {0};
    struct trust_walk walk = {.policy = policy, .report = report, .data = data, .seen = &seen};
    struct stat status;
    if (fstat(fd, &status) != 0)
        trust_add_error(&walk, path, errno);
    else if (!S_ISDIR(status.st_mode))
        trust_add(&walk, path, "is not a directory", "ls -ld %s");
    else
        trust_check_status(&walk, path, &status, true);
    return walk.reported;
}

/* --- the walk ------------------------------------------------------------------------------- */

static const char *trust_here(const struct trust_walk *walk)
{
    return walk->here[0] != '\0' ? walk->here : "/";
}

/* Enters `name` in the directory `from`. 0 or an errno value. The path "NAME/." makes an
 * automounter mount the directory, which open() with O_PATH alone does not. */
static int trust_go(struct trust_walk *walk, int from, const char *name)
{
    char through[NAME_MAX + 3];
    struct stat status;
    snprintf(through, sizeof through, "%s/.", name);
    int fd = openat(from, through, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    if (fstat(fd, &status) != 0) {
        int failure = errno;
        close(fd);
        return failure;
    }
    if (walk->fd >= 0)
        close(walk->fd);
    walk->fd = fd;
    walk->status = status;
    return 0;
}

static bool trust_go_to_root(struct trust_walk *walk)
{
    walk->here[0] = '\0';
    int failure = trust_go(walk, AT_FDCWD, "/");
    if (failure != 0)
        trust_add_error(walk, "/", failure);
    return failure == 0;
}

/* The walk began at the root, so the parent was checked before. */
static bool trust_go_up(struct trust_walk *walk)
{
    char *slash = strrchr(walk->here, '/');
    if (slash != NULL)
        *slash = '\0';
    int failure = trust_go(walk, walk->fd, "..");
    if (failure != 0)
        trust_add_error(walk, trust_here(walk), failure);
    return failure == 0;
}

/* Enters a directory, whose status is known. */
static bool trust_enter(
    struct trust_walk *walk, const char *name, const char *path, const struct stat *status)
{
    int failure = trust_go(walk, walk->fd, name);
    if (failure == 0) {
        strcpy(walk->here, path);
        return true;
    }
    if (failure != EACCES) {
        trust_add_error(walk, path, failure);
    } else if (trust_check_status(walk, path, status, false)) {
        trust_add(walk, path, "cannot be entered by this user", "chmod a+x %s");
        trust_remember(walk->seen, status);
    }
    return false;
}

/* Continues at the target of a symbolic link, which is open as `link`. */
static bool trust_follow(
    struct trust_walk *walk, int link, const char *path, const struct stat *status)
{
    char target[PATH_MAX], joined[sizeof walk->rest];
    if (++walk->links > TRUST_MAX_LINKS) {
        trust_add_error(walk, path, ELOOP);
        return false;
    }
    ssize_t length = readlinkat(link, "", target, sizeof target - 1);
    if (length < 0) {
        trust_add_error(walk, path, errno);
        return false;
    }
    int needed = snprintf(joined, sizeof joined, "%.*s/%s", (int)length, target, walk->rest);
    if (needed < 0 || (size_t)needed >= sizeof joined) {
        trust_add_error(walk, path, ENAMETOOLONG);
        return false;
    }
    /* In a sticky directory others cannot replace our link, but the owner of a link can replace
     * theirs. */
    if ((walk->status.st_mode & S_ISVTX) != 0 && !trust_is_ours(walk, status))
        trust_add_owner(walk, path, status);
    memcpy(walk->rest, joined, (size_t)needed + 1);
    if (joined[0] == '/')
        return trust_go_to_root(walk);
    return true;
}

/* Moves the next component of the rest to `name`; false at the end. */
static bool trust_next(struct trust_walk *walk, char name[PATH_MAX])
{
    size_t slashes = strspn(walk->rest, "/");
    size_t length = strcspn(walk->rest + slashes, "/");
    size_t end = slashes + length;
    snprintf(name, PATH_MAX, "%.*s", (int)length, walk->rest + slashes);
    memmove(walk->rest, walk->rest + end, strlen(walk->rest + end) + 1);
    return length > 0;
}

/* A component of the path that is open as `fd`, and neither "." nor "..". */
static bool trust_visit(struct trust_walk *walk, int fd, const char *name, const char *path)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        trust_add_error(walk, path, errno);
        return false;
    }
    if (S_ISLNK(status.st_mode))
        return trust_follow(walk, fd, path, &status);
    if (S_ISDIR(status.st_mode))
        return trust_enter(walk, name, path, &status);
    bool last = walk->rest[strspn(walk->rest, "/")] == '\0';
    if (walk->policy->file && last && S_ISREG(status.st_mode))
        trust_check_status(walk, path, &status, true);
    else if (walk->policy->file && last)
        trust_add(walk, path, "is not a regular file", "ls -ld %s");
    else
        trust_add(walk, path, "is not a directory", "ls -ld %s");
    return false;
}

/* False if the walk cannot continue. */
static bool trust_go_down(struct trust_walk *walk, const char *name)
{
    char path[sizeof walk->here];
    int needed = snprintf(path, sizeof path, "%s/%s", walk->here, name);
    if (needed < 0 || (size_t)needed >= sizeof path || strlen(name) > NAME_MAX) {
        trust_add_error(walk, walk->here, ENAMETOOLONG);
        return false;
    }
    int fd = openat(walk->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        if (errno != ENOENT)
            trust_add_error(walk, path, errno);
        else if (!walk->policy->missing)
            trust_add(walk, path, "does not exist", "mkdir -p -m 0700 %s");
        return false;
    }
    bool visited = trust_visit(walk, fd, name, path);
    close(fd);
    return visited;
}

static void trust_walk_path(struct trust_walk *walk)
{
    char name[PATH_MAX];
    bool going = trust_go_to_root(walk);
    while (going && trust_next(walk, name)) {
        if (strcmp(name, ".") == 0)
            continue;
        trust_check_status(walk, trust_here(walk), &walk->status, false);
        if (strcmp(name, "..") == 0)
            going = trust_go_up(walk);
        else
            going = trust_go_down(walk, name);
    }
    if (going)
        trust_check_status(walk, trust_here(walk), &walk->status, true);
}

/* Starts at the working directory unless the path is absolute. 0 or an errno value. */
static int trust_start(struct trust_walk *walk, const char *path)
{
    char start[PATH_MAX] = "";
    if (path[0] != '/' && getcwd(start, sizeof start) == NULL)
        return errno;
    int needed = snprintf(walk->rest, sizeof walk->rest, "%s/%s", start, path);
    if (needed < 0 || (size_t)needed >= sizeof walk->rest)
        return ENAMETOOLONG;
    return 0;
}

size_t trust_check(
    const char *path, const struct trust_policy *policy, trust_report *report, void *data)
{
    struct trust_seen seen = {0};
    struct trust_walk walk = {
        .policy = policy, .report = report, .data = data, .seen = &seen, .fd = -1};
    if (policy->seen != NULL)
        walk.seen = policy->seen;
    int failure = trust_start(&walk, path);
    if (failure != 0)
        trust_add(&walk, path, strerror(failure), "realpath %s");
    else
        trust_walk_path(&walk);
    if (walk.fd >= 0)
        close(walk.fd);
    if (walk.reported == 0 && walk.known)
        return 1;
    return walk.reported;
}

/* --- the process ---------------------------------------------------------------------------- */

size_t trust_check_root(bool allowed, trust_report *report, void *data)
{
    if (allowed || geteuid() != 0)
        return 0;
    report(
        data, &(struct trust_diagnostic){.path = "",
                  .message =
                      "sweepd does not run as root: anybody who can drop a spec could create files "
                      "as root (--allow-root overrides this)",
                  .command = "systemctl --user enable --now sweepd"});
    return 1;
}

mode_t trust_set_umask(bool shared)
{
    mode_t mask = shared ? 0007 : 0077;
    umask(mask);
    return mask;
}
