/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/common/fileat.h"
#include "daemon/common/log.h"
#include "daemon/spool/filing.h"
#include "daemon/spool/unsubmitted.h"
#include "lib/util/file.h"

void filing_begin(struct filing *filing, const struct spool_dirs *dirs)
{
    *filing = (struct filing){.dirs = dirs, .done = -1, .failed = -1, .submit = -1};
}

void filing_remove_stage(const struct spool_dirs *dirs, const struct entry *entry)
{
    char stage[NAMES_SIZE];
    int queue = TEMP_FAILURE_RETRY(open(dirs->settings->queue, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (queue < 0)
        return;
    names_stage(stage, &entry->claim);
    file_remove_tree(queue, stage);
    close(queue);
}

/* Writes the report, replacing one whose spec somebody took away. 0 or an errno value. */
static int filing_write_report(int directory, const struct entry *entry, const char *name)
{
    /* Without memory for a report, the log line has to do. */
    const char *text = entry->text != NULL ? entry->text : entry->summary;
    unlinkat(directory, name, 0);
    return fileat_write((struct file_at){directory, name}, text, strlen(text));
}

/* Links to the sweep directory, likewise. The link needs no fsync of its own: unlike the content of
 * a file it is part of the directory. */
static int filing_write_link(int directory, const struct entry *entry, const char *name)
{
    unlinkat(directory, name, 0);
    if (entry->text != NULL && TEMP_FAILURE_RETRY(symlinkat(entry->text, directory, name)) != 0)
        return errno;
    return 0;
}

/* Moves the spec to the first free name in a directory, and its report or link before that. */
static int filing_move_to(
    const struct spool_dirs *dirs, struct entry *entry, int directory, bool failed)
{
    char extra[NAMES_SIZE + sizeof NAMES_REPORT];
    struct stat status;
    for (unsigned number = 1;; number++) {
        int failure;
        names_numbered(entry->filed_as, entry->claim.name, number);
        if (fstatat(directory, entry->filed_as, &status, AT_SYMLINK_NOFOLLOW) == 0)
            continue;
        if (failed) {
            snprintf(extra, sizeof extra, "%s" NAMES_REPORT, entry->filed_as);
            failure = filing_write_report(directory, entry, extra);
        } else {
            snprintf(extra, sizeof extra, "%s" NAMES_SWEEP, entry->filed_as);
            failure = filing_write_link(directory, entry, extra);
            if (failure != EIO)
                failure = 0; /* a spec in done/ is clear enough without its link */
        }
        if (failure == 0)
            failure = fileat_move((struct file_at){dirs->claimed, entry->id},
                (struct file_at){directory, entry->filed_as});
        if (failure != 0)
            unlinkat(directory, extra, 0);
        if (failure != EEXIST)
            return failure;
    }
}

/* Records that the sweep is to be submitted. 0 or an errno value. */
static int filing_mark(struct filing *filing, const struct entry *entry)
{
    if (!filing->dirs->policy->submit || entry->text == NULL)
        return 0;
    if (filing->submit < 0) {
        int failure =
            fileat_directory((struct file_at){filing->dirs->specs, NAMES_SUBMIT}, &filing->submit);
        if (failure != 0)
            return failure;
    }
    return unsubmitted_add(filing->submit, entry->text);
}

enum entry_event filing_move(struct filing *filing, struct entry *entry)
{
    bool failed = entry->state == ENTRY_TO_FAILED;
    int *fd = failed ? &filing->failed : &filing->done;
    const char *name = failed ? NAMES_FAILED : NAMES_DONE;
    int failure = 0;
    if (*fd < 0)
        failure = fileat_directory((struct file_at){filing->dirs->specs, name}, fd);
    if (failure == 0 && failed)
        filing_remove_stage(filing->dirs, entry);
    if (failure == 0 && !failed)
        failure = filing_mark(filing, entry);
    if (failure == 0)
        failure = filing_move_to(filing->dirs, entry, *fd, failed);
    if (failure == 0)
        return ENTRY_FILED;
    log_line(LOG_ERROR, "%s: cannot be moved from " NAMES_CLAIMED "/ to %s/: %s", entry->claim.name,
        name, strerror(failure));
    entry->failure = failure;
    return claim_event(failure);
}

/* 0 or an errno value. */
static int filing_sync(int *fd)
{
    if (*fd < 0)
        return 0;
    int failure = fileat_sync(*fd);
    fileat_close(fd);
    return failure;
}

int filing_end(struct filing *filing)
{
    if (filing->done < 0 && filing->failed < 0)
        return 0;
    /* Before the specs: a crash in between repeats their filing. */
    int submit = filing_sync(&filing->submit);
    int done = filing_sync(&filing->done);
    int failed = filing_sync(&filing->failed);
    int claimed = fileat_sync(filing->dirs->claimed);
    if (submit != 0)
        return submit;
    if (done != 0)
        return done;
    if (failed != 0)
        return failed;
    return claimed;
}
