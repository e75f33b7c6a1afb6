/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/common/clock.h"
#include "daemon/control/client.h"
#include "daemon/spool/names.h"
#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/sweepctl/drop.h"
#include "sweep/generate.h"

static const char cmd_drop_help[] =
    "usage: sweepctl drop SPEC... [DIR] [--wait] [--timeout SECONDS]\n"
    "       sweepctl drop - --name NAME.json [DIR] [--wait] [--timeout SECONDS]\n"
    "\n"
    "Puts specs into DIR, which sweepd watches: each appears there complete, in one\n"
    "step, and is on the disk when this command exits. The default of DIR is\n"
    "$SWEEPD_SPECS, or else the directory of the running sweepd. If DIR is another\n"
    "user's and shared with its group, that group can read the specs.\n"
    "\n"
    "Prints the new paths of the specs or, with --wait, their sweep directories.\n"
    "\n"
    "  -w, --wait             wait until the specs are done; reports of failed specs\n"
    "                         go to stderr\n"
    "      --timeout SECONDS  max time to wait for all of them (default: no limit)\n"
    "      --name NAME.json   name of the spec; needed if it comes from stdin (-)\n"
    "      --socket PATH      sweepd's control socket, to ask for its directory\n"
    "\n"
    "Exit codes: 0 done; 1 failed, or not done in time; 2 usage error; 3 a spec is\n"
    "not valid JSON (then none was dropped) or, with --wait, is invalid.\n";

enum {
    /* sweepd has a lower limit of its own, and says more about it. */
    CMD_DROP_MAX_BYTES = 16 << 20,
    /* A hidden name is longer, and file systems allow 255 bytes. */
    CMD_DROP_MAX_NAME = 200,
};

struct drop_request {
    struct drop *drops;
    size_t n;
    char *directory; /* owned */
    const char *name, *socket;
    bool wait;
    bool asked;     /* the running sweepd said which directory it watches */
    double timeout; /* seconds; 0: none */
};

/* --- reading -------------------------------------------------------------------------------- */

/* sweepd would take incomplete JSON for a file that is still being written. */
static int cmd_drop_check_text(const struct drop *drop)
{
    const char *source = cli_input_name(drop->source);
    if (drop->length > CMD_DROP_MAX_BYTES)
        return cli_error(EXIT_INVALID, "%s: larger than %d MiB", source, CMD_DROP_MAX_BYTES >> 20);
    struct sweep_findings *findings = sweep_findings_new();
    if (findings == NULL)
        return cli_oom();
    enum sweep_code code = sweep_spec_check_json(drop->text, drop->length, source, findings);
    cli_print_findings(findings);
    sweep_findings_free(findings);
    if (code == SWEEP_NO_MEMORY)
        return cli_oom();
    return code == SWEEP_OK ? EXIT_DONE : EXIT_INVALID;
}

static int cmd_drop_check_name(const char *name)
{
    if (!names_is_spec(name)) {
        cli_error(EXIT_USAGE, "sweepctl drop: a spec cannot be named \"%s\"", name);
        fputs("The name of a spec must end with .json and must not begin with a dot; choose one\n"
              "with --name.\n",
            stderr);
        return EXIT_USAGE;
    }
    if (strchr(name, '/') != NULL)
        return cli_error(EXIT_USAGE, "sweepctl drop: \"%s\" is a path, not a name", name);
    if (strlen(name) > CMD_DROP_MAX_NAME)
        return cli_error(
            EXIT_USAGE, "sweepctl drop: \"%s\" is longer than %d bytes", name, CMD_DROP_MAX_NAME);
    return EXIT_DONE;
}

static int cmd_drop_read(struct drop *drop, const char *name)
{
    const char *slash = strrchr(drop->source, '/');
    if (name != NULL)
        drop->name = name;
    else if (slash != NULL)
        drop->name = slash + 1;
    else
        drop->name = drop->source;
    int code = cmd_drop_check_name(drop->name);
    if (code != EXIT_DONE)
        return code;
    drop->text = cli_read(drop->source, CMD_DROP_MAX_BYTES, &drop->length);
    if (drop->text == NULL)
        return EXIT_FAILED;
    return cmd_drop_check_text(drop);
}

/* Reads and checks all specs, so that none is dropped if one is wrong. Returns the highest exit
 * code. */
static int cmd_drop_read_all(struct drop_request *request)
{
    int highest = EXIT_DONE;
    for (size_t i = 0; i < request->n; i++) {
        int code = cmd_drop_read(&request->drops[i], request->name);
        if (code > highest)
            highest = code;
    }
    if (highest != EXIT_DONE && request->n > 1)
        fputs("Nothing was dropped.\n", stderr);
    return highest;
}

/* --- the directory -------------------------------------------------------------------------- */

