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

static enum sweep_code failed(
    const struct stage *stage, const char *what, int failure, struct sweep_error *error)
{
    return sweep_error_set(
        error, file_code(failure), "cannot %s in %s: %s", what, stage->queue, strerror(failure));
}

/* Storage that fails, unless it is only full. */
static enum sweep_code sync_failed(
    const struct stage *stage, const char *what, int failure, struct sweep_error *error)
{
    enum sweep_code code = file_code(failure);
    return sweep_error_set(error,
        code == SWEEP_NO_SPACE || code == SWEEP_NO_MEMORY ? code : SWEEP_STORAGE,
        "cannot bring %s to stable storage in %s: %s", what, stage->queue, strerror(failure));
}

/* --- the hidden directory ----------------------------------------------------------------- */

static bool is_at(int fd, const char *name, const struct stat *what)
{
    struct stat status;
    return fstatat(fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_dev == what->st_dev &&
           status.st_ino == what->st_ino;
}

/* A stage is locked for as long as it is somebody's, so that no two processes write into one and no
 * one gets the name that another has made. Where directories cannot be locked, nobody is kept out.
 */
static void lock(int fd)
{
    while (flock(fd, LOCK_EX) != 0 && errno == EINTR)
        continue;
}

/* Removes what is left of a process that was at work on the same. */
static void remove_leftover(const struct stage *stage)
{
    CLEANUP_FD int fd =
        openat(stage->queue_fd, stage->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat status;
    if (fd < 0)
        return;
    lock(fd);
    /* Meanwhile it may have got its final name. */
    if (fstat(fd, &status) == 0 && is_at(stage->queue_fd, stage->name, &status))
        file_remove_tree(stage->queue_fd, stage->name);
}

/* 0, or an errno value. */
static int make_hidden(struct stage *stage, const char *name)
{
    int made = -1;
    if (name != NULL) {
        snprintf(stage->name, sizeof stage->name, "%s", name);
        remove_leftover(stage);
        made = mkdirat(stage->queue_fd, stage->name, 0777);
    }
    /* The process id makes the name ours; a leftover of an earlier process with it is passed by. */
    for (int i = 0; name == NULL && made != 0 && i < 100 && (i == 0 || errno == EEXIST); i++) {
        snprintf(stage->name, sizeof stage->name, SWEEP_STAGE_PREFIX "%ld.%d", (long)getpid(), i);
        made = mkdirat(stage->queue_fd, stage->name, 0777);
    }
    if (made == 0)
        return 0;
    stage->name[0] = '\0';
    return errno;
}

static bool is_stage_name(const struct stage *stage, const char *name)
{
    return strncmp(name, SWEEP_STAGE_PREFIX, strlen(SWEEP_STAGE_PREFIX)) == 0 &&
           strchr(name, '/') == NULL && strlen(name) < sizeof stage->name;
}

enum sweep_code stage_open(
    struct stage *stage, const char *queue, const char *name, struct sweep_error *error)
{
    *stage = (struct stage){.queue = queue, .queue_fd = -1, .fd = -1};
    if (name != NULL && !is_stage_name(stage, name))
        return sweep_error_set(error, SWEEP_INVALID,
            "the name of a stage begins with " SWEEP_STAGE_PREFIX
            ", has no slash and fewer than %zu "
            "bytes",
            sizeof stage->name);
    stage->queue_fd = open(queue, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (stage->queue_fd < 0)
        return sweep_error_set(
            error, file_code(errno), "cannot open the queue %s: %s", queue, strerror(errno));
    int failure = make_hidden(stage, name);
    if (failure != 0)
        return failed(stage, "make a directory", failure, error);
    stage->fd =
        openat(stage->queue_fd, stage->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (stage->fd < 0)
        return failed(stage, "open the stage", errno, error);
    lock(stage->fd);
    barrier_init(&stage->barrier, stage->fd);
    return SWEEP_OK;
}

enum sweep_code stage_mkdir(struct stage *stage, const char *name, struct sweep_error *error)
{
    int failure =
        mkdirat(stage->fd, name, 0777) == 0 ? barrier_add_directory(&stage->barrier, name) : errno;
    return failure == 0 ? SWEEP_OK : failed(stage, "make a directory", failure, error);
}

enum sweep_code stage_write(struct stage *stage, const char *name, const void *bytes, size_t length,
    enum stage_kind kind, struct sweep_error *error)
{
    char hex[DIGEST_HEX];
    int mode = kind == STAGE_SCRIPT ? 0777 : 0666;
    digest_of(bytes, length, hex);
    int file = file_write_new(stage->fd, name, bytes, length, mode);
    if ((file == -EMFILE || file == -ENFILE) && stage->barrier.n_files > 0) {
        int failure = barrier_drain(&stage->barrier);
        if (failure != 0)
            return sync_failed(stage, "the files", failure, error);
        file = file_write_new(stage->fd, name, bytes, length, mode);
    }
    if (file < 0)
        return sweep_error_set(error, file_code(-file), "cannot write %s in %s: %s", name,
            stage->queue, strerror(-file));
    int failure = barrier_add_file(&stage->barrier, file);
    if (failure != 0)
        return sync_failed(stage, "the files", failure, error);
    stage->files++;
    stage->bytes += length;
    strbuf_printf(&stage->digests, "  \"%s\": \"%s\",\n", name, hex);
    return stage->digests.oom ? sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory") : SWEEP_OK;
}

/* --- its final name ----------------------------------------------------------------------- */

enum sweep_code stage_commit(struct stage *stage, const char *directory, struct sweep_error *error)
{
    enum sweep_code code = SWEEP_OK;
    struct stat own;
    int failure = barrier_wait(&stage->barrier, stage->fd);
    if (failure != 0) {
        code = sync_failed(stage, "the files", failure, error);
    } else {
        if (fstat(stage->fd, &own) == 0)
            failure =
                file_rename_new(&own, stage->queue_fd, stage->name, stage->queue_fd, directory);
        else
            failure = errno;
        if (failure == EEXIST)
            code = sweep_error_set(
                error, SWEEP_EXISTS, "%s/%s exists already", stage->queue, directory);
        else if (failure != 0)
            code = failed(stage, "name the sweep directory", failure, error);
    }
    if (code == SWEEP_OK) {
        stage->name[0] = '\0';
        failure = barrier_names(stage->queue_fd);
        if (failure != 0)
            code = sync_failed(stage, "the name of the sweep directory", failure, error);
    }
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
    stage->fd = stage->queue_fd = -1;
}
