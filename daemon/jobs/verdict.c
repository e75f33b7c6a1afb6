/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "daemon/jobs/verdict.h"

/* --- the table ------------------------------------------------------------------------------ */

/* Sets of attempt states. */
enum {
    A_NONE = 1u << ATTEMPT_NONE,
    /* The job was killed before it could write the end, or has not come so far. */
    A_OPEN = 1u << ATTEMPT_STARTED | 1u << ATTEMPT_DAMAGED,
    A_DONE = 1u << ATTEMPT_DONE,
    A_ENDED = 1u << ATTEMPT_FAILED | 1u << ATTEMPT_STOPPED | 1u << ATTEMPT_SETUP,
    A_ANY = (1u << ATTEMPT_STATES) - 1,
};

/* Sets of queue states. */
enum {
    Q_UNKNOWN = 1u << QUEUE_UNKNOWN,
    Q_ABSENT = 1u << QUEUE_ABSENT,
    Q_PENDING = 1u << QUEUE_PENDING,
    Q_HELD = 1u << QUEUE_HELD,
    Q_LIVE = 1u << QUEUE_LIVE,
    Q_COMPLETED = 1u << QUEUE_COMPLETED,
    Q_CANCELLED = 1u << QUEUE_CANCELLED,
    Q_ANY = (1u << QUEUE_STATES) - 1,
    Q_OTHER_ENDS = 1u << QUEUE_FAILED | 1u << QUEUE_NO_LAUNCH | 1u << QUEUE_TIMEOUT |
                   1u << QUEUE_NODE_FAIL | 1u << QUEUE_OUT_OF_MEMORY | 1u << QUEUE_PREEMPTED,
};

/* Sets of submissions. */
enum {
    S_NOT = 1u << SUBMITTED_NOT,
    S_PERHAPS = 1u << SUBMITTED_PERHAPS,
    S_YES = 1u << SUBMITTED_YES,
    S_ANY = (1u << SUBMITTED_STATES) - 1,
};

/* The first row that matches decides. */
static const struct verdict_row {
    unsigned attempts, queue, submitted;
    enum run_state state;
    bool by_log; /* the log may say that the run failed, and why; `state` if it does not */
} verdict_rows[] = {
    {A_DONE, Q_ANY, S_ANY, RUN_DONE, false},
    {A_ANY, Q_PENDING, S_ANY, RUN_QUEUED, false},
    {A_ANY, Q_HELD, S_ANY, RUN_HELD, false},
    {A_ANY, Q_LIVE, S_ANY, RUN_RUNNING, false},
    {A_ENDED, Q_ANY, S_ANY, RUN_FAILED, false},
    /* A job that succeeds writes its end first, unless the file system is full. */
    {A_OPEN, Q_COMPLETED, S_ANY, RUN_UNSURE, true},
    {A_OPEN, Q_CANCELLED | Q_OTHER_ENDS, S_ANY, RUN_FAILED, false},
    {A_OPEN, Q_ABSENT, S_ANY, RUN_LOST, true},
    {A_OPEN, Q_UNKNOWN, S_ANY, RUN_UNSURE, true},
    /* The script ran and made no attempt: another job has the run, or is it not the script? */
    {A_NONE, Q_COMPLETED, S_ANY, RUN_UNSURE, false},
    {A_NONE, Q_CANCELLED, S_ANY, RUN_NEVER_STARTED, false},
    {A_NONE, Q_OTHER_ENDS, S_ANY, RUN_FAILED, false},
    {A_NONE, Q_ABSENT, S_YES, RUN_NEVER_STARTED, false},
    {A_NONE, Q_UNKNOWN, S_YES, RUN_UNSURE, false},
    {A_NONE, Q_ABSENT | Q_UNKNOWN, S_PERHAPS, RUN_UNSURE, false},
    {A_NONE, Q_ABSENT | Q_UNKNOWN, S_NOT, RUN_NOT_SUBMITTED, false},
};

static const struct verdict_row *verdict_find(
    enum attempt_state attempt, enum queue_state queue, enum submitted submitted)
{
    for (size_t i = 0; i < sizeof verdict_rows / sizeof *verdict_rows; i++) {
        const struct verdict_row *row = &verdict_rows[i];
        if ((row->attempts >> attempt & 1) != 0 && (row->queue >> queue & 1) != 0 &&
            (row->submitted >> submitted & 1) != 0)
            return row;
    }
    return NULL;
}

enum run_state verdict_state(
    enum attempt_state attempt, enum queue_state queue, enum submitted submitted)
{
    const struct verdict_row *row = verdict_find(attempt, queue, submitted);
    if (row == NULL)
        return RUN_STATES;
    return row->state;
}

/* --- why a run failed ----------------------------------------------------------------------- */

static enum run_class verdict_class_of_log(enum log_end end)
{
    static const enum run_class classes[LOG_ENDS] = {
        [LOG_SILENT] = CLASS_NONE,
        [LOG_CANCELLED] = CLASS_CANCELLED,
        [LOG_TIME_LIMIT] = CLASS_TIMEOUT,
        [LOG_PREEMPTED] = CLASS_PREEMPTED,
        [LOG_REQUEUED] = CLASS_CANCELLED,
        [LOG_NODE_FAILED] = CLASS_NODE,
        [LOG_HOST_MEMORY] = CLASS_HOST_MEMORY,
        [LOG_GPU_MEMORY] = CLASS_GPU_MEMORY,
        [LOG_KILLED] = CLASS_SIGNAL,
    };
    return classes[end];
}

