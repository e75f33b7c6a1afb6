/* SPDX-License-Identifier: Apache-2.0
 *
 * What kind of file system a directory is on, as far as it matters for watching the directory.
 */
#ifndef DAEMON_COMMON_FILESYSTEM_H
#define DAEMON_COMMON_FILESYSTEM_H

#include <stdbool.h>
#include <stdint.h>

struct filesystem {
    const char *name; /* "ext4", "nfs", …; "unknown" if it is not in the table; static */
    uint32_t magic;   /* f_type of statfs(2) */

    /* inotify reports every write. False if files can change in another way: by other clients of a
     * server, in the lower directory of an overlay, below FUSE. Such a directory must be polled. */
    bool events;

    /* There is, or may be, a server. Writes of other machines are seen late, so a file has to be
     * unchanged for longer until it counts as complete. */
    bool network;

    bool in_memory; /* lost at the next boot */
};

/* The file system of an open file or directory (O_PATH will do). 0 or an errno value. */
int filesystem_of(int fd, struct filesystem *out);

/* By its f_type of statfs(2). An unknown one counts as a network file system: polling too often
 * does no harm, but trusting events that never come does. */
struct filesystem filesystem_by_magic(uint32_t magic);

#endif
