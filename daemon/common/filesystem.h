/* SPDX-License-Identifier: Apache-2.0
 *
 * What kind of file system a directory is on, and what a watcher of that directory has to know
 * about it.
 */
#ifndef DAEMON_COMMON_FILESYSTEM_H
#define DAEMON_COMMON_FILESYSTEM_H

#include <stdbool.h>
#include <stdint.h>

struct filesystem {
    const char *name; /* "ext4", "nfs", …; "unknown" for one that is not in the table; static */
    uint32_t magic;   /* f_type of statfs(2), by which it was recognised */

    /* inotify reports every write. False where files can change behind this mount's back: by other
     * clients of a server, in the lower directory of an overlay, below FUSE. Such a directory has
     * to be looked at again and again. */
    bool events;

    /* A server is behind it, or may be: what other machines write is seen late, so that a file has
     * to be unchanged for longer until it counts as complete. */
    bool network;

    bool in_memory; /* all is gone at the next boot */
};

/* Of an open file or directory (O_PATH will do). 0, or an errno value. */
int filesystem_of(int fd, struct filesystem *out);

/* By a number that statfs(2) gives. One that is not in the table counts as a network's: to look
 * too often does no harm, to trust events that never come does. */
struct filesystem filesystem_by_magic(uint32_t magic);

#endif
