/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/spool/candidates.h"
#include "daemon/common/log.h"
#include "daemon/common/fileat.h"

/* Pause after a failure that has nothing to do with the file. */
#define POSTPONE_MS 30000

void candidates_clear(struct candidates *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->all[i].name);
    free(list->all);
    list->all = NULL;
    list->count = list->capacity = list->n_sorted = list->n_left_out = 0;
    for (size_t i = 0; i < list->owners.count; i++)
        list->owners.all[i].n_waiting = 0;
}

void candidates_deinit(struct candidates *list)
{
    candidates_clear(list);
    owners_clear(&list->owners);
}

/* --- the list ------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct candidate *)a)->name, ((const struct candidate *)b)->name);
}

static struct candidate *find(struct candidates *list, const char *name)
{
    struct candidate wanted = {.name = (char *)name};
    if (list->n_sorted == 0)
        return NULL;
    return bsearch(&wanted, list->all, list->n_sorted, sizeof *list->all, by_name);
}

/* A new one behind the others, with a name of its own. It is left out when its owner has enough of
 * them, or when there is no memory: a later scan tries again. */
static void append(struct candidates *list, const struct candidate *fresh)
{
    struct owner *owner = owners_of(&list->owners, fresh->owner);
    if (owner != NULL && owner->n_waiting >= list->owner_policy.max_waiting) {
        owner->n_left_out++;
        list->n_left_out++;
        return;
    }
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 16 : 2 * list->capacity;
        struct candidate *grown = realloc(list->all, capacity * sizeof *grown);
        if (grown == NULL)
            return;
        list->all = grown;
        list->capacity = capacity;
    }
    char *copy = strdup(fresh->name);
    if (copy == NULL || owner == NULL) {
        free(copy);
        return;
    }
    list->all[list->count] = *fresh;
    list->all[list->count++].name = copy;
    owner->n_waiting++;
}

static void sort(struct candidates *list)
{
    if (list->n_sorted < list->count)
        qsort(list->all, list->count, sizeof *list->all, by_name);
    list->n_sorted = list->count;
}

static void count_owners(struct candidates *list)
{
    for (size_t i = 0; i < list->owners.count; i++)
        list->owners.all[i].n_waiting = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct owner *owner = owners_of(&list->owners, list->all[i].owner);
        if (owner != NULL)
            owner->n_waiting++;
    }
    for (size_t i = 0; i < list->owners.count; i++)
        list->owners.all[i].warned_rate &= list->owners.all[i].n_waiting > 0;
}

/* Forgets the ones that are not wanted any more, in order. */
static void keep_if(struct candidates *list, bool (*wanted)(const struct candidate *))
{
    size_t kept = 0, sorted = 0;
    for (size_t i = 0; i < list->count; i++) {
        bool keep = wanted(&list->all[i]);
        if (keep)
            list->all[kept++] = list->all[i];
        else
            free(list->all[i].name);
        sorted += keep && i < list->n_sorted;
    }
    list->count = kept;
    list->n_sorted = sorted;
    count_owners(list);
}

static bool not_taken(const struct candidate *candidate)
{
    return !candidate->taken;
}

static bool was_found(const struct candidate *candidate)
{
    return candidate->found;
}

/* --- observing ------------------------------------------------------------------------------ */

struct settle_status candidates_status(const struct stat *status)
{
    return (struct settle_status){
        .size = (uint64_t)status->st_size,
        .inode = (uint64_t)status->st_ino,
        .mtime_ns = (int64_t)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec,
        .ctime_ns = (int64_t)status->st_ctim.tv_sec * 1000000000 + status->st_ctim.tv_nsec,
    };
}

/* Links and the like are refused like wrong specs, and only once they are settled: careful
 * mail-like writers link a file to its name and then unlink the other one. */
static void judge(struct candidate *candidate, const struct stat *status, uint64_t max_bytes)
{
    const char *why = S_ISLNK(status->st_mode)    ? "is a symbolic link: drop the file itself"
                      : S_ISDIR(status->st_mode)  ? "is a directory"
                      : !S_ISREG(status->st_mode) ? "is not a regular file"
                      : status->st_nlink != 1     ? "has more than one hard link: drop a copy"
                                                  : "";
    snprintf(candidate->unfit, sizeof candidate->unfit, "%s", why);
    if (*why == '\0' && (uint64_t)status->st_size > max_bytes)
        snprintf(candidate->unfit, sizeof candidate->unfit,
            "is larger than the limit of %" PRIu64 " bytes", max_bytes);
}

