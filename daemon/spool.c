/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/candidates.h"
#include "daemon/log.h"
#include "daemon/place.h"
#include "daemon/spool.h"

#define CLAIMED ".claimed"
#define LOCK ".lock"

struct spool {
    char *path;
    int specs; /* -1: not attached */
    int claimed;
    int lock; /* -1: the file system has no locks */
    bool busy, complained;
    struct candidates candidates;
    char **leftovers; /* claimed ids, the next one last */
    size_t n_leftovers;
};

struct spool *spool_new(const char *path, int64_t settle_ms)
{
    struct spool *spool = calloc(1, sizeof *spool);
    if (spool == NULL)
        return NULL;
    spool->specs = spool->claimed = spool->lock = -1;
    candidates_init(&spool->candidates, settle_ms);
    spool->path = strdup(path);
    if (spool->path == NULL) {
        free(spool);
        return NULL;
    }
    return spool;
}

static void forget_leftovers(struct spool *spool)
{
    for (size_t i = 0; i < spool->n_leftovers; i++)
        free(spool->leftovers[i]);
    free(spool->leftovers);
    spool->leftovers = NULL;
    spool->n_leftovers = 0;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void detach(struct spool *spool)
{
    close_fd(&spool->lock);
    close_fd(&spool->claimed);
    close_fd(&spool->specs);
    candidates_clear(&spool->candidates);
    forget_leftovers(spool);
}

void spool_free(struct spool *spool)
{
    if (spool == NULL)
        return;
    detach(spool);
    free(spool->path);
    free(spool);
}

/* --- attaching ------------------------------------------------------------------------------ */

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Whether `fd` is the directory (and the lock, if there is one, is the lock) that we hold. */
static bool still_ours(const struct spool *spool, int fd)
{
    struct stat ours, now;
    if (spool->specs < 0 || fstat(spool->specs, &ours) != 0 || fstat(fd, &now) != 0 ||
        !same_file(&ours, &now))
        return false;
    if (fstat(spool->claimed, &ours) != 0 || fstatat(fd, CLAIMED, &now, AT_SYMLINK_NOFOLLOW) != 0 ||
        !same_file(&ours, &now))
        return false;
    return spool->lock < 0 || (fstat(spool->lock, &ours) == 0 &&
                                  fstatat(spool->claimed, LOCK, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
                                  same_file(&ours, &now));
}

static void complain(struct spool *spool, const char *what, int failure)
{
    if (!spool->complained)
        log_line(LOG_FAILURE, "%s: %s: %s", spool->path, what, strerror(failure));
    spool->complained = true;
}

static bool take_lock(struct spool *spool)
{
    char owner[32] = "";
    int fd = openat(spool->claimed, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        complain(spool, "cannot make the lock", errno);
        return false;
    }
    spool->lock = fd;
    int failure = place_lock(fd);
    if (failure == 0) {
        /* The number is for people who wonder who it is. */
        if (ftruncate(fd, 0) == 0)
            dprintf(fd, "%ld\n", (long)getpid());
        return true;
    }
    if (failure != EWOULDBLOCK) {
        log_line(LOG_WARN, "%s: cannot be locked (%s): make sure that no other sweepd uses it",
            spool->path, strerror(failure));
        close_fd(&spool->lock);
        return true;
    }
    if (read(fd, owner, sizeof owner - 1) > 0)
        owner[strcspn(owner, "\n")] = '\0';
    if (!spool->complained)
        log_line(LOG_FAILURE, "%s is already taken care of by another sweepd%s%s", spool->path,
            owner[0] != '\0' ? ", process " : "", owner);
    spool->complained = true;
    return false;
}

/* A claim by link and unlink that was interrupted between the two left both names. */
static void finish_claim(const struct spool *spool, const char *id)
{
    struct stat claimed, dropped;
    const char *name = names_claimed(id);
    if (fstatat(spool->claimed, id, &claimed, AT_SYMLINK_NOFOLLOW) == 0 && claimed.st_nlink == 2 &&
        fstatat(spool->specs, name, &dropped, AT_SYMLINK_NOFOLLOW) == 0 &&
        same_file(&claimed, &dropped))
        unlinkat(spool->specs, name, 0);
}

static int newest_first(const void *a, const void *b)
{
    return strcmp(*(char *const *)b, *(char *const *)a);
}

/* A directory's stream that does not consume the descriptor, from the first entry. */
static DIR *list(int directory)
{
    int fd = fcntl(directory, F_DUPFD_CLOEXEC, 0);
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
    if (stream == NULL) {
        int failure = errno;
        close_fd(&fd);
        errno = failure;
        return NULL;
    }
    rewinddir(stream);
    return stream;
}

static bool add_leftover(struct spool *spool, const char *id)
{
    char **grown = realloc(spool->leftovers, (spool->n_leftovers + 1) * sizeof *spool->leftovers);
    if (grown == NULL)
        return false;
    spool->leftovers = grown;
    grown[spool->n_leftovers] = strdup(id);
    return grown[spool->n_leftovers] != NULL && ++spool->n_leftovers > 0;
}

static int find_leftovers(struct spool *spool)
{
    DIR *stream = list(spool->claimed);
    if (stream == NULL)
        return errno;
    int failure = 0;
    for (struct dirent *entry; failure == 0 && (entry = readdir(stream)) != NULL;) {
        if (names_claimed(entry->d_name) != NULL) {
            finish_claim(spool, entry->d_name);
            failure = add_leftover(spool, entry->d_name) ? 0 : ENOMEM;
        } else if (entry->d_name[0] != '.') {
            log_line(LOG_WARN, "%s/" CLAIMED "/%s is no claimed spec; it is left alone",
                spool->path, entry->d_name);
        }
    }
    closedir(stream);
    if (spool->n_leftovers > 0) {
        qsort(spool->leftovers, spool->n_leftovers, sizeof *spool->leftovers, newest_first);
        log_line(LOG_NOTE, "%zu claimed %s left over from an earlier life, done again now",
            spool->n_leftovers, spool->n_leftovers == 1 ? "spec" : "specs");
    }
    return failure;
}

/* Makes the subdirectories of a new directory, locks it, and looks what was left there. */
static bool settle_in(struct spool *spool)
{
    static const char *const others[] = {"done", "failed"};
    int failure = place_directory((struct place){spool->specs, CLAIMED}, &spool->claimed);
    for (size_t i = 0; i < 2 && failure == 0; i++) {
        int fd = -1;
        failure = place_directory((struct place){spool->specs, others[i]}, &fd);
        close_fd(&fd);
    }
    if (failure != 0) {
        complain(spool, "cannot make the directories for claimed, done and failed specs", failure);
        return false;
    }
    if (!take_lock(spool))
        return false;
    failure = find_leftovers(spool);
    if (failure != 0)
        complain(spool, "cannot list the claimed specs", failure);
    return failure == 0;
}

enum spool_attach spool_attach(struct spool *spool)
{
    int fd = open(spool->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failure = fd < 0 ? errno : 0;
    if (fd >= 0 && still_ours(spool, fd)) {
        close_fd(&spool->specs);
        spool->specs = fd;
        return SPOOL_SAME;
    }
    if (spool->busy) {
        close_fd(&fd);
        return SPOOL_BUSY;
    }
    detach(spool);
    if (fd < 0) {
        complain(spool, "cannot be opened", failure);
        return SPOOL_GONE;
    }
    spool->specs = fd;
    if (!settle_in(spool)) {
        detach(spool);
        return SPOOL_GONE;
    }
    spool->complained = false;
    return SPOOL_NEW;
}

/* --- looking -------------------------------------------------------------------------------- */

void spool_scan(struct spool *spool, int64_t now_ms)
{
    if (spool->specs < 0)
        return;
    DIR *stream = list(spool->specs);
    if (stream == NULL) {
        complain(spool, "cannot be listed", errno);
        return;
    }
    candidates_begin(&spool->candidates);
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        if (names_is_spec(entry->d_name))
            candidates_found(&spool->candidates, spool->specs, entry->d_name, now_ms);
    }
    candidates_end(&spool->candidates);
    closedir(stream);
}

void spool_hint(struct spool *spool, const char *name, int64_t now_ms)
{
    if (spool->specs >= 0 && names_is_spec(name))
        candidates_closed(&spool->candidates, spool->specs, name, now_ms);
}

/* --- claiming ------------------------------------------------------------------------------- */

static void free_paths(struct spool_job *job)
{
    free(job->source);
    free(job->known_as);
    job->source = job->known_as = NULL;
}

/* Fills in all but the id. */
static bool describe(const struct spool *spool, const char *refusal, struct spool_job *job)
{
    snprintf(job->name, sizeof job->name, "%s", names_claimed(job->id));
    job->refusal = refusal;
    job->source = job->known_as = NULL;
    if (asprintf(&job->source, "%s/" CLAIMED "/%s", spool->path, job->id) < 0)
        job->source = NULL;
    if (asprintf(&job->known_as, "%s/%s", spool->path, job->name) < 0)
        job->known_as = NULL;
    if (job->source != NULL && job->known_as != NULL)
        return true;
    free_paths(job);
    return false;
}

static bool next_leftover(struct spool *spool, struct spool_job *job)
{
    if (spool->n_leftovers == 0)
        return false;
    char *id = spool->leftovers[--spool->n_leftovers];
    snprintf(job->id, sizeof job->id, "%s", id);
    free(id);
    return true;
}

/* Whether what was claimed is what was looked at before. The time of the last status change is not
 * compared: the rename is one. */
static bool same_content(const struct settle_status *before, const struct stat *now)
{
    struct settle_status after = candidates_status(now);
    return S_ISREG(now->st_mode) && before->size == after.size && before->inode == after.inode &&
           before->mtime_ns == after.mtime_ns;
}

/* 0 when the file is in .claimed/ under `job->id`. */
static int claim(struct spool *spool, const char *name, const struct settle_status *before,
    struct spool_job *job)
{
    struct timespec clock;
    struct stat now = {0};
    clock_gettime(CLOCK_REALTIME, &clock);
    int64_t unix_ms = (int64_t)clock.tv_sec * 1000 + clock.tv_nsec / 1000000;
    struct place dropped = {spool->specs, name}, claimed = {spool->claimed, job->id};
    names_claim(job->id, unix_ms, before->inode, name);
    int failure = place_move(dropped, claimed);
    if (failure != 0)
        return failure;
    if (fstatat(claimed.directory, claimed.name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
        same_content(before, &now))
        return 0;
    /* Something else got this name in between. It goes back, and is looked at like a new one. If
     * that name is taken again already, this one stays ours. */
    return place_move(claimed, dropped) == 0 ? EAGAIN : S_ISREG(now.st_mode) ? 0 : EINVAL;
}

bool spool_next(struct spool *spool, int64_t now_ms, struct spool_job *job, int64_t *due_ms)
{
    *due_ms = INT64_MAX;
    const char *refusal = NULL;
    if (spool->specs < 0 || spool->busy)
        return false;
    if (!next_leftover(spool, job)) {
        const struct candidate *ready;
        for (;;) {
            ready = candidates_ready(&spool->candidates, spool->specs, now_ms, &refusal, due_ms);
            if (ready == NULL)
                return false;
            int failure = claim(spool, ready->name, &ready->settle.last, job);
            if (failure == 0)
                break;
            if (failure == EAGAIN)
                continue;
            if (failure != ENOENT)
                log_line(LOG_FAILURE, "%s: cannot be claimed: %s", ready->name, strerror(failure));
            candidates_postpone(&spool->candidates, ready, now_ms);
        }
        candidates_remove(&spool->candidates, ready);
    }
    if (!describe(spool, refusal, job)) {
        log_line(LOG_FAILURE, "%s: no memory; it is done at the next start", job->id);
        return false;
    }
    spool->busy = true;
    return true;
}

/* --- filing --------------------------------------------------------------------------------- */

/* Moves the spec to the first free name in `fd`. With a report, that is written first: who sees the
 * spec there finds the report too. */
static int file_away(struct spool *spool, const struct spool_job *job, int fd, const char *report,
    char placed[NAMES_SIZE])
{
    char beside[NAMES_SIZE + sizeof NAMES_REPORT];
    struct stat status;
    for (unsigned number = 1;; number++) {
        names_numbered(placed, job->name, number);
        snprintf(beside, sizeof beside, "%s" NAMES_REPORT, placed);
        if (fstatat(fd, placed, &status, AT_SYMLINK_NOFOLLOW) == 0)
            continue;
        if (report != NULL) {
            /* A report without its spec is about one that somebody took away to mend it. */
            unlinkat(fd, beside, 0);
            int failure = place_write((struct place){fd, beside}, report, strlen(report));
            if (failure != 0)
                log_line(
                    LOG_FAILURE, "failed/%s: cannot be written: %s", beside, strerror(failure));
        }
        int failure =
            place_move((struct place){spool->claimed, job->id}, (struct place){fd, placed});
        if (failure != 0 && report != NULL)
            unlinkat(fd, beside, 0);
        if (failure != EEXIST)
            return failure;
    }
}

static bool finish(struct spool *spool, struct spool_job *job, const char *directory,
    const char *report, char placed[NAMES_SIZE])
{
    int fd = -1;
    int failure = place_directory((struct place){spool->specs, directory}, &fd);
    if (failure == 0)
        failure = file_away(spool, job, fd, report, placed);
    close_fd(&fd);
    if (failure != 0)
        log_line(LOG_FAILURE, "%s: cannot be moved from " CLAIMED "/ to %s/: %s%s", job->name,
            directory, strerror(failure),
            failure == ENOENT ? "" : "; it is done again at the next start");
    free_paths(job);
    spool->busy = false;
    return failure == 0;
}

bool spool_done(struct spool *spool, struct spool_job *job, char placed[NAMES_SIZE])
{
    return finish(spool, job, "done", NULL, placed);
}

bool spool_failed(
    struct spool *spool, struct spool_job *job, const char *report, char placed[NAMES_SIZE])
{
    return finish(spool, job, "failed", report, placed);
}

void spool_return(struct spool *spool, struct spool_job *job, bool again)
{
    if (again && !add_leftover(spool, job->id))
        log_line(LOG_FAILURE, "%s: no memory; it is done at the next start", job->name);
    free_paths(job);
    spool->busy = false;
}
