/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/common/clock.h"
#include "daemon/common/fileat.h"
#include "daemon/common/log.h"
#include "daemon/spool/claim.h"

enum entry_event claim_event(int failure)
{
    switch (failure) {
    case ENOENT:
        return ENTRY_VANISHED;
    case EIO:
        return ENTRY_STORAGE_FAILED;
    default:
        return ENTRY_BLOCKED;
    }
}

/* --- taking --------------------------------------------------------------------------------- */

/* True if the claimed file is the one that was checked. The status change time is not compared: the
 * rename itself changes it. */
static bool claim_same_content(const struct settle_status *before, const struct stat *now)
{
    struct settle_status after = candidates_status(now);
    return before->size == after.size && before->inode == after.inode &&
           before->mtime_ns == after.mtime_ns;
}

/* A spec under a wrong name is refused unread. */
static void claim_refuse_misnamed(struct entry *entry)
{
    const char *name = entry->claim.name, *suffix = strrchr(name, '.');
    int stem = (int)(suffix - name);
    if (names_is_spec(name))
        return;
    if (strcasecmp(suffix, ".yaml") == 0 || strcasecmp(suffix, ".yml") == 0)
        snprintf(entry->refusal, sizeof entry->refusal,
            "the file is called *%s, but a spec is JSON: convert it and drop it as *.json "
            "(python3 -c 'import json, sys, yaml; "
            "json.dump(yaml.safe_load(sys.stdin), sys.stdout, indent=2)')",
            suffix);
    else
        snprintf(entry->refusal, sizeof entry->refusal,
            "the file is called *%s, but a spec is JSON and called *.json: rename it to %.*s.json",
            suffix, stem > 100 ? 100 : stem, name);
}

static struct entry *claim_new(const struct candidate *candidate)
{
    struct timespec now;
    struct entry *entry = entry_new(candidate->found_ms);
    if (entry == NULL)
        return NULL;
    clock_gettime(CLOCK_REALTIME, &now);
    entry->claim.unix_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    entry->claim.inode = candidate->settle.last.inode;
    snprintf(entry->claim.name, sizeof entry->claim.name, "%s", candidate->name);
    names_id(entry->id, &entry->claim);
    entry->owner = candidate->owner;
    entry->changed_ns = candidate->settle.last.mtime_ns;
    if (candidate->unfit[0] != '\0')
        snprintf(entry->refusal, sizeof entry->refusal, "the file %s", candidate->unfit);
    else
        claim_refuse_misnamed(entry);
    return entry;
}

int claim_take(const struct spool_dirs *dirs, const struct candidate *candidate, struct entry **out)
{
    struct stat now;
    struct entry *entry = claim_new(candidate);
    if (entry == NULL)
        return ENOMEM;
    struct file_at dropped = {dirs->specs, candidate->name}, claimed = {dirs->claimed, entry->id};
    int failure = fileat_move(dropped, claimed);
    /* If another file got this name meanwhile, move it back to be checked like a new one. If the
     * name is taken again by then, keep it. */
    if (failure == 0 &&
        (fstatat(claimed.directory, claimed.name, &now, AT_SYMLINK_NOFOLLOW) != 0 ||
            !claim_same_content(&candidate->settle.last, &now)) &&
        fileat_move(claimed, dropped) == 0)
        failure = EAGAIN;
    if (failure != 0) {
        entry_free(entry);
        return failure;
    }
    *out = entry;
    return 0;
}

/* What the mark in an entry's name means now that the attempt is over. The name stays as it is
 * until the next attempt: should we die before, it still means the same. */
static void claim_read_mark(const struct spool_dirs *dirs, struct entry *entry, bool died)
{
    struct names_claim *claim = &entry->claim;
    bool in_progress = claim->mark == NAMES_SHARED || claim->mark == NAMES_ALONE;
    bool killed_us = in_progress && died && claim->boot == dirs->boot;
    if (in_progress && claim->attempt > 0 && !(killed_us && claim->mark == NAMES_ALONE))
        claim->attempt--;
    entry->suspect = killed_us || (claim->mark == NAMES_SUSPECT && claim->boot == dirs->boot);
}

