/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "daemon/spool/candidates.h"
#include "daemon/spool/claim.h"
#include "daemon/common/clock.h"
#include "daemon/common/filesystem.h"
#include "daemon/spool/filing.h"
#include "daemon/spool/lock.h"
#include "daemon/common/log.h"
#include "daemon/common/fileat.h"
#include "daemon/spool/spool.h"

/* After a look that was in vain. */
#define LOOK_AGAIN_MS 1000

struct spool {
    struct spool_settings settings;
    struct spool_policy rules;
    struct spool_dirs dirs; /* -1: not attached */
    int lock;               /* -1: the file system has no locks */
    struct filesystem filesystem;
    bool complained; /* about a directory that cannot be used */
    bool unwatched;  /* … or not be watched */
    _Atomic int watch;
    struct candidates candidates;
};

struct spool *spool_new(const struct spool_settings *settings)
{
    struct spool *spool = calloc(1, sizeof *spool);
    if (spool == NULL)
        return NULL;
    spool->settings = *settings;
    spool->dirs = (struct spool_dirs){
        .settings = &spool->settings, .rules = &spool->rules, .specs = -1, .claimed = -1};
    spool->lock = -1;
    atomic_init(&spool->watch, -1);
    return spool;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void detach(struct spool *spool)
{
    lock_give(&spool->lock);
    close_fd(&spool->dirs.claimed);
    close_fd(&spool->dirs.specs);
    candidates_clear(&spool->candidates);
}

void spool_free(struct spool *spool)
{
    if (spool == NULL)
        return;
    detach(spool);
    candidates_deinit(&spool->candidates);
    free(spool);
}

int spool_watch(const struct spool *spool)
{
    return atomic_load(&spool->watch);
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
    int specs = spool->dirs.specs, claimed = spool->dirs.claimed;
    if (specs < 0 || fstat(specs, &ours) != 0 || fstat(fd, &now) != 0 || !same_file(&ours, &now))
        return false;
    if (fstat(claimed, &ours) != 0 || fstatat(fd, NAMES_CLAIMED, &now, AT_SYMLINK_NOFOLLOW) != 0 ||
        !same_file(&ours, &now))
        return false;
    return spool->lock < 0 || (fstat(spool->lock, &ours) == 0 &&
                                  fstatat(claimed, NAMES_LOCK, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
                                  same_file(&ours, &now));
}

static void complain(struct spool *spool, const char *what, const char *why)
{
    if (!spool->complained)
        log_line(LOG_FAILURE, "%s%s%s%s%s", spool->settings.specs, *what != ' ' ? ": " : "", what,
            why != NULL ? ": " : "", why != NULL ? why : "");
    spool->complained = true;
}

static bool take_lock(struct spool *spool)
{
    char said[400] = " ";
    char *text = said + 1; /* the sentence goes on behind the directory's name */
    char path[4200];
    snprintf(path, sizeof path, "%s/" NAMES_CLAIMED, spool->settings.specs);
    switch (lock_take(spool->dirs.claimed, NAMES_LOCK, path, spool->filesystem.network,
        &spool->lock, text, sizeof said - 1)) {
    case LOCK_OURS:
        if (*text != '\0')
            log_line(LOG_NOTE, "%s %s", spool->settings.specs, text);
        return true;
    case LOCK_UNSURE:
        log_line(LOG_WARN, "%s %s", spool->settings.specs, text);
        return true;
    case LOCK_OTHERS:
        complain(spool, said, NULL);
        return false;
    case LOCK_FAILED:
        break;
    }
    complain(spool, "cannot make the lock", strerror(errno));
    return false;
}

/* A directory's stream that does not consume the descriptor, from the first entry. */
static DIR *list(int directory)
{
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
    if (stream == NULL) {
        int failure = errno;
        close_fd(&fd);
        errno = failure;
    }
    return stream;
}

/* A claim by link and unlink that was interrupted between the two left both names. */
static void finish_claim(const struct spool_dirs *dirs, const char *id, const char *name)
{
    struct stat claimed, dropped;
    if (fstatat(dirs->claimed, id, &claimed, AT_SYMLINK_NOFOLLOW) == 0 && claimed.st_nlink == 2 &&
        fstatat(dirs->specs, name, &dropped, AT_SYMLINK_NOFOLLOW) == 0 &&
        same_file(&claimed, &dropped))
        unlinkat(dirs->specs, name, 0);
}

static void append(struct entry **list, struct entry *entry)
{
    while (*list != NULL)
        list = &(*list)->next;
    *list = entry;
}

/* In the order in which they were claimed. */
static void insert(struct entry **list, struct entry *entry)
{
    while (*list != NULL && strcmp((*list)->id, entry->id) < 0)
        list = &(*list)->next;
    entry->next = *list;
    *list = entry;
}

/* What an earlier life left in .claimed. 0 or an errno value. */
static int find_leftovers(struct spool *spool, struct entry **found)
{
    DIR *stream = list(spool->dirs.claimed);
    if (stream == NULL)
        return errno;
    size_t count = 0;
    int failure = 0;
    for (struct dirent *file; failure == 0;) {
        errno = 0;
        file = readdir(stream);
        if (file == NULL) {
            failure = errno;
            break;
        }
        struct entry *entry = claim_found(&spool->dirs, file->d_name);
        if (entry != NULL) {
            finish_claim(&spool->dirs, file->d_name, entry->claim.name);
            insert(found, entry);
            count++;
        } else if (file->d_name[0] != '.') {
            log_line(LOG_WARN, "%s/" NAMES_CLAIMED "/%s is no claimed spec; it is left alone",
                spool->settings.specs, file->d_name);
        }
    }
    closedir(stream);
    if (count > 0)
        log_line(LOG_NOTE, "%zu claimed %s left over from an earlier life, done again now", count,
            count == 1 ? "spec" : "specs");
    return failure;
}

static void on_distrust(void *data, const struct trust_complaint *complaint)
{
    const struct spool *spool = data;
    if (!spool->complained)
        log_line(LOG_FAILURE, "%s; type: %s", complaint->message, complaint->command);
}

/* Nobody else may put specs into our hands, or take sweeps away. `name` is a directory in SPECS
 * that is open as `fd`; NULL: SPECS and QUEUE themselves. */
static bool trusted(struct spool *spool, const char *name, int fd)
{
    char path[4200];
    size_t complaints;
    struct trust_seen seen = {0};
    const struct spool_settings *settings = &spool->settings;
    struct trust_policy rules = {.user = geteuid(),
        .group = settings->group,
        .own = trust_own_group(geteuid()),
        .seen = &seen};
    if (name == NULL) {
        complaints = trust_check(settings->specs, &rules, on_distrust, spool) +
                     trust_check(settings->queue, &rules, on_distrust, spool);
    } else {
        snprintf(path, sizeof path, "%s/%s", settings->specs, name);
        complaints = trust_check_open(fd, path, &rules, on_distrust, spool);
    }
    if (complaints > 0)
        complain(spool, "is not used before that is mended", NULL);
    return complaints == 0;
}

/* Makes the subdirectories of a new directory, locks it, and looks what was left there. */
static bool settle_in(struct spool *spool, struct entry **found)
{
    static const char *const names[] = {NAMES_CLAIMED, NAMES_DONE, NAMES_FAILED};
    if (!trusted(spool, NULL, -1))
        return false;
    spool->filesystem = (struct filesystem){.events = true};
    (void)filesystem_of(spool->dirs.specs, &spool->filesystem);
    for (size_t i = 0; i < 3; i++) {
        int fd = -1, failure = fileat_directory((struct file_at){spool->dirs.specs, names[i]}, &fd);
        bool good = failure == 0 && trusted(spool, names[i], fd);
        if (failure != 0)
            complain(spool, "cannot make the directories for claimed, done and failed specs",
                strerror(failure));
        if (good && i == 0)
            spool->dirs.claimed = fd;
        else
            close_fd(&fd);
        if (!good)
            return false;
    }
    if (!take_lock(spool))
        return false;
    int failure = find_leftovers(spool, found);
    if (failure != 0)
        complain(spool, "cannot list the claimed specs", strerror(failure));
    return failure == 0;
}

static enum spool_attach attach(struct spool *spool, struct spool_batch *batch)
{
    int fd = open(spool->settings.specs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failure = fd < 0 ? errno : 0;
    if (fd >= 0 && !batch->anew && still_ours(spool, fd)) {
        close_fd(&spool->dirs.specs);
        spool->dirs.specs = fd;
        return SPOOL_SAME;
    }
    if (batch->out) {
        close_fd(&fd);
        return SPOOL_BUSY;
    }
    detach(spool);
    if (fd < 0) {
        complain(spool, "cannot be opened", strerror(failure));
        return SPOOL_GONE;
    }
    spool->dirs.specs = fd;
    struct entry *found = NULL;
    if (!settle_in(spool, &found)) {
        for (struct entry *next; found != NULL; found = next) {
            next = found->next;
            entry_free(found);
        }
        detach(spool);
        return SPOOL_GONE;
    }
    append(&batch->taken, found);
    spool->complained = false;
    return SPOOL_NEW;
}

/* --- looking -------------------------------------------------------------------------------- */

/* Arming before listing: what happens in between is seen twice and not never. */
static void arm(struct spool *spool)
{
    static const uint32_t wanted =
        IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
    int inotify = spool->settings.inotify, before = atomic_load(&spool->watch);
    if (inotify < 0)
        return;
    int watch = inotify_add_watch(inotify, spool->settings.specs, wanted);
    int failure = errno;
    atomic_store(&spool->watch, watch);
    if (before >= 0 && before != watch)
        inotify_rm_watch(inotify, before);
    /* A missing directory is the business of whoever opens it. */
    if (watch < 0 && !spool->unwatched && failure != ENOENT && failure != ENOTDIR)
        log_line(LOG_WARN, "%s: cannot be watched (%s): polling only", spool->settings.specs,
            strerror(failure));
    spool->unwatched = watch < 0;
}

static void scan(struct spool *spool)
{
    int64_t now_ms = clock_ms();
    DIR *stream = list(spool->dirs.specs);
    if (stream == NULL) {
        complain(spool, "cannot be listed", strerror(errno));
        return;
    }
    candidates_begin(&spool->candidates);
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(stream);
        if (entry == NULL)
            break;
        if (names_is_spec(entry->d_name))
            candidates_found(&spool->candidates, spool->dirs.specs, entry->d_name, now_ms);
    }
    if (errno != 0) /* what was not reached is found the next time */
        complain(spool, "cannot be listed to its end", strerror(errno));
    candidates_end(&spool->candidates);
    closedir(stream);
}

static void look(struct spool *spool, struct spool_batch *batch)
{
    batch->attached = attach(spool, batch);
    if (batch->attached != SPOOL_SAME && batch->attached != SPOOL_NEW)
        return;
    spool->candidates.rules = spool->rules.settle;
    if (spool->rules.settle.settle_ms < 0)
        spool->candidates.rules.settle_ms = spool->filesystem.network ? 5000 : 2000;
    arm(spool);
    scan(spool);
    struct statvfs space;
    if (statvfs(spool->settings.queue, &space) == 0) {
        batch->queue_free = (uint64_t)space.f_bavail * space.f_frsize;
        batch->queue_used = (uint64_t)(space.f_blocks - space.f_bfree) * space.f_frsize;
    }
}

/* --- claiming ------------------------------------------------------------------------------- */

struct claiming {
    struct spool *spool;
    struct spool_batch *batch;
    struct entry **end;
    size_t count;
};

static enum candidate_answer offer(void *data, const struct candidate *candidate)
{
    struct claiming *claiming = data;
    struct entry *entry = NULL;
    struct entry_transition step = entry_transition_for(ENTRY_ARRIVING, ENTRY_COMPLETE);
    int failure = step.action == ENTRY_CLAIM ? claim_take(&claiming->spool->dirs, candidate, &entry)
                                             : ECANCELED;
    if (failure == 0) {
        *claiming->end = entry;
        claiming->end = &entry->next;
        claiming->count++;
        return CANDIDATE_TAKEN;
    }
    if (failure == EAGAIN || failure == ENOENT)
        return CANDIDATE_CHANGED;
    log_line(LOG_FAILURE, "%s: cannot be claimed: %s", candidate->name, strerror(failure));
    if (failure == EIO)
        claiming->batch->no_storage = failure;
    else
        claiming->batch->hindered = failure;
    return CANDIDATE_POSTPONED;
}

static void claim(struct spool *spool, struct spool_batch *batch)
{
    struct claiming claiming = {spool, batch, &batch->taken, 0};
    while (*claiming.end != NULL)
        claiming.end = &(*claiming.end)->next;
    batch->more = candidates_take(&spool->candidates, spool->dirs.specs, clock_ms(), batch->room,
        offer, &claiming, &batch->due_ms);
    if (claiming.count == 0)
        return;
    /* First where they are now: after a power cut a spec may be in both places, but not in none. */
    int failure = fileat_sync(spool->dirs.claimed);
    if (failure == 0)
        failure = fileat_sync(spool->dirs.specs);
    if (failure != 0)
        batch->no_storage = failure;
}

/* --- a turn --------------------------------------------------------------------------------- */

static void fill(struct spool *spool, struct spool_batch *batch)
{
    struct filing filing;
    filing_begin(&filing, &spool->dirs);
    for (size_t i = 0; i < batch->n_orders; i++) {
        struct spool_order *order = &batch->orders[i];
        if (order->entry->state == ENTRY_OPENING)
            order->event = claim_open(&spool->dirs, order->entry);
        else if (order->entry->state == ENTRY_GONE)
            claim_lay_back(&spool->dirs, order->entry);
        else
            order->event = filing_move(&filing, order->entry);
    }
    int failure = filing_end(&filing);
    if (failure == 0)
        return;
    batch->no_storage = failure;
    for (size_t i = 0; i < batch->n_orders; i++) {
        if (batch->orders[i].event == ENTRY_FILED)
            batch->orders[i].event = ENTRY_NO_STORAGE;
    }
}

void spool_batch(struct spool *spool, struct spool_batch *batch)
{
    batch->due_ms = INT64_MAX;
    batch->attached = SPOOL_SAME;
    spool->rules = batch->rules;
    spool->candidates.fair = batch->rules.fair;
    fill(spool, batch);
    if (batch->look)
        look(spool, batch);
    /* A look that could not list the directory would ask for the next one for ever. */
    bool futile = batch->look && candidates_scan_again(&spool->candidates);
    if (spool->dirs.specs >= 0) {
        for (size_t i = 0; i < batch->n_hints; i++) {
            if (names_is_spec(batch->hints[i]))
                candidates_closed(
                    &spool->candidates, spool->dirs.specs, batch->hints[i], clock_ms());
        }
        if (batch->attached != SPOOL_BUSY && batch->attached != SPOOL_GONE)
            claim(spool, batch);
    }
    batch->waiting = spool->candidates.count + spool->candidates.beyond;
    batch->again = candidates_scan_again(&spool->candidates) && !futile;
    if (futile && batch->due_ms > clock_ms() + LOOK_AGAIN_MS)
        batch->due_ms = clock_ms() + LOOK_AGAIN_MS;
    batch->unseen = !spool->filesystem.events || spool_watch(spool) < 0;
}
