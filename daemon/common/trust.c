/* SPDX-License-Identifier: Apache-2.0
 *
 * The walk: one component after the other is opened without following links, looked at, and only
 * then entered. What was opened stays what it is, whatever happens to its name. A link is read
 * from its descriptor, and its target's components are walked in its place.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/common/trust.h"

/* As many as the kernel follows. */
enum { MAX_LINKS = 40 };

struct walk {
    const struct trust_policy *rules;
    trust_report *report;
    void *data;
    struct trust_seen *seen;
    size_t complaints;
    bool known;              /* there is something that was complained of before */
    int fd;                  /* the directory where the walk is (O_PATH) */
    struct stat status;      /* its status */
    char here[PATH_MAX];     /* its path without symbolic links; "" for / */
    char rest[2 * PATH_MAX]; /* what is still to be walked */
    unsigned links;
};

/* --- complaints ----------------------------------------------------------------------------- */

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

static bool ours(const struct walk *walk, const struct stat *status)
{
    return status->st_uid == 0 || status->st_uid == walk->rules->user;
}

/* `what` is said of the path; `command` has a %s for the path. */
static void complain(struct walk *walk, const char *path, const char *what, const char *command)
{
    char quoted[4 * PATH_MAX + 3], message[PATH_MAX + 256], line[4 * PATH_MAX + 256];
    const char *place = strstr(command, "%s");
    trust_quote(quoted, sizeof quoted, path);
    snprintf(message, sizeof message, "%s %s", path, what);
    if (place != NULL)
        snprintf(line, sizeof line, "%.*s%s%s", (int)(place - command), command, quoted, place + 2);
    else
        snprintf(line, sizeof line, "%s", command);
    walk->complaints++;
    walk->report(
        walk->data, &(struct trust_complaint){.path = path, .message = message, .command = line});
}

static void complain_owner(struct walk *walk, const char *path, const struct stat *status)
{
    char what[128], command[64];
    uid_t user = walk->rules->user;
    bool link = S_ISLNK(status->st_mode);
    int used = snprintf(what, sizeof what, "%sbelongs to user %ju, and not to root",
        link ? "is a symbolic link that " : "", (uintmax_t)status->st_uid);
    if (user != 0)
        snprintf(what + used, sizeof what - (size_t)used, " or user %ju", (uintmax_t)user);
    snprintf(command, sizeof command, "chown %s%ju %%s", link ? "-h " : "", (uintmax_t)user);
    complain(walk, path, what, command);
}

/* --- one directory -------------------------------------------------------------------------- */

static bool was_seen(const struct trust_seen *seen, const struct stat *status)
{
    for (size_t i = 0; i < seen->n; i++)
        if (seen->at[i].device == status->st_dev && seen->at[i].inode == status->st_ino)
            return true;
    return false;
}

static void look_at_mode(
    struct walk *walk, const char *path, const struct stat *status, bool asked_for)
{
    gid_t group = walk->rules->group;
    bool excused = (status->st_mode & S_ISVTX) != 0 && !asked_for;
    bool shared = (group != TRUST_NO_GROUP && status->st_gid == group) ||
                  (walk->rules->own != 0 && status->st_gid == walk->rules->own);
    bool by_group = (status->st_mode & S_IWGRP) != 0 && !excused && !shared;
    bool by_others = (status->st_mode & S_IWOTH) != 0 && !excused;
    const char *who = by_group && by_others ? "its group and others"
                      : by_group            ? "its group"
                                            : "others";
    const char *command = by_group && by_others ? "chmod go-w %s"
                          : by_group            ? "chmod g-w %s"
                                                : "chmod o-w %s";
    char what[96];
    snprintf(
        what, sizeof what, "is writable by %s (mode %04o)", who, (unsigned)status->st_mode & 07777);
    if (by_group || by_others)
        complain(walk, path, what, command);
}