struct entry *claim_resume(const struct spool_dirs *dirs, const char *id, bool died)
{
    struct stat status;
    struct entry *entry = entry_new(clock_ms());
    if (entry == NULL || !names_read_id(id, &entry->claim)) {
        entry_free(entry);
        return NULL;
    }
    snprintf(entry->id, sizeof entry->id, "%s", id);
    claim_read_mark(dirs, entry, died);
    if (fstatat(dirs->claimed, id, &status, AT_SYMLINK_NOFOLLOW) == 0) {
        entry->owner = status.st_uid;
        entry->changed_ns = candidates_status(&status).mtime_ns;
    }
    claim_refuse_misnamed(entry);
    return entry;
}

/* --- opening -------------------------------------------------------------------------------- */

/* Renames the entry's file to count `attempt` attempts. 0 or an errno value. */
static int claim_count(
    const struct spool_dirs *dirs, struct entry *entry, unsigned attempt, enum names_mark mark)
{
    struct names_claim claim = entry->claim;
    char id[NAMES_SIZE];
    int failure = 0;
    claim.attempt = attempt;
    claim.mark = mark;
    claim.boot = mark != NAMES_IDLE ? dirs->boot : 0;
    names_id(id, &claim);
    if (strcmp(id, entry->id) != 0)
        failure = fileat_move(
            (struct file_at){dirs->claimed, entry->id}, (struct file_at){dirs->claimed, id});
    if (failure == 0) {
        entry->claim = claim;
        strcpy(entry->id, id);
    }
    return failure;
}

/* Renames the entry's file when no attempt is in progress any more. */
static int claim_rest(const struct spool_dirs *dirs, struct entry *entry, unsigned attempt)
{
    enum names_mark mark = NAMES_IDLE;
    if (entry->suspect)
        mark = NAMES_SUSPECT;
    entry->attempt_counted = false;
    return claim_count(dirs, entry, attempt, mark);
}

/* True if the failure is the file's fault, not ours. */
static bool claim_is_unfit(int failure)
{
    switch (failure) {
    case ELOOP:
    case EXDEV:
    case EINVAL:
    case EMLINK:
    case EPERM:
    case EFBIG:
    case EACCES:
        return true;
    default:
        return false;
    }
}

int claim_release(const struct spool_dirs *dirs, struct entry *entry)
{
    fileat_close(&entry->fd); /* open if its child could not be started */
    if (!entry->attempt_counted)
        return 0;
    return claim_rest(dirs, entry, entry->claim.attempt - 1);
}

enum entry_event claim_open(const struct spool_dirs *dirs, struct entry *entry)
{
    uid_t owner = dirs->policy->any_owner ? FILEAT_ANY_OWNER : geteuid();
    enum names_mark mark = NAMES_SHARED;
    if (entry->alone)
        mark = NAMES_ALONE;
    int failure = claim_count(dirs, entry, entry->claim.attempt + 1, mark);
    entry->attempt_counted = failure == 0;
    if (failure == 0)
        failure = fileat_open((struct file_at){dirs->claimed, entry->id},
            (size_t)dirs->policy->settle.max_bytes, owner, &entry->fd);
    if (failure == 0)
        return ENTRY_OPENED;
    (void)claim_release(dirs, entry);
    if (claim_is_unfit(failure)) {
        snprintf(entry->refusal, sizeof entry->refusal, "the file %s", fileat_refusal(failure));
        return ENTRY_UNFIT;
    }
    entry->failure = failure;
    enum entry_event event = claim_event(failure);
    if (event == ENTRY_BLOCKED)
        log_line(LOG_WARN, "%s: cannot be opened: %s", entry->claim.name, strerror(failure));
    return event;
}

enum entry_event claim_judge(const struct spool_dirs *dirs, struct entry *entry, bool broken)
{
    enum entry_event event = entry->verdict;
    if (broken && event != ENTRY_STORAGE_FAILED)
        event = ENTRY_BLOCKED;
    int moved = 0;
    if (event == ENTRY_BLOCKED || event == ENTRY_STORAGE_FAILED)
        moved = claim_release(dirs, entry);
    else if (event == ENTRY_CHILD_FAILED)
        moved = claim_rest(dirs, entry, entry->claim.attempt);
    return moved == ENOENT ? ENTRY_VANISHED : event;
}
