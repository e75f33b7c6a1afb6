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
#include "lib/util/file.h"

void filing_begin(struct filing *filing, const struct spool_dirs *dirs)
{
    *filing = (struct filing){.dirs = dirs, .done = -1, .failed = -1};
}

/* A stage that a broken child left behind goes before its spec does: the spec's name is what tells
 * the next start whose stage it is. */
static void remove_stage(const struct spool_dirs *dirs, const struct entry *entry)
{
    char stage[NAMES_SIZE];
    int queue = open(dirs->settings->queue, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (queue < 0)
        return;
    names_stage(stage, &entry->claim);
    file_remove_tree(queue, stage);
    close(queue);
}

/* Puts beside the name that the spec is about to get what there is to say of it. What is there
 * already is of a spec that somebody took away. The link needs no barrier of its own: unlike a
 * file's content it comes to stable storage with the directory. */
static int put_beside(int fd, const struct entry *entry, const char *beside, bool failed)
{
    /* Without the memory for a report, the line of the log has to do. */
    const char *text = entry->text == NULL && failed ? entry->summary : entry->text;
    unlinkat(fd, beside, 0);
    if (text == NULL)
        return 0;
    if (failed)
        return fileat_write((struct file_at){fd, beside}, text, strlen(text));
    return symlinkat(text, fd, beside) == 0 ? 0 : errno;
}

/* Moves the spec to the first free name in `fd`. */
static int file_away(const struct spool_dirs *dirs, struct entry *entry, int fd, bool failed)
{
    char beside[NAMES_SIZE + sizeof NAMES_REPORT];
    struct stat status;
    for (unsigned number = 1;; number++) {
        names_numbered(entry->filed_as, entry->claim.name, number);
        snprintf(
            beside, sizeof beside, "%s%s", entry->filed_as, failed ? NAMES_REPORT : NAMES_SWEEP);
        if (fstatat(fd, entry->filed_as, &status, AT_SYMLINK_NOFOLLOW) == 0)
            continue;
        int failure = put_beside(fd, entry, beside, failed);
        /* A spec is not to be in failed/ without its reason; done/ says enough without a link. */
        if (failure == 0 || (!failed && failure != EIO))
            failure = fileat_move(
                (struct file_at){dirs->claimed, entry->id}, (struct file_at){fd, entry->filed_as});
        if (failure != 0)
            unlinkat(fd, beside, 0);
        if (failure != EEXIST)
            return failure;
    }
}

enum entry_event filing_move(struct filing *filing, struct entry *entry)
{
    bool failed = entry->state == ENTRY_TO_FAILED;
    int *fd = failed ? &filing->failed : &filing->done;
    const char *directory = failed ? NAMES_FAILED : NAMES_DONE;
    int failure = 0;
    if (*fd < 0)
        failure = fileat_directory((struct file_at){filing->dirs->specs, directory}, fd);
    if (failure == 0) {
        if (failed)
            remove_stage(filing->dirs, entry);
        failure = file_away(filing->dirs, entry, *fd, failed);
    }
    if (failure == 0)
        return ENTRY_FILED;
    log_line(LOG_FAILURE, "%s: cannot be moved from " NAMES_CLAIMED "/ to %s/: %s",
        entry->claim.name, directory, strerror(failure));
    return claim_event(failure);
}

static void sync_and_close(int *fd, int *failure)
{
    if (*fd < 0)
        return;
    int its = fileat_sync(*fd);
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
    int last = any ? fileat_sync(filing->dirs->claimed) : 0;
    return failure != 0 ? failure : last;
}
