/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/common/clock.h"
#include "daemon/common/fileat.h"
#include "daemon/spool/lock.h"
#include "daemon/spool/names.h"
#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/drop.h"
#include "lib/util/file.h"
#include "lib/util/text.h"

enum {
    DROP_MAX_REPORT_BYTES = 1 << 20, /* longer reports are cut off */
    DROP_MIN_PAUSE_MS = 50,          /* between two looks; each pause is longer than the last */
    DROP_MAX_PAUSE_MS = 1000,
    DROP_HINT_MS = 10000,  /* by then sweepd should have claimed the spec */
    DROP_RESULT_MS = 2000, /* sweepd files the spec first and writes the result after */
};

/* --- handing over --------------------------------------------------------------------------- */

static bool drop_is_same_file(const struct drop *drop, const struct stat *status)
{
    return status->st_dev == drop->device && status->st_ino == drop->inode;
}

/* If another user's sweepd serves the directory, it reads the spec through the directory's group,
 * whatever our umask and group are. 0 or an errno. */
static int drop_share(int directory, int fd)
{
    struct stat shared, status;
    if (fstat(directory, &shared) != 0 || fstat(fd, &status) != 0)
        return errno;
    if (shared.st_uid == geteuid() || (shared.st_mode & S_IWGRP) == 0)
        return 0;
    /* Not in a set-group-id directory, where files have its group. */
    if (status.st_gid != shared.st_gid && fchown(fd, (uid_t)-1, shared.st_gid) != 0)
        return errno;
    if ((status.st_mode & S_IRGRP) == 0 && fchmod(fd, (status.st_mode & 07777) | S_IRGRP) != 0)
        return errno;
    return 0;
}

/* Writes the spec under a hidden name, which sweepd ignores, then renames it. 0 or an errno. */
static int drop_write(struct drop *drop, int directory)
{
    char hidden[300];
    unsigned number = 0;
    struct stat status;
    if (getrandom(&number, sizeof number, 0) < 0)
        return errno;
    snprintf(hidden, sizeof hidden, ".%s.tmp-%08x", drop->name, number);
    int failure = fileat_write((struct file_at){directory, hidden}, drop->text, drop->length);
    if (failure != 0)
        return failure;
    /* Kept open read-only: sweepd waits for a file that somebody has open for writing. */
    drop->fd = openat(directory, hidden, O_RDONLY | O_CLOEXEC);
    if (drop->fd < 0 || fstat(drop->fd, &status) != 0) {
        failure = errno;
    } else {
        drop->device = status.st_dev;
        drop->inode = status.st_ino;
        failure = drop_share(directory, drop->fd);
    }
    if (failure == 0)
        failure = file_rename_new(&status, directory, hidden, directory, drop->name);
    if (failure != 0) {
        unlinkat(directory, hidden, 0);
        if (drop->fd >= 0)
            close(drop->fd);
        drop->fd = -1;
    }
    return failure;
}

