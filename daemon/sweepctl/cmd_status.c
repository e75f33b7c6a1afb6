/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/control/client.h"
#include "daemon/spool/names.h"
#include "daemon/common/log.h"

static const char status_help[] =
    "usage: sweepctl status [--watch] [--json] [--socket PATH]\n"
    "\n"
    "Shows what the daemon does, what waits, and how its last specs ended.\n"
    "\n"
    "  -w, --watch            go on, and show it again after each change\n"
    "      --json             print JSON objects, one a line; sweepctl(1) tells what\n"
    "                         is in them\n"
    "      --socket PATH      the daemon's control socket; without it that of\n"
    "                         $SWEEPD_CONTROL, or the one in $RUNTIME_DIRECTORY,\n"
    "                         $XDG_RUNTIME_DIR/sweepd or /run/sweepd\n"
    "\n"
    "Exit codes: 0 done; 1 no daemon answers, or it has ended; 2 wrong usage.\n";

/* A line is cut so that it fits this. */
enum { COLUMNS = 80 };

/* Of a screen that is shown again: how often what goes on by itself is brought up to date. */
#define REDRAW_MS 1000

/* How one status is shown. */
struct view {
    const json_t *status;
    bool utf8;
    long long late_ms; /* since it was received */
};

/* --- words ---------------------------------------------------------------------------------- */

/* Prints text of others, at most `columns` characters of it; the number of columns that it took. */
static int show(const struct view *view, const char *text, int columns)
{
    char safe[2048];
    int n = 0;
    log_escape(safe, sizeof safe, text != NULL ? text : "?");
    size_t left = 0;
    for (const char *p = safe; *p != '\0'; p++)
        left += ((unsigned char)*p & 0xc0) != 0x80;
    const bool cut = left > (size_t)columns;
    const int room = cut ? columns - 3 : columns;
    for (const char *p = safe; *p != '\0'; p++) {
        bool starts = ((unsigned char)*p & 0xc0) != 0x80;
        if (starts && n == room)
            break;
        if (view->utf8 || (unsigned char)*p < 0x80)
            putchar(*p);
        else if (starts)
            putchar('?');
        n += starts;
    }
    if (cut)
        n += printf("...");
    return n;
}

static long long number(const struct view *view, const char *name)
{
    return json_integer_value(json_object_get(view->status, name));
}

