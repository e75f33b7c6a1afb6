/* SPDX-License-Identifier: Apache-2.0
 *
 * Decides what is done next. Everything comes down to engine_advance(): it starts what can be
 * started (children, and a batch of the spool's work on another thread) and is called again after
 * each event. So no order of events needs a case of its own; only the table in spool/states.c and
 * what is due now matter. service.c owns the engine, and adds signals and the control socket.
 */
#ifndef DAEMON_SWEEPD_ENGINE_H
#define DAEMON_SWEEPD_ENGINE_H

#include "daemon/sweepd/state.h"

/* `inotify`: the descriptor that gets a watch on the specs directory, or -1. `changed` is called
 * at the end of each engine_advance(); the caller sets `engine->data` for it. False (logged) when
 * out of memory; the timers must be closed in any case. */
bool engine_init(struct engine *engine, const struct engine_settings *settings, uv_loop_t *loop,
    int inotify, void (*changed)(struct engine *));

/* Closes the timers. Memory is in use until the loop has run once more. */
void engine_close(struct engine *engine);
void engine_free(struct engine *engine);

/* A file event: the name of a file, or NULL to scan the directory. */
void engine_hint(struct engine *engine, const char *name);

/* Scans the directory and retries everything that waits; ends a pause or an alarm. */
void engine_rescan(struct engine *engine);

/* The settings have changed: uses them from now on, and rescans. */
void engine_reload(struct engine *engine);

/* Starts nothing from now on; running children may finish, unless they are stopped, too. */
void engine_stop(struct engine *engine);
void engine_stop_children(struct engine *engine);

/* Finishes what is claimed and claims nothing from now on. */
void engine_drain(struct engine *engine);

/* Starts whatever can be started. */
void engine_advance(struct engine *engine);

/* True when nothing is in progress: no batch runs and no entry is in memory. */
bool engine_idle(const struct engine *engine);

/* True when there is nothing left to do, or nothing that can be done now (`--once`). */
bool engine_finished(const struct engine *engine);

#endif
