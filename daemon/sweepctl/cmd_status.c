/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/common/clock.h"
#include "daemon/common/log.h"
#include "daemon/control/client.h"
#include "daemon/spool/names.h"
#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/sweepctl/status_sweeps.h"
#include "daemon/sweepctl/text.h"
#include "lib/util/text.h"

static const char status_help[] =
    "usage: sweepctl status [SWEEP…] [--queue QUEUE] [--watch] [--json]\n"
    "                       [--socket PATH]\n"
    "\n"
    "Without SWEEP: shows what sweepd is doing, how many specs are waiting, the last\n"
    "results, and the sweeps in its queue.\n"
    "\n"
    "With SWEEP, a sweep directory or the name of a sweep: shows what became of its\n"
    "runs, by the files that they left, their logs, and one squeue for all. Of failed\n"
    "runs it shows why, the end of a log, and the command that helps. A sweep that\n"
    "has grown is shown with the runs that earlier directories next to it have.\n"
    "\n"
    "  -w, --watch            keep running, and show each change; with SWEEP, until\n"
    "                         no run can change any more\n"
    "      --json             print one JSON object per line, described in\n"
    "                         sweepctl(1); with SWEEP, one for each run\n" SWEEP_VIEW_HELP
    "      --socket PATH      sweepd's control socket (default: $SWEEPD_CONTROL, else\n"
    "                         control in $RUNTIME_DIRECTORY,\n"
    "                         $XDG_RUNTIME_DIR/sweepd, /tmp/sweepd-UID\n"
    "                         or /run/sweepd)\n"
    "\n"
    "With --queue and without SWEEP it shows the sweeps of QUEUE, and sweepd is not\n"
    "asked.\n"
    "\n"
    "Exit codes: 0 done; 1 sweepd does not answer or has exited, or a sweep cannot be\n"
    "read; 2 usage error.\n";

/* With --watch on a terminal: how often times that pass are updated. */
enum { STATUS_REDRAW_MS = 1000 };

/* No limit on the width of a text, in columns. */
enum { STATUS_WIDE = 1000 };

enum {
    STATUS_MAX_SWEEPS = 15,     /* sweeps of the daemon's queue that are listed */
    STATUS_ASK_AGAIN_MS = 5000, /* with --watch and SWEEP: between two looks */
};

struct status_printer {
    const json_t *status;
    bool utf8;
    int64_t age_ms; /* of `status` */
};

/* --- values --------------------------------------------------------------------------------- */

static long long status_number(const struct status_printer *printer, const char *name)
{
    return json_integer_value(json_object_get(printer->status, name));
}

