/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/statvfs.h>

#include "daemon/common/clock.h"
#include "daemon/common/fileat.h"
#include "daemon/common/log.h"
#include "daemon/spool/candidates.h"
#include "daemon/spool/claim.h"
#include "daemon/spool/filing.h"
#include "daemon/spool/spool.h"

/* How long a file must be unchanged, unless the settings say otherwise. */
#define SPOOL_SETTLE_MS 2000
#define SPOOL_SETTLE_NETWORK_MS 5000

/* Before the next scan, when one could not list the directory. */
#define SPOOL_RESCAN_MS 1000

struct spool {
    struct spool_settings settings;
    struct spool_policy policy;
    struct attachment attachment;
    struct candidates candidates;
    _Atomic int watch;
    bool watch_failed; /* … and that was logged */
};

struct spool *spool_new(const struct spool_settings *settings)
{
    struct spool *spool = calloc(1, sizeof *spool);
    if (spool == NULL)
        return NULL;
    spool->settings = *settings;
    attach_init(&spool->attachment, &spool->settings, &spool->policy);
    atomic_init(&spool->watch, -1);
    return spool;
}

void spool_free(struct spool *spool)
{
    if (spool == NULL)
        return;
    attach_close(&spool->attachment);
    candidates_deinit(&spool->candidates);
    free(spool);
}

int spool_watch(const struct spool *spool)
{
    return atomic_load(&spool->watch);
}

/* --- scanning ------------------------------------------------------------------------------- */

/* Watch before listing: what happens in between is seen twice rather than never. */
static void spool_add_watch(struct spool *spool)
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
    const char *reason = strerror(failure);
    if (failure == ENOSPC)
        reason = "the user's limit fs.inotify.max_user_watches is reached";
    /* attach.c logs a missing directory. */
    if (watch < 0 && !spool->watch_failed && failure != ENOENT && failure != ENOTDIR)
        log_line(
            LOG_WARN, "%s: cannot be watched (%s): polling only", spool->settings.specs, reason);
    spool->watch_failed = watch < 0;
}

static void spool_list(struct spool *spool)
{
    struct attachment *attachment = &spool->attachment;
    int64_t now_ms = clock_ms();
    const char *name;
    DIR *stream = fileat_list(attachment->dirs.specs);
    if (stream == NULL) {
        attach_log_once(attachment, "cannot be listed", errno);
        return;
    }
    candidates_begin(&spool->candidates);
    int failure = fileat_next(stream, &name);
    for (; failure == 0 && name != NULL; failure = fileat_next(stream, &name)) {
        if (names_may_be_spec(name))
            candidates_found(&spool->candidates, attachment->dirs.specs, name, now_ms);
    }
    if (failure != 0) /* the next scan finds the rest */
        attach_log_once(attachment, "cannot be listed completely", failure);
    candidates_end(&spool->candidates);
    closedir(stream);
}

static void spool_scan(struct spool *spool, struct spool_batch *batch)
{
    struct statvfs space;
    batch->attached =
        attach_check(&spool->attachment, batch->rebuild, batch->in_flight, &batch->claimed);
    if (batch->attached == ATTACH_NEW || batch->attached == ATTACH_GONE)
        candidates_clear(&spool->candidates);
    if (batch->attached == ATTACH_BUSY || batch->attached == ATTACH_GONE)
        return;
    if (batch->attached == ATTACH_NEW && spool->policy.submit) {
        int failure = unsubmitted_list(spool->attachment.dirs.specs, &batch->unsubmitted);
        if (failure != 0)
            log_line(LOG_ERROR, "%s/" NAMES_SUBMIT ": cannot be listed: %s", spool->settings.specs,
                strerror(failure));
    }
    struct settle_policy *policy = &spool->candidates.settle_policy;
    *policy = spool->policy.settle;
    if (policy->settle_ms < 0 && spool->attachment.filesystem.network)
        policy->settle_ms = SPOOL_SETTLE_NETWORK_MS;
    else if (policy->settle_ms < 0)
        policy->settle_ms = SPOOL_SETTLE_MS;
    spool_add_watch(spool);
    spool_list(spool);
    if (statvfs(spool->settings.queue, &space) == 0) {
        batch->queue_free = (uint64_t)space.f_bavail * space.f_frsize;
        batch->queue_used = (uint64_t)(space.f_blocks - space.f_bfree) * space.f_frsize;
    }
}

/* --- claiming ------------------------------------------------------------------------------- */

struct spool_claims {
    const struct spool_dirs *dirs;
    struct spool_batch *batch;
    struct entry **end; /* of batch->claimed */
    size_t count;
};

static enum candidate_answer spool_on_offer(void *data, const struct candidate *candidate)
{
    struct spool_claims *claims = data;
    struct entry *entry = NULL;
    struct entry_transition transition = entry_transition_for(ENTRY_ARRIVING, ENTRY_COMPLETE);
    int failure = ECANCELED;
    if (transition.action == ENTRY_CLAIM)
        failure = claim_take(claims->dirs, candidate, &entry);
    if (failure == 0) {
        *claims->end = entry;
        claims->end = &entry->next;
        claims->count++;
        return CANDIDATE_TAKEN;
    }
    if (failure == EAGAIN || failure == ENOENT)
        return CANDIDATE_CHANGED;
    log_line(LOG_ERROR, "%s: cannot be claimed: %s", candidate->name, strerror(failure));
    if (failure == EIO)
        claims->batch->storage_error = failure;
    else
        claims->batch->claim_error = failure;
    return CANDIDATE_POSTPONED;
}

