/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sweepd/entries.h"

void entries_add(struct engine *engine, struct entry *entry)
{
    struct entry **end = &engine->entries;
    while (*end != NULL)
        end = &(*end)->next;
    entry->next = NULL;
    *end = entry;
}

void entries_forget(struct engine *engine, struct entry *entry)
{
    struct entry **link = &engine->entries;
    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    entry_free(entry);
}

size_t entries_count(const struct engine *engine)
{
    size_t count = 0;
    for (const struct entry *entry = engine->entries; entry != NULL; entry = entry->next)
        count++;
    return count;
}

size_t entries_count_in(const struct engine *engine, enum entry_state state)
{
    size_t count = 0;
    for (const struct entry *entry = engine->entries; entry != NULL; entry = entry->next) {
        if (entry->state == state)
            count++;
    }
    return count;
}

static bool entries_is_busy(const struct entry *entry)
{
    return entry->state == ENTRY_OPENING || entry->state == ENTRY_WORKING ||
           entry->state == ENTRY_ENDING;
}

size_t entries_busy(const struct engine *engine)
{
    size_t count = 0;
    for (const struct entry *entry = engine->entries; entry != NULL; entry = entry->next) {
        if (entries_is_busy(entry))
            count++;
    }
    return count;
}

static size_t entries_busy_of(const struct engine *engine, uid_t owner)
{
    size_t count = 0;
    for (const struct entry *entry = engine->entries; entry != NULL; entry = entry->next) {
        if (entry->owner == owner && entries_is_busy(entry))
            count++;
    }
    return count;
}

/* Entries that were blocked less often go first, then those of the user with fewer children, then
 * the older. */
static bool entries_goes_first(
    const struct engine *engine, const struct entry *a, const struct entry *b)
{
    if (a->times_blocked != b->times_blocked)
        return a->times_blocked < b->times_blocked;
    size_t busy_a = entries_busy_of(engine, a->owner);
    size_t busy_b = entries_busy_of(engine, b->owner);
    if (busy_a != busy_b)
        return busy_a < busy_b;
    return a->changed_ns < b->changed_ns;
}

struct entry *entries_next_claimed(const struct engine *engine)
{
    struct entry *best = NULL;
    for (struct entry *entry = engine->entries; entry != NULL; entry = entry->next) {
        if (entry->state != ENTRY_CLAIMED || entry->suspect)
            continue;
        if (best == NULL || entries_goes_first(engine, entry, best))
            best = entry;
    }
    return best;
}

struct entry *entries_next_suspect(const struct engine *engine)
{
    struct entry *best = NULL;
    for (struct entry *entry = engine->entries; entry != NULL; entry = entry->next) {
        if (entry->state != ENTRY_CLAIMED || !entry->suspect)
            continue;
        if (best == NULL || entry->claim.attempt < best->claim.attempt)
            best = entry;
    }
    return best;
}

size_t entries_ready(const struct engine *engine)
{
    size_t count = 0;
    for (const struct entry *entry = engine->entries; entry != NULL; entry = entry->next) {
        if (entry->state == ENTRY_CLAIMED && !entry->suspect)
            count++;
    }
    return count;
}

bool entries_one_is_alone(const struct engine *engine)
{
    for (const struct entry *entry = engine->entries; entry != NULL; entry = entry->next) {
        if (entry->alone && entries_is_busy(entry))
            return true;
    }
    return false;
}

struct entry *entries_next_to_start(const struct engine *engine)
{
    for (struct entry *entry = engine->entries; entry != NULL; entry = entry->next) {
        if (entry->state == ENTRY_WORKING && entry->child == NULL)
            return entry;
    }
    return NULL;
}

bool entries_waits_for_time(const struct entry *entry)
{
    switch (entry->state) {
    case ENTRY_BACKING_OFF:
    case ENTRY_HELD:
    case ENTRY_TO_DONE:
    case ENTRY_TO_FAILED:
        return entry->due_ms > 0;
    default:
        return false;
    }
}
