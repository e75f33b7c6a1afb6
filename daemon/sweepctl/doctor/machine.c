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
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "daemon/sweepctl/doctor/doctor.h"
#include "daemon/common/trust.h"

/* --- the user ------------------------------------------------------------------------------- */

static void say_complaint(void *data, const struct trust_complaint *complaint)
{
    doctor_say(data, DOCTOR_FAIL, "user", complaint->command, "%s", complaint->message);
}

/* A user's own services end with the last session, unless they linger. */
static void check_linger(struct doctor *doctor, const char *name)
{
    char path[320], todo[300];
    snprintf(path, sizeof path, "/var/lib/systemd/linger/%s", name);
    snprintf(todo, sizeof todo, "loginctl enable-linger %s", name);
    if (access("/run/systemd/system", F_OK) != 0)
        doctor_say(doctor, DOCTOR_OK, "linger", NULL,
            "systemd does not run this machine: sweepd lives as long as who starts it lets it");
    else if (access(path, F_OK) == 0)
        doctor_say(doctor, DOCTOR_OK, "linger", NULL, "services of %s go on after logout", name);
    else
        doctor_say(doctor, DOCTOR_WARN, "linger", todo,
            "services of %s end with the last logout, a sweepd, too", name);
}

void doctor_user(struct doctor *doctor)
{
    uid_t user = geteuid();
    const struct passwd *entry = getpwuid(user);
    const char *name = entry != NULL ? entry->pw_name : "?";
    if (trust_check_root(doctor->allow_root, say_complaint, doctor) == 0)
        doctor_say(doctor, user == 0 ? DOCTOR_WARN : DOCTOR_OK, "user", NULL, "%s (%ju)%s", name,
            (uintmax_t)user, user == 0 ? ": whoever can drop a spec makes files as root" : "");
    mode_t mask = umask(077);
    umask(mask);
    if ((mask & 0700) != 0)
        doctor_say(doctor, DOCTOR_WARN, "umask", "umask 077",
            "%03o: programs cannot use their own files", (unsigned)mask);
    else
        doctor_say(doctor, DOCTOR_OK, "umask", NULL, "%03o here; sweepd sets its own, %s",
            (unsigned)mask, doctor->group ? "007" : "077");
    if (user != 0 && entry != NULL)
        check_linger(doctor, name);
}

/* --- the kernel ----------------------------------------------------------------------------- */

static void check_openat2(struct doctor *doctor)
{
    struct open_how how = {
        .flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS};
    long fd = syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof how);
    if (fd >= 0) {
        close((int)fd);
        doctor_say(
            doctor, DOCTOR_OK, "openat2", NULL, "opens of specs cannot leave their directory");
    } else
        doctor_say(doctor, DOCTOR_WARN, "openat2", "Linux 5.6 or later has it",
            "not here (%s): specs are opened without following links, and that is all",
            strerror(errno));
}

static void check_landlock(struct doctor *doctor)
{
    /* The number of a header flag that older headers lack; the call has no wrapper. */
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version > 0)
        doctor_say(doctor, DOCTOR_OK, "landlock", NULL,
            "version %ld: generators reach their own files only", version);
    else
        doctor_say(doctor, DOCTOR_WARN, "landlock",
            errno == EOPNOTSUPP ? "add landlock to lsm= on the kernel's command line"
                                : "Linux 5.13 or later has it",
            "not here (%s): generators can read what this user can read", strerror(errno));
}

static void check_seccomp(struct doctor *doctor)
{
    uint32_t action = SECCOMP_RET_ERRNO;
    if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0)
        doctor_say(doctor, DOCTOR_OK, "seccomp", NULL, "generators have few system calls");
    else
        doctor_say(doctor, DOCTOR_WARN, "seccomp", "the kernel needs CONFIG_SECCOMP_FILTER",
            "not here (%s): generators have all system calls", strerror(errno));
}

