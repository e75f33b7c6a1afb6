/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands that send a single request to a running sweepd: ping, rescan, reload, drain.
 */
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/control/client.h"
#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"

/* How long sweepd may take to exit after it has closed its connections. */
enum { CONTROL_EXIT_MS = 10000 };

#define CONTROL_JSON "      --json             print the reply as one JSON object\n"
#define CONTROL_SOCKET                                                                             \
    "      --socket PATH      sweepd's control socket (default: $SWEEPD_CONTROL, else\n"           \
    "                         control in $RUNTIME_DIRECTORY,\n"                                    \
    "                         $XDG_RUNTIME_DIR/sweepd, /tmp/sweepd-UID\n"                          \
    "                         or /run/sweepd)\n"
#define CONTROL_EXIT_CODES                                                                         \
    "\n"                                                                                           \
    "Exit codes: 0 done; 1 sweepd does not answer, or refuses; 2 usage error.\n"

static const char control_ping_help[] =
    "usage: sweepctl ping [--json] [--socket PATH]\n"
    "\n"
    "Checks that sweepd is running and prints its version and pid.\n"
    "\n" CONTROL_JSON CONTROL_SOCKET CONTROL_EXIT_CODES;

static const char control_rescan_help[] =
    "usage: sweepctl rescan [--json] [--socket PATH]\n"
    "\n"
    "Makes sweepd look for specs now instead of at its next scan.\n"
    "\n" CONTROL_JSON CONTROL_SOCKET CONTROL_EXIT_CODES;

static const char control_reload_help[] =
    "usage: sweepctl reload [--json] [--socket PATH]\n"
    "\n"
    "Makes sweepd read its settings again and rescan the specs directory.\n"
    "\n" CONTROL_JSON CONTROL_SOCKET CONTROL_EXIT_CODES;

static const char control_drain_help[] =
    "usage: sweepctl drain [--wait] [--json] [--socket PATH]\n"
    "\n"
    "Makes sweepd finish the specs that it has claimed, claim no more, and exit.\n"
    "Waiting specs are left for the next sweepd.\n"
    "\n"
    "      --wait             return when sweepd has exited\n" CONTROL_JSON CONTROL_SOCKET
        CONTROL_EXIT_CODES;

/* sweepd closes a watching connection right before it exits. */
static int control_wait_for_exit(struct control_client *client)
{
    /* -1 on kernels before 5.3; then the end of the connection has to do. */
    struct pollfd process = {.fd = (int)syscall(SYS_pidfd_open, client->peer, 0), .events = POLLIN};
    json_t *object = NULL;
    enum control_received received;
    while ((received = control_client_receive(client, -1, &object)) == CONTROL_RECEIVED)
        json_decref(object);
    bool exited = received == CONTROL_ENDED;
    if (process.fd >= 0) {
        exited = exited && poll(&process, 1, CONTROL_EXIT_MS) == 1;
        close(process.fd);
    }
    if (exited)
        return EXIT_DONE;
    return cli_error(EXIT_FAILED,
        "sweepctl: sweepd (pid %d) has closed the connection, but is still running",
        (int)client->peer);
}

static void control_print_done(const char *verb, const json_t *reply, bool waited)
{
    if (strcmp(verb, "ping") == 0) {
        const char *version = json_string_value(json_object_get(reply, "version"));
        printf("sweepd %s, pid %lld\n", cli_escaped(version != NULL ? version : "?"),
            json_integer_value(json_object_get(reply, "pid")));
    } else if (strcmp(verb, "drain") == 0 && waited) {
        fputs("sweepd has finished its claimed specs and exited.\n", stderr);
    } else if (strcmp(verb, "drain") == 0) {
        fputs("sweepd is finishing its claimed specs and will then exit.\n"
              "To wait for that:  sweepctl drain --wait\n",
            stderr);
    } else if (strcmp(verb, "rescan") == 0) {
        fputs("sweepd is rescanning the specs directory.\n", stderr);
    } else {
        fputs("sweepd is reloading its settings.\n", stderr);
    }
}

/* `watcher`, if not NULL, is a second connection that stays open until sweepd exits. */
static int control_tell(
    const char *verb, struct control_client *client, struct control_client *watcher, bool json)
{
    int code = EXIT_DONE;
    if (watcher != NULL) {
        json_t *status = control_client_watch(watcher);
        if (status == NULL)
            return EXIT_FAILED;
        json_decref(status);
    }
    json_t *reply = control_client_ask(client, verb);
    if (reply == NULL)
        return EXIT_FAILED;
    if (watcher != NULL)
        code = control_wait_for_exit(watcher);
    if (code == EXIT_DONE && json)
        return cli_print_json(reply);
    if (code == EXIT_DONE)
        control_print_done(verb, reply, watcher != NULL);
    json_decref(reply);
    return code;
}

/* The command's name is the verb of the request. */
static int control_run(const struct command *command, int argc, char **argv)
{
    /* Only drain takes --wait; the others begin at the second entry. */
    static const struct option long_options[] = {{"wait", no_argument, NULL, 'w'},
        {"socket", required_argument, NULL, 's'}, {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'}, {0}};
    const struct option *options = long_options;
    if (command != &cmd_drain)
        options++;
    const char *path = NULL;
    bool json = false, wait = false;
    int option, code = EXIT_FAILED;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 's':
            path = optarg;
            break;
        case 'j':
            json = true;
            break;
        case 'w':
            wait = true;
            break;
        case 'h':
            return cli_help(command);
        default:
            return cli_usage(command);
        }
    }
    if (optind < argc)
        return cli_usage_error(command, "too many arguments");
    struct control_client client, watcher = {.fd = -1};
    if (control_client_open(&client, path)) {
        if (!wait)
            code = control_tell(command->name, &client, NULL, json);
        else if (control_client_open(&watcher, client.address.sun_path))
            code = control_tell(command->name, &client, &watcher, json);
    }
    control_client_close(&client);
    control_client_close(&watcher);
    return code;
}

const struct command cmd_ping = {
    "ping", "check that sweepd is running", control_ping_help, control_run};

const struct command cmd_rescan = {
    "rescan", "make sweepd look for specs now", control_rescan_help, control_run};

const struct command cmd_reload = {
    "reload", "make sweepd read its settings again", control_reload_help, control_run};

const struct command cmd_drain = {
    "drain", "make sweepd finish its claimed specs and exit", control_drain_help, control_run};
