/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/common/clock.h"
#include "daemon/common/fileat.h"
#include "daemon/sweepd/runner.h"

/* Between SIGTERM and SIGKILL. */
#define RUNNER_GRACE_MS 5000

/* How long after the program's exit its outputs may stay open: a process that it has started may
 * hold them. */
#define RUNNER_DRAIN_MS 1000

/* A deadline that is noticed so much too late was not: this process could not run, and perhaps its
 * children could not, or waited for it to read their output. */
#define RUNNER_LATE_MS 1000

/* Handles that have to be closed: signal, timer and two pipes. */
#define RUNNER_HANDLES 4

void runner_init(struct runner *runner, uv_loop_t *loop, runner_done *done, void *data)
{
    *runner = (struct runner){.loop = loop, .done = done, .data = data};
}

bool runner_busy(const struct runner *runner)
{
    return runner->open_handles > 0;
}

/* --- the end -------------------------------------------------------------------------------- */

static const char *runner_text(const struct spawn_output *kept)
{
    return kept->text.data != NULL ? kept->text.data : "";
}

static void runner_report(struct runner *runner)
{
    /* `done` may start the next program, which overwrites these. */
    struct spawn_output output = runner->output.kept, errors = runner->errors.kept;
    struct child_exit exited = runner->exited;
    runner->output.kept = runner->errors.kept = (struct spawn_output){0};
    exited.output = runner_text(&output);
    exited.errors = runner_text(&errors);
    exited.output_length = output.text.length;
    exited.errors_length = errors.text.length;
    exited.errors_cut = errors.cut;
    runner->done(runner->data, runner->failure, &exited);
    strbuf_deinit(&output.text);
    strbuf_deinit(&errors.text);
}

static void runner_on_closed(uv_handle_t *handle)
{
    struct runner *runner = handle->data;
    runner->open_handles--;
    if (runner->open_handles == 0)
        runner_report(runner);
}

static void runner_close_handle(void *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, runner_on_closed);
}

static void runner_close_all(struct runner *runner)
{
    runner_close_handle(&runner->signal);
    runner_close_handle(&runner->timer);
    runner_close_handle(&runner->output.pipe);
    runner_close_handle(&runner->errors.pipe);
}

/* Finishes when the program has exited and both its outputs have been read to their end. */
static void runner_finish_if_done(struct runner *runner)
{
    if (runner->has_exited && uv_is_closing((uv_handle_t *)&runner->output.pipe) &&
        uv_is_closing((uv_handle_t *)&runner->errors.pipe))
        runner_close_all(runner);
}

static void runner_on_drained(uv_timer_t *timer)
{
    runner_close_all(timer->data);
}

/* Some child of this process has exited, perhaps ours. */
static void runner_on_sigchld(uv_signal_t *handle, int number)
{
    struct runner *runner = handle->data;
    int status = 0;
    (void)number;
    if (runner->pid == 0 || runner->has_exited)
        return;
    if (waitpid(runner->pid, &status, WNOHANG) != runner->pid)
        return;
    runner->has_exited = true;
    if (WIFSIGNALED(status)) {
        runner->exited.signal = WTERMSIG(status);
    } else {
        runner->exited.status = WEXITSTATUS(status);
        runner->exited.timed_out = false; /* it exited just before it was killed */
    }
    runner->exited.elapsed_ms = (uint64_t)(clock_ms() - runner->started_ms);
    uv_timer_start(&runner->timer, runner_on_drained, RUNNER_DRAIN_MS, 0);
    runner_finish_if_done(runner);
}

/* --- output --------------------------------------------------------------------------------- */

static void runner_on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    /* One block is enough for all pipes: libuv reads into it and calls back at once. */
    static char block[16384];
    (void)handle;
    (void)suggested;
    *buf = uv_buf_init(block, sizeof block);
}

static void runner_on_read(uv_stream_t *pipe, ssize_t n, const uv_buf_t *buf)
{
    struct runner *runner = pipe->data;
    struct runner_stream *stream = &runner->errors;
    if (pipe == (uv_stream_t *)&runner->output.pipe)
        stream = &runner->output;
    if (n > 0) {
        spawn_keep(&stream->kept, buf->base, (size_t)n);
    } else if (n < 0) {
        runner_close_handle(pipe);
        runner_finish_if_done(runner);
    }
}

