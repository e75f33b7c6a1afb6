/* SPDX-License-Identifier: Apache-2.0
 *
 * From .claimed to done/ or failed/, with a report or a link next to the spec.
 */
#ifndef DAEMON_SPOOL_FILING_H
#define DAEMON_SPOOL_FILING_H

#include "daemon/spool/claim.h"

/* The filings of one batch. done/, failed/ and .submit/ are opened when first needed, and fsynced
 * once, at the end. */
struct filing {
    const struct spool_dirs *dirs;
    int done, failed, submit; /* -1: not open */
};

/* Removes what a failed or interrupted child left in the queue. This must happen before the spec is
 * moved: from its name in .claimed a restarted sweepd knows the name of the stage. */
void filing_remove_stage(const struct spool_dirs *dirs, const struct entry *entry);

void filing_begin(struct filing *filing, const struct spool_dirs *dirs);

/* Moves an entry to where its state says. Its `text` is written before, so that anybody who sees
 * the spec there finds the text, too. Returns ENTRY_FILED (durable only after filing_end()), or,
 * with a log line, ENTRY_VANISHED, ENTRY_BLOCKED or ENTRY_STORAGE_FAILED. */
enum entry_event filing_move(struct filing *filing, struct entry *entry);

/* Makes all filings durable. 0 or an errno value. */
int filing_end(struct filing *filing);

#endif
