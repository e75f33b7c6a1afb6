/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "lib/util/flock.h"

enum { FLOCK_MIN_PAUSE_MS = 5, FLOCK_MAX_PAUSE_MS = 100 };

int flock_wait(int fd, unsigned patience_ms)
{
    unsigned waited_ms = 0, pause_ms = FLOCK_MIN_PAUSE_MS;
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR)
            continue;
        if (errno != EWOULDBLOCK)
            return errno;
        if (waited_ms == 0 && flock_holder(fd) == (long)getpid())
            return EDEADLK;
        if (waited_ms >= patience_ms)
            return EBUSY;
        nanosleep(&(struct timespec){.tv_nsec = pause_ms * 1000000L}, NULL);
        waited_ms += pause_ms;
        pause_ms *= 2;
        if (pause_ms > FLOCK_MAX_PAUSE_MS)
            pause_ms = FLOCK_MAX_PAUSE_MS;
    }
    return 0;
}

long flock_holder(int fd)
{
    struct stat status;
    char line[256];
    long holder = 0;
    FILE *locks = fopen("/proc/locks", "re");
    if (locks == NULL)
        return 0;
    while (holder == 0 && fstat(fd, &status) == 0 && fgets(line, sizeof line, locks) != NULL) {
        unsigned device_major, device_minor;
        unsigned long long inode;
        long process;
        /* "1: FLOCK  ADVISORY  WRITE 123 08:01:456 0 EOF"; a line with "->" is a waiting process */
        if (sscanf(line, "%*d: FLOCK %*s %*s %ld %x:%x:%llu", &process, &device_major,
                &device_minor, &inode) == 4 &&
            inode == status.st_ino && device_major == major(status.st_dev) &&
            device_minor == minor(status.st_dev) && process > 0)
            holder = process;
    }
    fclose(locks);
    return holder;
}
