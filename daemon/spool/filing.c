/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/spool/filing.h"
#include "daemon/common/log.h"
#include "daemon/common/fileat.h"

void filing_begin(struct filing *filing, const struct spool_dirs *dirs)
{
    *filing = (struct filing){.dirs = dirs, .done = -1, .failed = -1};
}

/* A stage that a broken child left behind goes before its spec does: the spec's name is what tells
 * the next start whose stage it is. */
static void remove_stage(const struct spool_dirs *dirs, const struct spec *spec)
{
    char stage[NAMES_SIZE];
    int queue = open(dirs->settings->queue, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (queue < 0)
        return;
    names_stage(stage, &spec->claim);
    place_remove((struct place){queue, stage});
    close(queue);
}

/* Puts beside the name that the spec is about to get what there is to say of it. What is there
 * already is of a spec that somebody took away. The link needs no barrier of its own: unlike a
 * file's content it comes to stable storage with the directory. */
static int put_beside(int fd, const struct spec *spec, const char *beside, bool failed)
{
    /* Without the memory for a report, the line of the log has to do. */
    const char *text = spec->text == NULL && failed ? spec->told : spec->text;
    unlinkat(fd, beside, 0);
    if (text == NULL)
        return 0;
    if (failed)
        return place_write((struct place){fd, beside}, text, strlen(text));
    return symlinkat(text, fd, beside) == 0 ? 0 : errno;
}

/* Moves the spec to the first free name in `fd`. */
static int file_away(const struct spool_dirs *dirs, struct spec *spec, int fd, bool failed)
{
    char beside[NAMES_SIZE + sizeof NAMES_REPORT];
    struct stat status;
    for (unsigned number = 1;; number++) {
        names_numbered(spec->placed, spec->claim.name, number);
        snprintf(beside, sizeof beside, "%s%s", spec->placed, failed ? NAMES_REPORT : NAMES_SWEEP);
        if (fstatat(fd, spec->placed, &status, AT_SYMLINK_NOFOLLOW) == 0)
            continue;
        int failure = put_beside(fd, spec, beside, failed);
        /* A spec is not to be in failed/ without its reason; done/ says enough without a link. */
        if (failure == 0 || (!failed && failure != EIO))
            failure = place_move(
                (struct place){dirs->claimed, spec->id}, (struct place){fd, spec->placed});
        if (failure != 0)
            unlinkat(fd, beside, 0);
        if (failure != EEXIST)
            return failure;
    }
}

enum spec_event filing_move(struct filing *filing, struct spec *spec)
{
    bool failed = spec->state == SPEC_TO_FAILED;
    int *fd = failed ? &filing->failed : &filing->done;
    const char *directory = failed ? "failed" : "done";
    int failure = 0;
    if (*fd < 0)
        failure = place_directory((struct place){filing->dirs->specs, directory}, fd);
    if (failure == 0) {
        if (failed)
            remove_stage(filing->dirs, spec);
        failure = file_away(filing->dirs, spec, *fd, failed);
    }
    if (failure == 0)
        return SPEC_FILED;
    log_line(LOG_FAILURE, "%s: cannot be moved from .claimed/ to %s/: %s", spec->claim.name,
        directory, strerror(failure));
    return claim_event(failure);
}

static void sync_and_close(int *fd, int *failure)
{
    if (*fd < 0)
        return;
    int its = place_sync(*fd);
    if (*failure == 0)
        *failure = its;
    close(*fd);
    *fd = -1;
}

int filing_end(struct filing *filing)
{
    bool any = filing->done >= 0 || filing->failed >= 0;
    int failure = 0;
    sync_and_close(&filing->done, &failure);
    sync_and_close(&filing->failed, &failure);
    int last = any ? place_sync(filing->dirs->claimed) : 0;
    return failure != 0 ? failure : last;
}
