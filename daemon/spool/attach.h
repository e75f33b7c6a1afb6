/* SPDX-License-Identifier: Apache-2.0
 *
 * Attaching to the directory of specs: open it, check that only trusted users can write to it,
 * create its subdirectories, take its lock, and resume what a previous sweepd had claimed. Each
 * scan checks first that the path still leads to the same directory.
 */
#ifndef DAEMON_SPOOL_ATTACH_H
#define DAEMON_SPOOL_ATTACH_H

#include <stdbool.h>

#include "daemon/common/filesystem.h"
#include "daemon/spool/claim.h"
#include "daemon/spool/entry.h"

struct attachment {
    struct spool_dirs dirs; /* descriptors are -1 while detached */
    int lock;               /* -1 while detached */
    struct filesystem filesystem;
    bool served; /* it was attached before, so leftover entries are those of this process */
    bool logged; /* why the directory cannot be used; not again until it is attached */
};

enum attach_result {
    ATTACH_SAME, /* still attached to the same directory */
    ATTACH_NEW,  /* attached to another directory than before */
    ATTACH_BUSY, /* the path leads to another directory, but entries of the old one are in flight */
    ATTACH_GONE, /* detached: the directory cannot be used, and why was logged */
};

/* Both pointers are borrowed until attach_close(). */
void attach_init(struct attachment *attachment, const struct spool_settings *settings,
    const struct spool_policy *policy);

/* Makes sure that SPECS is attached. `rebuild`: detach first, to trust nothing that was known of
 * it. `in_flight`: there are entries that would be lost, so do not detach. With ATTACH_NEW the
 * leftover entries in .claimed are appended to `resumed`, the oldest claim first. */
enum attach_result attach_check(
    struct attachment *attachment, bool rebuild, bool in_flight, struct entry **resumed);

/* Detaches. */
void attach_close(struct attachment *attachment);

/* Logs a problem with SPECS, unless one was logged since it was attached: "SPECS: WHAT: why", or
 * "SPECS WHAT" when `failure`, an errno value, is 0. */
void attach_log_once(struct attachment *attachment, const char *what, int failure);

#endif