int drop_hand_over(struct drop *drop)
{
    if (asprintf(&drop->path, "%s/%s", drop->directory, drop->name) < 0) {
        drop->path = NULL;
        return cli_oom();
    }
    int failure = 0, sync_failure = 0;
    int directory = open(drop->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        failure = errno;
    else
        failure = drop_write(drop, directory);
    if (failure == 0 && fsync(directory) != 0)
        sync_failure = errno;
    if (directory >= 0)
        close(directory);
    if (failure == EEXIST) {
        cli_error(EXIT_FAILED, "sweepctl: %s already exists and was not replaced", drop->path);
        fputs("Choose another name with --name, or wait until sweepd has claimed that spec.\n",
            stderr);
        return EXIT_FAILED;
    }
    if (failure != 0)
        return cli_error(
            EXIT_FAILED, "sweepctl: cannot write %s: %s", drop->path, strerror(failure));
    if (sync_failure != 0)
        return cli_error(EXIT_FAILED,
            "sweepctl: cannot fsync %s: %s; the spec is in place, but may be lost in a crash",
            drop->directory, strerror(sync_failure));
    return EXIT_DONE;
}

void drop_check_served(const char *directory)
{
    enum lock_state state = LOCK_UNKNOWN;
    int specs = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (specs < 0)
        return;
    int claimed = openat(specs, NAMES_CLAIMED, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (claimed >= 0) {
        state = lock_look(claimed, NAMES_LOCK);
        close(claimed);
    } else if (errno == ENOENT) {
        state = LOCK_FREE;
    }
    close(specs);
    if (state == LOCK_FREE)
        cli_error(EXIT_DONE,
            "sweepctl: warning: no sweepd is watching %s; specs wait there until one is started: "
            "sweepd --specs %s --queue QUEUE",
            directory, directory);
}

/* --- waiting -------------------------------------------------------------------------------- */

static void drop_pause(int64_t ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* The path of the spec if it is in this directory, else NULL. The caller's. */
static char *drop_find(const struct drop *drop, const char *name)
{
    char *found = NULL, *path = NULL;
    if (asprintf(&path, "%s/%s", drop->directory, name) < 0)
        return NULL;
    DIR *stream = opendir(path);
    for (const struct dirent *entry; stream != NULL && (entry = readdir(stream)) != NULL;) {
        struct stat status;
        if (entry->d_ino != drop->inode ||
            fstatat(dirfd(stream), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            !drop_is_same_file(drop, &status))
            continue;
        if (asprintf(&found, "%s/%s", path, entry->d_name) < 0)
            found = NULL;
        break;
    }
    if (stream != NULL)
        closedir(stream);
    free(path);
    return found;
}

/* NULL if there is no report yet. The caller's. */
static char *drop_read_report(const char *path)
{
    struct strbuf text = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return NULL;
    int failure = file_read_all(fd, DROP_MAX_REPORT_BYTES, &text);
    close(fd);
    if (failure == 0 && text.length > 0)
        return strbuf_steal(&text);
    strbuf_deinit(&text);
    return NULL;
}

/* NULL if there is no link yet. The caller's. */
static char *drop_read_link(const char *path)
{
    char target[PATH_MAX];
    ssize_t length = readlink(path, target, sizeof target);
    if (length <= 0 || length == (ssize_t)sizeof target)
        return NULL;
    return strndup(target, (size_t)length);
}

/* Reads the file that sweepd writes next to a spec, and waits a little for it. NULL if there is
 * none. The caller's. */
static char *drop_read_result(const char *spec, const char *suffix, char *(*read)(const char *path))
{
    char *path;
    if (asprintf(&path, "%s%s", spec, suffix) < 0)
        return NULL;
    char *result = read(path);
    for (int64_t waited = 0; result == NULL && waited < DROP_RESULT_MS;
         waited += DROP_MIN_PAUSE_MS) {
        drop_pause(DROP_MIN_PAUSE_MS);
        result = read(path);
    }
    free(path);
    return result;
}

/* Prints text escaped, but with its line breaks. */
static void drop_print_lines(FILE *out, const char *text)
{
    struct strbuf safe = {0};
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        text_escape(&safe, text, length);
        strbuf_putc(&safe, '\n');
        text += length;
        if (*text == '\n')
            text++;
    }
    char *lines = strbuf_steal(&safe);
    if (lines == NULL)
        cli_oom();
    else
        fputs(lines, out);
    free(lines);
}

static int drop_print_done(const struct drop *drop, const char *spec)
{
    char *sweep = drop_read_result(spec, NAMES_SWEEP, drop_read_link);
    if (sweep == NULL)
        return cli_error(EXIT_DONE, "%s: done; sweepd's log names its sweep directory", drop->name);
    drop_print_lines(stdout, sweep);
    free(sweep);
    return cli_flush();
}

static int drop_print_failed(const struct drop *drop, const char *spec)
{
    int code = EXIT_FAILED;
    char *report = drop_read_result(spec, NAMES_REPORT, drop_read_report);
    if (report == NULL)
        return cli_error(code, "%s: failed; sweepd's log says why", drop->name);
    drop_print_lines(stderr, report);
    /* The spec is invalid; reports of crashes and timeouts have no findings. */
    if (strstr(report, ": error[") != NULL)
        code = EXIT_INVALID;
    free(report);
    return code;
}

/* True if sweepd has finished the spec, or it was removed. Then it sets the exit code. */
static bool drop_has_ended(const struct drop *drop, int *code)
{
    struct stat status;
    /* Before looking into the directories, since sweepd may move the spec in between. */
    bool removed = fstat(drop->fd, &status) == 0 && status.st_nlink == 0;
    char *spec = drop_find(drop, NAMES_DONE);
    if (spec != NULL) {
        *code = drop_print_done(drop, spec);
        free(spec);
        return true;
    }
    spec = drop_find(drop, NAMES_FAILED);
    if (spec != NULL) {
        *code = drop_print_failed(drop, spec);
        free(spec);
        return true;
    }
    if (removed)
        *code = cli_error(EXIT_FAILED, "sweepctl: %s was removed before it was done", drop->path);
    return removed;
}

static void drop_hint(const struct drop *drop)
{
    struct stat status;
    if (stat(drop->path, &status) == 0 && drop_is_same_file(drop, &status))
        cli_error(EXIT_DONE,
            "%s: sweepd has not claimed it yet; to see what it is doing, run: sweepctl status",
            drop->path);
}

int drop_wait(const struct drop *drop, double timeout, int64_t start_ms)
{
    int64_t pause_ms = DROP_MIN_PAUSE_MS;
    bool hinted = false;
    int code;
    while (!drop_has_ended(drop, &code)) {
        int64_t passed_ms = clock_ms() - start_ms, left_ms = INT64_MAX;
        if (timeout > 0)
            left_ms = (int64_t)(timeout * 1000) - passed_ms;
        if (left_ms <= 0)
            return cli_error(EXIT_FAILED,
                "sweepctl: %s: not done after %g s; sweepd may still process it", drop->path,
                timeout);
        if (!hinted && passed_ms >= DROP_HINT_MS) {
            drop_hint(drop);
            hinted = true;
        }
        drop_pause(pause_ms < left_ms ? pause_ms : left_ms);
        pause_ms = pause_ms * 3 / 2;
        if (pause_ms > DROP_MAX_PAUSE_MS)
            pause_ms = DROP_MAX_PAUSE_MS;
    }
    return code;
}

void drop_deinit(struct drop *drop)
{
    free(drop->text);
    free(drop->path);
    if (drop->fd >= 0)
        close(drop->fd);
}
