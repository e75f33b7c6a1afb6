/* SPDX-License-Identifier: Apache-2.0
 *
 * One spec that is handed over to a daemon: whole, under its final name, in one step. The daemon
 * moves a spec and never copies it, so the file that was dropped is known again by its device and
 * inode, whatever its name is then; and as long as it is open here, no other file gets these.
 * Messages go to stderr.
 */
#ifndef DAEMON_SWEEPCTL_DROP_H
#define DAEMON_SWEEPCTL_DROP_H

#include <stddef.h>
#include <sys/types.h>

struct drop {
    const char *source;    /* a path, or "-" */
    const char *name;      /* in the directory */
    const char *directory; /* that a daemon watches */
    char *text;            /* owned, as is the rest */
    size_t length;
    char *path; /* in the directory, once that is known */
    int fd;     /* of the file in the directory, -1 when there is none */
    dev_t device;
    ino_t inode;
};

/* Puts the text into the directory and on the disk, unless there is a file of its name. An exit
 * code. */
int drop_hand_over(struct drop *drop);

/* Waits until it is done, and prints its sweep directory, or has failed, and prints the report. An
 * exit code; EXIT_FAILED when `timeout` seconds (0: no limit) have passed since `start_ms`, a
 * drop_now_ms(). */
int drop_await(const struct drop *drop, double timeout, long long start_ms);

/* Of a clock that always goes forward. */
long long drop_now_ms(void);

void drop_deinit(struct drop *drop);

#endif
