/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/candidates.h"
#include "daemon/log.h"
#include "daemon/place.h"

/* Larger files are refused unread; the generator has the same limit. */
#define MOST_BYTES (1024 * 1024)

/* How long the beginning of a document may stay one before people are told. */
#define PATIENCE_MS 60000

/* Pause after a failure that has nothing to do with the file. */
#define POSTPONE_MS 30000

void candidates_init(struct candidates *list, int64_t settle_ms)
{
    *list = (struct candidates){
        .rules = {.settle_ms = settle_ms, .patience_ms = PATIENCE_MS, .most_bytes = MOST_BYTES}};
}

void candidates_clear(struct candidates *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->all[i].name);
    free(list->all);
    list->all = NULL;
    list->count = list->capacity = list->n_sorted = 0;
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

/* A new one behind the others; NULL when there is no memory, and then the next scan tries again. */
static struct candidate *append(struct candidates *list, const char *name)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 16 : 2 * list->capacity;
        struct candidate *grown = realloc(list->all, capacity * sizeof *grown);
        if (grown == NULL)
            return NULL;
        list->all = grown;
        list->capacity = capacity;
    }
    char *copy = strdup(name);
    if (copy == NULL)
        return NULL;
    struct candidate *added = &list->all[list->count++];
    *added = (struct candidate){.name = copy};
    return added;
}

static void sort(struct candidates *list)
{
    if (list->n_sorted < list->count)
        qsort(list->all, list->count, sizeof *list->all, by_name);
    list->n_sorted = list->count;
}

void candidates_remove(struct candidates *list, const struct candidate *candidate)
{
    size_t index = (size_t)(candidate - list->all);
    free(list->all[index].name);
    list->count--;
    list->n_sorted = list->count;
    memmove(&list->all[index], &list->all[index + 1], (list->count - index) * sizeof *list->all);
}

void candidates_postpone(struct candidates *list, const struct candidate *candidate, int64_t now_ms)
{
    list->all[candidate - list->all].not_before_ms = now_ms + POSTPONE_MS;
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

static const char *unfit(const struct stat *status)
{
    if (S_ISLNK(status->st_mode))
        return "it is a symbolic link";
    if (S_ISDIR(status->st_mode))
        return "it is a directory";
    if (!S_ISREG(status->st_mode))
        return "it is not a regular file";
    /* Claiming would take it away from under its other name, too. */
    return status->st_nlink != 1 ? "it has more than one hard link" : NULL;
}

/* False when there is no such file any more. */
static bool observe(struct candidate *candidate, int directory, bool closed, int64_t now_ms)
{
    struct stat status;
    if (fstatat(directory, candidate->name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return errno != ENOENT;
    struct settle_status seen = candidates_status(&status);
    settle_observe(&candidate->settle, &seen, closed, now_ms);
    candidate->unfit = unfit(&status);
    if (candidate->unfit == NULL)
        candidate->told = false;
    return true;
}

void candidates_begin(struct candidates *list)
{
    for (size_t i = 0; i < list->count; i++)
        list->all[i].found = false;
}

void candidates_found(struct candidates *list, int directory, const char *name, int64_t now_ms)
{
    struct candidate *candidate = find(list, name);
    if (candidate == NULL)
        candidate = append(list, name);
    if (candidate != NULL)
        candidate->found = observe(candidate, directory, false, now_ms);
}

void candidates_end(struct candidates *list)
{
    size_t kept = 0;
    bool added = list->n_sorted < list->count;
    for (size_t i = 0; i < list->count; i++) {
        if (list->all[i].found)
            list->all[kept++] = list->all[i];
        else
            free(list->all[i].name);
    }
    list->count = kept;
    list->n_sorted = added ? 0 : kept;
    sort(list);
}

void candidates_closed(struct candidates *list, int directory, const char *name, int64_t now_ms)
{
    struct candidate *candidate = find(list, name);
    if (candidate == NULL)
        candidate = append(list, name);
    if (candidate == NULL)
        return;
    candidate->not_before_ms = 0;
    if (!observe(candidate, directory, true, now_ms))
        candidates_remove(list, candidate);
    sort(list);
}

/* --- deciding ------------------------------------------------------------------------------- */

/* Reads the file to find out whether its text is complete. What cannot be read because of the file
 * itself is as good as broken: the generator will say what it is. */
static void read_text(struct candidate *candidate, int directory, int64_t now_ms)
{
    char *bytes = NULL;
    size_t length = 0;
    int failure =
        place_read((struct place){directory, candidate->name}, MOST_BYTES, &bytes, &length);
    if (failure == 0) {
        candidate->settle.text = settle_classify(bytes, length);
        free(bytes);
    } else if (failure == EACCES || failure == EPERM) {
        candidate->settle.text = SETTLE_BROKEN;
    } else if (failure != ENOENT && failure != EFBIG && failure != ELOOP && failure != EINVAL) {
        /* Those four mean that it is another file now, which the next look will show. */
        candidate->not_before_ms = now_ms + POSTPONE_MS;
        log_line(LOG_WARN, "%s: cannot be read: %s", candidate->name, strerror(failure));
    }
}

/* The verdict without reading; `due_ms` is lowered to when it may change. */
static enum settle_verdict verdict(
    struct candidate *candidate, const struct settle_rules *rules, int64_t now_ms, int64_t *due_ms)
{
    int64_t again_ms = INT64_MAX;
    enum settle_verdict result = settle_decide(&candidate->settle, rules, now_ms, &again_ms);
    if (candidate->not_before_ms > now_ms) {
        again_ms = candidate->not_before_ms;
        result = SETTLE_WAIT;
    } else if (candidate->unfit != NULL && result != SETTLE_WAIT) {
        if (!candidate->told)
            log_line(LOG_WARN, "%s: not taken: %s", candidate->name, candidate->unfit);
        candidate->told = true;
        return SETTLE_WAIT;
    }
    if (result == SETTLE_WAIT && again_ms < *due_ms)
        *due_ms = again_ms;
    return result;
}

static bool older(const struct candidate *a, const struct candidate *b)
{
    return b == NULL || a->settle.last.mtime_ns < b->settle.last.mtime_ns;
}

const struct candidate *candidates_ready(
    struct candidates *list, int directory, int64_t now_ms, const char **refusal, int64_t *due_ms)
{
    for (;;) {
        struct candidate *best = NULL;
        *due_ms = INT64_MAX;
        for (size_t i = 0; i < list->count; i++) {
            if (verdict(&list->all[i], &list->rules, now_ms, due_ms) != SETTLE_WAIT &&
                older(&list->all[i], best))
                best = &list->all[i];
        }
        if (best == NULL)
            return NULL;
        /* Only the one that would be next is read, and what is taken was looked at last. */
        if (verdict(best, &list->rules, now_ms, due_ms) == SETTLE_READ)
            read_text(best, directory, now_ms);
        if (!observe(best, directory, false, now_ms)) {
            candidates_remove(list, best);
            continue;
        }
        enum settle_verdict result = verdict(best, &list->rules, now_ms, due_ms);
        *refusal = result == SETTLE_REJECT ? "is larger than the limit of 1 MiB" : NULL;
        if (result == SETTLE_TAKE || result == SETTLE_REJECT)
            return best;
    }
}
