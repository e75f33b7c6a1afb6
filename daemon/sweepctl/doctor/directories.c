/* SPDX-License-Identifier: Apache-2.0
 *
 * The directories that sweepd would work in. What a file system can do is tried, in a directory
 * whose name begins with a dot and which is removed again.
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

#include "daemon/sweepctl/cli.h"
#include "daemon/spool/names.h"
#include "daemon/sweepctl/doctor/doctor.h"
#include "daemon/common/filesystem.h"
#include "daemon/common/trust.h"

/* The directory that is looked at. */
struct patient {
    struct doctor *doctor;
    const char *what; /* "specs" or "queue" */
    const char *path;
    gid_t group; /* whose members may write there */
    int fd;
    int scratch;    /* the directory in it that things are tried in */
    char name[32];  /* its name */
    char check[32]; /* the word for what is looked at */
};

static const char *check(struct patient *patient, const char *of)
{
    snprintf(patient->check, sizeof patient->check, "%s-%s", patient->what, of);
    return patient->check;
}

/* --- trust ---------------------------------------------------------------------------------- */

static void say_complaint(void *data, const struct trust_complaint *complaint)
{
    struct patient *patient = data;
    doctor_say(patient->doctor, DOCTOR_FAIL, check(patient, "trust"), complaint->command, "%s",
        complaint->message);
}