static enum run_class verdict_class_of_queue(enum queue_state queue)
{
    static const enum run_class classes[QUEUE_STATES] = {
        [QUEUE_NO_LAUNCH] = CLASS_LAUNCH,
        [QUEUE_CANCELLED] = CLASS_CANCELLED,
        [QUEUE_TIMEOUT] = CLASS_TIMEOUT,
        [QUEUE_NODE_FAIL] = CLASS_NODE,
        [QUEUE_OUT_OF_MEMORY] = CLASS_HOST_MEMORY,
        [QUEUE_PREEMPTED] = CLASS_PREEMPTED,
    };
    return classes[queue];
}

/* Names a signal as `kill -l` does. */
static void verdict_put_signal(int number, char out[16])
{
    static const char *const names[] = {[SIGHUP] = "HUP",
        [SIGINT] = "INT",
        [SIGQUIT] = "QUIT",
        [SIGILL] = "ILL",
        [SIGABRT] = "ABRT",
        [SIGBUS] = "BUS",
        [SIGFPE] = "FPE",
        [SIGKILL] = "KILL",
        [SIGUSR1] = "USR1",
        [SIGSEGV] = "SEGV",
        [SIGUSR2] = "USR2",
        [SIGPIPE] = "PIPE",
        [SIGALRM] = "ALRM",
        [SIGTERM] = "TERM",
        [SIGXCPU] = "XCPU",
        [SIGXFSZ] = "XFSZ"};
    bool is_named = number > 0 && (size_t)number < sizeof names / sizeof *names;
    if (is_named && names[number] != NULL)
        snprintf(out, 16, "%s", names[number]);
    else
        snprintf(out, 16, "%d", number);
}

/* By the exit code alone: a shell reports 128 + N for a child that signal N ended. */
static void verdict_by_exit_code(const struct evidence *evidence, struct verdict *out)
{
    enum { SHELL_SIGNAL = 128, SHELL_CANNOT_RUN = 126, SHELL_NO_PROGRAM = 127, BAD_SETUP = 78 };
    int code = evidence->exit_code;
    if (code < 0)
        code = evidence->queue_exit;
    out->class = CLASS_EXIT;
    out->exit_code = code;
    if (evidence->attempt == ATTEMPT_SETUP || code == SHELL_CANNOT_RUN ||
        code == SHELL_NO_PROGRAM || code == BAD_SETUP) {
        out->class = CLASS_SETUP;
    } else if (code > SHELL_SIGNAL && code < SHELL_SIGNAL + 65) {
        out->class = CLASS_SIGNAL;
        out->exit_code = -1;
        verdict_put_signal(code - SHELL_SIGNAL, out->signal);
    }
}

static void verdict_why(const struct evidence *evidence, struct verdict *out)
{
    enum run_class by_queue = verdict_class_of_queue(evidence->queue);
    out->class = verdict_class_of_log(evidence->log.end);
    /* The queue's word is better than a phrase in what the trainer printed. */
    if (by_queue != CLASS_NONE && (out->class == CLASS_NONE || out->class == CLASS_SIGNAL))
        out->class = by_queue;
    if (out->class == CLASS_SIGNAL)
        verdict_put_signal(evidence->log.signal, out->signal);
    if (out->class != CLASS_NONE)
        return;
    bool was_signalled = evidence->signal != NULL && evidence->signal[0] != '\0';
    if (evidence->attempt == ATTEMPT_STOPPED && was_signalled) {
        out->class = CLASS_SIGNAL;
        snprintf(out->signal, sizeof out->signal, "%s", evidence->signal);
        return;
    }
    verdict_by_exit_code(evidence, out);
}

void verdict_decide(const struct evidence *evidence, struct verdict *out)
{
    const struct verdict_row *row =
        verdict_find(evidence->attempt, evidence->queue, evidence->submitted);
    *out = (struct verdict){.state = row->state, .exit_code = -1};
    if (row->by_log && evidence->log.end != LOG_SILENT)
        out->state = RUN_FAILED;
    if (out->state == RUN_FAILED)
        verdict_why(evidence, out);
}

/* --- words ---------------------------------------------------------------------------------- */

const char *run_state_name(enum run_state state)
{
    static const char *const names[RUN_STATES] = {"not-submitted", "queued", "held", "running",
        "done", "failed", "lost", "never-started", "unsure"};
    return names[state];
}

const char *run_state_phrase(enum run_state state)
{
    static const char *const phrases[RUN_STATES] = {"not submitted", "queued", "held", "running",
        "done", "failed", "lost", "never started", "unsure"};
    return phrases[state];
}

const char *run_class_name(enum run_class class)
{
    static const char *const names[CLASSES] = {NULL, "exit", "signal", "timeout", "host-memory",
        "gpu-memory", "node", "cancelled", "preempted", "launch", "setup"};
    return names[class];
}

const char *run_class_phrase(enum run_class class)
{
    static const char *const phrases[CLASSES] = {"", "exit code", "killed by signal", "time limit",
        "out of memory (host)", "out of memory (GPU)", "node failure", "cancelled", "preempted",
        "Slurm could not start the script", "setup failed"};
    return phrases[class];
}
