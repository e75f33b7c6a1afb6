/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/queue/stage.h"
#include "lib/util/cleanup.h"
#include "lib/util/digest.h"
#include "lib/util/file.h"
#include "lib/util/flock.h"

enum {
    STAGE_PATIENCE_MS = 10000, /* for the lock of a stage of the same name */
    STAGE_MAX_TRIES = 100,     /* to create a directory */
};

static enum sweep_code stage_failed(
    const struct stage *stage, const char *what, int failure, struct sweep_error *error)
{
    return sweep_error_set(
        error, file_code(failure), "cannot %s in %s: %s", what, stage->queue, strerror(failure));
}

/* A failed sync means that the storage is broken, unless it is only full. */
static enum sweep_code stage_sync_failed(
    const struct stage *stage, const char *what, int failure, struct sweep_error *error)
{
    enum sweep_code code = file_code(failure);
    if (code != SWEEP_NO_SPACE && code != SWEEP_NO_MEMORY)
        code = SWEEP_STORAGE;
    return sweep_error_set(
        error, code, "cannot sync %s in %s: %s", what, stage->queue, strerror(failure));
}

/* --- the hidden directory ----------------------------------------------------------------- */

/* A stage is locked while it is in use, so that no two processes write to the same one, and none
 * renames one that another has created. On file systems without locks it is not protected. Returns
 * 0, EBUSY or EDEADLK. */
static int stage_lock(int fd)
{
    int failure = flock_wait(fd, STAGE_PATIENCE_MS);
    if (failure == EBUSY || failure == EDEADLK)
        return failure;
    return 0;
}