static const char *word(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* "2 d 4 h", "3 min", "1.2 s" */
static void duration(long long ms, char out[32])
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

static void show_head(const struct view *view)
{
    char up[32], safe[64];
    duration(number(view, "uptime_ms") + view->late_ms, up);
    const char *version = word(view->status, "version");
    log_escape(safe, sizeof safe, version != NULL ? version : "");
    printf("sweepd %s  ", safe);
    show(view, word(view->status, "state"), 20);
    printf(", up %s, process %lld\n", up, number(view, "pid"));
    const char *reason = word(view->status, "reason");
    if (reason != NULL) {
        printf("  why     ");
        show(view, reason, 1000);
        putchar('\n');
    }
}

static void show_directories(const struct view *view)
{
    char size[32];
    long long waiting = number(view, "waiting"), claimed = number(view, "claimed");
    printf("  specs   ");
    show(view, word(view->status, "specs"), 1000);
    printf("  %lld waiting, %lld claimed\n", waiting, claimed);
    printf("  queue   ");
    show(view, word(view->status, "queue"), 1000);
    if (json_object_get(view->status, "free_bytes") != NULL) {
        cli_size((unsigned long long)number(view, "free_bytes"), size);
        printf("  %s free", size);
    }
    printf("\n  so far  %lld done, %lld failed", number(view, "done"), number(view, "failed"));
    if (number(view, "retried") > 0)
        printf(", %lld retried", number(view, "retried"));
    putchar('\n');
}

static void show_running(const struct view *view)
{
    size_t i;
    const json_t *one;
    json_array_foreach (json_object_get(view->status, "running"), i, one) {
        char elapsed[32];
        long long ms = json_integer_value(json_object_get(one, "elapsed_ms"));
        duration(ms + view->late_ms, elapsed);
        printf(i == 0 ? "  now     " : "          ");
        int used = 10 + show(view, word(one, "name"), 50);
        printf("%*s\n", COLUMNS - used, elapsed);
    }
}

/* True when one of them failed. */
static bool show_last(const struct view *view)
{
    size_t i;
    const json_t *one;
    bool failed = false;
    json_array_foreach (json_object_get(view->status, "last"), i, one) {
        time_t when = json_integer_value(json_object_get(one, "time"));
        char clock[16] = "";
        struct tm tm;
        if (localtime_r(&when, &tm) != NULL)
            strftime(clock, sizeof clock, "%H:%M", &tm);
        printf(i == 0 ? "  last    %s  " : "          %s  ", clock);
        int used = 17 + show(view, word(one, "name"), 30);
        used += printf("  ");
        show(view, word(one, "line"), COLUMNS - used);
        putchar('\n');
        failed =
            failed || (word(one, "result") != NULL && strcmp(word(one, "result"), "failed") == 0);
    }
    return failed;
}

static void show_status(const struct view *view)
{
    show_head(view);
    show_directories(view);
    show_running(view);
    bool failed = show_last(view);
    if (failed) {
        printf("Why they failed:  ");
        show(view, word(view->status, "specs"), 1000);
        printf("/" NAMES_FAILED "/*" NAMES_REPORT "\n");
    } else if (json_array_size(json_object_get(view->status, "last")) == 0 &&
               number(view, "waiting") + number(view, "claimed") == 0) {
        printf("Next:  sweepctl drop SPEC.json\n");
    }
}

/* --- once, and again ------------------------------------------------------------------------ */

static int print_status(struct view *view, bool json, bool redraw)
{
    if (json)
        return cli_print_json(json_incref((json_t *)view->status));
    if (redraw)
        printf("\033[H\033[J");
    show_status(view);
    return fflush(stdout) == 0 && !ferror(stdout) ? EXIT_DONE : EXIT_FAILED;
}

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Shows `status`, which is released, and what follows. */
static int watch(struct control_client *client, struct view *view, json_t *status, bool json)
{
    bool redraw = !json && isatty(STDOUT_FILENO);
    enum control_received received = CONTROL_RECEIVED;
    long long since = now_ms();
    int code = EXIT_DONE;
    while (code == EXIT_DONE && (received == CONTROL_RECEIVED || received == CONTROL_TIME_OVER)) {
        json_t *next = NULL;
        view->status = status;
        view->late_ms = now_ms() - since;
        code = print_status(view, json, redraw);
        received = control_client_receive(client, redraw ? REDRAW_MS : -1, &next);
        if (received == CONTROL_RECEIVED) {
            json_decref(status);
            status = next;
            since = now_ms();
        }
    }
    json_decref(status);
    if (code == EXIT_DONE)
        fprintf(stderr, "sweepctl: sweepd (process %d) has ended or closed the connection\n",
            (int)client->peer);
    return EXIT_FAILED;
}

static int status_run(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {{"socket", required_argument, NULL, 's'},
        {"json", no_argument, NULL, 'j'}, {"watch", no_argument, NULL, 'w'},
        {"help", no_argument, NULL, 'h'}, {0}};
    const char *path = NULL;
    bool json = false, again = false;
    for (int c; (c = getopt_long(argc, argv, "hw", long_options, NULL)) != -1;) {
        if (c == 's')
            path = optarg;
        else if (c == 'j')
            json = true;
        else if (c == 'w')
            again = true;
        else
            return c == 'h' ? cli_help(command) : cli_usage(command);
    }
    if (optind < argc) {
        fprintf(stderr, "sweepctl status: too many arguments\n");
        return cli_usage(command);
    }
    struct control_client client;
    int code = EXIT_FAILED;
    json_t *status = NULL;
    setlocale(LC_CTYPE, "");
    if (control_client_open(&client, path))
        status = control_client_ask(
            &client, again ? "{\"do\":\"status\",\"watch\":true}" : "{\"do\":\"status\"}");
    struct view view = {.status = status, .utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0};
    if (status != NULL && again) {
        code = watch(&client, &view, status, json);
    } else if (status != NULL) {
        code = print_status(&view, json, false);
        json_decref(status);
    }
    control_client_close(&client);
    return code;
}

const struct command cmd_status = {"status", "show what the daemon does", status_help, status_run};