static void spool_claim(struct spool *spool, struct spool_batch *batch)
{
    const struct spool_dirs *dirs = &spool->attachment.dirs;
    struct spool_claims claims = {.dirs = dirs, .batch = batch, .end = &batch->claimed};
    while (*claims.end != NULL)
        claims.end = &(*claims.end)->next;
    struct candidates_request request = {.directory = dirs->specs,
        .now_ms = clock_ms(),
        .room = batch->room,
        .offer = spool_on_offer,
        .data = &claims};
    batch->more = candidates_take(&spool->candidates, &request, &batch->due_ms);
    if (claims.count == 0)
        return;
    /* Destination first: after a power cut a spec may be in both directories, but not in none. */
    int failure = fileat_sync(dirs->claimed);
    if (failure == 0)
        failure = fileat_sync(dirs->specs);
    if (failure != 0)
        batch->storage_error = failure;
}

/* --- a batch -------------------------------------------------------------------------------- */

static bool spool_needs_environment(const struct spool_batch *batch)
{
    if (batch->probe || batch->scan)
        return true;
    for (size_t i = 0; i < batch->n_orders; i++) {
        enum entry_state state = batch->orders[i].entry->state;
        if (state == ENTRY_OPENING || state == ENTRY_ENDING)
            return true;
    }
    return false;
}

/* Looks closely only when there is a suspicion, because that creates a file. */
static void spool_check_environment(struct spool_batch *batch)
{
    if (batch->environment == NULL || !spool_needs_environment(batch))
        return;
    bool create = batch->probe;
    for (size_t i = 0; i < batch->n_orders; i++) {
        if (batch->orders[i].entry->state == ENTRY_ENDING)
            create = true;
    }
    environment_check(batch->environment, create, &batch->broken);
    batch->checked = true;
}

static enum entry_event spool_open(
    const struct spool_dirs *dirs, struct entry *entry, const struct spool_batch *batch)
{
    if (batch->broken.failure == 0)
        return claim_open(dirs, entry);
    entry->failure = batch->broken.failure;
    return ENTRY_BLOCKED;
}

static void spool_release(const struct spool_dirs *dirs, struct entry *entry)
{
    if (entry->attempt_counted)
        filing_remove_stage(dirs, entry);
    (void)claim_release(dirs, entry);
}

static void spool_fill_orders(struct spool *spool, struct spool_batch *batch)
{
    const struct spool_dirs *dirs = &spool->attachment.dirs;
    struct filing filing;
    filing_begin(&filing, dirs);
    for (size_t i = 0; i < batch->n_orders; i++) {
        struct spool_order *order = &batch->orders[i];
        if (order->entry->state == ENTRY_OPENING)
            order->event = spool_open(dirs, order->entry, batch);
        else if (order->entry->state == ENTRY_ENDING)
            order->event = claim_judge(dirs, order->entry, batch->broken.failure != 0);
        else if (order->entry->state == ENTRY_GONE)
            spool_release(dirs, order->entry);
        else
            order->event = filing_move(&filing, order->entry);
    }
    int failure = filing_end(&filing);
    if (failure == 0)
        return;
    batch->storage_error = failure;
    for (size_t i = 0; i < batch->n_orders; i++) {
        if (batch->orders[i].event == ENTRY_FILED)
            batch->orders[i].event = ENTRY_STORAGE_FAILED;
    }
}

static void spool_read_hints(struct spool *spool, const struct spool_batch *batch)
{
    for (size_t i = 0; i < batch->n_hints; i++) {
        if (names_may_be_spec(batch->hints[i]))
            candidates_closed(
                &spool->candidates, spool->attachment.dirs.specs, batch->hints[i], clock_ms());
    }
}

static void spool_describe_waiting(struct spool *spool, struct spool_batch *batch)
{
    struct candidates *list = &spool->candidates;
    int64_t now_ms = clock_ms();
    batch->waiting = candidates_waiting(list);
    for (size_t i = 0; i < list->count && batch->n_waiting_first < SPOOL_WAITING_MAX; i++) {
        struct spool_waiting *waiting = &batch->waiting_first[batch->n_waiting_first];
        if (list->all[i].settle.text == SETTLE_OTHER)
            continue;
        snprintf(waiting->name, sizeof waiting->name, "%s", list->all[i].name);
        waiting->why = candidates_why(list, &list->all[i], now_ms, &waiting->since_ms);
        batch->n_waiting_first++;
    }
}

void spool_batch(struct spool *spool, struct spool_batch *batch)
{
    batch->due_ms = INT64_MAX;
    batch->attached = ATTACH_SAME;
    spool->policy = batch->policy;
    spool->candidates.owner_policy = batch->policy.owner;
    spool_check_environment(batch);
    if (batch->broken.failure != 0)
        batch->room = 0;
    spool_fill_orders(spool, batch);
    if (batch->scan)
        spool_scan(spool, batch);
    /* If a scan could not list the directory, wait before the next one: it would request another
     * one forever. */
    bool futile = batch->scan && candidates_need_rescan(&spool->candidates);
    if (spool->attachment.dirs.specs >= 0) {
        spool_read_hints(spool, batch);
        if (batch->attached != ATTACH_BUSY)
            spool_claim(spool, batch);
    }
    spool_describe_waiting(spool, batch);
    batch->rescan = candidates_need_rescan(&spool->candidates) && !futile;
    if (futile && batch->due_ms > clock_ms() + SPOOL_RESCAN_MS)
        batch->due_ms = clock_ms() + SPOOL_RESCAN_MS;
    batch->poll = !spool->attachment.filesystem.events || spool_watch(spool) < 0;
}
