/* SPDX-License-Identifier: Apache-2.0
 *
 * The loop's side of the work: which specs there are, what happens to each next, which of it is
 * done now. daemon/sweepd/service.c is around it, with the loop and signals.
 *
 * Everything comes down to engine_advance(): it starts what can be started (children, and a turn of
 * the spool on another thread), and is called again whenever something has ended or has come. So no
 * order of events has to be thought of; only the table in spool/states.c and what is due now.
 *
 *   engine.c    the list of specs, and what is due
 *   step.c      what the table says for one of them; pauses and alarms
 *   children.c  who is next, how a child is started, how it ended
 *   turn.c      what the spool is to do, and what it did
 */
#ifndef DAEMON_SWEEPD_ENGINE_H
#define DAEMON_SWEEPD_ENGINE_H

#include <uv.h>

#include "daemon/common/log.h"
#include "daemon/sweepd/metrics.h"
#include "daemon/sweepd/runner.h"
#include "daemon/sweepd/service.h"
#include "daemon/spool/spool.h"

/* Most children at once. */
#define ENGINE_CHILDREN 64

/* Specs that are claimed ahead of the children, so that several share one barrier of the disk. */
#define ENGINE_AHEAD 16

/* Most specs in memory: only broken ones that wait for their next attempt can become this many. */
#define ENGINE_MAX 1024

struct engine;

/* A child and its spec. */
struct engine_child {
    struct engine *engine;
    struct runner runner;
    struct entry *entry; /* NULL: free */
    char *const *argv;   /* of the program that works on it; ours (free()) */
};

/* Why nothing is started at the moment. */
struct engine_pause {
    char why[256];    /* empty: no pause */
    int64_t until_ms; /* by clock_ms() */
    int64_t last_ms;  /* its length; the next one in a row is twice as long */
    bool probing;     /* it is over, but one child at a time until one succeeds */
};

/* What became of a spec, for `sweepctl status`. */
struct engine_result {
    char name[NAMES_SIZE];
    char line[160];       /* "12 runs in lora-grid-4f1c09ab, 9 ms" */
    char directory[4096]; /* of its sweep; empty: there is none */
    int64_t unix_s;
};
#define ENGINE_RESULTS 10

struct engine {
    const struct service_settings *settings;
    uv_loop_t *loop;
    void (*changed)(void *data); /* called by engine_advance() at its end: is it over? */
    void *data;

    struct spool *spool;
    struct spool_batch batch;
    uv_work_t request;
    bool batch_running; /* a turn is running: the spool and the specs ordered in it are not ours */
    char **hints;       /* for the next turn */
    size_t n_hints;
    bool look, anew; /* the same */
    enum spool_attach attached;
    bool more;
    size_t waiting; /* specs in SPECS */
    int64_t rescan_ms;
    int64_t next_look_ms; /* at the latest */
    int64_t due_ms;       /* when a spec in SPECS may be complete */

    struct entry *entries; /* all in memory, in the order in which they came */
    struct engine_child *children[ENGINE_CHILDREN]; /* made when they are needed */
    const char **command; /* what starts a child, without what its spec adds */
    size_t n_command;
    uv_timer_t wake;
    uv_timer_t start; /* runs while there are children to start */

    struct engine_pause pause;
    char alarm[256]; /* the storage fails: nothing is taken or started; empty: it does not */
    struct metrics metrics;
    struct engine_result
        results[ENGINE_RESULTS]; /* the newest is at (n_results - 1) % ENGINE_RESULTS */
    uint64_t n_results;
    bool stopping; /* end the children's work, start nothing */
    bool draining; /* do what is claimed, claim nothing */
};

/* False (logged) when there is no memory for it. */
bool engine_init(struct engine *engine, const struct service_settings *settings, uv_loop_t *loop,
    int inotify, void (*changed)(void *), void *data);
void engine_free(struct engine *engine);

/* A file event: a name, or NULL for anything. */
void engine_hint(struct engine *engine, const char *name);

/* Looks at everything again, and forgets pauses and alarms. */
void engine_again(struct engine *engine);

void engine_stop(struct engine *engine);          /* begins to stop: children may finish */
void engine_stop_children(struct engine *engine); /* … may not */
void engine_drain(struct engine *engine);

/* Starts what can be started. */
void engine_advance(struct engine *engine);

/* Nothing is out: no child, no turn, no spec that has yet to be filed. */
bool engine_idle(const struct engine *engine);

/* Nothing is left to do, as far as the last look told. */
bool engine_finished(const struct engine *engine);

size_t engine_count(const struct engine *engine, enum entry_state state);

/* --- between the parts ---------------------------------------------------------------------- */

/* work.c: the list */
void engine_add(struct engine *engine, struct entry *entry);    /* takes it over */
void engine_forget(struct engine *engine, struct entry *entry); /* frees it */
size_t engine_count_all(const struct engine *engine);

/* step.c: one step of one spec, as the table says. The spec may be freed by it. */
void engine_apply(struct engine *engine, struct entry *entry, enum entry_event event);
/* … with the report of a spec that no child has judged */
void engine_refuse(struct entry *entry, const char *line, const char *code, const char *why);
void engine_pause_for(struct engine *engine, const char *why);
void engine_end_pause(struct engine *engine);
bool engine_paused(const struct engine *engine);
void engine_raise_alarm(struct engine *engine, const char *why);
/* One line for the log, with fields or NULL, and for `systemctl status`. */
void engine_tell(enum log_priority priority, const struct log_field *fields, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* children.c */
size_t engine_busy(const struct engine *engine); /* children, and those about to be */
/* Makes what starts a child from the settings, anew when they changed. False: no memory, and the
 * command is as it was. */
bool engine_make_command(struct engine *engine);
struct entry *engine_next_claimed(struct engine *engine); /* whose turn it is; NULL: nobody's */
/* In one of the next rounds of the loop. */
void engine_start_soon(struct engine *engine);
runner_done engine_on_generated;

/* turns.c */
size_t engine_room(const struct engine *engine); /* how many specs to claim now */
void engine_start_batch(struct engine *engine);  /* if there is something to do in one */

#endif