gid_t trust_own_group(uid_t user)
{
    const struct passwd *account = getpwuid(user);
    const struct group *group = account != NULL ? getgrgid(account->pw_gid) : NULL;
    if (group == NULL || strcmp(group->gr_name, account->pw_name) != 0)
        return 0;
    for (char **member = group->gr_mem; *member != NULL; member++) {
        if (strcmp(*member, account->pw_name) != 0)
            return 0;
    }
    return group->gr_gid;
}

static void remember(struct trust_seen *seen, const struct stat *status)
{
    if (seen->n == sizeof seen->at / sizeof *seen->at)
        return;
    seen->at[seen->n].device = status->st_dev;
    seen->at[seen->n++].inode = status->st_ino;
}

/* `asked_for`: it is the last one, for which the rule is stricter. False when there is something
 * to complain of, now or before. */
static bool look_at(struct walk *walk, const char *path, const struct stat *status, bool asked_for)
{
    size_t before = walk->complaints;
    if (was_seen(walk->seen, status)) {
        walk->known = true;
        return false;
    }
    if (!ours(walk, status))
        complain_owner(walk, path, status);
    look_at_mode(walk, path, status, asked_for);
    if (walk->complaints > before)
        remember(walk->seen, status);
    return walk->complaints == before;
}

size_t trust_check_open(
    int fd, const char *path, const struct trust_policy *rules, trust_report *report, void *data)
{
    struct trust_seen seen = {0};
    struct walk walk = {.rules = rules, .report = report, .data = data, .seen = &seen};
    struct stat status;
    if (fstat(fd, &status) != 0)
        complain(&walk, path, strerror(errno), "ls -ld %s");
    else if (!S_ISDIR(status.st_mode))
        complain(&walk, path, "is no directory", "ls -ld %s");
    else
        look_at(&walk, path, &status, true);
    return walk.complaints;
}

/* --- the walk ------------------------------------------------------------------------------- */

/* Goes to `name` in the directory `from`; 0, or an errno value. Going through the name makes an
 * automounter mount what is missing, which an open with O_PATH alone does not. */
static int go(struct walk *walk, int from, const char *name)
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

static bool arrive(struct walk *walk, int failure)
{
    if (failure != 0)
        complain(walk, walk->here[0] != '\0' ? walk->here : "/", strerror(failure), "ls -ld %s");
    return failure == 0;
}

static bool go_to_root(struct walk *walk)
{
    walk->here[0] = '\0';
    return arrive(walk, go(walk, AT_FDCWD, "/"));
}

/* The walk began at the root, so that this one was looked at, too. */
static bool go_up(struct walk *walk)
{
    char *slash = strrchr(walk->here, '/');
    if (slash != NULL)
        *slash = '\0';
    return arrive(walk, go(walk, walk->fd, ".."));
}

/* A directory that was opened as `status`, but perhaps not entered. */
static bool enter(struct walk *walk, const char *name, const char *path, const struct stat *status)
{
    int failure = go(walk, walk->fd, name);
    if (failure == 0)
        strcpy(walk->here, path);
    else if (failure != EACCES)
        complain(walk, path, strerror(failure), "ls -ld %s");
    else if (look_at(walk, path, status, false)) {
        complain(walk, path, "cannot be entered by us", "chmod a+x %s");
        remember(walk->seen, status);
    }
    return failure == 0;
}

/* What a link says is walked before the rest. */
static bool follow(struct walk *walk, int link, const char *path, const struct stat *status)
{
    char target[PATH_MAX], joined[sizeof walk->rest];
    ssize_t length = readlinkat(link, "", target, sizeof target - 1);
    int needed = -1;
    if (++walk->links > MAX_LINKS)
        errno = ELOOP;
    else if (length >= 0)
        needed = snprintf(joined, sizeof joined, "%.*s/%s", (int)length, target, walk->rest);
    if (needed < 0 || (size_t)needed >= sizeof joined) {
        complain(walk, path, strerror(needed < 0 ? errno : ENAMETOOLONG), "ls -ld %s");
        return false;
    }
    /* Where others can make links but not take ours away, they can put theirs in the place of one
     * of their own. */
    if ((walk->status.st_mode & S_ISVTX) != 0 && !ours(walk, status))
        complain_owner(walk, path, status);
    memcpy(walk->rest, joined, (size_t)needed + 1);
    return joined[0] != '/' || go_to_root(walk);
}