static int stage_open_directory(const struct stage *stage)
{
    return TEMP_FAILURE_RETRY(
        openat(stage->queue_fd, stage->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

/* True if the open directory still has the stage's name. */
static bool stage_has_name(const struct stage *stage, int fd)
{
    struct stat opened, named;
    return fstat(fd, &opened) == 0 &&
           fstatat(stage->queue_fd, stage->name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/* The functions below return 0 or an errno value. */

/* Removes the stage of an earlier process of the same name; waits for that process if it is still
 * running. */
static int stage_remove_leftover(struct stage *stage)
{
    CLEANUP_FD int fd = stage_open_directory(stage);
    if (fd < 0)
        return 0;
    int failure = stage_lock(fd);
    if (failure != 0)
        stage->holder = flock_holder(fd);
    else if (stage_has_name(stage, fd)) /* it may have been renamed during the wait */
        file_remove_tree(stage->queue_fd, stage->name);
    return failure;
}

/* Gives the stage the mode of any new directory: the umask and the access lists of the queue decide
 * it, so a directory is created to see it. */
static int stage_set_mode(const struct stage *stage)
{
    static const char probe[] = ".mode";
    struct stat own, wanted;
    if (TEMP_FAILURE_RETRY(mkdirat(stage->fd, probe, 0777)) != 0)
        return errno;
    if (fstatat(stage->fd, probe, &wanted, AT_SYMLINK_NOFOLLOW) != 0 ||
        TEMP_FAILURE_RETRY(unlinkat(stage->fd, probe, AT_REMOVEDIR)) != 0 ||
        fstat(stage->fd, &own) != 0)
        return errno;
    if (own.st_mode == wanted.st_mode ||
        TEMP_FAILURE_RETRY(fchmod(stage->fd, wanted.st_mode & 07777)) == 0)
        return 0;
    /* A service with RestrictSUIDSGID= may not set that bit. Files get the right group without it
     * if that is the process's own. */
    if (errno != EPERM || own.st_gid != getegid() ||
        TEMP_FAILURE_RETRY(fchmod(stage->fd, wanted.st_mode & 07777 & ~(mode_t)S_ISGID)) != 0)
        return errno;
    return 0;
}

/* Creates the directory and locks it. EEXIST if the name is in use, EAGAIN if another process took
 * the new directory for a leftover. Until it is locked, no other user can open it, and so lock it.
 */
static int stage_create(struct stage *stage)
{
    if (TEMP_FAILURE_RETRY(mkdirat(stage->queue_fd, stage->name, 0700)) != 0)
        return errno;
    stage->fd = stage_open_directory(stage);
    if (stage->fd < 0) {
        int failure = errno;
        unlinkat(stage->queue_fd, stage->name, AT_REMOVEDIR);
        return failure == ENOENT ? EAGAIN : failure; /* another process has removed it */
    }
    if (stage_lock(stage->fd) == 0 && stage_has_name(stage, stage->fd))
        return stage_set_mode(stage);
    close(stage->fd);
    stage->fd = -1;
    return EAGAIN;
}

static int stage_create_named(struct stage *stage, const char *name)
{
    int failure = EAGAIN;
    snprintf(stage->name, sizeof stage->name, "%s", name);
    for (int i = 0; i < STAGE_MAX_TRIES && failure == EAGAIN; i++) {
        failure = stage_remove_leftover(stage);
        if (failure == 0)
            failure = stage_create(stage);
    }
    return failure;
}

/* The name contains the process id. An earlier process with that id may have left one behind, so a
 * few numbers are tried. */
static int stage_create_unique(struct stage *stage)
{
    int failure = EEXIST;
    for (int i = 0; i < STAGE_MAX_TRIES && (failure == EEXIST || failure == EAGAIN); i++) {
        snprintf(stage->name, sizeof stage->name, SWEEP_STAGE_PREFIX "%ld.%d", (long)getpid(), i);
        failure = stage_create(stage);
    }
    return failure;
}

/* Why the stage could not be created. */
static enum sweep_code stage_create_failed(
    struct stage *stage, int failure, struct sweep_error *error)
{
    char name[sizeof stage->name], who[48] = "another process";
    memcpy(name, stage->name, sizeof name);
    if (stage->fd < 0)
        stage->name[0] = '\0'; /* it is not ours to remove */
    if (failure == EDEADLK)
        return sweep_error_set(
            error, SWEEP_IO, "%s/%s is already open in this process", stage->queue, name);
    if (failure != EBUSY)
        return stage_failed(stage, "create a directory", failure, error);
    if (stage->holder != 0)
        snprintf(who, sizeof who, "process %ld", stage->holder);
    return sweep_error_set(error, SWEEP_IO,
        "%s/%s is locked by %s, which did not release it in %d s", stage->queue, name, who,
        STAGE_PATIENCE_MS / 1000);
}

static bool stage_is_name(const struct stage *stage, const char *name)
{
    return strncmp(name, SWEEP_STAGE_PREFIX, strlen(SWEEP_STAGE_PREFIX)) == 0 &&
           strchr(name, '/') == NULL && strlen(name) < sizeof stage->name;
}

enum sweep_code stage_open(
    struct stage *stage, const char *queue, const char *name, struct sweep_error *error)
{
    *stage = (struct stage){.queue = queue, .queue_fd = -1, .fd = -1};
    if (name != NULL && !stage_is_name(stage, name))
        return sweep_error_set(error, SWEEP_INVALID,
            "stage name \"%s\" must start with \"" SWEEP_STAGE_PREFIX
            "\", have no slash and be shorter than %zu bytes",
            name, sizeof stage->name);
    stage->queue_fd = TEMP_FAILURE_RETRY(open(queue, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (stage->queue_fd < 0)
        return sweep_error_set(
            error, file_code(errno), "cannot open the queue %s: %s", queue, strerror(errno));
    int failure;
    if (name != NULL)
        failure = stage_create_named(stage, name);
    else
        failure = stage_create_unique(stage);
    if (failure != 0)
        return stage_create_failed(stage, failure, error);
    barrier_init(&stage->barrier, stage->fd);
    return SWEEP_OK;
}

void stage_open_dry(struct stage *stage, const char *queue)
{
    *stage = (struct stage){.queue = queue, .queue_fd = -1, .fd = -1, .is_dry = true};
}

/* --- its files ---------------------------------------------------------------------------- */

enum sweep_code stage_mkdir(struct stage *stage, const char *name, struct sweep_error *error)
{
    if (stage->is_dry)
        return SWEEP_OK;
    if (TEMP_FAILURE_RETRY(mkdirat(stage->fd, name, 0777)) != 0)
        return stage_failed(stage, "create a directory", errno, error);
    if (!barrier_add_directory(&stage->barrier, name))
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    return SWEEP_OK;
}

/* Returns the open file or a negative errno value. */
static int stage_try_file(const struct stage *stage, const struct stage_file *file)
{
    int mode = 0666;
    if (file->is_script)
        mode = 0777;
    if (stage->is_dry) {
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        return null >= 0 ? null : -errno;
    }
    return file_write_new(stage->fd, file->name, file->bytes, file->length, mode);
}

enum sweep_code stage_create_file(
    struct stage *stage, const struct stage_file *file, int *fd, struct sweep_error *error)
{
    *fd = stage_try_file(stage, file);
    if ((*fd == -EMFILE || *fd == -ENFILE) && stage->barrier.n_files > 0) {
        int failure = barrier_drain(&stage->barrier);
        if (failure != 0)
            return stage_sync_failed(stage, "the files", failure, error);
        *fd = stage_try_file(stage, file);
    }
    if (*fd < 0)
        return sweep_error_set(error, file_code(-*fd), "cannot write %s in %s: %s", file->name,
            stage->queue, strerror(-*fd));
    return SWEEP_OK;
}

/* strbuf_printf() would take as long as the digest of a small file. */
static void stage_list_digest(struct strbuf *out, const char *name, const char *hex)
{
    strbuf_puts(out, "  \"");
    strbuf_puts(out, name);
    strbuf_puts(out, "\": \"");
    strbuf_append(out, hex, DIGEST_HEX - 1);
    strbuf_puts(out, "\",\n");
}

enum sweep_code stage_add_file(struct stage *stage, const struct stage_file *file, int fd,
    const char *hex, struct sweep_error *error)
{
    if (stage->is_dry) {
        close(fd);
    } else {
        int failure = barrier_add_file(&stage->barrier, fd);
        if (failure != 0)
            return stage_sync_failed(stage, "the files", failure, error);
    }
    stage->files++;
    stage->bytes += file->length;
    stage_list_digest(&stage->digests, file->name, hex);
    if (stage->digests.oom)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    return SWEEP_OK;
}

enum sweep_code stage_write(
    struct stage *stage, const struct stage_file *file, struct sweep_error *error)
{
    char own[DIGEST_HEX];
    const char *hex = file->hex;
    int fd;
    if (hex == NULL) {
        digest_of(file->bytes, file->length, own);
        hex = own;
    }
    enum sweep_code code = stage_create_file(stage, file, &fd, error);
    if (code != SWEEP_OK)
        return code;
    return stage_add_file(stage, file, fd, hex, error);
}

/* --- its final name ----------------------------------------------------------------------- */

static enum sweep_code stage_rename(
    struct stage *stage, const char *directory, struct sweep_error *error)
{
    struct stat own;
    if (fstat(stage->fd, &own) != 0)
        return stage_failed(stage, "look at the stage", errno, error);
    int failure = file_rename_new(&own, stage->queue_fd, stage->name, stage->queue_fd, directory);
    if (failure == EEXIST)
        return sweep_error_set(
            error, SWEEP_EXISTS, "%s/%s exists already", stage->queue, directory);
    if (failure != 0)
        return stage_failed(stage, "rename the stage", failure, error);
    stage->name[0] = '\0';
    failure = barrier_names(stage->queue_fd);
    if (failure != 0)
        return stage_sync_failed(stage, "the sweep directory's name", failure, error);
    return SWEEP_OK;
}

/* Removes the files, so that others can be written. */
static void stage_clear(struct stage *stage)
{
    barrier_deinit(&stage->barrier);
    stage->digests.length = 0;
    stage->files = stage->bytes = 0;
    file_empty_directory(stage->fd);
    barrier_init(&stage->barrier, stage->fd);
    flock(stage->queue_fd, LOCK_UN);
}

enum sweep_code stage_commit(struct stage *stage, const char *directory,
    const struct stage_condition *condition, struct sweep_error *error)
{
    enum sweep_code code = SWEEP_OK;
    int failure = barrier_wait(&stage->barrier, stage->fd);
    if (failure != 0)
        code = stage_sync_failed(stage, "the files", failure, error);
    if (code == SWEEP_OK && condition != NULL) {
        /* Until it is closed. A process that keeps the lock must not stop all others: then the
         * condition is tested without it. */
        flock_wait(stage->queue_fd, STAGE_PATIENCE_MS);
        code = condition->test(condition->context, error);
    }
    if (code == SWEEP_CHANGED) {
        stage_clear(stage);
        return code;
    }
    if (code == SWEEP_OK)
        code = stage_rename(stage, directory, error);
    stage_abandon(stage);
    return code;
}

void stage_abandon(struct stage *stage)
{
    barrier_deinit(&stage->barrier);
    strbuf_deinit(&stage->digests);
    if (stage->queue_fd >= 0 && stage->name[0] != '\0')
        file_remove_tree(stage->queue_fd, stage->name);
    stage->name[0] = '\0';
    if (stage->fd >= 0)
        close(stage->fd);
    if (stage->queue_fd >= 0)
        close(stage->queue_fd);
    stage->fd = -1;
    stage->queue_fd = -1;
}
