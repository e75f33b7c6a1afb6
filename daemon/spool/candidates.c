/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/common/fileat.h"
#include "daemon/common/log.h"
#include "daemon/spool/candidates.h"
#include "daemon/spool/names.h"
#include "lib/util/array.h"

/* Before a retry, after a failure that is not the file's fault. */
#define CANDIDATES_RETRY_MS 30000

/* Files with other names than *.json that are tracked; base configs may be among them. */
#define CANDIDATES_MAX_MISNAMED 1024

void candidates_clear(struct candidates *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->all[i].name);
    free(list->all);
    list->all = NULL;
    list->count = list->capacity = list->n_sorted = list->n_left_out = 0;
    list->n_misnamed = 0;
    for (size_t i = 0; i < list->owners.count; i++)
        list->owners.all[i].n_waiting = 0;
}

void candidates_deinit(struct candidates *list)
{
    candidates_clear(list);
    owners_clear(&list->owners);
}

/* --- the list ------------------------------------------------------------------------------- */

static int candidates_by_name(const void *a, const void *b)
{
    return strcmp(((const struct candidate *)a)->name, ((const struct candidate *)b)->name);
}

static struct candidate *candidates_find(struct candidates *list, const char *name)
{
    struct candidate wanted = {.name = (char *)name};
    if (list->n_sorted == 0)
        return NULL;
    return bsearch(&wanted, list->all, list->n_sorted, sizeof *list->all, candidates_by_name);
}

static bool candidates_grow(struct candidates *list)
{
    struct candidate *grown = array_grow(list->all, list->count, &list->capacity, sizeof *grown);
    if (grown == NULL)
        return false;
    list->all = grown;
    return true;
}

/* Appends a copy with its own name. A file is left out if its owner is at the limit. If memory runs
 * out it is dropped, and found again by a later scan. */
static void candidates_append(struct candidates *list, const struct candidate *fresh)
{
    struct owner *owner = owners_of(&list->owners, fresh->owner);
    if (owner == NULL)
        return;
    if (fresh->misnamed && list->n_misnamed >= CANDIDATES_MAX_MISNAMED)
        return;
    if (!fresh->misnamed && owner->n_waiting >= list->owner_policy.max_waiting) {
        owner->n_left_out++;
        list->n_left_out++;
        return;
    }
    if (!candidates_grow(list))
        return;
    char *name = strdup(fresh->name);
    if (name == NULL)
        return;
    list->all[list->count] = *fresh;
    list->all[list->count].name = name;
    list->count++;
    if (fresh->misnamed)
        list->n_misnamed++;
    else
        owner->n_waiting++;
}

static void candidates_sort(struct candidates *list)
{
    if (list->n_sorted < list->count)
        qsort(list->all, list->count, sizeof *list->all, candidates_by_name);
    list->n_sorted = list->count;
}

static void candidates_count_owners(struct candidates *list)
{
    for (size_t i = 0; i < list->owners.count; i++)
        list->owners.all[i].n_waiting = 0;
    list->n_misnamed = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct owner *owner = owners_of(&list->owners, list->all[i].owner);
        if (list->all[i].misnamed)
            list->n_misnamed++;
        else if (owner != NULL)
            owner->n_waiting++;
    }
    for (size_t i = 0; i < list->owners.count; i++) {
        if (list->owners.all[i].n_waiting == 0)
            list->owners.all[i].warned_rate = false;
    }
}

/* Forgets all others; the order stays. */
static void candidates_keep_if(struct candidates *list, bool (*keep)(const struct candidate *))
{
    size_t kept = 0, sorted = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (!keep(&list->all[i])) {
            free(list->all[i].name);
            continue;
        }
        if (i < list->n_sorted)
            sorted++;
        list->all[kept++] = list->all[i];
    }
    list->count = kept;
    list->n_sorted = sorted;
    candidates_count_owners(list);
}

static bool candidates_not_taken(const struct candidate *candidate)
{
    return !candidate->taken;
}

static bool candidates_was_found(const struct candidate *candidate)
{
    return candidate->found;
}

/* --- observing ------------------------------------------------------------------------------ */

/* Anybody can set the time of their file to any year. Those that do not fit, before 1824 and after
 * 2115, count as these years, so that differences fit, too. */
