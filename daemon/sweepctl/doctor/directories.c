/* SPDX-License-Identifier: Apache-2.0
 *
 * The directories that sweepd would work in. What the file system can do is tried in a scratch
 * directory, whose name begins with a dot and which is removed again.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "daemon/common/accounts.h"
#include "daemon/common/filesystem.h"
#include "daemon/common/trust.h"
#include "daemon/spool/names.h"
#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/doctor/doctor.h"

/* A directory that is checked. */
struct directory {
    struct doctor *doctor;
    const char *role; /* "specs" or "queue"; "specs-done" and the like below the specs */
    const char *path;
    gid_t group; /* whose members may write there; TRUST_NO_GROUP: none */
    int fd;
    int scratch; /* descriptor of the scratch directory in it */
    char scratch_name[32];
    char check[64]; /* buffer of directories_check_name() */
};

/* "specs-space". Valid until the next call for this directory. */
static const char *directories_check_name(struct directory *directory, const char *check)
{
    snprintf(directory->check, sizeof directory->check, "%s-%s", directory->role, check);
    return directory->check;
}

static bool directories_is_specs(const struct directory *directory)
{
    return strcmp(directory->role, "specs") == 0;
}

/* --- trust ---------------------------------------------------------------------------------- */

static void directories_report_trust(void *data, const struct trust_diagnostic *diagnostic)
{
    struct directory *directory = data;
    doctor_say(directory->doctor, DOCTOR_FAIL, directories_check_name(directory, "trust"),
        diagnostic->command, "%s", diagnostic->message);
}

static void directories_report_trusted(
    struct directory *directory, const char *check, const struct stat *status)
{
    char todo[4 * PATH_MAX + 16] = "chmod +t ";
    size_t used = strlen(todo);
    bool shared = (status->st_mode & S_IWGRP) != 0;
    bool sticky = (status->st_mode & S_ISVTX) != 0;
    if (!shared) {
        doctor_say(directory->doctor, DOCTOR_OK, check, NULL, "%s: only this user can change it",
            directory->path);
    } else if (sticky || !directories_is_specs(directory)) {
        doctor_say(directory->doctor, DOCTOR_OK, check, NULL,
            "%s: only this user and group %ju can change it", directory->path,
            (uintmax_t)status->st_gid);
    } else {
        trust_quote(todo + used, sizeof todo - used, directory->path);
        doctor_say(directory->doctor, DOCTOR_WARN, check, todo,
            "%s is shared with group %ju, whose members can remove each other's files",
            directory->path, (uintmax_t)status->st_gid);
    }
}

/* Opens the directory. */
static void directories_check_trust(struct directory *directory, struct trust_seen *seen)
{
    struct stat status;
    int failure = 0;
    directory->fd = open(directory->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory->fd < 0 || fstat(directory->fd, &status) != 0)
        failure = errno;
    else if (directory->doctor->group)
        directory->group = status.st_gid;
    struct trust_policy policy = {.user = geteuid(),
        .group = directory->group,
        .own = account_own_group(geteuid()),
        .seen = seen};
    if (trust_check(directory->path, &policy, directories_report_trust, directory) > 0)
        return;
    const char *check = directories_check_name(directory, "trust");
    if (failure != 0)
        doctor_say(directory->doctor, DOCTOR_FAIL, check, NULL, "cannot open %s: %s",
            directory->path, strerror(failure));
    else
        directories_report_trusted(directory, check, &status);
}

/* --- the file system ------------------------------------------------------------------------ */

