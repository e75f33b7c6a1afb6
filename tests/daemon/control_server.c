/* SPDX-License-Identifier: Apache-2.0
 *
 * The control socket without a daemon:
 *
 *   control_server SOCKET SPECS
 *
 * The status has SPECS; "count", which rescan increments; and "padding", a string whose length
 * reload doubles until it returns an error. Exit status: 0 after drain or SIGTERM; 1 no socket; 2
 * usage; 3 some handles were not closed.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control/server.h"
#include "daemon/common/log.h"

struct server {
    struct control_server control;
    uv_signal_t signal;
    const char *specs;
    json_int_t count;
    size_t padding;
};

static json_t *handle_request(void *data, enum control_verb verb)
{
    struct server *server = data;
    switch (verb) {
    case CONTROL_RESCAN:
        server->count++;
        control_server_changed(&server->control);
        return json_object();
    case CONTROL_RELOAD:
        server->padding *= 2;
        if (server->padding > 2 * CONTROL_REPLY_MAX) {
            server->padding = 16;
            return json_pack("{s:s}", "error", "enough");
        }
        control_server_changed(&server->control);
        return json_object();
    case CONTROL_PING:
        return json_object();
    case CONTROL_DRAIN:
        control_server_close(&server->control);
        uv_close((uv_handle_t *)&server->signal, NULL);
        return json_object();
    default:
        break;
    }
    char *padding = calloc(1, server->padding + 1);
    if (padding == NULL)
        return NULL;
    memset(padding, 'x', server->padding);
    json_t *status =
        json_pack("{s:s, s:I, s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:I, s:I, s:[{s:s, s:i}]}",
            "state", "working", "count", server->count, "padding", padding, "specs", server->specs,
            "queue", "/q", "waiting", 3, "claimed", 1, "done", 12, "failed", 1, "free_bytes",
            (json_int_t)61000000000, "uptime_ms", (json_int_t)187260000, "running", "name",
            "big.json", "elapsed_ms", 12345);
    free(padding);
    json_object_set_new(status, "last",
        json_pack("[{s:o, s:s, s:i, s:s}]", "name", control_text("gr\xc3\xbc\xc3\x9f\x1b[31m.json"),
            "result", "failed", "time", 1000, "line", "refused, 2 errors"));
    return status;
}

static void on_signal(uv_signal_t *signal, int number)
{
    struct server *server = signal->data;
    (void)number;
    control_server_close(&server->control);
    uv_close((uv_handle_t *)signal, NULL);
}

int main(int argc, char **argv)
{
    struct server server = {.padding = 16};
    uv_loop_t loop;
    if (argc != 3)
        return 2;
    server.specs = argv[2];
    signal(SIGPIPE, SIG_IGN);
    uv_loop_init(&loop);
    if (!control_server_start(&server.control, &loop, argv[1], handle_request, &server))
        return uv_loop_close(&loop) == 0 ? 1 : 3;
    uv_signal_init(&loop, &server.signal);
    server.signal.data = &server;
    uv_signal_start(&server.signal, on_signal, SIGTERM);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop) == 0 ? 0 : 3;
}
