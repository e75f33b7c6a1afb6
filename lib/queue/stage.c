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
 * renames one that another has created. On file systems without locks it is not protected. */
static void stage_lock(int fd)
{
    while (flock(fd, LOCK_EX) != 0 && errno == EINTR)
        continue;
}

static int stage_open_directory(const struct stage *stage)
{
    return openat(stage->queue_fd, stage->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Removes the stage of an earlier process of the same name; waits for that process if it is still
 * running. */
static void stage_remove_leftover(const struct stage *stage)
{
    struct stat locked, named;
    CLEANUP_FD int fd = stage_open_directory(stage);
    if (fd < 0)
        return;
    stage_lock(fd);
    /* It may have been renamed while we waited. */
    if (fstat(fd, &locked) == 0 &&
        fstatat(stage->queue_fd, stage->name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
        locked.st_dev == named.st_dev && locked.st_ino == named.st_ino)
        file_remove_tree(stage->queue_fd, stage->name);
}

/* Creates the directory `name`. These functions return 0 or an errno value. */
static int stage_create(struct stage *stage, const char *name)
{
    snprintf(stage->name, sizeof stage->name, "%s", name);
    stage_remove_leftover(stage);
    if (mkdirat(stage->queue_fd, stage->name, 0777) != 0)
        return errno;
    return 0;
}

/* Creates a directory whose name contains the process id. An earlier process with that id may have
 * left one behind, so a few numbers are tried. */
static int stage_create_unique(struct stage *stage)
{
    for (int i = 0; i < 100; i++) {
        snprintf(stage->name, sizeof stage->name, SWEEP_STAGE_PREFIX "%ld.%d", (long)getpid(), i);
        if (mkdirat(stage->queue_fd, stage->name, 0777) == 0)
            return 0;
        if (errno != EEXIST)
            return errno;
    }
    return EEXIST;
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
    stage->queue_fd = open(queue, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (stage->queue_fd < 0)
        return sweep_error_set(
            error, file_code(errno), "cannot open the queue %s: %s", queue, strerror(errno));
    int failure;
    if (name != NULL)
        failure = stage_create(stage, name);
    else
        failure = stage_create_unique(stage);
    if (failure != 0) {
        stage->name[0] = '\0'; /* it is not ours to remove */
        return stage_failed(stage, "create a directory", failure, error);
    }
    stage->fd = stage_open_directory(stage);
    if (stage->fd < 0)
        return stage_failed(stage, "open the stage", errno, error);
    stage_lock(stage->fd);
    barrier_init(&stage->barrier, stage->fd);
    return SWEEP_OK;
}

/* --- its files ---------------------------------------------------------------------------- */

enum sweep_code stage_mkdir(struct stage *stage, const char *name, struct sweep_error *error)
{
    if (mkdirat(stage->fd, name, 0777) != 0)
        return stage_failed(stage, "create a directory", errno, error);
    if (!barrier_add_directory(&stage->barrier, name))
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    return SWEEP_OK;
}

/* Returns the open file or a negative errno value. */
static int stage_create_file(const struct stage *stage, const struct stage_file *file)
{
    int mode = 0666;
    if (file->is_script)
        mode = 0777;
    return file_write_new(stage->fd, file->name, file->bytes, file->length, mode);
}

enum sweep_code stage_write(
    struct stage *stage, const struct stage_file *file, struct sweep_error *error)
{
    char hex[DIGEST_HEX];
    digest_of(file->bytes, file->length, hex);
    int fd = stage_create_file(stage, file);
    if ((fd == -EMFILE || fd == -ENFILE) && stage->barrier.n_files > 0) {
        int failure = barrier_drain(&stage->barrier);
        if (failure != 0)
            return stage_sync_failed(stage, "the files", failure, error);
        fd = stage_create_file(stage, file);
    }
    if (fd < 0)
        return sweep_error_set(error, file_code(-fd), "cannot write %s in %s: %s", file->name,
            stage->queue, strerror(-fd));
    int failure = barrier_add_file(&stage->barrier, fd);
    if (failure != 0)
        return stage_sync_failed(stage, "the files", failure, error);
    stage->files++;
    stage->bytes += file->length;
    strbuf_printf(&stage->digests, "  \"%s\": \"%s\",\n", file->name, hex);
    if (stage->digests.oom)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    return SWEEP_OK;
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

enum sweep_code stage_commit(struct stage *stage, const char *directory, struct sweep_error *error)
{
    enum sweep_code code;
    int failure = barrier_wait(&stage->barrier, stage->fd);
    if (failure != 0)
        code = stage_sync_failed(stage, "the files", failure, error);
    else
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
