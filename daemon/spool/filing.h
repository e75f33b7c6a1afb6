/* SPDX-License-Identifier: Apache-2.0
 *
 * From .claimed to done/ or failed/, with what people want to know beside it.
 */
#ifndef DAEMON_SPOOL_FILING_H
#define DAEMON_SPOOL_FILING_H

#include "daemon/spool/claim.h"

/* The filings of one turn. done/ and failed/ are opened when they are needed, and brought to stable
 * storage once, at the end. */
struct filing {
    const struct spool_dirs *dirs;
    int done, failed; /* -1: not open */
};

void filing_begin(struct filing *filing, const struct spool_dirs *dirs);

/* Moves a spec to where its state says, writing its `text` beside it first: who sees the spec there
 * finds the text, too. ENTRY_FILED (only true after filing_end()), ENTRY_VANISHED,
 * ENTRY_BLOCKED or ENTRY_STORAGE_FAILED; all but the first were logged. */
enum entry_event filing_move(struct filing *filing, struct entry *entry);

/* 0 when all that was filed is on stable storage, else an errno value. */
int filing_end(struct filing *filing);

#endif
