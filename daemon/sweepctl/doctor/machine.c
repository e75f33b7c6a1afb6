/* SPDX-License-Identifier: Apache-2.0
 *
 * The user that sweepd would run as, and the machine that it would run on.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "daemon/common/accounts.h"
#include "daemon/common/trust.h"
#include "daemon/sweepctl/doctor/doctor.h"

/* --- the user ------------------------------------------------------------------------------- */

static void machine_report_root(void *data, const struct trust_diagnostic *diagnostic)
{
    doctor_say(data, DOCTOR_FAIL, "user", diagnostic->command, "%s", diagnostic->message);
}

static void machine_check_umask(struct doctor *doctor)
{
    mode_t mask = umask(077); /* there is no call that only reads it */
    umask(mask);
    if ((mask & 0700) != 0)
        doctor_say(doctor, DOCTOR_WARN, "umask", "umask 077",
            "%03o: programs cannot access their own files", (unsigned)mask);
    else
        doctor_say(doctor, DOCTOR_OK, "umask", NULL, "%03o here; sweepd sets its own, %s",
            (unsigned)mask, doctor->group ? "007" : "077");
}

/* User services stop with the last session of the user, unless the user lingers. */
static void machine_check_linger(struct doctor *doctor, const char *name)
{
    char path[320], todo[300];
    snprintf(path, sizeof path, "/var/lib/systemd/linger/%s", name);
    snprintf(todo, sizeof todo, "loginctl enable-linger %s", name);
    if (access("/run/systemd/system", F_OK) != 0)
        doctor_say(doctor, DOCTOR_OK, "linger", NULL,
            "not booted with systemd: something else must keep sweepd running");
    else if (access(path, F_OK) == 0)
        doctor_say(
            doctor, DOCTOR_OK, "linger", NULL, "user services of %s keep running at logout", name);
    else
        doctor_say(doctor, DOCTOR_WARN, "linger", todo,
            "user services of %s stop at logout, and sweepd with them", name);
}

void doctor_user(struct doctor *doctor)
{
    uid_t user = geteuid();
    char name[ACCOUNT_NAME];
    bool has_name = account_name(user, name);
    if (trust_check_root(doctor->allow_root, machine_report_root, doctor) == 0) {
        if (user == 0)
            doctor_say(doctor, DOCTOR_WARN, "user", NULL,
                "%s (0): anyone who can drop a spec can create files as root", name);
        else if (has_name)
            doctor_say(doctor, DOCTOR_OK, "user", NULL, "%s (%ju)", name, (uintmax_t)user);
        else
            doctor_say(doctor, DOCTOR_OK, "user", NULL, "%s, who has no name", name);
    }
    machine_check_umask(doctor);
    if (user != 0 && has_name)
        machine_check_linger(doctor, name);
}

/* --- the kernel ----------------------------------------------------------------------------- */

static void machine_check_openat2(struct doctor *doctor)
{
    struct open_how how = {
        .flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS};
    int fd = (int)syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof how);
    if (fd < 0) {
        doctor_say(doctor, DOCTOR_WARN, "openat2", "use Linux 5.6 or later",
            "not available (%s): specs are only opened with O_NOFOLLOW", strerror(errno));
        return;
    }
    close(fd);
    doctor_say(doctor, DOCTOR_OK, "openat2", NULL, "opening a spec cannot leave its directory");
}

static void machine_check_landlock(struct doctor *doctor)
{
    const char *todo = "use Linux 5.13 or later";
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version > 0) {
        doctor_say(doctor, DOCTOR_OK, "landlock", NULL,
            "version %ld: generators can only access their own files", version);
        return;
    }
    if (errno == EOPNOTSUPP)
        todo = "add landlock to lsm= on the kernel command line";
    doctor_say(doctor, DOCTOR_WARN, "landlock", todo,
        "not available (%s): generators can read what this user can read", strerror(errno));
}

static void machine_check_seccomp(struct doctor *doctor)
{
    uint32_t action = SECCOMP_RET_ERRNO;
    if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0)
        doctor_say(
            doctor, DOCTOR_OK, "seccomp", NULL, "generators can only make a few system calls");
    else
        doctor_say(doctor, DOCTOR_WARN, "seccomp", "use a kernel with CONFIG_SECCOMP_FILTER",
            "not available (%s): generators can make any system call", strerror(errno));
}

