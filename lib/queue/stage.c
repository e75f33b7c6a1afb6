/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/queue/stage.h"
#include "lib/util/digest.h"
#include "lib/util/file.h"

static enum sweep_code system_error(
    const struct stage *stage, const char *what, struct sweep_error *error)
{
    return sweep_error_set(error, errno == ENOENT ? SWEEP_NOT_FOUND : SWEEP_IO,
        "cannot %s in %s: %s", what, stage->queue, strerror(errno));
}

static void close_all(struct stage *stage)
{
    if (stage->fd >= 0)
        close(stage->fd);
    if (stage->queue_fd >= 0)
        close(stage->queue_fd);
    strbuf_deinit(&stage->digests);
    stage->fd = stage->queue_fd = -1;
}

enum sweep_code stage_open(
    struct stage *stage, const char *queue, const char *directory, struct sweep_error *error)
{
    *stage = (struct stage){.queue = queue, .queue_fd = -1, .fd = -1};
    stage->queue_fd = open(queue, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (stage->queue_fd < 0)
        return sweep_error_set(error, errno == ENOENT ? SWEEP_NOT_FOUND : SWEEP_IO,
            "cannot open the queue %s: %s", queue, strerror(errno));
    /* The process id makes the name ours; a leftover of an earlier process with it is passed by. */
    for (int i = 0; i < 100; i++) {
        snprintf(stage->name, sizeof stage->name, ".stage.%s.%ld.%d", directory, (long)getpid(), i);
        if (mkdirat(stage->queue_fd, stage->name, 0777) == 0)
            break;
        if (errno != EEXIST || i == 99) {
            stage->name[0] = '\0';
            return system_error(stage, "make a directory", error);
        }
    }
    stage->fd = openat(stage->queue_fd, stage->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return stage->fd >= 0 ? SWEEP_OK : system_error(stage, "open the stage", error);
}

enum sweep_code stage_mkdir(struct stage *stage, const char *name, struct sweep_error *error)
{
    return mkdirat(stage->fd, name, 0777) == 0 ? SWEEP_OK
                                               : system_error(stage, "make a directory", error);
}

enum sweep_code stage_write(struct stage *stage, const char *name, const void *bytes, size_t length,
    enum stage_kind kind, struct sweep_error *error)
{
    char hex[DIGEST_HEX];
    digest_of(bytes, length, hex);
    enum sweep_code code =
        file_create(stage->fd, name, bytes, length, kind == STAGE_SCRIPT ? 0777 : 0666, error);
    if (code != SWEEP_OK)
        return code;
    stage->files++;
    stage->bytes += length;
    strbuf_printf(&stage->digests, "  \"%s\": \"%s\",\n", name, hex);
    return stage->digests.failed ? sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory")
                                 : SWEEP_OK;
}

/* Fails when something of this name is there already. Not every file system has RENAME_NOREPLACE;
 * a plain rename of a directory never replaces one that has files in it. */
static int rename_new(int fd, const char *from, const char *to)
{
    if (renameat2(fd, from, fd, to, RENAME_NOREPLACE) == 0)
        return 0;
    return errno == EINVAL || errno == ENOSYS ? renameat(fd, from, fd, to) : -1;
}

enum sweep_code stage_commit(struct stage *stage, const char *directory, struct sweep_error *error)
{
    enum sweep_code code = SWEEP_OK;
    /* One barrier for all files is several times faster than one each. A failed one is final: the
     * kernel drops the pages and would report success the next time. */
    if (syncfs(stage->fd) != 0)
        code = system_error(stage, "bring the files to stable storage", error);
    else if (rename_new(stage->queue_fd, stage->name, directory) != 0)
        code = errno == EEXIST || errno == ENOTEMPTY
                   ? sweep_error_set(
                         error, SWEEP_EXISTS, "%s/%s exists already", stage->queue, directory)
                   : system_error(stage, "name the sweep directory", error);
    else {
        stage->name[0] = '\0';
        if (fsync(stage->queue_fd) != 0)
            code = system_error(stage, "bring the directory to stable storage", error);
    }
    stage_abandon(stage);
    return code;
}

void stage_abandon(struct stage *stage)
{
    if (stage->queue_fd >= 0 && stage->name[0] != '\0')
        directory_remove(stage->queue_fd, stage->name);
    stage->name[0] = '\0';
    close_all(stage);
}
