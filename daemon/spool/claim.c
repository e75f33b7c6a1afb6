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

enum spec_event claim_event(int failure)
{
    return failure == ENOENT ? SPEC_VANISHED : failure == EIO ? SPEC_NO_STORAGE : SPEC_HINDERED;
}

void spec_free(struct spec *spec)
{
    if (spec == NULL)
        return;
    if (spec->fd >= 0)
        close(spec->fd);
    free(spec->text);
    free(spec);
}

static struct spec *new_spec(int64_t found_ms)
{
    struct spec *spec = calloc(1, sizeof *spec);
    if (spec != NULL) {
        spec->state = SPEC_ARRIVING;
        spec->fd = -1;
        spec->found_ms = found_ms;
    }
    return spec;
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

int claim_take(const struct spool_dirs *dirs, const struct candidate *candidate, struct spec **out)
{
    struct timespec clock;
    struct stat now = {0};
    struct spec *spec = new_spec(candidate->found_ms);
    if (spec == NULL)
        return ENOMEM;
    clock_gettime(CLOCK_REALTIME, &clock);
    spec->claim.unix_ms = (int64_t)clock.tv_sec * 1000 + clock.tv_nsec / 1000000;
    spec->claim.inode = candidate->settle.last.inode;
    snprintf(spec->claim.name, sizeof spec->claim.name, "%s", candidate->name);
    names_id(spec->id, &spec->claim);
    spec->owner = candidate->owner;
    spec->changed_ns = candidate->settle.last.mtime_ns;
    if (candidate->unfit[0] != '\0')
        snprintf(spec->refusal, sizeof spec->refusal, "the file %s", candidate->unfit);
    struct place dropped = {dirs->specs, candidate->name}, claimed = {dirs->claimed, spec->id};
    int failure = place_move(dropped, claimed);
    if (failure == 0 && (fstatat(claimed.directory, claimed.name, &now, AT_SYMLINK_NOFOLLOW) != 0 ||
                            !same_content(&candidate->settle.last, &now)))
        /* Something else got this name in between. It goes back, and is looked at like a new one.
         * If that name is taken again already, this one stays ours. */
        failure = place_move(claimed, dropped) == 0 ? EAGAIN : 0;
    if (failure == 0)
        *out = spec;
    else
        spec_free(spec);
    return failure;
}

struct spec *claim_found(const struct spool_dirs *dirs, const char *id)
{
    struct spec *spec = new_spec(clock_ms());
    struct stat status;
    if (spec == NULL || !names_read_id(id, &spec->claim)) {
        spec_free(spec);
        return NULL;
    }
    snprintf(spec->id, sizeof spec->id, "%s", id);
    if (fstatat(dirs->claimed, id, &status, AT_SYMLINK_NOFOLLOW) == 0) {
        spec->owner = status.st_uid;
        spec->changed_ns = candidates_status(&status).mtime_ns;
    }
    return spec;
}

/* --- opening -------------------------------------------------------------------------------- */

/* Gives the spec the name of its attempt `attempt`. */
static int count_attempt(const struct spool_dirs *dirs, struct spec *spec, unsigned attempt)
{
    struct names_claim claim = spec->claim;
    char id[NAMES_SIZE];
    claim.attempt = attempt;
    names_id(id, &claim);
    int failure =
        place_move((struct place){dirs->claimed, spec->id}, (struct place){dirs->claimed, id});
    if (failure == 0) {
        spec->claim.attempt = attempt;
        strcpy(spec->id, id);
    }
    return failure;
}

/* Whether this says something of the file, and not of us. */
static bool unfit(int failure)
{
    return failure == ELOOP || failure == EXDEV || failure == EINVAL || failure == EMLINK ||
           failure == EPERM || failure == EFBIG || failure == EACCES;
}

enum spec_event claim_open(const struct spool_dirs *dirs, struct spec *spec)
{
    int failure = 0;
    if (!spec->counted)
        failure = count_attempt(dirs, spec, spec->claim.attempt + 1);
    spec->counted = true;
    if (spec->fd >= 0)
        close(spec->fd); /* it was opened before, and then there was no memory for a child */
    spec->fd = -1;
    if (failure == 0) {
        uid_t owner = dirs->rules->any_owner ? PLACE_ANY_OWNER : geteuid();
        failure = place_open((struct place){dirs->claimed, spec->id},
            (size_t)dirs->rules->settle.most_bytes, owner, &spec->fd);
    }
    if (failure == 0)
        return SPEC_OPENED;
    if (unfit(failure)) {
        snprintf(spec->refusal, sizeof spec->refusal, "the file %s", place_refusal(failure));
        return SPEC_UNFIT;
    }
    enum spec_event event = claim_event(failure);
    if (event == SPEC_HINDERED)
        log_line(LOG_WARN, "%s: cannot be opened: %s", spec->claim.name, strerror(failure));
    return event;
}

void claim_lay_back(const struct spool_dirs *dirs, struct spec *spec)
{
    if (spec->counted && spec->claim.attempt > 0)
        (void)count_attempt(dirs, spec, spec->claim.attempt - 1);
}