static void check_trust(struct patient *patient, struct trust_seen *seen)
{
    struct stat status;
    char todo[4 * PATH_MAX + 16] = "chmod +t ";
    patient->fd = open(patient->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failure = patient->fd < 0 || fstat(patient->fd, &status) != 0 ? errno : 0;
    if (failure == 0 && patient->doctor->group)
        patient->group = status.st_gid;
    struct trust_policy rules = {.user = geteuid(),
        .group = patient->group,
        .own = trust_own_group(geteuid()),
        .seen = seen};
    size_t n = trust_check(patient->path, &rules, say_complaint, patient);
    if (n > 0)
        return;
    trust_quote(todo + strlen(todo), sizeof todo - strlen(todo), patient->path);
    bool shared = failure == 0 && (status.st_mode & S_IWGRP) != 0;
    if (failure != 0)
        doctor_say(patient->doctor, DOCTOR_FAIL, check(patient, "trust"), NULL,
            "%s cannot be read: %s", patient->path, strerror(failure));
    else if (shared && (status.st_mode & S_ISVTX) == 0 && strcmp(patient->what, "specs") == 0)
        doctor_say(patient->doctor, DOCTOR_WARN, check(patient, "trust"), todo,
            "%s is shared with group %ju, whose members can remove each other's files",
            patient->path, (uintmax_t)status.st_gid);
    else
        doctor_say(patient->doctor, DOCTOR_OK, check(patient, "trust"), NULL,
            "%s: nobody %scan change it", patient->path, shared ? "but the group " : "else ");
}

/* --- the file system ------------------------------------------------------------------------ */

static void check_kind(struct patient *patient)
{
    struct filesystem kind;
    int failure = filesystem_of(patient->fd, &kind);
    if (failure != 0)
        doctor_say(patient->doctor, DOCTOR_WARN, check(patient, "kind"), NULL, "statfs: %s",
            strerror(failure));
    else if (kind.in_memory)
        doctor_say(patient->doctor, DOCTOR_WARN, check(patient, "kind"),
            "take a directory on a disk", "%s is in memory: all is gone at the next boot",
            kind.name);
    else if (strcmp(kind.name, "unknown") == 0)
        doctor_say(patient->doctor, DOCTOR_WARN, check(patient, "kind"), NULL,
            "a file system that is not known (%#x): taken for a network's", (unsigned)kind.magic);
    else if (kind.network)
        doctor_say(patient->doctor, DOCTOR_OK, check(patient, "kind"), NULL,
            "%s: what other machines write is announced to nobody, so that sweepd looks often, and "
            "waits longer until a file counts as complete",
            kind.name);
    else
        doctor_say(patient->doctor, DOCTOR_OK, check(patient, "kind"), NULL, "%s: %s", kind.name,
            kind.events ? "every write is announced"
                        : "what is written below it is not announced, so that sweepd looks often");
}

static void check_space(struct patient *patient)
{
    struct statvfs status;
    char size[32], inodes[48];
    if (fstatvfs(patient->fd, &status) != 0) {
        doctor_say(patient->doctor, DOCTOR_WARN, check(patient, "space"), NULL, "statvfs: %s",
            strerror(errno));
        return;
    }
    unsigned long long bytes = (unsigned long long)status.f_bavail * status.f_frsize;
    /* Some file systems (btrfs) have as many as are wanted, and say 0. */
    bool counted = status.f_files > 0;
    unsigned long long files = counted ? status.f_favail : ULLONG_MAX;
    cli_size(bytes, size);
    snprintf(inodes, sizeof inodes, counted ? "%llu" : "any number of", files);
    enum doctor_level level = bytes < 10000000 || files < 1000       ? DOCTOR_FAIL
                              : bytes < 1000000000 || files < 100000 ? DOCTOR_WARN
                                                                     : DOCTOR_OK;
    doctor_say(patient->doctor, level, check(patient, "space"),
        level == DOCTOR_OK ? NULL : "make room, or take another file system",
        "%s and %s files are free%s", size, inodes,
        level == DOCTOR_OK ? "" : " (quotas are not looked at)");
    if ((status.f_flag & ST_NOEXEC) != 0 && strcmp(patient->what, "queue") == 0)
        doctor_say(patient->doctor, DOCTOR_WARN, check(patient, "space"),
            "sh QUEUE/SWEEP/submit.sh", "mounted noexec: submit.sh cannot be started by its name");
}

/* --- what is tried -------------------------------------------------------------------------- */

static bool make_file(const struct patient *patient, const char *name)
{
    int fd =
        openat(patient->scratch, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool made = fd >= 0 && write(fd, "x", 1) == 1;
    if (fd >= 0 && close(fd) != 0)
        made = false;
    return made;
}

static bool open_scratch(struct patient *patient)
{
    snprintf(patient->name, sizeof patient->name, ".doctor.%ld", (long)getpid());
    patient->scratch = -1;
    if (mkdirat(patient->fd, patient->name, 0700) == 0)
        patient->scratch =
            openat(patient->fd, patient->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (patient->scratch >= 0 && make_file(patient, "a") && make_file(patient, "b"))
        return true;
    doctor_say(patient->doctor, DOCTOR_FAIL, check(patient, "write"),
        errno == EROFS                       ? "take another directory, or mount it for writing"
        : errno == ENOSPC || errno == EDQUOT ? "make room"
                                             : "let this user write there",
        "%s cannot be written: %s", patient->path, strerror(errno));
    return false;
}

static void close_scratch(struct patient *patient)
{
    static const char *const files[] = {"a", "b", "c", "d"};
    for (size_t i = 0; patient->scratch >= 0 && i < sizeof files / sizeof *files; i++)
        unlinkat(patient->scratch, files[i], 0);
    if (patient->scratch >= 0)
        close(patient->scratch);
    unlinkat(patient->fd, patient->name, AT_REMOVEDIR);
}

/* A rename must not replace, and where that cannot be asked for, a link must not. */
static void check_rename(struct patient *patient)
{
    int fd = patient->scratch;
    int refused = renameat2(fd, "a", fd, "b", RENAME_NOREPLACE) == 0 ? 0 : errno;
    int moved = renameat2(fd, "a", fd, "c", RENAME_NOREPLACE) == 0 ? 0 : errno;
    if (refused == EEXIST && moved == 0) {
        doctor_say(patient->doctor, DOCTOR_OK, check(patient, "rename"), NULL,
            "renames in one step, and replaces nothing");
        return;
    }
    bool unknown = refused == EINVAL || refused == ENOSYS;
    int linked = linkat(fd, "b", fd, "d", 0) == 0 ? 0 : errno;
    if (unknown && linked == 0)
        doctor_say(patient->doctor, DOCTOR_WARN, check(patient, "rename"), NULL,
            "cannot rename without replacing (%s): files are moved by link and unlink",
            strerror(refused));
    else
        doctor_say(patient->doctor, DOCTOR_FAIL, check(patient, "rename"),
            "take another file system",
            "cannot move files safely: rename without replacing: %s; link: %s",
            strerror(unknown ? refused : moved), strerror(linked));
}

/* While somebody writes, there is no lease for reading. */
static void check_lease(struct patient *patient)
{
    int fd = openat(patient->scratch, "b", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fcntl(fd, F_SETLEASE, F_RDLCK) == 0)
        doctor_say(patient->doctor, DOCTOR_OK, check(patient, "lease"), NULL,
            "leases tell whether somebody is still writing");
    else
        doctor_say(patient->doctor, DOCTOR_OK, check(patient, "lease"), NULL,
            "no leases (%s): a file is complete when it has not changed for a while",
            strerror(errno));
    if (fd >= 0)
        close(fd);
}

/* By the clock of who stores the files. */
static void check_clock(struct patient *patient)
{
    struct stat status;
    struct timespec now;
    if (fstatat(patient->scratch, "b", &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        clock_gettime(CLOCK_REALTIME, &now) != 0)
        return;
    long long ahead = (long long)status.st_mtim.tv_sec - (long long)now.tv_sec;
    if (ahead > 2 || ahead < -2)
        doctor_say(patient->doctor, DOCTOR_WARN, check(patient, "clock"),
            "let both keep time by NTP", "the clock of its file server is %lld s %s ours",
            ahead > 0 ? ahead : -ahead, ahead > 0 ? "ahead of" : "behind");
}

/* That a write is announced, on this mount, by us. */
static void check_events(struct patient *patient)
{
    char path[64], event[sizeof(struct inotify_event) + NAME_MAX + 1];
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    snprintf(path, sizeof path, "/proc/self/fd/%d", patient->scratch);
    /* Where there is no inotify at all is said elsewhere. */
    if (fd >= 0 && inotify_add_watch(fd, path, IN_CLOSE_WRITE) >= 0 && make_file(patient, "d") &&
        (poll(&ready, 1, 2000) != 1 || read(fd, event, sizeof event) <= 0))
        doctor_say(patient->doctor, DOCTOR_WARN, check(patient, "events"), NULL,
            "not even our own writes are announced: sweepd looks often");
    if (fd >= 0)
        close(fd);
    unlinkat(patient->scratch, "d", 0);
}

/* --- below the specs ------------------------------------------------------------------------ */

/* One of the directories that specs move to: ours, and reached by a rename. */
static void check_below(const struct patient *specs, const char *name)
{
    char path[PATH_MAX], word[32];
    struct patient below = *specs;
    struct trust_policy rules = {
        .user = geteuid(), .group = specs->group, .own = trust_own_group(geteuid())};
    int fd = openat(specs->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    snprintf(path, sizeof path, "%s/%s", specs->path, name);
    snprintf(word, sizeof word, "specs-%s", name[0] == '.' ? name + 1 : name);
    if (fd < 0) {
        if (errno != ENOENT)
            doctor_say(specs->doctor, DOCTOR_FAIL, word, NULL,
                "%s cannot be used: %s; sweepd makes a new one when it is away", path,
                errno == ENOTDIR || errno == ELOOP ? "it is no directory" : strerror(errno));
        return;
    }
    below.what = word;
    trust_check_open(fd, path, &rules, say_complaint, &below);
    if (!make_file(specs, "d") || renameat(specs->scratch, "d", fd, specs->name) != 0)
        doctor_say(specs->doctor, DOCTOR_FAIL, word,
            errno == EXDEV ? "unmount it: it has to be on the file system of the specs"
                           : "let this user write there",
            "specs cannot be moved to %s: %s", path, strerror(errno));
    else
        unlinkat(fd, specs->name, 0);
    unlinkat(specs->scratch, "d", 0);
    close(fd);
}

static void check_daemon(const struct patient *specs)
{
    char owner[128] = "";
    int fd = openat(
        specs->fd, NAMES_CLAIMED "/" NAMES_LOCK, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool taken = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    ssize_t length = taken ? read(fd, owner, sizeof owner - 1) : 0;
    if (fd >= 0)
        close(fd);
    owner[length > 0 ? length : 0] = '\0';
    owner[strcspn(owner, "\n")] = '\0';
    if (taken)
        doctor_say(specs->doctor, DOCTOR_OK, "daemon", NULL, "sweepd is at work on %s (%s)",
            specs->path, owner[0] != '\0' ? owner : "it does not say who");
    else
        doctor_say(
            specs->doctor, DOCTOR_OK, "daemon", NULL, "no sweepd is at work on %s", specs->path);
}

/* --- all ------------------------------------------------------------------------------------ */

static void check_directory(
    struct doctor *doctor, const char *what, const char *path, struct trust_seen *seen)
{
    struct patient patient = {
        .doctor = doctor, .what = what, .path = path, .group = TRUST_NO_GROUP};
    bool specs = strcmp(what, "specs") == 0;
    check_trust(&patient, seen);
    if (patient.fd < 0)
        return;
    check_kind(&patient);
    check_space(&patient);
    if (open_scratch(&patient)) {
        check_rename(&patient);
        if (specs) {
            check_lease(&patient);
            check_events(&patient);
            check_clock(&patient);
            check_below(&patient, NAMES_CLAIMED);
            check_below(&patient, NAMES_DONE);
            check_below(&patient, NAMES_FAILED);
        }
    }
    close_scratch(&patient);
    if (specs)
        check_daemon(&patient);
    close(patient.fd);
}

void doctor_directories(struct doctor *doctor)
{
    struct trust_seen seen = {0};
    if (doctor->specs == NULL && doctor->queue == NULL)
        doctor_say(doctor, DOCTOR_WARN, "directories", "sweepctl doctor --specs DIR --queue DIR",
            "none are given, so none were looked at");
    if (doctor->specs != NULL)
        check_directory(doctor, "specs", doctor->specs, &seen);
    if (doctor->queue != NULL)
        check_directory(doctor, "queue", doctor->queue, &seen);
}