/* Takes the next component off the rest; false at the end. */
static bool next(struct walk *walk, char name[PATH_MAX])
{
    size_t slashes = strspn(walk->rest, "/");
    size_t length = strcspn(walk->rest + slashes, "/");
    size_t end = slashes + length;
    snprintf(name, PATH_MAX, "%.*s", (int)length, walk->rest + slashes);
    memmove(walk->rest, walk->rest + end, strlen(walk->rest + end) + 1);
    return length > 0;
}

/* A component that is neither "." nor "..". False: this is as far as the walk goes. */
static bool go_down(struct walk *walk, const char *name)
{
    char path[sizeof walk->here];
    struct stat status;
    int needed = snprintf(path, sizeof path, "%s/%s", walk->here, name);
    bool fits = needed > 0 && (size_t)needed < sizeof path && strlen(name) <= NAME_MAX;
    int fd = fits ? openat(walk->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC) : -1;
    int failure = !fits ? ENAMETOOLONG : fd < 0 || fstat(fd, &status) != 0 ? errno : 0;
    bool gone = false;
    if (failure == ENOENT && !walk->rules->missing)
        complain(walk, path, "does not exist", "mkdir -p -m 0700 %s");
    else if (failure != 0 && failure != ENOENT)
        complain(walk, fits ? path : walk->here, strerror(failure), "ls -ld %s");
    else if (failure == 0 && S_ISLNK(status.st_mode))
        gone = follow(walk, fd, path, &status);
    else if (failure == 0 && !S_ISDIR(status.st_mode))
        complain(walk, path, "is no directory", "ls -ld %s");
    else if (failure == 0)
        gone = enter(walk, name, path, &status);
    if (fd >= 0)
        close(fd);
    return gone;
}

static const char *shown(const struct walk *walk)
{
    return walk->here[0] != '\0' ? walk->here : "/";
}

static void walk_all(struct walk *walk)
{
    char name[PATH_MAX];
    bool going = go_to_root(walk);
    while (going && next(walk, name)) {
        if (strcmp(name, ".") == 0)
            continue;
        look_at(walk, shown(walk), &walk->status, false);
        going = strcmp(name, "..") == 0 ? go_up(walk) : go_down(walk, name);
    }
    if (going)
        look_at(walk, shown(walk), &walk->status, true);
}

size_t trust_check(
    const char *path, const struct trust_policy *rules, trust_report *report, void *data)
{
    struct trust_seen seen = {0};
    struct walk walk = {.rules = rules, .report = report, .data = data, .fd = -1};
    char start[PATH_MAX] = "";
    int needed = -1;
    walk.seen = rules->seen != NULL ? rules->seen : &seen;
    if (path[0] == '/' || getcwd(start, sizeof start) != NULL)
        needed = snprintf(walk.rest, sizeof walk.rest, "%s/%s", start, path);
    if (needed < 0 || (size_t)needed >= sizeof walk.rest)
        complain(&walk, path, strerror(needed < 0 ? errno : ENAMETOOLONG), "realpath %s");
    else
        walk_all(&walk);
    if (walk.fd >= 0)
        close(walk.fd);
    return walk.complaints > 0 || !walk.known ? walk.complaints : 1;
}

/* --- the process ---------------------------------------------------------------------------- */

size_t trust_check_root(bool allowed, trust_report *report, void *data)
{
    if (allowed || geteuid() != 0)
        return 0;
    report(data,
        &(struct trust_complaint){.path = "",
            .message = "sweepd does not run as root: whoever can drop a spec would make files as "
                       "root (--allow-root, if that is what you want)",
            .command = "systemctl --user enable --now sweepd"});
    return 1;
}

mode_t trust_set_umask(bool shared)
{
    mode_t mask = shared ? 0007 : 0077;
    umask(mask);
    return mask;
}