static int64_t candidates_ns(const struct timespec *time)
{
    const int64_t max_s = INT64_MAX / 2 / 1000000000;
    if (time->tv_sec > max_s)
        return max_s * 1000000000;
    if (time->tv_sec < -max_s)
        return -max_s * 1000000000;
    return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

struct settle_status candidates_status(const struct stat *status)
{
    return (struct settle_status){
        .size = (uint64_t)status->st_size,
        .inode = (uint64_t)status->st_ino,
        .mtime_ns = candidates_ns(&status->st_mtim),
        .ctime_ns = candidates_ns(&status->st_ctim),
    };
}

/* Why a child must not read a file of this kind; empty if it may. */
static const char *candidates_refuse(const struct stat *status)
{
    if (S_ISLNK(status->st_mode))
        return "is a symbolic link: drop the file itself";
    if (S_ISDIR(status->st_mode))
        return "is a directory";
    if (!S_ISREG(status->st_mode))
        return "is not a regular file";
    if (status->st_nlink != 1)
        return "has more than one hard link: drop a copy";
    return "";
}

/* An unfit file is refused like an invalid spec, but only after it has settled: careful writers
 * link a file to its final name and then unlink the temporary one. */
static void candidates_judge(
    struct candidate *candidate, const struct stat *status, uint64_t max_bytes)
{
    const char *why = candidates_refuse(status);
    if (why[0] == '\0' && (uint64_t)status->st_size > max_bytes)
        snprintf(candidate->unfit, sizeof candidate->unfit,
            "is larger than the limit of %" PRIu64 " bytes", max_bytes);
    else
        snprintf(candidate->unfit, sizeof candidate->unfit, "%s", why);
}

/* False if the file is gone. */
static bool candidates_observe(struct candidates *list, struct candidate *candidate, int directory,
    bool closed, int64_t now_ms)
{
    struct stat status;
    if (fstatat(directory, candidate->name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return errno != ENOENT;
    struct settle_status seen = candidates_status(&status);
    settle_observe(&candidate->settle, &seen, closed, now_ms);
    candidates_judge(candidate, &status, list->settle_policy.max_bytes);
    if (candidate->misnamed && candidate->unfit[0] != '\0') {
        candidate->unfit[0] = '\0';
        candidate->settle.text = SETTLE_OTHER;
    }
    candidate->owner = status.st_uid;
    return true;
}

/* Updates the file if it is in the list, else appends it. False if one of the list is gone. */
static bool candidates_update(
    struct candidates *list, int directory, const char *name, bool closed, int64_t now_ms)
{
    struct candidate *known = candidates_find(list, name);
    if (known != NULL) {
        known->found = candidates_observe(list, known, directory, closed, now_ms);
        if (closed)
            known->not_before_ms = 0;
        return known->found;
    }
    struct candidate fresh = {
        .name = (char *)name, .misnamed = !names_is_spec(name), .found_ms = now_ms, .found = true};
    if (candidates_observe(list, &fresh, directory, closed, now_ms))
        candidates_append(list, &fresh);
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

void candidates_found(struct candidates *list, int directory, const char *name, int64_t now_ms)
{
    candidates_update(list, directory, name, false, now_ms);
}

void candidates_end(struct candidates *list)
{
    for (size_t i = 0; i < list->owners.count; i++) {
        struct owner *owner = &list->owners.all[i];
        if (owner->n_left_out > 0 && !owner->warned_waiting)
            log_line(LOG_NOTE,
                "user %u has more than %" PRIu64 " specs waiting (limits.waiting): %zu are picked "
                "up later",
                (unsigned)owner->uid, list->owner_policy.max_waiting, owner->n_left_out);
        owner->warned_waiting = owner->n_left_out > 0;
    }
    candidates_keep_if(list, candidates_was_found);
    candidates_sort(list);
}

bool candidates_need_rescan(const struct candidates *list)
{
    /* Only when the list is half empty: a scan that hits the limit leaves it full, so this cannot
     * loop. */
    return list->n_left_out > 0 && list->count < (list->owner_policy.max_waiting + 1) / 2;
}

void candidates_closed(struct candidates *list, int directory, const char *name, int64_t now_ms)
{
    if (!candidates_update(list, directory, name, true, now_ms))
        candidates_keep_if(list, candidates_was_found);
    candidates_sort(list);
}

size_t candidates_waiting(const struct candidates *list)
{
    size_t n = list->n_left_out;
    for (size_t i = 0; i < list->count; i++) {
        if (list->all[i].settle.text != SETTLE_OTHER)
            n++;
    }
    return n;
}

/* --- deciding ------------------------------------------------------------------------------- */

/* Reads the file to see whether its text is complete. One that cannot be read for a reason of its
 * own counts as broken; the reason is reported when it is opened for the generator. */
static void candidates_read_text(
    struct candidates *list, struct candidate *candidate, int directory, int64_t now_ms)
{
    struct strbuf text = {0};
    int failure = fileat_read(
        (struct file_at){directory, candidate->name}, (size_t)list->settle_policy.max_bytes, &text);
    switch (failure) {
    case 0:
        if (!candidate->misnamed)
            candidate->settle.text = settle_classify(text.data, text.length);
        else if (settle_is_spec_like(text.data, text.length))
            candidate->settle.text = SETTLE_BROKEN;
        else
            candidate->settle.text = SETTLE_OTHER;
        break;
    case EACCES:
    case EPERM:
        candidate->settle.text = candidate->misnamed ? SETTLE_OTHER : SETTLE_BROKEN;
        break;
    case ENOENT:
    case EFBIG:
    case ELOOP:
    case EINVAL:
    case EMLINK:
    case EXDEV:
        /* It is another file by now, which the next observation will show. */
        break;
    default:
        candidate->not_before_ms = now_ms + CANDIDATES_RETRY_MS;
        candidate->held = "cannot be read; see the log";
        log_line(LOG_WARN, "%s: cannot be read: %s", candidate->name, strerror(failure));
    }
    strbuf_deinit(&text);
}

/* The verdict from what is known. With SETTLE_WAIT, `due_ms` is lowered to when that may change. */
static enum settle_verdict candidates_decide(const struct candidate *candidate,
    const struct settle_policy *policy, int64_t now_ms, int64_t *due_ms)
{
    int64_t retry_ms = INT64_MAX;
    enum settle_verdict verdict =
        settle_decide(&candidate->settle, policy, candidate->unfit[0] != '\0', now_ms, &retry_ms);
    if (candidate->not_before_ms > now_ms) {
        retry_ms = candidate->not_before_ms;
        verdict = SETTLE_WAIT;
    }
    if (verdict == SETTLE_WAIT && retry_ms < *due_ms)
        *due_ms = retry_ms;
    return verdict;
}

const char *candidates_why(
    struct candidates *list, const struct candidate *candidate, int64_t now_ms, int64_t *since_ms)
{
    int64_t due_ms = INT64_MAX;
    *since_ms = candidate->found_ms;
    if (candidate->not_before_ms > now_ms)
        return candidate->held;
    if (candidates_decide(candidate, &list->settle_policy, now_ms, &due_ms) == SETTLE_WAIT) {
        *since_ms = candidate->settle.since_ms;
        if (candidate->settle.text == SETTLE_CUT_SHORT)
            return "incomplete JSON; waiting for the rest";
        return "changed a moment ago; it may still be written";
    }
    const struct owner *owner = owners_of(&list->owners, candidate->owner);
    if (owner != NULL && owner_due_ms(owner, &list->owner_policy, now_ms) > now_ms)
        return "its user is over limits.rate";
    return "";
}

/* Re-checks a candidate that is ready by what is known. True if it still is. */
static bool candidates_confirm(
    struct candidates *list, struct candidate *candidate, int directory, int64_t now_ms)
{
    const struct settle_policy *policy = &list->settle_policy;
    struct file_at at = {directory, candidate->name};
    int64_t due_ms = INT64_MAX;
    if (candidates_decide(candidate, policy, now_ms, &due_ms) == SETTLE_READ)
        candidates_read_text(list, candidate, directory, now_ms);
    bool patient = now_ms < candidate->settle.since_ms + policy->patience_ms;
    if (candidate->unfit[0] == '\0' && patient &&
        candidates_decide(candidate, policy, now_ms, &due_ms) == SETTLE_TAKE &&
        fileat_being_written(at)) {
        candidate->settle.text = SETTLE_UNREAD;
        candidate->not_before_ms = now_ms + policy->settle_ms;
        candidate->held = "a program has it open for writing";
    }
    /* Observe it last, so that a change since the text was read is noticed. */
    candidate->taken = !candidates_observe(list, candidate, directory, false, now_ms);
    return !candidate->taken &&
           candidates_decide(candidate, policy, now_ms, &due_ms) == SETTLE_TAKE;
}

/* --- choosing ------------------------------------------------------------------------------- */

static int candidates_by_age(const struct candidate *x, const struct candidate *y)
{
    if (x->settle.last.mtime_ns < y->settle.last.mtime_ns)
        return -1;
    if (x->settle.last.mtime_ns > y->settle.last.mtime_ns)
        return 1;
    return strcmp(x->name, y->name);
}

static int candidates_by_owner(const void *a, const void *b)
{
    const struct candidate *x = *(struct candidate *const *)a, *y = *(struct candidate *const *)b;
    if (x->owner == y->owner)
        return candidates_by_age(x, y);
    return x->owner < y->owner ? -1 : 1;
}

static int candidates_by_rank(const void *a, const void *b)
{
    const struct candidate *x = *(struct candidate *const *)a, *y = *(struct candidate *const *)b;
    if (x->rank == y->rank)
        return candidates_by_age(x, y);
    return x->rank < y->rank ? -1 : 1;
}

/* The ready ones in the order in which to offer them; the caller's (free()). */
static struct candidate **candidates_line_up(
    struct candidates *list, int64_t now_ms, size_t *count, int64_t *due_ms)
{
    *count = 0;
    struct candidate **line = malloc((list->count + 1) * sizeof(struct candidate *));
    if (line == NULL) {
        *due_ms = now_ms + CANDIDATES_RETRY_MS;
        return NULL;
    }
    for (size_t i = 0; i < list->count; i++) {
        struct candidate *candidate = &list->all[i];
        if (candidates_decide(candidate, &list->settle_policy, now_ms, due_ms) != SETTLE_WAIT)
            line[(*count)++] = candidate;
    }
    qsort(line, *count, sizeof *line, candidates_by_owner);
    for (size_t i = 0; i < *count; i++) {
        line[i]->rank = 0;
        if (i > 0 && line[i]->owner == line[i - 1]->owner)
            line[i]->rank = line[i - 1]->rank + 1;
    }
    qsort(line, *count, sizeof *line, candidates_by_rank);
    return line;
}

/* The candidate's owner, or NULL if its rate limit does not allow another claim now; then `due_ms`
 * is lowered to when it does. */
static struct owner *candidates_ready_owner(
    struct candidates *list, const struct candidate *candidate, int64_t now_ms, int64_t *due_ms)
{
    int64_t owner_ms = now_ms + CANDIDATES_RETRY_MS;
    struct owner *owner = owners_of(&list->owners, candidate->owner);
    if (owner != NULL)
        owner_ms = owner_due_ms(owner, &list->owner_policy, now_ms);
    if (owner_ms <= now_ms)
        return owner;
    if (owner_ms < *due_ms)
        *due_ms = owner_ms;
    if (owner != NULL && !owner->warned_rate) {
        log_line(LOG_NOTE,
            "specs of user %u have to wait: %" PRIu64 " were claimed within an hour (limits.rate)",
            (unsigned)owner->uid, list->owner_policy.per_hour);
        owner->warned_rate = true;
    }
    return NULL;
}

/* Re-checks one candidate and offers it. True if it was taken. */
static bool candidates_offer(struct candidates *list, struct candidate *candidate,
    const struct candidates_request *request, int64_t *due_ms)
{
    int64_t now_ms = request->now_ms;
    enum candidate_answer answer = CANDIDATE_CHANGED;
    struct owner *owner = candidates_ready_owner(list, candidate, now_ms, due_ms);
    if (owner == NULL)
        return false;
    if (candidates_confirm(list, candidate, request->directory, now_ms))
        answer = request->offer(request->data, candidate);
    if (answer == CANDIDATE_TAKEN) {
        owner_spend(owner, &list->owner_policy, now_ms);
        candidate->taken = true;
        return true;
    }
    if (answer == CANDIDATE_POSTPONED) {
        candidate->not_before_ms = now_ms + CANDIDATES_RETRY_MS;
        candidate->held = "cannot be claimed; see the log";
    }
    /* It changed just now, but is ready again. */
    if (!candidate->taken &&
        candidates_decide(candidate, &list->settle_policy, now_ms, due_ms) != SETTLE_WAIT)
        *due_ms = now_ms;
    return false;
}

bool candidates_take(
    struct candidates *list, const struct candidates_request *request, int64_t *due_ms)
{
    size_t count, next = 0, room = request->room;
    *due_ms = INT64_MAX;
    struct candidate **line = candidates_line_up(list, request->now_ms, &count, due_ms);
    for (; next < count && room > 0; next++) {
        if (candidates_offer(list, line[next], request, due_ms))
            room--;
    }
    free(line);
    candidates_keep_if(list, candidates_not_taken);
    return next < count;
}
