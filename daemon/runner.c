/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/runner.h"

/* Between asking and killing. */
#define GRACE_MS 5000

/* Between the program's end and that of its output, which something else may hold open. */
#define DRAIN_MS 1000

void runner_init(
    struct runner *runner, uv_loop_t *loop, size_t most_output, runner_done *done, void *data)
{
    *runner = (struct runner){.loop = loop, .most_output = most_output, .done = done, .data = data};
}

bool runner_busy(const struct runner *runner)
{
    return runner->open > 0;
}

/* --- the end -------------------------------------------------------------------------------- */

static char *text_of(struct runner_stream *stream)
{
    static char none[] = "";
    return stream->text != NULL ? stream->text : none;
}

static void report(struct runner *runner)
{
    struct runner_stream output = runner->output, errors = runner->errors;
    struct ending ending = runner->ending;
    ending.output = text_of(&output);
    ending.errors = text_of(&errors);
    ending.output_length = output.length;
    ending.errors_length = errors.length;
    ending.output_cut = output.cut;
    ending.errors_cut = errors.cut;
    runner->output.text = runner->errors.text = NULL;
    runner->done(runner->data, runner->failure, &ending);
    free(output.text);
    free(errors.text);
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
    close_handle(&runner->process);
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

static void on_ended(uv_process_t *process, int64_t status, int signal)
{
    struct runner *runner = process->data;
    runner->exited = true;
    runner->ending.status = status;
    runner->ending.signal = signal;
    if (signal == 0)
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

static void keep(struct runner_stream *stream, size_t most, const char *bytes, size_t length)
{
    size_t room = most - stream->length;
    if (length > room) {
        length = room;
        stream->cut = true;
    }
    char *grown = length > 0 ? realloc(stream->text, stream->length + length + 1) : NULL;
    if (grown == NULL) {
        stream->cut = true;
        return;
    }
    memcpy(grown + stream->length, bytes, length);
    stream->length += length;
    grown[stream->length] = '\0';
    stream->text = grown;
}

static void on_output(uv_stream_t *pipe, ssize_t n, const uv_buf_t *buf)
{
    struct runner *runner = pipe->data;
    struct runner_stream *stream =
        pipe == (uv_stream_t *)&runner->output.pipe ? &runner->output : &runner->errors;
    if (n > 0) {
        keep(stream, runner->most_output, buf->base, (size_t)n);
    } else if (n < 0) {
        close_handle(pipe);
        finish_when_done(runner);
    }
}

/* --- starting and stopping ------------------------------------------------------------------ */

static void send_signal(struct runner *runner, int signal)
{
    /* Its session is its process group. When that is not set up yet, the process alone must do. */
    if (!runner->exited && kill(-runner->process.pid, signal) != 0)
        uv_process_kill(&runner->process, signal);
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
    send_signal(runner, SIGTERM);
    uv_timer_start(&runner->timer, on_grace_over, GRACE_MS, 0);
}

static int spawn(struct runner *runner, char *const *argv, int input)
{
    uv_stdio_container_t stdio[] = {
        {.flags = UV_INHERIT_FD, .data.fd = input},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (void *)&runner->output.pipe},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (void *)&runner->errors.pipe},
    };
    uv_process_options_t options = {
        .exit_cb = on_ended,
        .file = argv[0],
        .args = (char **)argv,
        .flags = UV_PROCESS_DETACHED,
        .stdio_count = 3,
        .stdio = stdio,
    };
    int failure = uv_spawn(runner->loop, &runner->process, &options);
    if (failure != 0)
        return failure;
    failure = uv_read_start((uv_stream_t *)&runner->output.pipe, on_room, on_output);
    if (failure == 0)
        failure = uv_read_start((uv_stream_t *)&runner->errors.pipe, on_room, on_output);
    if (failure != 0)
        send_signal(runner, SIGKILL);
    return failure;
}

void runner_start(struct runner *runner, char *const *argv, int input, uint64_t deadline_ms)
{
    assert(!runner_busy(runner));
    runner_init(runner, runner->loop, runner->most_output, runner->done, runner->data);
    runner->started_ms = uv_hrtime() / 1000000;
    uv_timer_init(runner->loop, &runner->timer);
    uv_pipe_init(runner->loop, &runner->output.pipe, 0);
    uv_pipe_init(runner->loop, &runner->errors.pipe, 0);
    runner->process.data = runner->timer.data = runner;
    runner->output.pipe.data = runner->errors.pipe.data = runner;
    runner->open = 4;
    runner->failure = spawn(runner, argv, input);
    if (runner->failure != 0) {
        /* uv_spawn() has made its handle, whatever happened then. The loop reports the end. */
        close_all(runner);
        return;
    }
    uv_timer_start(&runner->timer, on_deadline, deadline_ms, 0);
}
