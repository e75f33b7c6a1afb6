/* SPDX-License-Identifier: Apache-2.0
 *
 * The loop's side of the work: which specs there are, what happens to each next, which of it is
 * done now. daemon/sweepd/service.c is around it, with the loop and signals.
 *
 * Everything comes down to work_advance(): it starts what can be started (children, and a turn of
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
#define WORK_CHILDREN 64

/* Specs that are claimed ahead of the children, so that several share one barrier of the disk. */
#define WORK_AHEAD 16

/* Most specs in memory: only broken ones that wait for their next attempt can become this many. */
#define WORK_MOST 1024

struct work;

/* A child and its spec. */
struct work_child {
    struct work *work;
    struct runner runner;
    struct spec *spec; /* NULL: free */
    char *const *argv; /* of the program that works on it; ours (free()) */
};

/* Why nothing is started at the moment. */
struct work_pause {
    char why[256];    /* empty: no pause */
    int64_t until_ms; /* by clock_ms() */
    int64_t last_ms;  /* its length; the next one in a row is twice as long */
    bool probing;     /* it is over, but one child at a time until one succeeds */
};

/* What became of a spec, for `sweepctl status`. */
struct work_result {
    char name[NAMES_SIZE];
    char line[160];       /* "12 runs in lora-grid-4f1c09ab, 9 ms" */
    char directory[4096]; /* of its sweep; empty: there is none */
    int64_t unix_s;
};
#define WORK_RESULTS 10

struct work {
    const struct service_settings *settings;
    uv_loop_t *loop;
    void (*changed)(void *data); /* called by work_advance() at its end: is it over? */
    void *data;

    struct spool *spool;
    struct spool_turn turn;
    uv_work_t request;
    bool turning; /* a turn is running: the spool and the specs ordered in it are not ours */
    char **hints; /* for the next turn */
    size_t n_hints;
    bool look, anew; /* the same */
    enum spool_attach attached;
    bool more;
    size_t waiting; /* specs in SPECS */
    int64_t rescan_ms;
    int64_t next_look_ms; /* at the latest */
    int64_t due_ms;       /* when a spec in SPECS may be complete */

    struct spec *specs;                         /* all in memory, in the order in which they came */
    struct work_child *children[WORK_CHILDREN]; /* made when they are needed */
    const char **command; /* what starts a child, without what its spec adds */
    size_t n_command;
    uv_timer_t wake;
    uv_timer_t start; /* runs while there are children to start */

    struct work_pause pause;
    char alarm[256]; /* the storage fails: nothing is taken or started; empty: it does not */
    struct metrics metrics;
    struct work_result results[WORK_RESULTS]; /* the newest is at (n_results - 1) % WORK_RESULTS */
    uint64_t n_results;
    bool stopping; /* end the children's work, start nothing */
    bool draining; /* do what is claimed, claim nothing */
};

/* False (logged) when there is no memory for it. */
bool work_init(struct work *work, const struct service_settings *settings, uv_loop_t *loop,
    int inotify, void (*changed)(void *), void *data);
void work_free(struct work *work);

/* A file event: a name, or NULL for anything. */
void work_hint(struct work *work, const char *name);

/* Looks at everything again, and forgets pauses and alarms. */
void work_again(struct work *work);

void work_stop(struct work *work);          /* begins to stop: children may finish */
void work_stop_children(struct work *work); /* … may not */
void work_drain(struct work *work);

/* Starts what can be started. */
void work_advance(struct work *work);

/* Nothing is out: no child, no turn, no spec that has yet to be filed. */
bool work_idle(const struct work *work);

/* Nothing is left to do, as far as the last look told. */
bool work_finished(const struct work *work);

size_t work_count(const struct work *work, enum spec_state state);

/* --- between the parts ---------------------------------------------------------------------- */

/* work.c: the list */
void work_add(struct work *work, struct spec *spec);    /* takes it over */
void work_forget(struct work *work, struct spec *spec); /* frees it */
size_t work_count_all(const struct work *work);

/* step.c: one step of one spec, as the table says. The spec may be freed by it. */
void work_apply(struct work *work, struct spec *spec, enum spec_event event);
/* … with the report of a spec that no child has judged */
void work_refuse(struct spec *spec, const char *line, const char *code, const char *why);
void work_pause_for(struct work *work, const char *why);
void work_end_pause(struct work *work);
bool work_paused(const struct work *work);
void work_raise_alarm(struct work *work, const char *why);
/* One line for the log, with fields or NULL, and for `systemctl status`. */
void work_tell(enum log_priority priority, const struct log_field *fields, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* children.c */
size_t work_busy(const struct work *work); /* children, and those about to be */
/* Makes what starts a child from the settings, anew when they changed. False: no memory, and the
 * command is as it was. */
bool work_make_command(struct work *work);
struct spec *work_next_claimed(struct work *work); /* whose turn it is; NULL: nobody's */
/* In one of the next rounds of the loop. */
void work_start_soon(struct work *work);
runner_done work_on_generated;

/* turns.c */
size_t work_room(const struct work *work); /* how many specs to claim now */
void work_start_turn(struct work *work);   /* if there is something to do in one */

#endif
