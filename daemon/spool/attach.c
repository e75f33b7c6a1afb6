/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/common/accounts.h"
#include "daemon/common/boot.h"
#include "daemon/common/fileat.h"
#include "daemon/common/leftovers.h"
#include "daemon/common/log.h"
#include "daemon/common/trust.h"
#include "daemon/spool/attach.h"
#include "daemon/spool/lock.h"

enum { ATTACH_PATH = PATH_MAX + 64 }; /* SPECS and a subdirectory */

void attach_init(struct attachment *attachment, const struct spool_settings *settings,
    const struct spool_policy *policy)
{
    *attachment = (struct attachment){.dirs = {.settings = settings,
                                          .policy = policy,
                                          .specs = -1,
                                          .claimed = -1,
                                          .boot = boot_number()},
        .lock = -1};
}

void attach_close(struct attachment *attachment)
{
    lock_give(&attachment->lock);
    fileat_close(&attachment->dirs.claimed);
    fileat_close(&attachment->dirs.specs);
}

void attach_log_once(struct attachment *attachment, const char *what, int failure)
{
    const char *specs = attachment->dirs.settings->specs;
    if (attachment->logged)
        return;
    attachment->logged = true;
    if (failure != 0)
        log_line(LOG_ERROR, "%s: %s: %s", specs, what, strerror(failure));
    else
        log_line(LOG_ERROR, "%s %s", specs, what);
}

/* --- is it still the same? ------------------------------------------------------------------ */

