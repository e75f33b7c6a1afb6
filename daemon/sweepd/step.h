/* SPDX-License-Identifier: Apache-2.0
 *
 * Applies the transitions of spool/states.c to entries, and says what happened in the log and to
 * the service manager. Pauses and alarms are here because transitions start them.
 */
#ifndef DAEMON_SWEEPD_STEP_H
#define DAEMON_SWEEPD_STEP_H

#include "daemon/common/log.h"
#include "daemon/sweepd/state.h"

/* Applies the transition for `event`, which may free the entry. It starts nothing by itself: an
 * entry that is to be opened or filed is `wanted` by the next batch, and an entry that is to get a
 * child is ENTRY_WORKING without one; engine_advance() sees to both. */
void step_apply(struct engine *engine, struct entry *entry, enum entry_event event);

/* Sets the report of an entry that is refused without asking a child. */
void step_refuse(struct entry *entry, const char *line, const char *code, const char *why);

/* Applies ENTRY_STOP to all entries that are claimed, resting or held. */
void step_stop_waiting(struct engine *engine);

/* Something that is not a spec's fault, such as a full disk, keeps us from working: start nothing
 * for a while. */
void step_pause(struct engine *engine, const char *why);
void step_end_pause(struct engine *engine);
bool step_paused(const struct engine *engine); /* false as soon as it may be tried again */

/* The storage has failed: start and claim nothing until step_retry_all(). */
void step_raise_alarm(struct engine *engine, const char *why);

/* Ends a pause or an alarm, and scans; all entries that wait are due at once. */
void step_retry_all(struct engine *engine);

/* A generator has done its work, so whatever had paused it is over. */
void step_generator_works(struct engine *engine);

/* The environment was checked, and generators can work: what it had paused is over. */
void step_environment_works(struct engine *engine);

/* Sends one line to the log, with `fields` unless NULL, and to `systemctl status`. */
void step_tell(enum log_priority priority, const struct log_field *fields, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
