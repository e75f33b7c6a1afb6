/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/common/fileat.h"
#include "daemon/common/filesystem.h"
#include "daemon/common/leftovers.h"
#include "lib/util/file.h"
#include "sweep/generate.h"

enum { LEFTOVERS_NETWORK_AGE_S = 24 * 60 * 60 };

/* True if the open directory is a stage of ours that nobody uses any more, and still has its name.
 * It is locked then. */
static bool leftovers_is_dead(int queue, const char *name, int fd, bool network)
{
    struct stat opened, named;
    if (fstat(fd, &opened) != 0 || opened.st_uid != geteuid())
        return false;
    if (network && time(NULL) - opened.st_mtime < LEFTOVERS_NETWORK_AGE_S)
        return false;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return false;
    return fstatat(queue, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

static bool leftovers_remove_one(int queue, const char *name, bool network)
{
    int fd =
        TEMP_FAILURE_RETRY(openat(queue, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (fd < 0)
        return false;
    bool dead = leftovers_is_dead(queue, name, fd, network);
    if (dead)
        file_remove_tree(queue, name);
    close(fd);
    return dead;
}

size_t leftovers_remove(const char *queue)
{
    static const char prefix[] = SWEEP_STAGE_PREFIX;
    struct filesystem filesystem = {0};
    const char *name;
    size_t removed = 0;
    int fd = TEMP_FAILURE_RETRY(open(queue, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd < 0)
        return 0;
    (void)filesystem_of(fd, &filesystem);
    DIR *stream = fileat_list(fd);
    while (stream != NULL && fileat_next(stream, &name) == 0 && name != NULL) {
        if (strncmp(name, prefix, sizeof prefix - 1) == 0 &&
            leftovers_remove_one(fd, name, filesystem.network))
            removed++;
    }
    if (stream != NULL)
        closedir(stream);
    close(fd);
    return removed;
}
