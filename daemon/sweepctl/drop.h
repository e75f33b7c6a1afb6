/* SPDX-License-Identifier: Apache-2.0
 *
 * Hands one spec over to sweepd, complete and under its final name, in one step. sweepd moves a
 * spec and never copies it, so the file is recognised by its device and inode under whatever name
 * it has later; while it is open here, no other file can get the same inode. Messages go to stderr.
 */
#ifndef DAEMON_SWEEPCTL_DROP_H
#define DAEMON_SWEEPCTL_DROP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct drop {
    const char *source;    /* a path, or "-" */
    const char *name;      /* in the directory */
    const char *directory; /* the specs directory */
    char *text;            /* owned, as are the members below */
    size_t length;
    char *path; /* in the directory; NULL before drop_hand_over() */
    int fd;     /* of the file in the directory; -1 if there is none */
    dev_t device;
    ino_t inode;
};

/* Writes the spec into the directory and fsyncs it; does not replace a file of the same name.
 * Returns an exit code. */
int drop_hand_over(struct drop *drop);

/* Warns if no sweepd serves the specs directory, as far as that can be seen. */
void drop_check_served(const char *directory);

/* Waits until sweepd has finished the spec, and prints its sweep directory, or its report if it
 * failed. Returns an exit code: EXIT_FAILED when `timeout` seconds (0: no limit) have passed since
 * `start_ms`, a clock_ms(). */
int drop_wait(const struct drop *drop, double timeout, int64_t start_ms);

void drop_deinit(struct drop *drop);

#endif
