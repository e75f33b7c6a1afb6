/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs one program at a time in the event loop: with an open file as its input, keeping its output
 * up to a limit, and killing it at a deadline, which starts again if this process was stopped when
 * it was due.
 */
#ifndef DAEMON_SWEEPD_RUNNER_H
#define DAEMON_SWEEPD_RUNNER_H

#include <stdbool.h>
#include <uv.h>

#include "daemon/common/spawn.h"
#include "daemon/sweepd/outcome.h"

/* `failure` is 0, or the libuv error that kept the program from starting; `exited` is empty then.
 * `exited` is valid during the call. The runner is free: the call may start the next program. */
typedef void runner_done(void *data, int failure, const struct child_exit *exited);

struct runner_stream {
    uv_pipe_t pipe;
    struct spawn_output kept;
};

struct runner {
    uv_loop_t *loop;
    runner_done *done;
    void *data;
    uv_work_t spawn;    /* on another thread */
    uv_signal_t signal; /* SIGCHLD */
    uv_timer_t timer;   /* the deadline, then RUNNER_GRACE_MS or RUNNER_DRAIN_MS */
    struct runner_stream output, errors;
    char *const *argv;                 /* borrowed until `done` */
    int input, output_end, errors_end; /* the program's; closed here once it has started */
    uint64_t deadline_ms;
    int64_t due_ms; /* when the deadline is over, by clock_ms() */
    pid_t spawned;  /* written by the spawning thread */
    pid_t pid;      /* 0: not started */
    struct child_exit exited;
    int64_t started_ms; /* by clock_ms() */
    int failure;
    unsigned open_handles; /* 0: the runner is free */
    bool has_exited;
    bool stop_wanted;
};

void runner_init(struct runner *runner, uv_loop_t *loop, runner_done *done, void *data);

bool runner_busy(const struct runner *runner);

/* Starts argv[0] as spawn_program() does, on another thread, because that blocks. The descriptor
 * `input` becomes its standard input and is the runner's from now on; `argv` is borrowed until
 * `done`. Keeps `max_output` bytes of each of its outputs. Always calls `done`, also if the program
 * cannot be started, and never before this function has returned. The runner must be free. */
void runner_start(
    struct runner *runner, char *const *argv, int input, size_t max_output, uint64_t deadline_ms);

/* Sends SIGTERM to a running program, and SIGKILL if it has not exited 5 seconds later. */
void runner_stop(struct runner *runner);

#endif
