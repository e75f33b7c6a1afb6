/* SPDX-License-Identifier: Apache-2.0
 *
 * `sweepctl logs`, `sweepctl cancel` and `sweepctl wait`.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/common/clock.h"
#include "daemon/common/quantity.h"
#include "daemon/slurm/ask.h"
#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/sweepctl/sweep_view.h"
#include "lib/util/cleanup.h"

enum {
    JOBS_FOLLOW_MS = 500,
    JOBS_WAIT_MS = 5000,     /* between two looks at the queue */
    JOBS_CANCEL_MAX = 500,   /* jobs in one scancel */
    JOBS_CANCEL_MS = 120000, /* for one scancel: thousands of tasks take seconds */
};

static void jobs_pause(int64_t ms)
{
    if (ms <= 0)
        return;
    const struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

/* --- logs ----------------------------------------------------------------------------------- */

static const char logs_help[] =
    "usage: sweepctl logs SWEEP RUN [-f] [--attempt N]\n"
    "\n"
    "Prints the log of a run's last attempt. RUN is a name, run_012, or its number.\n"
    "\n"
    "  -f, --follow           keep printing what is added, until the attempt ends\n"
    "      --attempt N        of this attempt; they count from 1\n" SWEEP_VIEW_HELP "\n"
    "Exit codes: 0 done; 1 there is no log; 2 usage error.\n";

/* Copies what was added to the log to stdout. An exit code. */
static int jobs_copy_log(int fd)
{
    char bytes[65536];
    ssize_t n;
    while ((n = read(fd, bytes, sizeof bytes)) > 0)
        if (fwrite(bytes, 1, (size_t)n, stdout) != (size_t)n)
            break;
    return cli_flush();
}

/* True if the attempt has an end line, or a later one has begun. */
static bool jobs_attempt_is_over(
    const struct jobs_sweep *sweep, const struct jobs_run *run, unsigned number)
{
    char name[NAME_MAX + 1], text[8192];
    struct attempt attempt;
    snprintf(name, sizeof name, "%s.%u", run->name, number + 1);
    if (sweep->status < 0 || faccessat(sweep->status, name, F_OK, 0) == 0)
        return true;
    snprintf(name, sizeof name, "%s.%u", run->name, number);
    ssize_t length = jobs_read_end(sweep->status, name, text, sizeof text);
    if (length < 0)
        return true;
    attempt_parse(text, (size_t)length, &attempt);
    return attempt.state >= ATTEMPT_DONE;
}

/* The log of the attempt or, before it has one, the file that Slurm itself writes to. */
static int jobs_open_log(
    const struct jobs_sweep *sweep, const struct jobs_run *run, unsigned attempt)
{
    char name[NAME_MAX + 1];
    jobs_log_name(run, attempt, name, sizeof name);
    int fd = -1;
    if (sweep->logs >= 0)
        fd = openat(sweep->logs, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 && sweep->logs >= 0 && attempt == run->attempts && run->last.task.job != 0) {
        jobs_slurm_log_name(sweep, run->last.task, name, sizeof name);
        fd = openat(sweep->logs, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    }
    return fd;
}

static int jobs_print_log(
    const struct jobs_sweep *sweep, const struct jobs_run *run, unsigned attempt, bool follow)
{
    if (run->attempts == 0)
        return cli_error(EXIT_FAILED, "sweepctl: %s has not started; see: sweepctl status %s",
            run->name, sweep->path);
    if (attempt > run->attempts)
        return cli_error(EXIT_FAILED, "sweepctl: %s has %u attempt%s, not %u", run->name,
            run->attempts, cli_plural(run->attempts), attempt);
    CLEANUP_FD int fd = jobs_open_log(sweep, run, attempt);
    if (fd < 0)
        return cli_error(EXIT_FAILED, "sweepctl: no log of attempt %u of %s in %s/%s", attempt,
            run->name, sweep->path, SWEEP_LOGS_DIRECTORY);
    int code = jobs_copy_log(fd);
    while (follow && code == EXIT_DONE) {
        bool is_over = jobs_attempt_is_over(sweep, run, attempt);
        code = jobs_copy_log(fd);
        if (is_over)
            break;
        jobs_pause(JOBS_FOLLOW_MS);
    }
    return code;
}

static int logs_run(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {{"follow", no_argument, NULL, 'f'},
        {"attempt", required_argument, NULL, 'a'}, {"help", no_argument, NULL, 'h'},
        SWEEP_VIEW_LONG_OPTIONS, {0}};
    struct sweep_view view = {0};
    bool follow = false;
    uint64_t attempt = 0;
    int option;
    while ((option = getopt_long(argc, argv, "hf", long_options, NULL)) != -1) {
        if (sweep_view_option(&view.options, option, optarg))
            continue;
        switch (option) {
        case 'f':
            follow = true;
            break;
        case 'a':
            if (!quantity_count(optarg, &attempt) || attempt == 0 || attempt > UINT_MAX)
                return cli_usage_error(command, "\"%s\" is not the number of an attempt", optarg);
            break;
        case 'h':
            return cli_help(command);
        default:
            return cli_usage(command);
        }
    }
    if (argc - optind != 2)
        return cli_usage_error(command, "give a sweep and a run");
    struct jobs_sweep *sweep;
    struct jobs_run *run;
    int code = sweep_view_add(&view, argv[optind]);
    if (code == EXIT_DONE)
        code = sweep_view_add_related(&view);
    if (code == EXIT_DONE)
        code = sweep_view_find(&view, argv[optind + 1], &sweep, &run);
    if (code == EXIT_DONE)
        code = jobs_print_log(sweep, run, attempt > 0 ? (unsigned)attempt : run->attempts, follow);
    sweep_view_close(&view);
    return code;
}

/* --- cancel --------------------------------------------------------------------------------- */

static const char cancel_help[] =
    "usage: sweepctl cancel SWEEP [RUN…] [-n]\n"
    "\n"
    "Cancels the jobs of a sweep, or of some of its runs, that are queued or running.\n"
    "They can be started again: sweepctl retry.\n"
    "\n"
    "  -n, --dry-run          print the scancel commands instead\n" SWEEP_VIEW_HELP "\n"
    "Exit codes: 0 done, or there is nothing to cancel; 1 Slurm does not answer, or\n"
    "refuses; 2 usage error.\n";

/* Names of jobs and tasks for scancel. */
struct jobs_names {
    char (*items)[48];
    size_t count;
};

static bool jobs_add_name(struct jobs_names *names, struct jobs_task task, bool whole_job)
{
    char name[48];
    if (whole_job || task.index < 0)
        snprintf(name, sizeof name, "%" PRIu64, task.job);
    else
        snprintf(name, sizeof name, "%" PRIu64 "_%" PRId64, task.job, task.index);
    for (size_t i = names->count; i > 0 && whole_job; i--)
        if (strcmp(names->items[i - 1], name) == 0)
            return true;
    char(*items)[48] = realloc(names->items, (names->count + 1) * sizeof *items);
    if (items == NULL)
        return false;
    names->items = items;
    memcpy(items[names->count++], name, sizeof name);
    return true;
}

static bool jobs_can_cancel(const struct jobs_run *run)
{
    enum run_state state = run->verdict.state;
    return run->row != NULL && (state == RUN_QUEUED || state == RUN_HELD || state == RUN_RUNNING);
}

static int jobs_scancel(const struct jobs_names *names, bool dry_run)
{
    const char *argv[JOBS_CANCEL_MAX + 2] = {"scancel"};
    int code = EXIT_DONE;
    for (size_t done = 0; done < names->count && code == EXIT_DONE;) {
        size_t n = 1;
        while (done < names->count && n <= JOBS_CANCEL_MAX)
            argv[n++] = names->items[done++];
        argv[n] = NULL;
        for (size_t i = 0; dry_run && i < n; i++)
            printf("%s%c", argv[i], i + 1 < n ? ' ' : '\n');
        if (dry_run)
            continue;
        struct ask_reply reply = {0};
        if (ask_run(argv, JOBS_CANCEL_MS, &reply) != ASK_DONE)
            code = cli_error(EXIT_FAILED, "sweepctl: scancel: %s", reply.reason);
        ask_reply_deinit(&reply);
    }
    return code;
}

/* Cancels the runs of the command line, or all. */
static int jobs_cancel(struct sweep_view *view, char **runs, int n_runs, bool dry_run)
{
    struct jobs_names names = {0};
    size_t n_cancelled = 0;
    bool fine = true;
    int code = EXIT_DONE;
    for (int i = 0; i < n_runs && code == EXIT_DONE; i++) {
        struct jobs_sweep *sweep;
        struct jobs_run *run;
        code = sweep_view_find(view, runs[i], &sweep, &run);
        if (code != EXIT_DONE || !jobs_can_cancel(run))
            continue;
        n_cancelled++;
        fine = fine && jobs_add_name(&names, run->row->task, false);
    }
    for (size_t i = 0; i < view->n_sweeps && n_runs == 0; i++)
        for (size_t k = 0; k < view->sweeps[i]->n_runs; k++) {
            const struct jobs_run *run = &view->sweeps[i]->runs[k];
            if (!jobs_can_cancel(run))
                continue;
            n_cancelled++;
            fine = fine && jobs_add_name(&names, run->row->task, true);
        }
    if (code == EXIT_DONE && !fine)
        code = cli_oom();
    if (code == EXIT_DONE)
        code = jobs_scancel(&names, dry_run);
    if (code == EXIT_DONE && !dry_run)
        printf("%zu run%s cancelled\n", n_cancelled, cli_plural(n_cancelled));
    free(names.items);
    return code;
}

static int cancel_run(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {{"dry-run", no_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'}, SWEEP_VIEW_LONG_OPTIONS, {0}};
    struct sweep_view view = {0};
    bool dry_run = false;
    int option;
    while ((option = getopt_long(argc, argv, "hn", long_options, NULL)) != -1) {
        if (sweep_view_option(&view.options, option, optarg))
            continue;
        if (option == 'h')
            return cli_help(command);
        if (option != 'n')
            return cli_usage(command);
        dry_run = true;
    }
    if (optind == argc)
        return cli_usage_error(command, "give a sweep");
    int n_runs = argc - optind - 1;
    int code = sweep_view_add(&view, argv[optind]);
    /* Without RUN, no jobs of other directories. */
    if (code == EXIT_DONE && n_runs > 0)
        code = sweep_view_add_related(&view);
    if (code == EXIT_DONE)
        code = sweep_view_judge(&view);
    if (code == EXIT_DONE && !view.judge.queue.answered)
        code = cli_error(EXIT_FAILED, "sweepctl: squeue: %s", view.judge.queue.reason);
    if (code == EXIT_DONE)
        code = jobs_cancel(&view, argv + optind + 1, n_runs, dry_run);
    sweep_view_close(&view);
    int flushed = cli_flush();
    return code != EXIT_DONE ? code : flushed;
}

/* --- wait ----------------------------------------------------------------------------------- */

static const char wait_help[] =
    "usage: sweepctl wait SWEEP… [--timeout TIME]\n"
    "\n"
    "Waits until no run of the sweeps can change any more, and prints how they ended.\n"
    "\n"
    "      --timeout TIME     wait at most so long: 30min, 2h\n" SWEEP_VIEW_HELP "\n"
    "Exit codes: 0 all runs are done; 1 a sweep cannot be read; 2 usage error; 8 some\n"
    "runs failed, were lost or never started; 9 time is over.\n";

/* How the runs are: at one look. */
struct jobs_look {
    struct sweep_counts counts;
    size_t n_replaced; /* runs that are not done and were retried with other values */
    bool is_active;
    bool is_final; /* no run has a state that a slow file system or a busy queue could explain */
};

static int jobs_look(struct sweep_view *view, char **sweeps, int n_sweeps, struct jobs_look *out)
{
    int code = EXIT_DONE;
    *out = (struct jobs_look){.is_final = true};
    for (int i = 0; i < n_sweeps && code == EXIT_DONE; i++)
        code = sweep_view_add(view, sweeps[i]);
    if (code == EXIT_DONE)
        code = sweep_view_add_related(view);
    if (code == EXIT_DONE)
        code = sweep_view_judge(view);
    for (size_t i = 0; i < view->n_sweeps && code == EXIT_DONE; i++) {
        sweep_view_count(view->sweeps[i], &out->counts);
        for (size_t k = 0; k < view->sweeps[i]->n_runs; k++) {
            const struct jobs_run *run = &view->sweeps[i]->runs[k];
            enum run_state state = run->verdict.state;
            if (run->is_hidden)
                continue;
            if (run->replaced != NULL && state != RUN_DONE)
                out->n_replaced++;
            if (sweep_view_is_active(run) || state == RUN_UNSURE)
                out->is_active = true;
            if (state == RUN_LOST || state == RUN_NEVER_STARTED)
                out->is_final = false;
        }
    }
    sweep_view_close(view);
    return code;
}

static int jobs_wait(struct sweep_view *view, char **sweeps, int n_sweeps, int64_t end_ms)
{
    struct jobs_look look;
    struct strbuf text = {0};
    int code, quiet = 0;
    while ((code = jobs_look(view, sweeps, n_sweeps, &look)) == EXIT_DONE) {
        quiet = look.is_active ? 0 : quiet + 1;
        /* What a job wrote last may take a moment to be seen here: look once more. */
        if (quiet >= 2 || (quiet == 1 && (look.is_final || view->options.offline)))
            break;
        if (end_ms >= 0 && clock_ms() >= end_ms) {
            code = EXIT_TIME_OVER;
            break;
        }
        int64_t left_ms = end_ms - clock_ms();
        bool is_last = end_ms >= 0 && left_ms < JOBS_WAIT_MS;
        jobs_pause(is_last ? left_ms : JOBS_WAIT_MS);
    }
    if (code != EXIT_DONE && code != EXIT_TIME_OVER)
        return code;
    sweep_view_put_counts(&look.counts, &text);
    if (look.n_replaced > 0)
        strbuf_printf(&text, "; %zu replaced by other runs", look.n_replaced);
    puts(strbuf_string(&text));
    strbuf_deinit(&text);
    if (code == EXIT_DONE && look.counts.by_state[RUN_DONE] + look.n_replaced < look.counts.total)
        code = EXIT_RUNS;
    int flushed = cli_flush();
    return flushed != EXIT_DONE ? flushed : code;
}

static int wait_run(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {{"timeout", required_argument, NULL, 't'},
        {"help", no_argument, NULL, 'h'}, SWEEP_VIEW_LONG_OPTIONS, {0}};
    struct sweep_view view = {0};
    int64_t end_ms = -1, timeout_ms;
    int option;
    while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        if (sweep_view_option(&view.options, option, optarg))
            continue;
        if (option == 'h')
            return cli_help(command);
        if (option != 't')
            return cli_usage(command);
        if (!quantity_time(optarg, &timeout_ms))
            return cli_usage_error(command, "\"%s\" is not a time; write 30min or 2h", optarg);
        end_ms = clock_ms() + timeout_ms;
    }
    if (optind == argc)
        return cli_usage_error(command, "give a sweep");
    return jobs_wait(&view, argv + optind, argc - optind, end_ms);
}

const struct command cmd_logs = {"logs", "print the log of a run", logs_help, logs_run};
const struct command cmd_cancel = {"cancel", "cancel the jobs of a sweep", cancel_help, cancel_run};
const struct command cmd_wait = {"wait", "wait until a sweep has ended", wait_help, wait_run};
