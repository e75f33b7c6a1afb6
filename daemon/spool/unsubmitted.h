/* SPDX-License-Identifier: Apache-2.0
 *
 * SPECS/.submit: a symbolic link for each sweep that is still to be submitted, named like the
 * sweep's directory, which it leads to. It is durable before the spec is in done/, and removed when
 * the submission is complete, so that a restarted sweepd knows what to finish. What has been
 * submitted is recorded by the sweep itself; a link that is left over does no harm.
 */
#ifndef DAEMON_SPOOL_UNSUBMITTED_H
#define DAEMON_SPOOL_UNSUBMITTED_H

#include <stdbool.h>
#include <stddef.h>

/* Paths of sweep directories. Zero-initialise it. */
struct unsubmitted {
    char **paths;
    size_t count, capacity;
};

/* Adds a sweep to the open directory SPECS/.submit, without fsync. 0 or an errno value. */
int unsubmitted_add(int directory, const char *sweep);

/* Reads all links in SPECS/.submit, where `specs` is the open directory SPECS. 0 or an errno value;
 * `out` may have some of them then. */
int unsubmitted_list(int specs, struct unsubmitted *out);
void unsubmitted_deinit(struct unsubmitted *list);

/* Removes the link of a sweep, without fsync; `specs` is the path of SPECS. */
void unsubmitted_remove(const char *specs, const char *sweep);

/* True if a sweep's directory no longer exists, while the one that it was in still does. */
bool unsubmitted_is_gone(const char *sweep);

#endif