static void directories_check_kind(struct directory *directory)
{
    struct filesystem kind;
    struct doctor *doctor = directory->doctor;
    const char *check = directories_check_name(directory, "kind");
    int failure = filesystem_of(directory->fd, &kind);
    if (failure != 0)
        doctor_say(doctor, DOCTOR_WARN, check, NULL, "statfs: %s", strerror(failure));
    else if (kind.in_memory)
        doctor_say(doctor, DOCTOR_WARN, check, "use a directory on a disk",
            "%s is in memory: everything is lost at the next boot", kind.name);
    else if (strcmp(kind.name, "unknown") == 0)
        doctor_say(doctor, DOCTOR_WARN, check, NULL,
            "unknown file system (%#x): treated as a network file system", (unsigned)kind.magic);
    else if (kind.network)
        doctor_say(doctor, DOCTOR_OK, check, NULL,
            "%s: inotify does not report writes by other machines, so sweepd scans often, and "
            "waits longer "
            "before it takes a file for complete",
            kind.name);
    else if (kind.events)
        doctor_say(doctor, DOCTOR_OK, check, NULL, "%s: inotify reports every write", kind.name);
    else
        doctor_say(doctor, DOCTOR_OK, check, NULL,
            "%s: inotify does not report writes below it, so sweepd scans often", kind.name);
}

/* `files` is the number of free inodes. */
static enum doctor_level directories_judge_space(unsigned long long bytes, unsigned long long files)
{
    if (bytes < 10000000 || files < 1000)
        return DOCTOR_FAIL;
    if (bytes < 1000000000 || files < 100000)
        return DOCTOR_WARN;
    return DOCTOR_OK;
}

static void directories_check_space(struct directory *directory)
{
    struct statvfs status;
    char size[32], inodes[48] = "any number of";
    struct doctor *doctor = directory->doctor;
    const char *check = directories_check_name(directory, "space");
    if (fstatvfs(directory->fd, &status) != 0) {
        doctor_say(doctor, DOCTOR_WARN, check, NULL, "statvfs: %s", strerror(errno));
        return;
    }
    unsigned long long bytes = (unsigned long long)status.f_bavail * status.f_frsize;
    unsigned long long files = ULLONG_MAX;
    /* File systems that create inodes on demand, such as btrfs, report 0. */
    if (status.f_files > 0) {
        files = status.f_favail;
        snprintf(inodes, sizeof inodes, "%llu", files);
    }
    cli_size(bytes, size);
    enum doctor_level level = directories_judge_space(bytes, files);
    if (level == DOCTOR_OK)
        doctor_say(doctor, level, check, NULL, "%s and %s files are free", size, inodes);
    else
        doctor_say(doctor, level, check, "free some space, or use another file system",
            "%s and %s files are free (quotas are not checked)", size, inodes);
    if ((status.f_flag & ST_NOEXEC) != 0 && !directories_is_specs(directory))
        doctor_say(doctor, DOCTOR_WARN, check, "sh QUEUE/SWEEP/submit.sh",
            "mounted noexec: submit.sh cannot be executed directly");
}

/* --- what is tried -------------------------------------------------------------------------- */

static bool directories_make_file(const struct directory *directory, const char *name)
{
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(directory->scratch, name, flags, 0600);
    if (fd < 0)
        return false;
    bool written = write(fd, "x", 1) == 1;
    return close(fd) == 0 && written;
}

/* Creates the scratch directory with the files a and b. False after a finding. */
static bool directories_open_scratch(struct directory *directory)
{
    const char *todo = "give this user write permission";
    snprintf(
        directory->scratch_name, sizeof directory->scratch_name, ".doctor.%ld", (long)getpid());
    directory->scratch = -1;
    if (mkdirat(directory->fd, directory->scratch_name, 0700) == 0)
        directory->scratch = openat(directory->fd, directory->scratch_name,
            O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory->scratch >= 0 && directories_make_file(directory, "a") &&
        directories_make_file(directory, "b"))
        return true;
    int failure = errno;
    if (failure == EROFS)
        todo = "use another directory, or remount it read-write";
    else if (failure == ENOSPC || failure == EDQUOT)
        todo = "free some space";
    doctor_say(directory->doctor, DOCTOR_FAIL, directories_check_name(directory, "write"), todo,
        "cannot write to %s: %s", directory->path, strerror(failure));
    return false;
}

static void directories_close_scratch(struct directory *directory)
{
    static const char *const files[] = {"a", "b", "c", "d", NULL};
    if (directory->scratch >= 0) {
        for (const char *const *file = files; *file != NULL; file++)
            unlinkat(directory->scratch, *file, 0);
        close(directory->scratch);
    }
    unlinkat(directory->fd, directory->scratch_name, AT_REMOVEDIR);
}