/* The directory that the running sweepd watches; NULL with a message. The caller's. */
static char *cmd_drop_ask_directory(const char *socket)
{
    struct control_client client;
    json_t *status = NULL;
    char *directory = NULL;
    if (control_client_open(&client, socket))
        status = control_client_ask(&client, "status");
    control_client_close(&client);
    const char *specs = json_string_value(json_object_get(status, "specs"));
    if (specs != NULL)
        directory = strdup(specs);
    json_decref(status);
    if (directory == NULL)
        fputs("Give the specs directory (sweepctl drop SPEC DIR), or set SWEEPD_SPECS.\n", stderr);
    return directory;
}

/* Without the slashes that completion adds. The caller's. */
static char *cmd_drop_copy_directory(const char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    return strndup(path, length);
}

static bool cmd_drop_is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* --- the command ---------------------------------------------------------------------------- */

/* The operands are specs and optionally a directory, the last. Returns an exit code. */
static int cmd_drop_read_operands(
    const struct command *command, struct drop_request *request, int n, char **names)
{
    const char *directory = getenv("SWEEPD_SPECS");
    if (n > 0 && cmd_drop_is_directory(names[n - 1]))
        directory = names[--n];
    else if (n > 1 && access(names[n - 1], F_OK) != 0 && strstr(names[n - 1], NAMES_SPEC) == NULL)
        return cli_error(EXIT_FAILED, "sweepctl drop: directory %s does not exist", names[n - 1]);
    if (n == 0)
        return cli_usage_error(command, "no spec given");
    if (n > 1 && request->name != NULL)
        return cli_usage_error(command, "--name needs a single spec, but several are given");
    request->n = (size_t)n;
    for (int i = 0; i < n; i++)
        request->drops[i] = (struct drop){.source = names[i], .fd = -1};
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], "-") == 0 && request->name == NULL)
            return cli_usage_error(command, "a spec from stdin needs a name: --name NAME.json");
    int code = cmd_drop_read_all(request);
    if (code != EXIT_DONE)
        return code;
    if (directory != NULL && *directory != '\0') {
        request->directory = cmd_drop_copy_directory(directory);
    } else {
        request->directory = cmd_drop_ask_directory(request->socket);
        request->asked = true;
    }
    return request->directory != NULL ? EXIT_DONE : EXIT_FAILED;
}

/* Returns the highest exit code. */
static int cmd_drop_hand_over(struct drop_request *request)
{
    int highest = EXIT_DONE;
    bool dropped = false;
    int64_t start_ms = clock_ms();
    for (size_t i = 0; i < request->n; i++) {
        struct drop *drop = &request->drops[i];
        drop->directory = request->directory;
        int code = drop_hand_over(drop);
        if (code == EXIT_DONE && !request->wait)
            puts(cli_escaped(drop->path));
        if (code == EXIT_DONE)
            dropped = true;
        if (code > highest)
            highest = code;
    }
    if (dropped && !request->asked)
        drop_check_served(request->directory);
    for (size_t i = 0; request->wait && i < request->n; i++) {
        const struct drop *drop = &request->drops[i];
        if (drop->fd < 0)
            continue;
        int code = drop_wait(drop, request->timeout, start_ms);
        if (code > highest)
            highest = code;
    }
    int flushed = cli_flush();
    if (highest == EXIT_DONE)
        return flushed;
    return highest;
}

static bool cmd_drop_read_timeout(const char *text, double *timeout)
{
    char *end;
    *timeout = strtod(text, &end);
    return end != text && *end == '\0' && *timeout > 0 && *timeout < 1e9;
}

static int cmd_drop_read_options(
    const struct command *command, struct drop_request *request, int argc, char **argv)
{
    static const struct option long_options[] = {{"wait", no_argument, NULL, 'w'},
        {"timeout", required_argument, NULL, 't'}, {"name", required_argument, NULL, 'n'},
        {"socket", required_argument, NULL, 's'}, {"help", no_argument, NULL, 'h'}, {0}};
    int option;
    while ((option = getopt_long(argc, argv, "hw", long_options, NULL)) != -1) {
        switch (option) {
        case 'w':
            request->wait = true;
            break;
        case 't':
            if (!cmd_drop_read_timeout(optarg, &request->timeout))
                return cli_usage_error(
                    command, "--timeout must be a number of seconds, not \"%s\"", optarg);
            break;
        case 'n':
            request->name = optarg;
            break;
        case 's':
            request->socket = optarg;
            break;
        case 'h':
            return cli_help(command);
        default:
            return cli_usage(command);
        }
    }
    return CLI_CONTINUE;
}

static int cmd_drop_run(const struct command *command, int argc, char **argv)
{
    struct drop_request request = {.drops = calloc((size_t)argc, sizeof *request.drops)};
    if (request.drops == NULL)
        return cli_oom();
    int code = cmd_drop_read_options(command, &request, argc, argv);
    if (code == CLI_CONTINUE) {
        code = cmd_drop_read_operands(command, &request, argc - optind, argv + optind);
        if (code == EXIT_DONE)
            code = cmd_drop_hand_over(&request);
    }
    for (size_t i = 0; i < request.n; i++)
        drop_deinit(&request.drops[i]);
    free(request.directory);
    free(request.drops);
    return code;
}

const struct command cmd_drop = {"drop", "hand specs over to sweepd", cmd_drop_help, cmd_drop_run};
