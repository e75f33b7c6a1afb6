/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/common/fileat.h"
#include "daemon/sweepd/runner.h"

/* Between asking and killing. */
#define GRACE_MS 5000

/* Between the program's end and that of its output, which something else may hold open. */
#define DRAIN_MS 1000

void runner_init(struct runner *runner, uv_loop_t *loop, runner_done *done, void *data)
{
    *runner = (struct runner){.loop = loop, .done = done, .data = data};
}

bool runner_busy(const struct runner *runner)
{
    return runner->open > 0;
}

/* --- the end -------------------------------------------------------------------------------- */

static char *text_of(struct runner_stream *stream)
{
    static char none[] = "";
    if (stream->kept.text.data == NULL)
        return none;
    return stream->kept.text.data;
}

static void report(struct runner *runner)
{
    struct runner_stream output = runner->output, errors = runner->errors;
    struct ending ending = runner->ending;
    ending.output = text_of(&output);
    ending.errors = text_of(&errors);
    ending.output_length = output.kept.text.length;
    ending.errors_length = errors.kept.text.length;
    ending.output_cut = output.kept.cut;
    ending.errors_cut = errors.kept.cut;
    runner->output.kept = runner->errors.kept = (struct spawn_output){0};
    runner->done(runner->data, runner->failure, &ending);
    strbuf_deinit(&output.kept.text);
    strbuf_deinit(&errors.kept.text);
}

static void on_closed(uv_handle_t *handle)
{
    struct runner *runner = handle->data;
    if (--runner->open == 0)
        report(runner);
}

static void close_handle(void *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_closed);
}

static void close_all(struct runner *runner)
{
    close_handle(&runner->ended);
    close_handle(&runner->timer);
    close_handle(&runner->output.pipe);
    close_handle(&runner->errors.pipe);
}

/* The end is when the program is gone and all that it printed has been read. */
static void finish_when_done(struct runner *runner)
{
    if (runner->exited && uv_is_closing((uv_handle_t *)&runner->output.pipe) &&
        uv_is_closing((uv_handle_t *)&runner->errors.pipe))
        close_all(runner);
}

static void on_drained(uv_timer_t *timer)
{
    close_all(timer->data);
}

/* Some child has ended; ours? */
static void on_child(uv_signal_t *handle, int number)
{
    struct runner *runner = handle->data;
    int status = 0;
    (void)number;
    if (runner->pid == 0 || runner->exited || waitpid(runner->pid, &status, WNOHANG) != runner->pid)
        return;
    runner->exited = true;
    runner->ending.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    runner->ending.status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    if (runner->ending.signal == 0)
        runner->ending.timed_out = false; /* it was just about to end */
    runner->ending.elapsed_ms = uv_hrtime() / 1000000 - runner->started_ms;
    uv_timer_start(&runner->timer, on_drained, DRAIN_MS, 0);
    finish_when_done(runner);
}

/* --- its output ----------------------------------------------------------------------------- */

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    /* One block for both streams: libuv reads right after asking. */
    static char block[16384];
    (void)handle;
    (void)suggested;
    *buf = uv_buf_init(block, sizeof block);
}

static void on_output(uv_stream_t *pipe, ssize_t n, const uv_buf_t *buf)
{
    struct runner *runner = pipe->data;
    struct runner_stream *stream =
        pipe == (uv_stream_t *)&runner->output.pipe ? &runner->output : &runner->errors;
    if (n > 0) {
        spawn_keep(&stream->kept, buf->base, (size_t)n);
    } else if (n < 0) {
        close_handle(pipe);
        finish_when_done(runner);
    }
}

/* --- starting and stopping ------------------------------------------------------------------ */

static void send_signal(struct runner *runner, int signal)
{
    /* Its session is its process group. */
    if (runner->pid != 0 && !runner->exited)
        kill(-runner->pid, signal);
}

static void on_grace_over(uv_timer_t *timer)
{
    send_signal(timer->data, SIGKILL);
}

static void on_deadline(uv_timer_t *timer)
{
    struct runner *runner = timer->data;
    runner->ending.timed_out = true;
    send_signal(runner, SIGKILL);
}

void runner_stop(struct runner *runner)
{
    if (!runner_busy(runner) || runner->exited || runner->failure != 0)
        return;
    runner->stopped = true; /* if it is just being started */
    send_signal(runner, SIGTERM);
    if (runner->pid != 0)
        uv_timer_start(&runner->timer, on_grace_over, GRACE_MS, 0);
}

static void do_start(uv_work_t *engine)
{
    struct runner *runner = engine->data;
    const int files[] = {runner->input, runner->output_end, runner->errors_end};
    runner->failure = -spawn_program(runner->argv, files, &runner->spawned);
}

static void on_started(uv_work_t *engine, int status)
{
    struct runner *runner = engine->data;
    (void)status;
    fileat_close(&runner->input);
    fileat_close(&runner->output_end);
    fileat_close(&runner->errors_end);
    if (runner->failure != 0) {
        close_all(runner);
        return;
    }
    runner->pid = runner->spawned;
    uv_timer_start(&runner->timer, on_deadline, runner->deadline_ms, 0);
    if (runner->stopped)
        runner_stop(runner);
    on_child(&runner->ended, SIGCHLD); /* it may have ended already */
}

/* A pipe, of which the loop reads one end. */
static int open_pipe(struct runner_stream *stream, int *end)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -errno;
    *end = ends[1];
    int failure = uv_pipe_open(&stream->pipe, ends[0]);
    if (failure != 0)
        close(ends[0]);
    return failure != 0 ? failure : uv_read_start((uv_stream_t *)&stream->pipe, on_room, on_output);
}

void runner_start(
    struct runner *runner, char *const *argv, int input, size_t most_output, uint64_t deadline_ms)
{
    assert(!runner_busy(runner));
    runner_init(runner, runner->loop, runner->done, runner->data);
    runner->output.kept.max = runner->errors.kept.max = most_output;
    runner->started_ms = uv_hrtime() / 1000000;
    runner->argv = argv;
    runner->input = input;
    runner->output_end = runner->errors_end = -1;
    runner->deadline_ms = deadline_ms;
    uv_timer_init(runner->loop, &runner->timer);
    uv_signal_init(runner->loop, &runner->ended);
    uv_pipe_init(runner->loop, &runner->output.pipe, 0);
    uv_pipe_init(runner->loop, &runner->errors.pipe, 0);
    runner->timer.data = runner->ended.data = runner->starting.data = runner;
    runner->output.pipe.data = runner->errors.pipe.data = runner;
    runner->open = 4;
    int failure = uv_signal_start(&runner->ended, on_child, SIGCHLD);
    if (failure == 0)
        failure = open_pipe(&runner->output, &runner->output_end);
    if (failure == 0)
        failure = open_pipe(&runner->errors, &runner->errors_end);
    if (failure == 0)
        failure = uv_queue_work(runner->loop, &runner->starting, do_start, on_started);
    if (failure != 0) {
        runner->failure = failure;
        on_started(&runner->starting, 0);
    }
}
