/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything that the event loop knows about its work. It belongs to the loop's thread; the spool
 * and the entries of a batch are the exception while that batch runs on another thread.
 *
 * The parts that work on it, lowest first; each calls only those before it:
 *
 *   submitter.c submits sweeps; knows nothing of the others
 *   entries.c   the list of entries, and which of them is next
 *   step.c      applies one transition of spool/states.c to one entry; pauses and alarms
 *   children.c  starts generators, and handles their exit
 *   batch.c     collects work for the spool's thread, and handles its results
 *   engine.c    engine_advance(), which starts whatever can be started
 *
 * children.c and batch.c call `advance` when a child or a batch has ended.
 */
#ifndef DAEMON_SWEEPD_STATE_H
#define DAEMON_SWEEPD_STATE_H

#include <uv.h>

#include "daemon/spool/spool.h"
#include "daemon/sweepd/metrics.h"
#include "daemon/sweepd/runner.h"
#include "daemon/sweepd/submitter.h"

/* Upper bound of engine_settings.jobs. */
#define ENGINE_MAX_CHILDREN 64

/* Claim this many beyond the running ones, so that one fsync covers several claims. */
#define ENGINE_CLAIM_AHEAD 16

/* Upper bound on entries in memory; only a backlog of retries can reach it. */
#define ENGINE_MAX_ENTRIES 1024

/* Results kept for `sweepctl status`. */
#define ENGINE_RESULTS 10

/* All strings are borrowed. The owner may change everything but specs, queue and group while the
 * engine runs. */
struct engine_settings {
    const char *specs, *queue;
    struct environment_settings environment;
    const char *sweepctl;          /* searched in PATH unless it has a slash */
    const char *const *child_args; /* further arguments of `sweepctl generate`; ends with NULL */
    size_t child_output;           /* bytes kept of each of a child's two outputs */
    int64_t deadline_ms;           /* a child that runs longer is killed */
    int64_t backoff_ms;            /* wait before the second attempt; doubles with each one */
    int64_t rescan_ms;             /* < 0: choose by the file system of `specs` */
    struct spool_policy policy;    /* which files are taken, and when */
    unsigned jobs;                 /* children at once, at least 1 */
    unsigned attempts;             /* failed children until a spec is given up, at least 1 */
    gid_t group;                   /* whose members may drop specs; (gid_t)-1: only our user */
};

struct engine;

struct engine_child {
    struct engine *engine;
    struct runner runner;
    struct entry *entry; /* NULL: this child is free */
    char *const *argv;   /* of the program that works on it; ours (free()) */
};

/* Why nothing is started at the moment. */
struct engine_pause {
    char why[400];    /* empty: no pause */
    int64_t until_ms; /* by clock_ms() */
    int64_t last_ms;  /* its length; the next one in a row is twice as long */
    bool probing;     /* it is over, but run one child at a time until one succeeds */
};

/* How the work on a spec ended, for `sweepctl status`. */
struct engine_result {
    char name[NAMES_SIZE];
    char line[160];       /* "12 runs in lora-grid-4f1c09ab, 9 ms" */
    char directory[4096]; /* of its sweep; empty: it has none */
    int64_t unix_s;
};

struct engine {
    const struct engine_settings *settings;
    uv_loop_t *loop;
    void (*advance)(struct engine *engine); /* engine_advance() */
    void (*changed)(struct engine *engine); /* called at the end of each engine_advance() */
    void *data;                             /* of the owner, for `changed` */

    struct entry *entries; /* all in memory, in the order in which they came */
    struct engine_pause pause;
    char alarm[400]; /* why the storage failed: claim and start nothing; empty: it has not */
    char
        doubted[NAMES_SIZE]; /* stage of the entry whose child was the last to blame the environment
                                 without a visible reason, if no child has succeeded since */

    /* What all generators need. Its list belongs to a running batch. */
    struct environment environment;
    bool environment_changed; /* the settings have, so set it again */
    bool probing;             /* it is broken: look at it again … */
    int64_t probe_ms;         /* … at this time, and resume when it works */
    bool was_unreachable;     /* rebuild then */

    /* what the next batch is to do, besides the entries that are `wanted` */
    char **hints; /* names from file events */
    size_t n_hints;
    bool scan;    /* list the directory */
    bool rebuild; /* … and trust nothing that was known of it before */

    /* the running batch, and what the last one found */
    struct spool *spool;
    struct spool_batch batch;
    uv_work_t batch_work;
    bool batch_running;
    enum attach_result attached;
    bool more;      /* more specs could be claimed at once */
    size_t waiting; /* specs that are not claimed yet */
    struct spool_waiting waiting_first[SPOOL_WAITING_MAX];
    size_t n_waiting_first;
    int64_t claimable_ms; /* when the next of those may be complete */
    int64_t next_scan_ms;
    int64_t suspect_due_ms; /* when a suspect goes before others that are ready */

    struct engine_child *children[ENGINE_MAX_CHILDREN]; /* allocated when first needed */
    const char **command; /* what starts a child, without what its entry adds */
    size_t n_command;
    uv_timer_t start_child; /* active while an entry waits for its child to be started */
    uv_timer_t wake;        /* the next time at which something is due */

    struct submitter submitter;
    struct metrics metrics;
    struct engine_result results[ENGINE_RESULTS]; /* a ring */
    uint64_t n_results; /* ever; the newest is at (n_results - 1) % ENGINE_RESULTS */
    bool stopping;      /* start nothing, and exit when the running children have ended */
    bool draining;      /* finish what is claimed, claim nothing */
};

#endif