/* NULL if there is no such member. */
static const char *status_string(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* Prints text escaped, and cut off so that it takes at most `columns`. Returns the number of
 * columns taken. */
static int status_put(const struct status_printer *printer, const char *text, int columns)
{
    char safe[2048];
    int used = 0, room = columns;
    log_escape(safe, sizeof safe, text != NULL ? text : "?");
    size_t length = strlen(safe);
    bool cut = utf8_count(safe, length) > (size_t)columns;
    if (cut)
        room -= 3;
    for (size_t i = 0; i < length && used < room; used++) {
        uint32_t c;
        size_t n = utf8_decode(safe + i, length - i, &c);
        if (printer->utf8 || c < 0x80)
            fwrite(safe + i, 1, n, stdout);
        else
            putchar('?');
        i += n;
    }
    if (cut)
        used += printf("...");
    return used;
}

/* "2 d 4 h", "3 min", "1.2 s" */
static void status_format_duration(long long ms, char out[32])
{
    long long s = ms / 1000;
    if (s < 60)
        snprintf(out, 32, "%lld.%lld s", s, ms % 1000 / 100);
    else if (s < 3600)
        snprintf(out, 32, "%lld min", s / 60);
    else if (s < 86400)
        snprintf(out, 32, "%lld h %lld min", s / 3600, s % 3600 / 60);
    else
        snprintf(out, 32, "%lld d %lld h", s / 86400, s % 86400 / 3600);
}

/* --- the parts ------------------------------------------------------------------------------ */

static void status_print_head(const struct status_printer *printer)
{
    char up[32];
    status_format_duration(status_number(printer, "uptime_ms") + printer->age_ms, up);
    printf("sweepd ");
    status_put(printer, status_string(printer->status, "version"), 60);
    printf("  ");
    status_put(printer, status_string(printer->status, "state"), 20);
    printf(", up %s, pid %lld\n", up, status_number(printer, "pid"));
    const char *reason = status_string(printer->status, "reason");
    if (reason != NULL) {
        printf("  reason  ");
        status_put(printer, reason, STATUS_WIDE);
        putchar('\n');
    }
}

static void status_print_directories(const struct status_printer *printer)
{
    char size[32];
    printf("  specs   ");
    status_put(printer, status_string(printer->status, "specs"), STATUS_WIDE);
    printf("  %lld waiting, %lld claimed\n", status_number(printer, "waiting"),
        status_number(printer, "claimed"));
    printf("  queue   ");
    status_put(printer, status_string(printer->status, "queue"), STATUS_WIDE);
    if (json_object_get(printer->status, "free_bytes") != NULL) {
        cli_size((unsigned long long)status_number(printer, "free_bytes"), size);
        printf("  %s free", size);
    }
    printf("\n  total   %lld done, %lld failed", status_number(printer, "done"),
        status_number(printer, "failed"));
    if (status_number(printer, "retried") > 0)
        printf(", %lld retried", status_number(printer, "retried"));
    putchar('\n');
}

static void status_print_running(const struct status_printer *printer)
{
    const char *label = "running";
    size_t i;
    const json_t *one;
    json_array_foreach (json_object_get(printer->status, "running"), i, one) {
        char elapsed[32];
        long long ms = json_integer_value(json_object_get(one, "elapsed_ms"));
        status_format_duration(ms + printer->age_ms, elapsed);
        int used = printf("  %-8s", label);
        used += status_put(printer, status_string(one, "name"), 50);
        printf("%*s\n", TEXT_COLUMNS - used, elapsed);
        label = "";
    }
}

static void status_print_waiting(const struct status_printer *printer)
{
    const char *label = "waiting";
    size_t i;
    const json_t *one;
    json_array_foreach (json_object_get(printer->status, "waiting_specs"), i, one) {
        char elapsed[32];
        long long ms = json_integer_value(json_object_get(one, "elapsed_ms"));
        status_format_duration(ms + printer->age_ms, elapsed);
        printf("  %-8s", label);
        status_put(printer, status_string(one, "name"), 30);
        printf("  %s  ", elapsed);
        status_put(printer, status_string(one, "reason"), STATUS_WIDE);
        putchar('\n');
        label = "";
    }
}

static void status_print_submitting(const struct status_printer *printer)
{
    const char *label = "submit";
    size_t i;
    const json_t *one;
    json_array_foreach (json_object_get(printer->status, "submitting"), i, one) {
        const char *sweep = status_string(one, "sweep");
        const char *slash = sweep != NULL ? strrchr(sweep, '/') : NULL;
        const char *reason = status_string(one, "reason");
        printf("  %-8s", label);
        status_put(printer, slash != NULL ? slash + 1 : sweep, 50);
        printf("  ");
        if (reason == NULL || reason[0] == '\0')
            reason = status_string(one, "state");
        status_put(printer, reason, STATUS_WIDE);
        putchar('\n');
        label = "";
    }
}

/* True if one of the last specs failed. */
static bool status_print_last(const struct status_printer *printer)
{
    const char *label = "last";
    size_t i;
    const json_t *one;
    bool failed = false;
    json_array_foreach (json_object_get(printer->status, "last"), i, one) {
        time_t when = json_integer_value(json_object_get(one, "time"));
        char clock[16] = "";
        struct tm tm;
        if (localtime_r(&when, &tm) != NULL)
            strftime(clock, sizeof clock, "%H:%M", &tm);
        int used = printf("  %-8s%s  ", label, clock);
        used += status_put(printer, status_string(one, "name"), 30);
        used += printf("  ");
        status_put(printer, status_string(one, "line"), TEXT_COLUMNS - used);
        putchar('\n');
        const char *result = status_string(one, "result");
        if (result != NULL && strcmp(result, "failed") == 0)
            failed = true;
        label = "";
    }
    return failed;
}

static void status_print_text(const struct status_printer *printer)
{
    status_print_head(printer);
    status_print_directories(printer);
    status_print_running(printer);
    status_print_waiting(printer);
    status_print_submitting(printer);
    bool failed = status_print_last(printer);
    bool none = json_array_size(json_object_get(printer->status, "last")) == 0 &&
                status_number(printer, "waiting") + status_number(printer, "claimed") == 0;
    if (failed) {
        printf("Reports of failed specs:  ");
        status_put(printer, status_string(printer->status, "specs"), STATUS_WIDE);
        printf("/" NAMES_FAILED "/*" NAMES_REPORT "\n");
    } else if (none) {
        printf("Next:  sweepctl drop SPEC.json\n");
    }
}

/* --- the command ---------------------------------------------------------------------------- */

static int status_print(const struct status_printer *printer, bool json, bool redraw)
{
    if (json)
        return cli_print_json(json_incref((json_t *)printer->status));
    if (redraw)
        printf("\033[H\033[J"); /* move to the top left, clear the screen */
    status_print_text(printer);
    return cli_flush();
}

/* Prints `status`, which it releases, and those that follow, until sweepd closes the connection. */
static int status_watch(
    struct control_client *client, struct status_printer *printer, json_t *status, bool json)
{
    bool redraw = !json && isatty(STDOUT_FILENO);
    enum control_received received = CONTROL_RECEIVED;
    int64_t since_ms = clock_ms();
    int code = EXIT_DONE;
    while (code == EXIT_DONE && (received == CONTROL_RECEIVED || received == CONTROL_TIME_OVER)) {
        json_t *next = NULL;
        printer->status = status;
        printer->age_ms = clock_ms() - since_ms;
        code = status_print(printer, json, redraw);
        received = control_client_receive(client, redraw ? STATUS_REDRAW_MS : -1, &next);
        if (received == CONTROL_RECEIVED) {
            json_decref(status);
            status = next;
            since_ms = clock_ms();
        }
    }
    json_decref(status);
    if (code != EXIT_DONE)
        return code;
    return cli_error(EXIT_FAILED, "sweepctl: sweepd (pid %d) has exited or closed the connection",
        (int)client->peer);
}

/* The sweeps of sweepd's queue. One that cannot be read was reported; that is not a failure of
 * `status`. */
static int status_print_queue(const char *queue)
{
    struct sweep_view view = {0};
    struct strbuf text = {0};
    if (queue == NULL || access(queue, R_OK | X_OK) != 0)
        return EXIT_DONE;
    if (sweep_view_add_queue(&view, queue) == EXIT_DONE && view.n_sweeps > 0 &&
        sweep_view_judge(&view) == EXIT_DONE) {
        status_sweeps_put_lines(&view, STATUS_MAX_SWEEPS, &text);
        printf("Sweeps\n%s", strbuf_string(&text));
    }
    strbuf_deinit(&text);
    sweep_view_close(&view);
    return cli_flush();
}

static int status_ask(const char *path, bool watch, bool json)
{
    struct control_client client;
    struct status_printer printer = {.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0};
    int code = EXIT_FAILED;
    if (!control_client_open(&client, path)) {
        control_client_close(&client);
        return code;
    }
    if (watch) {
        json_t *status = control_client_watch(&client);
        if (status != NULL)
            code = status_watch(&client, &printer, status, json);
    } else {
        json_t *status = control_client_ask(&client, "status");
        printer.status = status;
        if (status != NULL)
            code = status_print(&printer, json, false);
        if (code == EXIT_DONE && !json)
            code = status_print_queue(status_string(status, "queue"));
        json_decref(status);
    }
    control_client_close(&client);
    return code;
}

/* --- sweeps --------------------------------------------------------------------------------- */

struct status_options {
    struct sweep_view_options view;
    const char *socket;
    bool json, watch;
    char **sweeps; /* of the command line */
    int n_sweeps;
};

static void status_put_results(const struct status_options *options, struct strbuf *out)
{
    strbuf_puts(out, "Results:  sweepctl results");
    for (int i = 0; i < options->n_sweeps; i++)
        strbuf_printf(out, " %s", cli_quoted(options->sweeps[i]));
    if (options->view.queue != NULL)
        strbuf_printf(out, " --queue %s", cli_quoted(options->view.queue));
    strbuf_putc(out, '\n');
}

static int status_open(const struct status_options *options, struct sweep_view *view)
{
    int code = EXIT_DONE;
    for (int i = 0; i < options->n_sweeps && code == EXIT_DONE; i++)
        code = sweep_view_add(view, options->sweeps[i]);
    if (options->n_sweeps == 0)
        code = sweep_view_add_queue(view, options->view.queue);
    else if (code == EXIT_DONE)
        code = sweep_view_add_related(view);
    if (code == EXIT_DONE)
        code = sweep_view_judge(view);
    return code;
}

/* Opens the sweeps and appends what became of their runs. *active: one may still change. */
static int status_look(const struct status_options *options, struct strbuf *out, bool *active)
{
    struct sweep_view view = {.options = options->view};
    int code = status_open(options, &view);
    *active = code == EXIT_DONE && sweep_view_has_active(&view);
    if (code == EXIT_DONE && options->json) {
        for (size_t i = 0; i < view.n_sweeps && code == EXIT_DONE; i++)
            if (!status_sweeps_put_json(&view, view.sweeps[i], out))
                code = cli_oom();
    } else if (code == EXIT_DONE && options->n_sweeps == 0) {
        status_sweeps_put_lines(&view, SIZE_MAX, out);
    } else if (code == EXIT_DONE && status_sweeps_put_all(&view, out)) {
        status_put_results(options, out);
    }
    sweep_view_close(&view);
    return code;
}

static void status_pause(void)
{
    const struct timespec pause = {STATUS_ASK_AGAIN_MS / 1000, 0};
    nanosleep(&pause, NULL);
}

static int status_show(const struct status_options *options)
{
    struct strbuf shown = {0};
    bool redraw = options->watch && !options->json && isatty(STDOUT_FILENO);
    bool active;
    int code;
    do {
        struct strbuf text = {0};
        code = status_look(options, &text, &active);
        if (code == EXIT_DONE && text.oom)
            code = cli_oom();
        if (code == EXIT_DONE && strcmp(strbuf_string(&text), strbuf_string(&shown)) != 0) {
            printf("%s%s", redraw ? "\033[H\033[J" : "", strbuf_string(&text));
            code = cli_flush();
        }
        strbuf_deinit(&shown);
        shown = text;
        if (options->watch && active && code == EXIT_DONE)
            status_pause();
    } while (options->watch && active && code == EXIT_DONE);
    strbuf_deinit(&shown);
    return code;
}

/* --- entry ---------------------------------------------------------------------------------- */

static int status_run(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {{"socket", required_argument, NULL, 's'},
        {"json", no_argument, NULL, 'j'}, {"watch", no_argument, NULL, 'w'},
        {"help", no_argument, NULL, 'h'}, SWEEP_VIEW_LONG_OPTIONS, {0}};
    struct status_options options = {0};
    int option;
    while ((option = getopt_long(argc, argv, "hw", long_options, NULL)) != -1) {
        if (sweep_view_option(&options.view, option, optarg))
            continue;
        switch (option) {
        case 's':
            options.socket = optarg;
            break;
        case 'j':
            options.json = true;
            break;
        case 'w':
            options.watch = true;
            break;
        case 'h':
            return cli_help(command);
        default:
            return cli_usage(command);
        }
    }
    options.sweeps = argv + optind;
    options.n_sweeps = argc - optind;
    setlocale(LC_CTYPE, "");
    if (options.n_sweeps > 0 || options.view.queue != NULL)
        return status_show(&options);
    return status_ask(options.socket, options.watch, options.json);
}

const struct command cmd_status = {
    "status", "show what sweepd is doing, or the runs of a sweep", status_help, status_run};