/* Moving a file must never replace another. Without RENAME_NOREPLACE, link(2) has to do. */
static void directories_check_rename(struct directory *directory)
{
    int fd = directory->scratch, refused = 0, moved = 0, linked = 0;
    const char *check = directories_check_name(directory, "rename");
    if (renameat2(fd, "a", fd, "b", RENAME_NOREPLACE) != 0)
        refused = errno;
    if (renameat2(fd, "a", fd, "c", RENAME_NOREPLACE) != 0)
        moved = errno;
    if (refused == EEXIST && moved == 0) {
        doctor_say(directory->doctor, DOCTOR_OK, check, NULL,
            "renames files in one step, without replacing any");
        return;
    }
    if (linkat(fd, "b", fd, "d", 0) != 0)
        linked = errno;
    bool unsupported = refused == EINVAL || refused == ENOSYS;
    if (unsupported && linked == 0)
        doctor_say(directory->doctor, DOCTOR_WARN, check, NULL,
            "cannot rename without replacing (%s): files are moved by link and unlink",
            strerror(refused));
    else
        doctor_say(directory->doctor, DOCTOR_FAIL, check, "use another file system",
            "cannot move files safely: rename without replacing: %s; link: %s",
            strerror(unsupported ? refused : moved), strerror(linked));
}

/* A read lease is refused while somebody has the file open for writing. */
static void directories_check_lease(struct directory *directory)
{
    const char *check = directories_check_name(directory, "lease");
    int fd = openat(directory->scratch, "b", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fcntl(fd, F_SETLEASE, F_RDLCK) == 0)
        doctor_say(directory->doctor, DOCTOR_OK, check, NULL,
            "leases tell whether a file is still being written");
    else
        doctor_say(directory->doctor, DOCTOR_OK, check, NULL,
            "no leases (%s): a file is complete when it has not changed for a while",
            strerror(errno));
    if (fd >= 0)
        close(fd);
}

/* Compares our clock with the file server's, which sets modification times. */
static void directories_check_clock(struct directory *directory)
{
    struct stat status;
    struct timespec now;
    if (fstatat(directory->scratch, "b", &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        clock_gettime(CLOCK_REALTIME, &now) != 0)
        return;
    const char *check = directories_check_name(directory, "clock");
    const char *todo = "synchronise both clocks with NTP";
    long long ahead = (long long)status.st_mtim.tv_sec - (long long)now.tv_sec;
    if (ahead > 2)
        doctor_say(directory->doctor, DOCTOR_WARN, check, todo,
            "the file server's clock is %lld s ahead of ours", ahead);
    else if (ahead < -2)
        doctor_say(directory->doctor, DOCTOR_WARN, check, todo,
            "the file server's clock is %lld s behind ours", -ahead);
}

/* Whether inotify reports at least our own writes. That there is no inotify at all is reported by
 * doctor_inotify(). */
static void directories_check_events(struct directory *directory)
{
    char path[64], event[sizeof(struct inotify_event) + NAME_MAX + 1];
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0)
        return;
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    snprintf(path, sizeof path, "/proc/self/fd/%d", directory->scratch);
    if (inotify_add_watch(fd, path, IN_CLOSE_WRITE) >= 0 && directories_make_file(directory, "d") &&
        (poll(&ready, 1, 2000) != 1 || read(fd, event, sizeof event) <= 0))
        doctor_say(directory->doctor, DOCTOR_WARN, directories_check_name(directory, "events"),
            NULL, "inotify does not even report our own writes: sweepd scans often");
    close(fd);
    unlinkat(directory->scratch, "d", 0);
}

/* --- below the specs ------------------------------------------------------------------------ */

/* The errno values of opening something else with O_DIRECTORY | O_NOFOLLOW. */
static const char *directories_explain_open(int failure)
{
    if (failure == ENOTDIR || failure == ELOOP)
        return "it is not a directory";
    return strerror(failure);
}

