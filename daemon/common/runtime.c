/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/common/runtime.h"

void runtime_directory(char path[RUNTIME_SIZE])
{
    snprintf(path, RUNTIME_SIZE, "/tmp/sweepd-%u", (unsigned)geteuid());
}

int runtime_check(const char *path)
{
    struct stat status;
    if (lstat(path, &status) != 0)
        return errno;
    if (!S_ISDIR(status.st_mode))
        return ENOTDIR;
    if (status.st_uid != geteuid() || (status.st_mode & 077) != 0)
        return EPERM;
    return 0;
}

int runtime_make(const char *path)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return errno;
    return runtime_check(path);
}
