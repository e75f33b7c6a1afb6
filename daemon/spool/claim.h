/* SPDX-License-Identifier: Apache-2.0
 *
 * From SPECS to .claimed, and from there into a child's hands. A claimed spec's name counts the
 * children that were started with it, so that a spec which takes the whole daemon down is found
 * out, too.
 */
#ifndef DAEMON_SPOOL_CLAIM_H
#define DAEMON_SPOOL_CLAIM_H

#include "daemon/spool/candidates.h"
#include "daemon/spool/entry.h"

/* What claims and filings work on; all borrowed. */
struct spool_dirs {
    const struct spool_settings *settings;
    const struct spool_policy *policy;
    int specs, claimed; /* open directories */
};

/* Moves a candidate to .claimed. 0: `out` is the spec, the caller's. EAGAIN: what was moved was not
 * what had been looked at, and is back; look again. Else an errno value, and nothing happened. The
 * move has yet to be brought to stable storage. */
int claim_take(
    const struct spool_dirs *dirs, const struct candidate *candidate, struct entry **out);

/* A spec that is in .claimed as `id` already. NULL: no memory, or no such name. */
struct entry *claim_resume(const struct spool_dirs *dirs, const char *id);

/* Counts one more attempt and opens the file: ENTRY_OPENED, ENTRY_UNFIT (with a refusal),
 * ENTRY_VANISHED, ENTRY_BLOCKED or ENTRY_STORAGE_FAILED. */
enum entry_event claim_open(const struct spool_dirs *dirs, struct entry *entry);

/* Takes the last attempt back. */
void claim_release(const struct spool_dirs *dirs, struct entry *entry);

/* What an errno value of a call on a spec's file means for it. */
enum entry_event claim_event(int failure);

#endif