/* Specs are moved to this directory: it must be trusted, and on the same mount. */
static void directories_check_below(const struct directory *specs, const char *name)
{
    char path[PATH_MAX], role[32];
    const char *todo = "give this user write permission";
    struct directory below = *specs;
    struct trust_policy policy = {
        .user = geteuid(), .group = specs->group, .own = account_own_group(geteuid())};
    snprintf(path, sizeof path, "%s/%s", specs->path, name);
    snprintf(role, sizeof role, "specs-%s", name + strspn(name, "."));
    int fd = openat(specs->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) /* sweepd will create it */
        return;
    if (fd < 0) {
        doctor_say(specs->doctor, DOCTOR_FAIL, role, NULL,
            "cannot open %s: %s; move it away, and sweepd creates it again", path,
            directories_explain_open(errno));
        return;
    }
    below.role = role;
    trust_check_open(fd, path, &policy, directories_report_trust, &below);
    if (directories_make_file(specs, "d") &&
        renameat(specs->scratch, "d", fd, specs->scratch_name) == 0) {
        unlinkat(fd, specs->scratch_name, 0);
    } else {
        int failure = errno;
        if (failure == EXDEV)
            todo = "unmount it: it must be on the file system of the specs";
        doctor_say(specs->doctor, DOCTOR_FAIL, role, todo, "specs cannot be moved to %s: %s", path,
            strerror(failure));
    }
    unlinkat(specs->scratch, "d", 0);
    close(fd);
}

/* sweepd holds a lock on this file, and has written into it which process it is. */
static void directories_check_daemon(const struct directory *specs)
{
    char owner[128] = "";
    int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    int fd = openat(specs->fd, NAMES_CLAIMED "/" NAMES_LOCK, flags);
    bool locked = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (locked) {
        ssize_t length = read(fd, owner, sizeof owner - 1);
        owner[length > 0 ? length : 0] = '\0';
        owner[strcspn(owner, "\n")] = '\0';
    }
    if (fd >= 0)
        close(fd);
    if (!locked)
        doctor_say(
            specs->doctor, DOCTOR_OK, "daemon", NULL, "no sweepd is serving %s", specs->path);
    else if (*owner == '\0')
        doctor_say(specs->doctor, DOCTOR_OK, "daemon", NULL, "a sweepd is serving %s", specs->path);
    else
        doctor_say(specs->doctor, DOCTOR_OK, "daemon", NULL, "a sweepd is serving %s (%s)",
            specs->path, owner);
}

/* --- all ------------------------------------------------------------------------------------ */

static void directories_check(
    struct doctor *doctor, const char *role, const char *path, struct trust_seen *seen)
{
    struct directory directory = {
        .doctor = doctor, .role = role, .path = path, .group = TRUST_NO_GROUP};
    bool is_specs = directories_is_specs(&directory);
    directories_check_trust(&directory, seen);
    if (directory.fd < 0)
        return;
    directories_check_kind(&directory);
    directories_check_space(&directory);
    if (directories_open_scratch(&directory)) {
        directories_check_rename(&directory);
        if (is_specs) {
            directories_check_lease(&directory);
            directories_check_events(&directory);
            directories_check_clock(&directory);
            directories_check_below(&directory, NAMES_CLAIMED);
            directories_check_below(&directory, NAMES_DONE);
            directories_check_below(&directory, NAMES_FAILED);
        }
    }
    directories_close_scratch(&directory);
    if (is_specs)
        directories_check_daemon(&directory);
    close(directory.fd);
}

void doctor_directories(struct doctor *doctor)
{
    struct trust_seen seen = {0};
    if (doctor->specs == NULL && doctor->queue == NULL)
        doctor_say(doctor, DOCTOR_WARN, "directories", "sweepctl doctor --specs DIR --queue DIR",
            "not checked, because none are given");
    if (doctor->specs != NULL)
        directories_check(doctor, "specs", doctor->specs, &seen);
    if (doctor->queue != NULL)
        directories_check(doctor, "queue", doctor->queue, &seen);
}
