/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands that tell a running daemon one thing: ping, reload, rescan, drain.
 */
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/control/client.h"

/* Between closing its connections and the end of the process. */
#define ENDING_MS 10000

#define SOCKET_OPTION                                                                              \
    "      --socket PATH      the daemon's control socket; without it that of\n"                   \
    "                         $SWEEPD_CONTROL, or the one in $RUNTIME_DIRECTORY,\n"                \
    "                         $XDG_RUNTIME_DIR/sweepd or /run/sweepd\n"
#define EXIT_CODES                                                                                 \
    "\n"                                                                                           \
    "Exit codes: 0 done; 1 no daemon answers, or it refuses; 2 wrong usage.\n"

static const char control_ping_help[] =
    "usage: sweepctl ping [--json] [--socket PATH]\n"
    "\n"
    "Asks whether a daemon is there, and prints its version and process.\n"
    "\n"
    "      --json             print the reply as one JSON object\n" SOCKET_OPTION EXIT_CODES;

static const char control_reload_help[] =
    "usage: sweepctl reload [--json] [--socket PATH]\n"
    "\n"
    "Has the daemon read its settings again and look at everything anew.\n"
    "\n"
    "      --json             print the reply as one JSON object\n" SOCKET_OPTION EXIT_CODES;

static const char control_rescan_help[] =
    "usage: sweepctl rescan [--json] [--socket PATH]\n"
    "\n"
    "Has the daemon look for specs now, not only at its next turn.\n"
    "\n"
    "      --json             print the reply as one JSON object\n" SOCKET_OPTION EXIT_CODES;

static const char control_drain_help[] =
    "usage: sweepctl drain [--wait] [--json] [--socket PATH]\n"
    "\n"
    "Has the daemon finish the specs that it has claimed, take no new ones,\n"
    "and end. Specs that wait are taken by the next daemon.\n"
    "\n"
    "      --wait             come back when it has ended\n"
    "      --json             print the reply as one JSON object\n" SOCKET_OPTION EXIT_CODES;

/* The connection is open until the daemon ends, or is just about to. */
static int wait_for_end(struct control_client *client)
{
    /* Old kernels do not have these; then the connection's end must do. */
    struct pollfd process = {.fd = (int)syscall(SYS_pidfd_open, client->peer, 0), .events = POLLIN};
    json_t *object = NULL;
    enum control_received received;
    while ((received = control_client_receive(client, -1, &object)) == CONTROL_RECEIVED)
        json_decref(object);
    bool ended = received == CONTROL_ENDED && (process.fd < 0 || poll(&process, 1, ENDING_MS) == 1);
    if (process.fd >= 0)
        close(process.fd);
    if (ended)
        return EXIT_DONE;
    fprintf(stderr, "sweepctl: sweepd (process %d) has closed the connection, but has not ended\n",
        (int)client->peer);
    return EXIT_FAILED;
}

static void print_done(const char *verb, const json_t *reply, bool waited)
{
    if (strcmp(verb, "ping") == 0) {
        printf("sweepd ");
        fputs(cli_escaped(json_string_value(json_object_get(reply, "version"))), stdout);
        printf(", process %lld\n", json_integer_value(json_object_get(reply, "pid")));
    } else if (strcmp(verb, "drain") == 0) {
        fprintf(stderr, waited ? "sweepd has finished what it had begun, and has ended.\n"
                               : "sweepd finishes what it has begun, and ends.\n"
                                 "Wait for that:  sweepctl drain --wait\n");
    } else {
        fprintf(stderr, strcmp(verb, "rescan") == 0 ? "sweepd looks at everything again.\n"
                                                    : "sweepd reads its settings again.\n");
    }
}

/* `client` asks; `watcher`, when it is not NULL, is there from before and sees the end. */
static int tell(
    const char *verb, struct control_client *client, struct control_client *watcher, bool json)
{
    char request[64];
    json_t *watched = NULL;
    if (watcher != NULL) {
        watched = control_client_ask(watcher, "{\"do\":\"status\",\"watch\":true}");
        if (watched == NULL)
            return EXIT_FAILED;
        json_decref(watched);
    }
    snprintf(request, sizeof request, "{\"do\":\"%s\"}", verb);
    json_t *reply = control_client_ask(client, request);
    if (reply == NULL)
        return EXIT_FAILED;
    int code = watcher != NULL ? wait_for_end(watcher) : EXIT_DONE;
    if (code == EXIT_DONE && json)
        return cli_print_json(reply);
    if (code == EXIT_DONE)
        print_done(verb, reply, watcher != NULL);
    json_decref(reply);
    return code;
}

/* The verb is the command's name. */
static int control_run(const struct command *command, int argc, char **argv)
{
    const struct option long_options[] = {{"socket", required_argument, NULL, 's'},
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'},
        {strcmp(command->name, "drain") == 0 ? "wait" : NULL, no_argument, NULL, 'w'}, {0}};
    const char *path = NULL;
    bool json = false, wait = false;
    for (int c; (c = getopt_long(argc, argv, "h", long_options, NULL)) != -1;) {
        if (c == 's')
            path = optarg;
        else if (c == 'j')
            json = true;
        else if (c == 'w')
            wait = true;
        else
            return c == 'h' ? cli_help(command) : cli_usage(command);
    }
    if (optind < argc) {
        fprintf(stderr, "sweepctl %s: too many arguments\n", command->name);
        return cli_usage(command);
    }
    struct control_client client, watcher = {.fd = -1};
    int code = EXIT_FAILED;
    if (control_client_open(&client, path) &&
        (!wait || control_client_open(&watcher, client.address.sun_path)))
        code = tell(command->name, &client, wait ? &watcher : NULL, json);
    control_client_close(&client);
    control_client_close(&watcher);
    return code;
}

const struct command cmd_ping = {
    "ping", "ask whether the daemon is there", control_ping_help, control_run};

const struct command cmd_rescan = {
    "rescan", "have the daemon look for specs now", control_rescan_help, control_run};

const struct command cmd_reload = {
    "reload", "have the daemon read its settings again", control_reload_help, control_run};

const struct command cmd_drain = {
    "drain", "have the daemon finish and end", control_drain_help, control_run};
