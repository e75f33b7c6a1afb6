/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs one program at a time: an open file to read, both outputs caught up to a limit, killed when
 * its time is over. It gets a session of its own, so that a Ctrl-C meant for the daemon does not
 * reach it and so that a signal of ours reaches all that it started.
 */
#ifndef DAEMON_SWEEPD_RUNNER_H
#define DAEMON_SWEEPD_RUNNER_H

#include <stdbool.h>
#include <uv.h>

#include "daemon/common/spawn.h"
#include "daemon/sweepd/outcome.h"

/* `failure` is 0, or the libuv error that kept the program from starting (`ending` is then empty).
 * `ending` is valid during the call. The runner is free again: the call may start the next one. */
typedef void runner_done(void *data, int failure, const struct ending *ending);

struct runner_stream {
    uv_pipe_t pipe;
    struct spawn_output kept;
};

struct runner {
    uv_loop_t *loop;
    runner_done *done;
    void *data;
    uv_work_t starting; /* the start, on another thread */
    uv_signal_t ended;  /* SIGCHLD */
    uv_timer_t timer;
    struct runner_stream output, errors;
    char *const *argv;                 /* borrowed until `done` */
    int input, output_end, errors_end; /* what it gets; ours until it has started, then closed */
    uint64_t deadline_ms;
    pid_t spawned; /* the starting thread's, until it is done */
    pid_t pid;     /* 0: not started */
    struct ending ending;
    uint64_t started_ms;
    int failure;
    unsigned open; /* handles that are not closed yet; 0: free */
    bool exited, stopped;
};

void runner_init(struct runner *runner, uv_loop_t *loop, runner_done *done, void *data);

bool runner_busy(const struct runner *runner);

/* Starts `argv[0]`, found by PATH unless it has a slash, with the descriptor `input` as its
 * standard input, which is the runner's from now on. `argv` is borrowed until `done`. This happens
 * on another thread: until a new program runs, the one that starts it has to wait. Of each of its
 * outputs `most_output` bytes are kept. Always ends in `done`, also when it cannot be started, but
 * never before this call has returned. Must be free. */
void runner_start(
    struct runner *runner, char *const *argv, int input, size_t most_output, uint64_t deadline_ms);

/* Asks a running program to end; it is killed when it has not after 5 seconds. */
void runner_stop(struct runner *runner);

#endif
