/* SPDX-License-Identifier: Apache-2.0
 *
 * What `sweepctl help TOPIC` describes besides the commands.
 */
#ifndef DAEMON_SWEEPCTL_TOPICS_H
#define DAEMON_SWEEPCTL_TOPICS_H

struct topic {
    const char *name;
    const char *summary;
    int (*print)(void); /* on stdout; returns an exit code */
};

/* Ends with an entry whose name is NULL. */
extern const struct topic topics[];

#endif
