/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/drop.h"
#include "daemon/common/fileat.h"
#include "daemon/common/log.h"
#include "daemon/spool/names.h"
#include "lib/util/file.h"

/* The longest report that is shown. */
enum { MAX_REPORT_BYTES = 1 << 20 };

/* Between two looks; each wait is longer than the one before. */
enum { FIRST_WAIT_MS = 50, LONGEST_WAIT_MS = 1000 };

/* When nobody has taken it by then, people want to know. */
#define NOT_TAKEN_MS 10000

/* The daemon writes what it has to say beside the spec, perhaps a little later. */
#define SAID_MS 2000

/* --- handing over --------------------------------------------------------------------------- */

/* Under a name that the daemon does not look at, then under its own. 0 or an errno value. */
static int place(struct drop *drop, int directory)
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
    /* Open from here on for reading only: one that writes would keep the daemon waiting. */
    drop->fd = openat(directory, hidden, O_RDONLY | O_CLOEXEC);
    if (drop->fd < 0 || fstat(drop->fd, &status) != 0) {
        failure = errno;
    } else {
        drop->device = status.st_dev;
        drop->inode = status.st_ino;
        failure = file_rename_new(&status, directory, hidden, directory, drop->name);
    }
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
        return cli_error(EXIT_FAILED, "sweepctl: out of memory");
    }
    int directory = open(drop->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failure = directory < 0 ? errno : place(drop, directory);
    int unsure = failure == 0 && fsync(directory) != 0 ? errno : 0;
    if (directory >= 0)
        close(directory);
    if (failure == EEXIST) {
        cli_error(0, "sweepctl: %s is there already and was left as it is", drop->path);
        fputs(
            "Drop yours under another name, with --name, or when the daemon has taken that one.\n",
            stderr);
        return EXIT_FAILED;
    }
    if (failure != 0)
        return cli_error(EXIT_FAILED, "sweepctl: %s: %s; nothing was dropped there", drop->path,
            strerror(failure));
    if (unsure != 0)
        return cli_error(EXIT_FAILED,
            "sweepctl: %s: %s; it is there, but may be lost when the machine stops", drop->path,
            strerror(unsure));
    return EXIT_DONE;
}

/* --- waiting -------------------------------------------------------------------------------- */

/* The path of `drop` in SPECS/`part`, or NULL when it is not there. The caller's. */
static char *find_in(const struct drop *drop, const char *part)
{
    char *found = NULL, *path = NULL;
    if (asprintf(&path, "%s/%s", drop->directory, part) < 0)
        return NULL;
    DIR *stream = opendir(path);
    for (const struct dirent *entry; stream != NULL && (entry = readdir(stream)) != NULL;) {
        struct stat status;
        if (entry->d_ino != drop->inode ||
            fstatat(dirfd(stream), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            status.st_dev != drop->device || status.st_ino != drop->inode)
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

/* What the daemon has written beside the spec; NULL when there is nothing. The caller's. */
static char *read_beside(const char *spec, const char *suffix)
{
    char *path;
    struct strbuf text = {0};
    if (asprintf(&path, "%s%s", spec, suffix) < 0)
        return NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    free(path);
    if (fd < 0)
        return NULL;
    int failure = file_read_all(fd, MAX_REPORT_BYTES, &text);
    close(fd);
    if (failure == 0 && text.length > 0)
        return strbuf_steal(&text);
    strbuf_deinit(&text);
    return NULL;
}

/* The text line by line, each escaped. */
static void print_lines(FILE *out, const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        char *line = strndup(text, length), *safe = malloc(4 * length + 1);
        if (line != NULL && safe != NULL) {
            log_escape(safe, 4 * length + 1, line);
            fprintf(out, "%s\n", safe);
        }
        free(line);
        free(safe);
        text += length + (text[length] == '\n');
    }
}

static void pause_ms(long long ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* Where a link beside a spec leads. The caller's, or NULL. */
static char *read_link(const char *spec, const char *suffix)
{
    char path[PATH_MAX], target[PATH_MAX];
    if (snprintf(path, sizeof path, "%s%s", spec, suffix) >= (int)sizeof path)
        return NULL;
    ssize_t length = readlink(path, target, sizeof target);
    return length > 0 && length < (ssize_t)sizeof target ? strndup(target, (size_t)length) : NULL;
}

/* What the daemon says of a spec that it has filed as `spec`, as soon as it is there. */
static char *await_beside(
    const char *spec, const char *suffix, char *(*read)(const char *, const char *))
{
    char *text = read(spec, suffix);
    for (long long waited = 0; text == NULL && waited < SAID_MS; waited += FIRST_WAIT_MS) {
        pause_ms(FIRST_WAIT_MS);
        text = read(spec, suffix);
    }
    return text;
}

static int print_done(const struct drop *drop, const char *spec)
{
    char *sweep = await_beside(spec, NAMES_SWEEP, read_link);
    if (sweep == NULL)
        return cli_error(
            EXIT_DONE, "%s: done; the daemon's log says where its sweep is", drop->name);
    print_lines(stdout, sweep);
    free(sweep);
    return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}

static int print_failed(const struct drop *drop, const char *spec)
{
    char *text = await_beside(spec, NAMES_REPORT, read_beside);
    if (text == NULL)
        return cli_error(EXIT_FAILED, "%s: failed; see the daemon's log", drop->name);
    print_lines(stderr, text);
    /* A finding, and no crash, time-out or the like. */
    int code = strstr(text, ": error[") != NULL ? EXIT_INVALID : EXIT_FAILED;
    free(text);
    return code;
}

/* True when it has ended, with the exit code. */
static bool has_ended(const struct drop *drop, int *code)
{
    struct stat status;
    /* Asked first: it can be filed only after this. */
    bool removed = fstat(drop->fd, &status) == 0 && status.st_nlink == 0;
    char *done = find_in(drop, NAMES_DONE);
    char *failed = done == NULL ? find_in(drop, NAMES_FAILED) : NULL;
    if (done != NULL)
        *code = print_done(drop, done);
    else if (failed != NULL)
        *code = print_failed(drop, failed);
    else if (removed)
        *code = cli_error(EXIT_FAILED, "sweepctl: somebody has removed %s", drop->path);
    bool ended = done != NULL || failed != NULL || removed;
    free(done);
    free(failed);
    return ended;
}

static void hint(const struct drop *drop)
{
    struct stat status;
    if (stat(drop->path, &status) == 0 && status.st_dev == drop->device &&
        status.st_ino == drop->inode)
        cli_error(0,
            "%s: nobody has taken it yet; is sweepd running and not paused?  sweepctl status",
            drop->path);
}

int drop_await(const struct drop *drop, double timeout, long long start_ms)
{
    long long wait = FIRST_WAIT_MS, most = (long long)(timeout * 1000);
    bool hinted = false;
    int code;
    while (!has_ended(drop, &code)) {
        long long passed = drop_now_ms() - start_ms;
        if (most > 0 && passed >= most)
            return cli_error(EXIT_FAILED, "sweepctl: %s: not done after %g s; it stays where it is",
                drop->path, timeout);
        if (!hinted && passed >= NOT_TAKEN_MS) {
            hint(drop);
            hinted = true;
        }
        pause_ms(most > 0 && wait > most - passed ? most - passed : wait);
        wait = wait * 3 / 2 < LONGEST_WAIT_MS ? wait * 3 / 2 : LONGEST_WAIT_MS;
    }
    return code;
}

long long drop_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void drop_deinit(struct drop *drop)
{
    free(drop->text);
    free(drop->path);
    if (drop->fd >= 0)
        close(drop->fd);
}
