/* SPDX-License-Identifier: Apache-2.0
 *
 * The files and directories that every generator needs besides its spec: the queue, and those that
 * the settings name (torchtune, profile, bases). When one of them is missing, no spec is to blame,
 * so sweepd looks here before it believes what the exit of a generator says about a spec.
 */
#ifndef DAEMON_SPOOL_ENVIRONMENT_H
#define DAEMON_SPOOL_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* All strings are borrowed during the call of environment_set(). */
struct environment_settings {
    const char *queue;
    const char *torchtune, *profile; /* NULL: none */
    const char *const *bases;        /* ends with NULL; or NULL: none */
};

enum environment_kind { ENVIRONMENT_QUEUE, ENVIRONMENT_DIRECTORY, ENVIRONMENT_FILE };

struct environment_path {
    enum environment_kind kind;
    const char *setting; /* "torchtune", for messages; a static text */
    char *path;          /* owned */
    dev_t device;        /* valid if `seen` */
    bool seen;           /* it was usable once */
};

/* Zero-initialise it. */
struct environment {
    struct environment_path *paths;
    size_t count;
};

/* What is wrong; `why` is empty if nothing is. */
struct environment_state {
    int failure; /* errno value */
    char why[400];
};

/* Replaces the list, and forgets what was seen. False when out of memory; the list is then as
 * before. */
bool environment_set(struct environment *environment, const struct environment_settings *settings);

void environment_deinit(struct environment *environment);

/* Looks at each path, without changing anything; may block as long as the file systems do. True if
 * all can be used. A directory that has become empty and is on another file system than before is
 * taken for a mount point whose file system is missing. `create`: also create a file without a name
 * in the queue, which finds more reasons than its mode does. */
bool environment_check(
    struct environment *environment, bool create, struct environment_state *state);

#endif