/* False when there is no such file any more. */
static bool observe(struct candidates *list, struct candidate *candidate, int directory,
    bool closed, int64_t now_ms)
{
    struct stat status;
    if (fstatat(directory, candidate->name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return errno != ENOENT;
    struct settle_status seen = candidates_status(&status);
    settle_observe(&candidate->settle, &seen, closed, now_ms);
    judge(candidate, &status, list->settle_policy.max_bytes);
    candidate->owner = status.st_uid;
    return true;
}

void candidates_begin(struct candidates *list)
{
    for (size_t i = 0; i < list->count; i++)
        list->all[i].found = false;
    for (size_t i = 0; i < list->owners.count; i++)
        list->owners.all[i].n_left_out = 0;
    list->n_left_out = 0;
}

/* Looks at a file that is known or new. False when a known one is gone. */
static bool notice(
    struct candidates *list, int directory, const char *name, bool closed, int64_t now_ms)
{
    struct candidate *known = find(list, name);
    struct candidate fresh = {.name = (char *)name, .found_ms = now_ms, .found = true};
    if (known != NULL) {
        known->found = observe(list, known, directory, closed, now_ms);
        if (closed)
            known->not_before_ms = 0;
        return known->found;
    }
    if (observe(list, &fresh, directory, closed, now_ms))
        append(list, &fresh);
    return true;
}

void candidates_found(struct candidates *list, int directory, const char *name, int64_t now_ms)
{
    notice(list, directory, name, false, now_ms);
}

void candidates_end(struct candidates *list)
{
    for (size_t i = 0; i < list->owners.count; i++) {
        struct owner *owner = &list->owners.all[i];
        if (owner->n_left_out > 0 && !owner->warned_waiting)
            log_line(LOG_NOTE,
                "user %u has more than %" PRIu64 " specs waiting (limits.waiting): %zu are looked "
                "at later",
                (unsigned)owner->uid, list->owner_policy.max_waiting, owner->n_left_out);
        owner->warned_waiting = owner->n_left_out > 0;
    }
    keep_if(list, was_found);
    sort(list);
}

bool candidates_need_rescan(const struct candidates *list)
{
    /* A scan that leaves some out leaves a full list, so they do not follow each other at once. */
    return list->n_left_out > 0 && list->count < (list->owner_policy.max_waiting + 1) / 2;
}

void candidates_closed(struct candidates *list, int directory, const char *name, int64_t now_ms)
{
    if (!notice(list, directory, name, true, now_ms))
        keep_if(list, was_found);
    sort(list);
}

/* --- deciding ------------------------------------------------------------------------------- */

/* Reads the file to find out whether its text is complete. What cannot be read because of the file
 * itself is as good as broken: that is said when it is opened for the generator. */
static void read_text(
    struct candidates *list, struct candidate *candidate, int directory, int64_t now_ms)
{
    struct strbuf text = {0};
    int failure = fileat_read(
        (struct file_at){directory, candidate->name}, (size_t)list->settle_policy.max_bytes, &text);
    if (failure == 0) {
        candidate->settle.text = settle_classify(text.data, text.length);
    } else if (failure == EACCES || failure == EPERM) {
        candidate->settle.text = SETTLE_BROKEN;
    } else if (failure != ENOENT && failure != EFBIG && failure != ELOOP && failure != EINVAL &&
               failure != EMLINK && failure != EXDEV) {
        /* Those mean that it is another file now, which the next look will show. */
        candidate->not_before_ms = now_ms + POSTPONE_MS;
        log_line(LOG_WARN, "%s: cannot be read: %s", candidate->name, strerror(failure));
    }
    strbuf_deinit(&text);
}

/* The verdict without reading; `due_ms` is lowered to when it may change. */
static enum settle_verdict verdict(const struct candidate *candidate,
    const struct settle_policy *policy, int64_t now_ms, int64_t *due_ms)
{
    int64_t again_ms = INT64_MAX;
    enum settle_verdict result =
        settle_decide(&candidate->settle, policy, candidate->unfit[0] != '\0', now_ms, &again_ms);
    if (candidate->not_before_ms > now_ms) {
        again_ms = candidate->not_before_ms;
        result = SETTLE_WAIT;
    }
    if (result == SETTLE_WAIT && again_ms < *due_ms)
        *due_ms = again_ms;
    return result;
}

/* Looks at one that is ready by what was known of it. True when it is ready indeed. */
static bool confirm(
    struct candidates *list, struct candidate *candidate, int directory, int64_t now_ms)
{
    int64_t due_ms = INT64_MAX;
    struct file_at place = {directory, candidate->name};
    if (verdict(candidate, &list->settle_policy, now_ms, &due_ms) == SETTLE_READ)
        read_text(list, candidate, directory, now_ms);
    bool patient = now_ms < candidate->settle.since_ms + list->settle_policy.patience_ms;
    if (candidate->unfit[0] == '\0' && patient &&
        verdict(candidate, &list->settle_policy, now_ms, &due_ms) == SETTLE_TAKE &&
        fileat_being_written(place)) {
        candidate->settle.text = SETTLE_UNREAD;
        candidate->not_before_ms = now_ms + list->settle_policy.settle_ms;
    }
    /* What is taken was looked at last. */
    candidate->taken = !observe(list, candidate, directory, false, now_ms);
    return !candidate->taken &&
           verdict(candidate, &list->settle_policy, now_ms, &due_ms) == SETTLE_TAKE;
}

/* --- choosing ------------------------------------------------------------------------------- */

static int by_owner_and_age(const void *a, const void *b)
{
    const struct candidate *x = *(struct candidate *const *)a, *y = *(struct candidate *const *)b;
    if (x->owner != y->owner)
        return x->owner < y->owner ? -1 : 1;
    int64_t left = x->settle.last.mtime_ns, right = y->settle.last.mtime_ns;
    return left != right ? (left < right ? -1 : 1) : strcmp(x->name, y->name);
}

static int by_rank_and_age(const void *a, const void *b)
{
    const struct candidate *x = *(struct candidate *const *)a, *y = *(struct candidate *const *)b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    int64_t left = x->settle.last.mtime_ns, right = y->settle.last.mtime_ns;
    return left != right ? (left < right ? -1 : 1) : strcmp(x->name, y->name);
}

/* The ready ones in the order in which they are to be taken; the caller's (free()). */
static struct candidate **line_up(
    struct candidates *list, int64_t now_ms, size_t *count, int64_t *due_ms)
{
    *count = 0;
    struct candidate **line = malloc((list->count + 1) * sizeof(struct candidate *));
    if (line == NULL) {
        *due_ms = now_ms + POSTPONE_MS;
        return NULL;
    }
    for (size_t i = 0; i < list->count; i++) {
        if (verdict(&list->all[i], &list->settle_policy, now_ms, due_ms) != SETTLE_WAIT)
            line[(*count)++] = &list->all[i];
    }
    qsort(line, *count, sizeof *line, by_owner_and_age);
    for (size_t i = 0; i < *count; i++)
        line[i]->rank = i > 0 && line[i]->owner == line[i - 1]->owner ? line[i - 1]->rank + 1 : 0;
    qsort(line, *count, sizeof *line, by_rank_and_age);
    return line;
}

/* Whether its owner's rate lets it be taken now; if not, `due_ms` is lowered to when it may. */
static struct owner *owner_ready(
    struct candidates *list, const struct candidate *candidate, int64_t now_ms, int64_t *due_ms)
{
    struct owner *owner = owners_of(&list->owners, candidate->owner);
    int64_t owner_ms =
        owner == NULL ? now_ms + POSTPONE_MS : owner_due_ms(owner, &list->owner_policy, now_ms);
    if (owner_ms <= now_ms)
        return owner;
    if (owner_ms < *due_ms)
        *due_ms = owner_ms;
    if (owner != NULL && !owner->warned_rate) {
        log_line(LOG_NOTE,
            "specs of user %u wait: %" PRIu64 " were taken within an hour (limits.rate)",
            (unsigned)owner->uid, list->owner_policy.per_hour);
        owner->warned_rate = true;
    }
    return NULL;
}

bool candidates_take(struct candidates *list, int directory, int64_t now_ms, size_t room,
    candidate_offer *offer, void *data, int64_t *due_ms)
{
    size_t count, at = 0;
    *due_ms = INT64_MAX;
    struct candidate **line = line_up(list, now_ms, &count, due_ms);
    for (; at < count && room > 0; at++) {
        struct candidate *candidate = line[at];
        enum candidate_answer answer = CANDIDATE_CHANGED;
        struct owner *owner = owner_ready(list, candidate, now_ms, due_ms);
        if (owner == NULL)
            continue;
        if (confirm(list, candidate, directory, now_ms))
            answer = offer(data, candidate);
        if (answer == CANDIDATE_TAKEN)
            owner_spend(owner, &list->owner_policy, now_ms);
        candidate->taken |= answer == CANDIDATE_TAKEN;
        room -= answer == CANDIDATE_TAKEN;
        if (answer == CANDIDATE_POSTPONED)
            candidate->not_before_ms = now_ms + POSTPONE_MS;
        if (!candidate->taken &&
            verdict(candidate, &list->settle_policy, now_ms, due_ms) != SETTLE_WAIT)
            *due_ms = now_ms; /* it changed just now, and is ready all the same */
    }
    free(line);
    keep_if(list, not_taken);
    return at < count;
}
