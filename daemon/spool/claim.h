/* SPDX-License-Identifier: Apache-2.0
 *
 * From SPECS to .claimed, and from there into a child's hands. The name of a claimed spec counts
 * its attempts, so that a spec that takes all of sweepd down is given up, too. Because other specs
 * are in progress when that happens, all of them are only suspects: each is retried alone, after
 * all others, and only if sweepd dies during such an attempt, that counts. A reboot never does.
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
    uint32_t boot;      /* boot_number() */
};

/* Moves a candidate to .claimed, without fsync. 0: `out` is the entry, the caller's. EAGAIN: the
 * file was replaced since it was checked, and was moved back; check it again. Other errno values:
 * nothing happened. */
int claim_take(
    const struct spool_dirs *dirs, const struct candidate *candidate, struct entry **out);

/* The entry of a file in .claimed. `died`: by an earlier process, which has not released it. NULL:
 * out of memory, or `id` is not the name of a claim. */
struct entry *claim_resume(const struct spool_dirs *dirs, const char *id, bool died);

/* Counts one more attempt and opens the file: ENTRY_OPENED, ENTRY_UNFIT (with a refusal),
 * ENTRY_VANISHED, ENTRY_BLOCKED or ENTRY_STORAGE_FAILED. Only with ENTRY_OPENED the attempt stays
 * counted. */
enum entry_event claim_open(const struct spool_dirs *dirs, struct entry *entry);

/* Decides about an entry whose child has ended without a sweep: its verdict, or ENTRY_BLOCKED if
 * the environment is `broken`, or ENTRY_VANISHED. Unless the attempt counts, takes it back. */
enum entry_event claim_judge(const struct spool_dirs *dirs, struct entry *entry, bool broken);

/* Takes the count of the attempt in progress back. 0 or an errno value. */
int claim_release(const struct spool_dirs *dirs, struct entry *entry);

/* The event for an errno value of a call on an entry's file. */
enum entry_event claim_event(int failure);

#endif