static void check_syncfs(struct doctor *doctor)
{
    struct utsname name = {0};
    unsigned major = 0, minor = 0;
    uname(&name);
    sscanf(name.release, "%u.%u", &major, &minor);
    if (major > 5 || (major == 5 && minor >= 8))
        doctor_say(
            doctor, DOCTOR_OK, "syncfs", NULL, "Linux %s: it reports failed writes", name.release);
    else
        doctor_say(doctor, DOCTOR_WARN, "syncfs", "Linux 5.8 or later is faster here",
            "Linux %s: it does not report failed writes, so that each file is synced by itself",
            name.release);
}

void doctor_kernel(struct doctor *doctor)
{
    check_openat2(doctor);
    check_landlock(doctor);
    check_seccomp(doctor);
    check_syncfs(doctor);
}

/* --- inotify -------------------------------------------------------------------------------- */

static long limit(const char *name)
{
    char path[96], text[32] = "";
    snprintf(path, sizeof path, "/proc/sys/fs/inotify/%s", name);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return -1;
    char *line = fgets(text, sizeof text, file);
    fclose(file);
    return line != NULL ? atol(text) : -1;
}

/* The watches of one instance: lines of its fdinfo. */
static unsigned long count_watches(const char *process, const char *descriptor)
{
    char path[600], line[512];
    unsigned long n = 0;
    snprintf(path, sizeof path, "/proc/%s/fdinfo/%s", process, descriptor);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        n += strncmp(line, "inotify wd:", 11) == 0;
    if (file != NULL)
        fclose(file);
    return n;
}

static void count_process(const char *process, unsigned long *instances, unsigned long *watches)
{
    char path[600], target[64];
    snprintf(path, sizeof path, "/proc/%s/fd", process);
    DIR *stream = opendir(path);
    for (struct dirent *entry; stream != NULL && (entry = readdir(stream)) != NULL;) {
        ssize_t length = readlinkat(dirfd(stream), entry->d_name, target, sizeof target - 1);
        if (length <= 0)
            continue;
        target[length] = '\0';
        if (strcmp(target, "anon_inode:inotify") == 0) {
            ++*instances;
            *watches += count_watches(process, entry->d_name);
        }
    }
    if (stream != NULL)
        closedir(stream);
}

/* What our user's processes have. Those that we may not look into are not counted. */
static void count_use(unsigned long *instances, unsigned long *watches)
{
    struct stat status;
    DIR *stream = opendir("/proc");
    *instances = *watches = 0;
    for (struct dirent *entry; stream != NULL && (entry = readdir(stream)) != NULL;)
        if (isdigit((unsigned char)entry->d_name[0]) &&
            fstatat(dirfd(stream), entry->d_name, &status, 0) == 0 && status.st_uid == geteuid())
            count_process(entry->d_name, instances, watches);
    if (stream != NULL)
        closedir(stream);
}

void doctor_inotify(struct doctor *doctor)
{
    unsigned long instances, watches;
    char todo[96];
    long most_instances = limit("max_user_instances"), most_watches = limit("max_user_watches");
    count_use(&instances, &watches);
    int fd = inotify_init1(IN_CLOEXEC);
    int failure = fd < 0 ? errno : 0;
    if (failure == 0 && inotify_add_watch(fd, "/", IN_DELETE_SELF | IN_ONLYDIR) < 0)
        failure = errno;
    if (fd >= 0)
        close(fd);
    if (failure == 0)
        doctor_say(doctor, DOCTOR_OK, "inotify", NULL,
            "%lu of %ld instances and %lu of %ld watches are in use; one of each is needed",
            instances, most_instances, watches, most_watches);
    else {
        snprintf(todo, sizeof todo, "sysctl fs.inotify.max_user_%s=%ld",
            failure == ENOSPC ? "watches" : "instances",
            2 * (failure == ENOSPC ? most_watches : most_instances));
        doctor_say(doctor, DOCTOR_WARN, "inotify",
            failure == ENOSPC || failure == EMFILE ? todo : NULL,
            "no file events (%s; %lu of %ld instances and %lu of %ld watches are in use): sweepd "
            "looks every few seconds instead",
            strerror(failure), instances, most_instances, watches, most_watches);
    }
}
