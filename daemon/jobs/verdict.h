/* SPDX-License-Identifier: Apache-2.0
 *
 * What became of a run, decided from what can be seen: the file of its last attempt, its row in the
 * queue, whether it was submitted, and the end of its log. One table decides; a test holds it
 * total.
 */
#ifndef DAEMON_JOBS_VERDICT_H
#define DAEMON_JOBS_VERDICT_H

#include "daemon/jobs/attempt.h"
#include "daemon/jobs/log_tail.h"

/* What the queue says of the run. */
enum queue_state {
    QUEUE_UNKNOWN, /* it was not asked, or did not answer */
    QUEUE_ABSENT,  /* it has no record: never submitted, purged, or cancelled while pending */
    QUEUE_PENDING,
    QUEUE_HELD,
    QUEUE_LIVE,      /* running, starting, suspended, or about to end */
    QUEUE_COMPLETED, /* final states, for as long as Slurm keeps them */
    QUEUE_FAILED,
    QUEUE_NO_LAUNCH, /* the script never began: exit code 0:53 */
    QUEUE_CANCELLED,
    QUEUE_TIMEOUT,
    QUEUE_NODE_FAIL,
    QUEUE_OUT_OF_MEMORY,
    QUEUE_PREEMPTED,
    QUEUE_STATES,
};

enum submitted {
    SUBMITTED_NOT,
    SUBMITTED_PERHAPS, /* an interrupted submission: sbatch was called, its answer is not known */
    SUBMITTED_YES,
    SUBMITTED_STATES,
};

enum run_state {
    RUN_NOT_SUBMITTED,
    RUN_QUEUED,
    RUN_HELD,
    RUN_RUNNING,
    RUN_DONE,
    RUN_FAILED,
    RUN_LOST,          /* killed without a word, or its node is gone */
    RUN_NEVER_STARTED, /* submitted, and no longer there */
    RUN_UNSURE,
    RUN_STATES,
};

/* Why a run failed. */
enum run_class {
    CLASS_NONE,
    CLASS_EXIT,   /* exit code of the training */
    CLASS_SIGNAL, /* a signal ended the training */
    CLASS_TIMEOUT,
    CLASS_HOST_MEMORY,
    CLASS_GPU_MEMORY,
    CLASS_NODE,
    CLASS_CANCELLED,
    CLASS_PREEMPTED, /* and not started again */
    CLASS_LAUNCH,    /* Slurm could not start the script */
    CLASS_SETUP,     /* the script could not start the training */
    CLASSES,
};

struct evidence {
    enum attempt_state attempt;
    enum queue_state queue;
    enum submitted submitted;
    struct log_tail log;
    int exit_code;      /* of the training; -1: not known */
    const char *signal; /* that the job was sent; "" or NULL: none */
    int queue_exit;     /* exit code of the job, as the queue has it; -1: not known */
};

struct verdict {
    enum run_state state;
    enum run_class class;
    int exit_code;   /* CLASS_EXIT and CLASS_SETUP; else -1 */
    char signal[16]; /* CLASS_SIGNAL: "KILL"; else "" */
};

/* Decides by the table, and for a run that failed, why. */
void verdict_decide(const struct evidence *evidence, struct verdict *out);

/* The state by the table alone, without the log; RUN_FAILED where the log decides. For tests. */
enum run_state verdict_state(enum attempt_state, enum queue_state, enum submitted);

/* Words of the output: "never-started", "gpu-memory". NULL for CLASS_NONE. */
const char *run_state_name(enum run_state state);
const char *run_class_name(enum run_class class);

/* "never started" */
const char *run_state_phrase(enum run_state state);

/* "out of memory (GPU)" */
const char *run_class_phrase(enum run_class class);

#endif
