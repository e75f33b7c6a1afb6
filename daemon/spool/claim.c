/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/spool/claim.h"
#include "daemon/common/clock.h"
#include "daemon/common/log.h"
#include "daemon/common/fileat.h"

enum entry_event claim_event(int failure)
{
    return failure == ENOENT ? ENTRY_VANISHED
           : failure == EIO  ? ENTRY_STORAGE_FAILED
                             : ENTRY_BLOCKED;
}

/* --- taking --------------------------------------------------------------------------------- */

/* Whether what was claimed is what was looked at before. The time of the last status change is not
 * compared: the rename is one. */
static bool same_content(const struct settle_status *before, const struct stat *now)
{
    struct settle_status after = candidates_status(now);
    return before->size == after.size && before->inode == after.inode &&
           before->mtime_ns == after.mtime_ns;
}

int claim_take(const struct spool_dirs *dirs, const struct candidate *candidate, struct entry **out)
{
    struct timespec clock;
    struct stat now = {0};
    struct entry *entry = entry_new(candidate->found_ms);
    if (entry == NULL)
        return ENOMEM;
    clock_gettime(CLOCK_REALTIME, &clock);
    entry->claim.unix_ms = (int64_t)clock.tv_sec * 1000 + clock.tv_nsec / 1000000;
    entry->claim.inode = candidate->settle.last.inode;
    snprintf(entry->claim.name, sizeof entry->claim.name, "%s", candidate->name);
    names_id(entry->id, &entry->claim);
    entry->owner = candidate->owner;
    entry->changed_ns = candidate->settle.last.mtime_ns;
    if (candidate->unfit[0] != '\0')
        snprintf(entry->refusal, sizeof entry->refusal, "the file %s", candidate->unfit);
    struct file_at dropped = {dirs->specs, candidate->name}, claimed = {dirs->claimed, entry->id};
    int failure = fileat_move(dropped, claimed);
    if (failure == 0 && (fstatat(claimed.directory, claimed.name, &now, AT_SYMLINK_NOFOLLOW) != 0 ||
                            !same_content(&candidate->settle.last, &now)))
        /* Something else got this name in between. It goes back, and is looked at like a new one.
         * If that name is taken again already, this one stays ours. */
        failure = fileat_move(claimed, dropped) == 0 ? EAGAIN : 0;
    if (failure == 0)
        *out = entry;
    else
        entry_free(entry);
    return failure;
}

struct entry *claim_resume(const struct spool_dirs *dirs, const char *id)
{
    struct entry *entry = entry_new(clock_ms());
    struct stat status;
    if (entry == NULL || !names_read_id(id, &entry->claim)) {
        entry_free(entry);
        return NULL;
    }
    snprintf(entry->id, sizeof entry->id, "%s", id);
    if (fstatat(dirs->claimed, id, &status, AT_SYMLINK_NOFOLLOW) == 0) {
        entry->owner = status.st_uid;
        entry->changed_ns = candidates_status(&status).mtime_ns;
    }
    return entry;
}

/* --- opening -------------------------------------------------------------------------------- */

/* Gives the spec the name of its attempt `attempt`. */
static int count_attempt(const struct spool_dirs *dirs, struct entry *entry, unsigned attempt)
{
    struct names_claim claim = entry->claim;
    char id[NAMES_SIZE];
    claim.attempt = attempt;
    names_id(id, &claim);
    int failure = fileat_move(
        (struct file_at){dirs->claimed, entry->id}, (struct file_at){dirs->claimed, id});
    if (failure == 0) {
        entry->claim.attempt = attempt;
        strcpy(entry->id, id);
    }
    return failure;
}

/* Whether this says something of the file, and not of us. */
static bool unfit(int failure)
{
    return failure == ELOOP || failure == EXDEV || failure == EINVAL || failure == EMLINK ||
           failure == EPERM || failure == EFBIG || failure == EACCES;
}

enum entry_event claim_open(const struct spool_dirs *dirs, struct entry *entry)
{
    int failure = 0;
    if (!entry->attempt_counted)
        failure = count_attempt(dirs, entry, entry->claim.attempt + 1);
    entry->attempt_counted = true;
    if (entry->fd >= 0)
        close(entry->fd); /* it was opened before, and then there was no memory for a child */
    entry->fd = -1;
    if (failure == 0) {
        uid_t owner = dirs->policy->any_owner ? FILEAT_ANY_OWNER : geteuid();
        failure = fileat_open((struct file_at){dirs->claimed, entry->id},
            (size_t)dirs->policy->settle.max_bytes, owner, &entry->fd);
    }
    if (failure == 0)
        return ENTRY_OPENED;
    if (unfit(failure)) {
        snprintf(entry->refusal, sizeof entry->refusal, "the file %s", fileat_refusal(failure));
        return ENTRY_UNFIT;
    }
    enum entry_event event = claim_event(failure);
    if (event == ENTRY_BLOCKED)
        log_line(LOG_WARN, "%s: cannot be opened: %s", entry->claim.name, strerror(failure));
    return event;
}

void claim_release(const struct spool_dirs *dirs, struct entry *entry)
{
    if (entry->attempt_counted && entry->claim.attempt > 0)
        (void)count_attempt(dirs, entry, entry->claim.attempt - 1);
}
