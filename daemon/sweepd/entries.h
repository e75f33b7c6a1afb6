/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of entries: specs that are claimed and not yet filed.
 */
#ifndef DAEMON_SWEEPD_ENTRIES_H
#define DAEMON_SWEEPD_ENTRIES_H

#include "daemon/sweepd/state.h"

/* Appends an entry, which is the list's from now on. */
void entries_add(struct engine *engine, struct entry *entry);

/* Removes and frees it. */
void entries_forget(struct engine *engine, struct entry *entry);

size_t entries_count(const struct engine *engine);
size_t entries_count_in(const struct engine *engine, enum entry_state state);

/* Entries that have a child, or are about to get one. */
size_t entries_busy(const struct engine *engine);

/* Claimed entries that a child may be started for at any time: not the suspects. */
size_t entries_ready(const struct engine *engine);

/* The claimed entry that gets the next free child; NULL: there is none. It is not a suspect. */
struct entry *entries_next_claimed(const struct engine *engine);

/* The claimed suspect to process next: the one with the fewest attempts. NULL: there is none. */
struct entry *entries_next_suspect(const struct engine *engine);

/* True while an entry is processed that must be alone. */
bool entries_one_is_alone(const struct engine *engine);

/* The first entry whose child has not been started yet; NULL: there is none. */
struct entry *entries_next_to_start(const struct engine *engine);

/* True while only the clock has to reach entry->due_ms before it can continue. */
bool entries_waits_for_time(const struct entry *entry);

#endif