/* --- starting and stopping ------------------------------------------------------------------ */

static void runner_kill(struct runner *runner, int signal)
{
    /* spawn_program() has made it the leader of a process group. */
    if (runner->pid != 0 && !runner->has_exited)
        kill(-runner->pid, signal);
}

static void runner_on_grace_over(uv_timer_t *timer)
{
    runner_kill(timer->data, SIGKILL);
}

static void runner_on_deadline(uv_timer_t *timer);

static void runner_set_deadline(struct runner *runner)
{
    runner->due_ms = clock_ms() + (int64_t)runner->deadline_ms;
    uv_timer_start(&runner->timer, runner_on_deadline, runner->deadline_ms, 0);
}

static void runner_on_deadline(uv_timer_t *timer)
{
    struct runner *runner = timer->data;
    if (clock_ms() - runner->due_ms > RUNNER_LATE_MS) {
        runner_set_deadline(runner);
        return;
    }
    runner->exited.timed_out = true;
    runner_kill(runner, SIGKILL);
}

void runner_stop(struct runner *runner)
{
    if (!runner_busy(runner) || runner->has_exited || runner->failure != 0)
        return;
    runner->stop_wanted = true; /* if it is still being started */
    runner_kill(runner, SIGTERM);
    if (runner->pid != 0)
        uv_timer_start(&runner->timer, runner_on_grace_over, RUNNER_GRACE_MS, 0);
}

/* Runs on another thread. */
static void runner_spawn(uv_work_t *work)
{
    struct runner *runner = work->data;
    const int files[] = {runner->input, runner->output_end, runner->errors_end};
    runner->failure = -spawn_program(runner->argv, files, &runner->spawned);
}

static void runner_on_spawned(uv_work_t *work, int status)
{
    struct runner *runner = work->data;
    (void)status;
    fileat_close(&runner->input);
    fileat_close(&runner->output_end);
    fileat_close(&runner->errors_end);
    if (runner->failure != 0) {
        runner_close_all(runner);
        return;
    }
    runner->pid = runner->spawned;
    runner_set_deadline(runner);
    if (runner->stop_wanted)
        runner_stop(runner);
    runner_on_sigchld(&runner->signal, SIGCHLD); /* it may have exited already */
}

/* Creates a pipe: the loop reads one end, *end is for the program. 0 or a libuv error. */
static int runner_open_pipe(struct runner_stream *stream, int *end)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -errno;
    *end = ends[1];
    int failure = uv_pipe_open(&stream->pipe, ends[0]);
    if (failure != 0) {
        close(ends[0]);
        return failure;
    }
    return uv_read_start((uv_stream_t *)&stream->pipe, runner_on_alloc, runner_on_read);
}

void runner_start(
    struct runner *runner, char *const *argv, int input, size_t max_output, uint64_t deadline_ms)
{
    assert(!runner_busy(runner));
    runner_init(runner, runner->loop, runner->done, runner->data);
    runner->output.kept.max = runner->errors.kept.max = max_output;
    runner->started_ms = clock_ms();
    runner->argv = argv;
    runner->input = input;
    runner->output_end = runner->errors_end = -1;
    runner->deadline_ms = deadline_ms;
    uv_timer_init(runner->loop, &runner->timer);
    uv_signal_init(runner->loop, &runner->signal);
    uv_pipe_init(runner->loop, &runner->output.pipe, 0);
    uv_pipe_init(runner->loop, &runner->errors.pipe, 0);
    runner->timer.data = runner->signal.data = runner->spawn.data = runner;
    runner->output.pipe.data = runner->errors.pipe.data = runner;
    runner->open_handles = RUNNER_HANDLES;
    int failure = uv_signal_start(&runner->signal, runner_on_sigchld, SIGCHLD);
    if (failure == 0)
        failure = runner_open_pipe(&runner->output, &runner->output_end);
    if (failure == 0)
        failure = runner_open_pipe(&runner->errors, &runner->errors_end);
    if (failure == 0)
        failure = uv_queue_work(runner->loop, &runner->spawn, runner_spawn, runner_on_spawned);
    if (failure != 0) {
        runner->failure = failure;
        runner_on_spawned(&runner->spawn, 0);
    }
}
