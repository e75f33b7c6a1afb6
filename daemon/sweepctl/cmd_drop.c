/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/control/client.h"
#include "daemon/spool/names.h"
#include "daemon/sweepctl/drop.h"

static const char drop_help[] =
    "usage: sweepctl drop SPEC... [DIR] [--wait] [--timeout SECONDS]\n"
    "       sweepctl drop - --name NAME.json [DIR] [--wait] [--timeout SECONDS]\n"
    "\n"
    "Hands specs over to the daemon that watches DIR: each appears there at once and\n"
    "whole, and is on the disk when this command ends. Without DIR it is that of\n"
    "$SWEEPD_SPECS, or the one that the running daemon watches.\n"
    "\n"
    "Prints where the specs are now or, with --wait, the sweep directories.\n"
    "\n"
    "  -w, --wait             wait for what becomes of them; the report of one that\n"
    "                         fails goes to stderr\n"
    "      --timeout SECONDS  … at most so long (without: as long as it takes)\n"
    "      --name NAME.json   call the spec so; needed when it comes from stdin (-)\n"
    "      --socket PATH      the daemon's control socket, to ask for its directory\n"
    "\n"
    "Exit codes: 0 done; 1 failed, or not done in time; 2 wrong usage; 3 a spec is no\n"
    "complete JSON (then none was dropped) or, with --wait, was refused.\n";

/* The daemon has a smaller limit, and a better message, of its own. */
enum { MAX_BYTES = 16 << 20 };

struct request {
    struct drop *drops;
    size_t n;
    char *directory; /* owned */
    const char *name, *socket;
    bool wait;
    double timeout; /* seconds; 0: none */
};

/* --- reading -------------------------------------------------------------------------------- */

/* Specs that the daemon would take for one that is being written are not handed over. */
static int check_text(const struct drop *drop)
{
    json_error_t error;
    if (drop->length > MAX_BYTES)
        return cli_error(EXIT_INVALID, "%s: larger than %d MiB", drop->source, MAX_BYTES >> 20);
    json_t *value = json_loadb(drop->text, drop->length, 0, &error);
    bool is_object = json_is_object(value);
    json_decref(value);
    if (value == NULL)
        return cli_error(EXIT_INVALID, "%s:%d:%d: this is not complete JSON: %s", drop->source,
            error.line, error.column > 0 ? error.column : 1, error.text);
    if (!is_object)
        return cli_error(EXIT_INVALID, "%s:1:1: a spec is a JSON object", drop->source);
    return EXIT_DONE;
}

static int check_name(const char *name)
{
    size_t length = strlen(name);
    if (!names_is_spec(name)) {
        cli_error(0, "sweepctl drop: the daemon would not look at a file called \"%s\"", name);
        fputs(
            "A spec's name ends in \".json\" and does not begin with a dot; see --name.\n", stderr);
        return EXIT_USAGE;
    }
    if (strchr(name, '/') != NULL || length > 200)
        return cli_error(EXIT_USAGE, "sweepctl drop: \"%s\" is %s", name,
            length > 200 ? "longer than 200 bytes" : "a path, not a name");
    return EXIT_DONE;
}

/* All are read and looked at before the first is handed over. The highest exit code. */
static int read_all(struct request *request)
{
    int code = EXIT_DONE;
    for (size_t i = 0; i < request->n; i++) {
        struct drop *drop = &request->drops[i];
        const char *slash = strrchr(drop->source, '/');
        drop->name = request->name != NULL ? request->name
                     : slash != NULL       ? slash + 1
                                           : drop->source;
        int its = check_name(drop->name);
        if (its == EXIT_DONE) {
            drop->text = cli_read(drop->source, MAX_BYTES, &drop->length);
            its = drop->text == NULL ? EXIT_FAILED : check_text(drop);
        }
        code = its > code ? its : code;
    }
    if (code != EXIT_DONE && request->n > 1)
        fprintf(stderr, "Nothing was dropped.\n");
    return code;
}

/* --- the command ---------------------------------------------------------------------------- */