static void machine_check_syncfs(struct doctor *doctor)
{
    struct utsname name = {0};
    unsigned major = 0, minor = 0;
    uname(&name);
    sscanf(name.release, "%u.%u", &major, &minor);
    if (major > 5 || (major == 5 && minor >= 8))
        doctor_say(
            doctor, DOCTOR_OK, "syncfs", NULL, "Linux %s: reports failed writes", name.release);
    else
        doctor_say(doctor, DOCTOR_WARN, "syncfs", "use Linux 5.8 or later, which is faster here",
            "Linux %s: does not report failed writes, so each file is fsynced by itself",
            name.release);
}

void doctor_kernel(struct doctor *doctor)
{
    machine_check_openat2(doctor);
    machine_check_landlock(doctor);
    machine_check_seccomp(doctor);
    machine_check_syncfs(doctor);
}

/* --- inotify -------------------------------------------------------------------------------- */

struct machine_inotify {
    unsigned long instances, watches;
};

/* -1 if it cannot be read. */
static long machine_read_limit(const char *name)
{
    char path[96], text[32] = "";
    snprintf(path, sizeof path, "/proc/sys/fs/inotify/%s", name);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return -1;
    char *line = fgets(text, sizeof text, file);
    fclose(file);
    if (line == NULL)
        return -1;
    return atol(text);
}

/* The watches of one instance are lines of its fdinfo. */
static unsigned long machine_count_watches(const char *pid, const char *fd)
{
    char path[600], line[512];
    unsigned long n = 0;
    snprintf(path, sizeof path, "/proc/%s/fdinfo/%s", pid, fd);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "inotify wd:", 11) == 0)
            n++;
    fclose(file);
    return n;
}

static void machine_count_process(const char *pid, struct machine_inotify *used)
{
    char path[600], target[64];
    snprintf(path, sizeof path, "/proc/%s/fd", pid);
    DIR *stream = opendir(path);
    if (stream == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        ssize_t length = readlinkat(dirfd(stream), entry->d_name, target, sizeof target - 1);
        if (length <= 0)
            continue;
        target[length] = '\0';
        if (strcmp(target, "anon_inode:inotify") == 0) {
            used->instances++;
            used->watches += machine_count_watches(pid, entry->d_name);
        }
    }
    closedir(stream);
}

/* What processes of this user have, except those that we may not inspect. */
static struct machine_inotify machine_count_inotify(void)
{
    struct machine_inotify used = {0};
    struct stat status;
    DIR *stream = opendir("/proc");
    if (stream == NULL)
        return used;
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;)
        if (isdigit((unsigned char)entry->d_name[0]) &&
            fstatat(dirfd(stream), entry->d_name, &status, 0) == 0 && status.st_uid == geteuid())
            machine_count_process(entry->d_name, &used);
    closedir(stream);
    return used;
}

/* 0 if a watch can be added, else an errno. */
static int machine_try_inotify(void)
{
    int failure = 0, fd = inotify_init1(IN_CLOEXEC);
    if (fd < 0)
        return errno;
    if (inotify_add_watch(fd, "/", IN_DELETE_SELF | IN_ONLYDIR) < 0)
        failure = errno;
    close(fd);
    return failure;
}

void doctor_inotify(struct doctor *doctor)
{
    char use[160], command[96];
    const char *todo = NULL;
    long max_instances = machine_read_limit("max_user_instances");
    long max_watches = machine_read_limit("max_user_watches");
    struct machine_inotify used = machine_count_inotify();
    snprintf(use, sizeof use, "%lu of %ld instances and %lu of %ld watches in use", used.instances,
        max_instances, used.watches, max_watches);
    int failure = machine_try_inotify();
    if (failure == 0) {
        doctor_say(doctor, DOCTOR_OK, "inotify", NULL, "%s; sweepd needs one of each", use);
        return;
    }
    if (failure == EMFILE) {
        snprintf(
            command, sizeof command, "sysctl fs.inotify.max_user_instances=%ld", 2 * max_instances);
        todo = command;
    } else if (failure == ENOSPC) {
        snprintf(
            command, sizeof command, "sysctl fs.inotify.max_user_watches=%ld", 2 * max_watches);
        todo = command;
    }
    doctor_say(doctor, DOCTOR_WARN, "inotify", todo,
        "no file events (%s; %s): sweepd scans every few seconds instead", strerror(failure), use);
}