static bool attach_is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* True if `name` in the directory is the open file `fd`. */
static bool attach_leads_to(int directory, const char *name, int fd)
{
    struct stat ours, now;
    return fstat(fd, &ours) == 0 && fstatat(directory, name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
           attach_is_same(&ours, &now);
}

/* True if `fd` is the attached directory, and its .claimed and lock are those that we hold. */
static bool attach_is_current(const struct attachment *attachment, int fd)
{
    const struct spool_dirs *dirs = &attachment->dirs;
    struct stat ours, now;
    if (dirs->specs < 0 || fstat(dirs->specs, &ours) != 0 || fstat(fd, &now) != 0 ||
        !attach_is_same(&ours, &now))
        return false;
    if (!attach_leads_to(fd, NAMES_CLAIMED, dirs->claimed))
        return false;
    return attachment->lock < 0 || attach_leads_to(dirs->claimed, NAMES_LOCK, attachment->lock);
}

/* --- trust and lock ------------------------------------------------------------------------- */

static void attach_on_distrust(void *data, const struct trust_diagnostic *diagnostic)
{
    const struct attachment *attachment = data;
    if (!attachment->logged)
        log_line(LOG_ERROR, "%s; run: %s", diagnostic->message, diagnostic->command);
}

static struct trust_policy attach_trust_policy(const struct attachment *attachment)
{
    return (struct trust_policy){.user = geteuid(),
        .group = attachment->dirs.settings->group,
        .own = account_own_group(geteuid())};
}

static bool attach_decide_trust(struct attachment *attachment, size_t diagnostics)
{
    if (diagnostics > 0)
        attach_log_once(attachment, "is not used until that is fixed", 0);
    return diagnostics == 0;
}

/* No other user may hand us specs or take sweeps away. */
static bool attach_trusts_paths(struct attachment *attachment)
{
    const struct spool_settings *settings = attachment->dirs.settings;
    struct trust_seen seen = {0};
    struct trust_policy policy = attach_trust_policy(attachment);
    policy.seen = &seen;
    size_t diagnostics = trust_check(settings->specs, &policy, attach_on_distrust, attachment) +
                         trust_check(settings->queue, &policy, attach_on_distrust, attachment);
    return attach_decide_trust(attachment, diagnostics);
}

/* The same for the subdirectory `name`, which is open as `fd`. */
static bool attach_trusts_subdirectory(struct attachment *attachment, const char *name, int fd)
{
    char path[ATTACH_PATH];
    struct trust_policy policy = attach_trust_policy(attachment);
    snprintf(path, sizeof path, "%s/%s", attachment->dirs.settings->specs, name);
    return attach_decide_trust(
        attachment, trust_check_open(fd, path, &policy, attach_on_distrust, attachment));
}

static bool attach_take_lock(struct attachment *attachment)
{
    const char *specs = attachment->dirs.settings->specs;
    char path[ATTACH_PATH], said[400];
    snprintf(path, sizeof path, "%s/" NAMES_CLAIMED, specs);
    struct lock_request request = {.directory = attachment->dirs.claimed,
        .name = NAMES_LOCK,
        .path = path,
        .shared = attachment->filesystem.network};
    switch (lock_take(&request, &attachment->lock, said, sizeof said)) {
    case LOCK_OURS:
        if (said[0] != '\0')
            log_line(LOG_NOTE, "%s %s", specs, said);
        return true;
    case LOCK_UNSURE:
        log_line(LOG_WARN, "%s %s", specs, said);
        return true;
    case LOCK_OTHERS:
        attach_log_once(attachment, said, 0);
        return false;
    case LOCK_FAILED:
        break;
    }
    attach_log_once(attachment, "cannot create " NAMES_CLAIMED "/" NAMES_LOCK, errno);
    return false;
}

/* --- leftover entries ----------------------------------------------------------------------- */

/* A claim by link and unlink that was interrupted between the two left both names. */
static void attach_finish_claim(const struct spool_dirs *dirs, const struct entry *entry)
{
    struct stat claimed, dropped;
    if (fstatat(dirs->claimed, entry->id, &claimed, AT_SYMLINK_NOFOLLOW) == 0 &&
        claimed.st_nlink == 2 &&
        fstatat(dirs->specs, entry->claim.name, &dropped, AT_SYMLINK_NOFOLLOW) == 0 &&
        attach_is_same(&claimed, &dropped))
        unlinkat(dirs->specs, entry->claim.name, 0);
}

/* Ids sort by the time of the claim. */
static void attach_insert(struct entry **list, struct entry *entry)
{
    while (*list != NULL && strcmp((*list)->id, entry->id) < 0)
        list = &(*list)->next;
    entry->next = *list;
    *list = entry;
}

static void attach_tell_leftovers(size_t count, size_t suspects)
{
    if (count > 0)
        log_line(LOG_NOTE, "resuming %zu %s that a previous sweepd had claimed", count,
            count == 1 ? "spec" : "specs");
    if (suspects > 0)
        log_line(LOG_WARN,
            "%zu %s in progress when the previous sweepd died: retried after all others, one at a "
            "time",
            suspects, suspects == 1 ? "of them was" : "of them were");
}

/* Lists the entries that a previous sweepd left in .claimed, or `died` with. 0 or an errno value.
 */
static int attach_find_leftovers(const struct spool_dirs *dirs, bool died, struct entry **found)
{
    const char *name;
    size_t count = 0, suspects = 0;
    DIR *stream = fileat_list(dirs->claimed);
    if (stream == NULL)
        return errno;
    int failure = fileat_next(stream, &name);
    for (; failure == 0 && name != NULL; failure = fileat_next(stream, &name)) {
        struct entry *entry = claim_resume(dirs, name, died);
        if (entry != NULL) {
            attach_finish_claim(dirs, entry);
            attach_insert(found, entry);
            count++;
            if (entry->suspect)
                suspects++;
        } else if (name[0] != '.') {
            log_line(LOG_WARN,
                "%s/" NAMES_CLAIMED "/%s is not the name of a claimed spec; it is ignored",
                dirs->settings->specs, name);
        }
    }
    closedir(stream);
    attach_tell_leftovers(count, suspects);
    return failure;
}

/* None is in use by this sweepd, which has no children now. */
static void attach_remove_stages(const struct attachment *attachment)
{
    const char *queue = attachment->dirs.settings->queue;
    size_t removed = leftovers_remove(queue);
    if (removed > 0)
        log_line(LOG_NOTE, "%s: removed what %zu interrupted generator%s left", queue, removed,
            removed == 1 ? "" : "s");
}

/* --- attaching ------------------------------------------------------------------------------ */

/* Opens the subdirectory, which is created if it is missing. -1 (logged) if it cannot be used. */
static int attach_open_subdirectory(struct attachment *attachment, const char *name)
{
    int fd = -1;
    int failure = fileat_directory((struct file_at){attachment->dirs.specs, name}, &fd);
    if (failure != 0) {
        attach_log_once(attachment,
            "cannot create the directories for claimed, done and failed specs", failure);
        return -1;
    }
    if (!attach_trusts_subdirectory(attachment, name, fd))
        fileat_close(&fd);
    return fd;
}

/* Prepares a directory that was just opened. False (logged) if it cannot be used. */
static bool attach_settle_in(struct attachment *attachment, struct entry **found)
{
    static const char *const others[] = {NAMES_DONE, NAMES_FAILED, NAMES_SUBMIT};
    struct spool_dirs *dirs = &attachment->dirs;
    if (!attach_trusts_paths(attachment))
        return false;
    /* If fstatfs() fails, treat it as a local file system. */
    attachment->filesystem = (struct filesystem){.events = true};
    (void)filesystem_of(dirs->specs, &attachment->filesystem);
    dirs->claimed = attach_open_subdirectory(attachment, NAMES_CLAIMED);
    if (dirs->claimed < 0)
        return false;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strcmp(others[i], NAMES_SUBMIT) == 0 && !dirs->policy->submit)
            continue;
        int fd = attach_open_subdirectory(attachment, others[i]);
        if (fd < 0)
            return false;
        close(fd); /* filing.c opens it when it is needed */
    }
    if (!attach_take_lock(attachment))
        return false;
    attach_remove_stages(attachment);
    int failure = attach_find_leftovers(dirs, !attachment->served, found);
    if (failure != 0)
        attach_log_once(attachment, "cannot list the claimed specs", failure);
    return failure == 0;
}

enum attach_result attach_check(
    struct attachment *attachment, bool rebuild, bool in_flight, struct entry **resumed)
{
    struct spool_dirs *dirs = &attachment->dirs;
    int failure = 0;
    int fd = TEMP_FAILURE_RETRY(open(dirs->settings->specs, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd < 0)
        failure = errno;
    if (fd >= 0 && !rebuild && attach_is_current(attachment, fd)) {
        fileat_close(&dirs->specs);
        dirs->specs = fd;
        return ATTACH_SAME;
    }
    if (in_flight) {
        fileat_close(&fd);
        return ATTACH_BUSY;
    }
    attach_close(attachment);
    if (fd < 0) {
        attach_log_once(attachment, "cannot be opened", failure);
        return ATTACH_GONE;
    }
    dirs->specs = fd;
    struct entry *found = NULL;
    if (!attach_settle_in(attachment, &found)) {
        for (struct entry *next; found != NULL; found = next) {
            next = found->next;
            entry_free(found);
        }
        attach_close(attachment);
        return ATTACH_GONE;
    }
    entry_append(resumed, found);
    attachment->served = true;
    attachment->logged = false;
    return ATTACH_NEW;
}