/* The directory that the daemon watches; NULL with a message. The caller's. */
static char *ask_directory(const char *socket)
{
    struct control_client client;
    json_t *status = NULL;
    if (control_client_open(&client, socket))
        status = control_client_ask(&client, "{\"do\":\"status\"}");
    control_client_close(&client);
    const char *specs = json_string_value(json_object_get(status, "specs"));
    char *directory = specs != NULL ? strdup(specs) : NULL;
    json_decref(status);
    if (directory == NULL)
        fputs(
            "Where to? Name the directory: sweepctl drop SPEC DIR, or set SWEEPD_SPECS.\n", stderr);
    return directory;
}

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* The operands: specs and, last, perhaps a directory. An exit code. */
static int read_operands(
    const struct command *command, struct request *request, int n, char **names)
{
    const char *directory = getenv("SWEEPD_SPECS");
    if (n > 0 && is_directory(names[n - 1]))
        directory = names[--n];
    else if (n > 1 && access(names[n - 1], F_OK) != 0 && strstr(names[n - 1], NAMES_SPEC) == NULL)
        return cli_error(EXIT_FAILED, "sweepctl: there is no directory %s", names[n - 1]);
    request->n = (size_t)n;
    for (int i = 0; i < n; i++)
        request->drops[i] = (struct drop){.source = names[i], .fd = -1};
    if (n == 0 || (n > 1 && request->name != NULL)) {
        fprintf(stderr, "sweepctl drop: %s\n",
            n == 0 ? "no spec is named" : "--name is for one spec, here are several");
        return cli_usage(command);
    }
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], "-") == 0 && request->name == NULL) {
            fprintf(stderr, "sweepctl drop: a spec from stdin needs a name: --name NAME.json\n");
            return cli_usage(command);
        }
    int code = read_all(request);
    if (code == EXIT_DONE) {
        bool set = directory != NULL && *directory != '\0';
        request->directory = set ? strdup(directory) : ask_directory(request->socket);
        /* Paths read better without the slash that completion adds. */
        for (size_t end = set && request->directory != NULL ? strlen(directory) : 0;
             end > 1 && request->directory[end - 1] == '/';)
            request->directory[--end] = '\0';
        code = request->directory == NULL ? EXIT_FAILED : EXIT_DONE;
    }
    return code;
}

static int drop_all(struct request *request)
{
    int code = EXIT_DONE;
    long long start_ms = drop_now_ms();
    for (size_t i = 0; i < request->n; i++) {
        struct drop *drop = &request->drops[i];
        drop->directory = request->directory;
        int its = drop_hand_over(drop);
        code = its > code ? its : code;
        if (its == EXIT_DONE && !request->wait) {
            fputs(cli_escaped(drop->path), stdout);
            putchar('\n');
        }
    }
    for (size_t i = 0; request->wait && i < request->n; i++) {
        struct drop *drop = &request->drops[i];
        int its = drop->fd >= 0 ? drop_await(drop, request->timeout, start_ms) : EXIT_DONE;
        code = its > code ? its : code;
    }
    return fflush(stdout) == 0 && !ferror(stdout) ? code : EXIT_FAILED;
}

/* An exit code, or -1 to go on. */
static int read_options(
    const struct command *command, struct request *request, int argc, char **argv)
{
    static const struct option long_options[] = {{"wait", no_argument, NULL, 'w'},
        {"timeout", required_argument, NULL, 't'}, {"name", required_argument, NULL, 'n'},
        {"socket", required_argument, NULL, 's'}, {"help", no_argument, NULL, 'h'}, {0}};
    for (int c; (c = getopt_long(argc, argv, "hw", long_options, NULL)) != -1;) {
        char nothing[] = "", *end = nothing;
        if (c == 'w')
            request->wait = true;
        else if (c == 't')
            request->timeout = strtod(optarg, &end);
        else if (c == 'n')
            request->name = optarg;
        else if (c == 's')
            request->socket = optarg;
        else
            return c == 'h' ? cli_help(command) : cli_usage(command);
        if (c == 't' && (*end != '\0' || !(request->timeout > 0 && request->timeout < 1e9))) {
            fprintf(
                stderr, "sweepctl drop: --timeout cannot be \"%s\"; it is in seconds\n", optarg);
            return cli_usage(command);
        }
    }
    return -1;
}

static int drop_run(const struct command *command, int argc, char **argv)
{
    struct request request = {.drops = calloc((size_t)argc, sizeof *request.drops)};
    if (request.drops == NULL)
        return cli_error(EXIT_FAILED, "sweepctl: out of memory");
    int code = read_options(command, &request, argc, argv);
    if (code < 0) {
        code = read_operands(command, &request, argc - optind, argv + optind);
        if (code == EXIT_DONE)
            code = drop_all(&request);
    }
    for (size_t i = 0; i < request.n; i++)
        drop_deinit(&request.drops[i]);
    free(request.directory);
    free(request.drops);
    return code;
}

const struct command cmd_drop = {"drop", "hand specs over to the daemon", drop_help, drop_run};
