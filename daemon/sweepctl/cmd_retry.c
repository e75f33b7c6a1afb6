/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/common/spawn.h"
#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/sweepctl/retry_spec.h"
#include "daemon/sweepctl/submitting.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "lib/util/text.h"

static const char retry_help[] =
    "usage: sweepctl retry SWEEP {--failed|--timeout|--oom|--lost|RUN…}\n"
    "                      [--time TIME] [--mem SIZE] [--set PATH=VALUE]… [-n]\n"
    "                      [--no-check] [-- OPTION-OF-SBATCH…]\n"
    "\n"
    "Submits runs again that ended without being done. With the same values a run\n"
    "gets another attempt, with a directory of its own for its results. With --set it\n"
    "is another run: a sweep of the same name is generated next to SWEEP and\n"
    "submitted, and SWEEP records which runs it replaces.\n"
    "\n"
    "  RUN                    a name, run_012, or its number\n"
    "      --failed           all runs that failed, were lost or never started\n"
    "      --timeout          those that reached their time limit\n"
    "      --oom              those that ran out of host or GPU memory\n"
    "      --lost             those that were lost, preempted or never started, or\n"
    "                         whose node failed\n"
    "      --time TIME        another time limit, as for sbatch\n"
    "      --mem SIZE         more memory, as for sbatch\n"
    "      --set PATH=VALUE   another value of a parameter or config path\n"
    "      --no-check         do not compare the options of sbatch with the cluster,\n"
    "                         nor look for the programs, as submit does\n"
    "  -n, --dry-run          show which runs, and submit nothing\n" SWEEP_VIEW_HELP "\n"
    "Exit codes: 0 done; 1 failed, or there is no such run; 2 usage error; 3 the new\n"
    "values are not valid, or as for submit; else those of submit.sh.\n";

enum retry_selection { RETRY_FAILED = 1, RETRY_TIMEOUT = 2, RETRY_OOM = 4, RETRY_LOST = 8 };

enum { RETRY_MAX_OPTIONS = 64, RETRY_MAX_OUTPUT = 65536 };

struct retry_options {
    unsigned selections;
    bool dry_run, no_check;
    const char *settings[RETRY_MAX_OPTIONS + 1]; /* ended by NULL */
    size_t n_settings;
    const char *sbatch[2 * RETRY_MAX_OPTIONS + 1]; /* ended by NULL */
    size_t n_sbatch;
};

/* --- which runs ----------------------------------------------------------------------------- */

static bool retry_is_selected(const struct jobs_run *run, unsigned selections)
{
    enum run_state state = run->verdict.state;
    enum run_class class = run->verdict.class;
    if (run->replaced != NULL)
        return false;
    bool is_gone = state == RUN_LOST || state == RUN_NEVER_STARTED;
    if ((selections & RETRY_FAILED) != 0 && (state == RUN_FAILED || is_gone))
        return true;
    if ((selections & RETRY_TIMEOUT) != 0 && class == CLASS_TIMEOUT)
        return true;
    if ((selections & RETRY_OOM) != 0 && (class == CLASS_HOST_MEMORY || class == CLASS_GPU_MEMORY))
        return true;
    return (selections & RETRY_LOST) != 0 &&
           (is_gone || class == CLASS_NODE || class == CLASS_PREEMPTED);
}

static bool retry_add(struct retry_runs *runs, size_t run)
{
    for (size_t i = 0; i < runs->count; i++)
        if (runs->items[i] == run)
            return true;
    size_t *items = realloc(runs->items, (runs->count + 1) * sizeof *items);
    if (items == NULL)
        return false;
    runs->items = items;
    items[runs->count++] = run;
    return true;
}

/* A run that is done, or may still be done, is not started again. */
static int retry_check_named(
    const struct jobs_sweep *sweep, const struct jobs_run *run, bool is_set)
{
    if (run->verdict.state == RUN_DONE && !is_set)
        return cli_error(EXIT_USAGE,
            "sweepctl: %s is done; to train it with another value, use --set", run->name);
    if (sweep_view_is_active(run))
        return cli_error(EXIT_USAGE, "sweepctl: %s is %s; first: sweepctl cancel %s %s", run->name,
            run_state_phrase(run->verdict.state), sweep->path, run->name);
    return EXIT_DONE;
}

static int retry_check_names(
    const struct sweep_view *view, const struct retry_options *options, char **names)
{
    int code = EXIT_DONE;
    for (; *names != NULL && code == EXIT_DONE; names++) {
        struct jobs_sweep *sweep;
        struct jobs_run *run;
        code = sweep_view_find(view, *names, &sweep, &run);
        if (code == EXIT_DONE)
            code = retry_check_named(sweep, run, options->n_settings > 0);
    }
    return code;
}

/* The runs of runs->sweep that were named or selected. False if memory runs out. */
static bool retry_select(const struct retry_options *options, char **names, struct retry_runs *runs)
{
    const struct jobs_sweep *sweep = runs->sweep;
    for (; *names != NULL; names++) {
        size_t run = jobs_sweep_find(sweep, *names);
        if (run != SIZE_MAX && !sweep->runs[run].is_hidden && !retry_add(runs, run))
            return false;
    }
    for (size_t i = 0; i < sweep->n_runs; i++)
        if (!sweep->runs[i].is_hidden && retry_is_selected(&sweep->runs[i], options->selections) &&
            !retry_add(runs, i))
            return false;
    return true;
}

static int retry_none(const struct sweep_view *view, const char *argument)
{
    if (!view->judge.queue.answered && !view->options.offline)
        return cli_error(
            EXIT_FAILED, "sweepctl: no such run is known; squeue: %s", view->judge.queue.reason);
    return cli_error(EXIT_FAILED, "sweepctl: no such run in %s; see: sweepctl status %s", argument,
        cli_quoted(argument));
}

/* --- submitting ----------------------------------------------------------------------------- */

/* An unnamed file with these bytes, at its start; -1 with errno set. */
static int retry_temporary(const char *bytes, size_t length)
{
    FILE *file = tmpfile();
    if (file == NULL)
        return -1;
    int fd = fcntl(fileno(file), F_DUPFD_CLOEXEC, 3);
    fclose(file);
    int failure = fd >= 0 ? file_write_all(fd, bytes, length) : errno;
    if (failure == 0 && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    errno = failure;
    return -1;
}

/* Checks a sweep and runs its submit.sh, with the names of runs as its standard input unless there
 * are none. Returns its exit code. */
static int retry_submit(
    const struct jobs_sweep *sweep, const struct strbuf *names, const struct retry_options *options)
{
    char program[PATH_MAX];
    const char *argv[2 * RETRY_MAX_OPTIONS + 8];
    size_t n = 0;
    int status = 0;
    pid_t pid;
    int code = submitting_check(sweep->path, (char *const *)options->sbatch, options->no_check);
    if (code != EXIT_DONE)
        return code;
    snprintf(program, sizeof program, "%s/submit.sh", sweep->path);
    argv[n++] = program;
    if (names->length > 0) {
        argv[n++] = "--again";
        argv[n++] = "--runs-from";
        argv[n++] = "-";
    }
    if (options->n_sbatch > 0)
        argv[n++] = "--";
    for (size_t i = 0; i < options->n_sbatch; i++)
        argv[n++] = options->sbatch[i];
    argv[n] = NULL;
    CLEANUP_FD int input = retry_temporary(strbuf_string(names), names->length);
    int failure = errno;
    if (input >= 0) {
        const int files[3] = {input, STDOUT_FILENO, STDERR_FILENO};
        failure = spawn_program((char *const *)argv, files, &pid);
    }
    if (failure != 0)
        return cli_error(EXIT_FAILED, "sweepctl: cannot run %s: %s", program, strerror(failure));
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    code = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILED;
    return code == EXIT_DONE ? submitting_find_hopeless(sweep->path) : code;
}

static void retry_put_names(
    const struct retry_runs *runs, const char *separator, struct strbuf *out)
{
    for (size_t i = 0; i < runs->count; i++)
        strbuf_printf(out, "%s%s", runs->sweep->runs[runs->items[i]].name, separator);
}

static int retry_again(const struct retry_runs *runs, const struct retry_options *options)
{
    CLEANUP_STRBUF struct strbuf names = {0};
    retry_put_names(runs, "\n", &names);
    if (names.oom)
        return cli_oom();
    if (options->dry_run) {
        fputs(names.data, stdout);
        return cli_flush();
    }
    return retry_submit(runs->sweep, &names, options);
}

/* --- with other values ---------------------------------------------------------------------- */

/* The directory that has the sweep. */
static void retry_queue(const struct jobs_sweep *sweep, char queue[PATH_MAX])
{
    snprintf(queue, PATH_MAX, "%s", sweep->path);
    char *slash = strrchr(queue, '/');
    if (slash == NULL)
        snprintf(queue, PATH_MAX, ".");
    else if (slash == queue)
        queue[1] = '\0';
    else
        *slash = '\0';
}

/* Reads what a child prints until it ends. */
static int retry_read_child(int fd, pid_t pid, struct strbuf *out)
{
    int status = 0;
    file_read_all(fd, RETRY_MAX_OUTPUT, out);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILED;
}

/* Runs `sweepctl generate` with the spec as its standard input. The path of the new sweep is
 * appended to `out`. */
static int retry_generate(const struct sweep_view *view, const struct jobs_sweep *sweep,
    const char *spec, const struct retry_options *options, struct strbuf *out)
{
    char queue[PATH_MAX], as[PATH_MAX];
    const char *argv[2 * RETRY_MAX_OPTIONS + 16] = {
        "/proc/self/exe", "generate", "-q", "-", "-o", queue, "--as", as};
    size_t n = 8;
    int ends[2];
    pid_t pid;
    retry_queue(sweep, queue);
    snprintf(as, sizeof as, "%s/sweep.json", sweep->path);
    if (view->options.profile != NULL) {
        argv[n++] = "--profile";
        argv[n++] = view->options.profile;
    }
    for (size_t i = 0; i < options->n_settings; i++) {
        argv[n++] = "--set";
        argv[n++] = options->settings[i];
    }
    if (options->dry_run)
        argv[n++] = "--dry-run";
    argv[n] = NULL;
    CLEANUP_FD int input = retry_temporary(spec, strlen(spec));
    if (input < 0 || pipe2(ends, O_CLOEXEC) != 0)
        return cli_error(EXIT_FAILED, "sweepctl: cannot run sweepctl: %s", strerror(errno));
    const int files[3] = {input, ends[1], STDERR_FILENO};
    int failure = spawn_program((char *const *)argv, files, &pid);
    close(ends[1]);
    int code = EXIT_FAILED;
    if (failure == 0)
        code = retry_read_child(ends[0], pid, out);
    else
        cli_error(EXIT_FAILED, "sweepctl: cannot run sweepctl: %s", strerror(failure));
    close(ends[0]);
    while (out->length > 0 && out->data[out->length - 1] == '\n')
        out->data[--out->length] = '\0';
    return code;
}

/* Opens the new sweep, records what it replaces, and submits it. */
static int retry_use(const struct sweep_view *view, const struct retry_runs *runs, const char *path,
    const struct retry_options *options)
{
    const struct strbuf all = {0};
    struct sweep_error error = {0};
    struct jobs_sweep fresh;
    if (jobs_sweep_open(path, &fresh, &error) != SWEEP_OK)
        return cli_fail(&error);
    int code = retry_spec_record(view, runs, options->settings, &fresh);
    if (code == EXIT_DONE) {
        cli_error(EXIT_DONE, "%zu run%s replaced by those of %s", runs->count,
            cli_plural(runs->count), path);
        code = retry_submit(&fresh, &all, options);
    }
    jobs_sweep_close(&fresh);
    return code;
}

static int retry_changed(const struct sweep_view *view, const struct retry_runs *runs,
    const struct retry_options *options)
{
    CLEANUP_FREE char *spec = NULL;
    CLEANUP_STRBUF struct strbuf path = {0};
    int code = retry_spec_make(view, runs, options->settings, &spec);
    if (code != EXIT_DONE)
        return code;
    code = retry_generate(view, runs->sweep, spec, options, &path);
    if (code != EXIT_DONE)
        return code;
    if (!options->dry_run)
        return retry_use(view, runs, strbuf_string(&path), options);
    puts(strbuf_string(&path));
    return cli_flush();
}

/* --- entry ---------------------------------------------------------------------------------- */

static int retry_add_option(
    const struct command *command, struct retry_options *options, const char *name)
{
    if (options->n_sbatch >= RETRY_MAX_OPTIONS)
        return cli_usage_error(command, "more than %d options", RETRY_MAX_OPTIONS);
    options->sbatch[options->n_sbatch++] = name;
    return CLI_CONTINUE;
}

/* The option of sbatch for one of ours; owned by the process. */
static int retry_add_resource(const struct command *command, struct retry_options *options,
    const char *name, const char *value)
{
    static char texts[2][256];
    char *text = texts[strcmp(name, "mem") == 0];
    snprintf(text, sizeof texts[0], "--%s=%s", name, value);
    return retry_add_option(command, options, text);
}

static int retry_take_option(const struct command *command, struct sweep_view *view,
    struct retry_options *options, int option)
{
    if (sweep_view_option(&view->options, option, optarg))
        return CLI_CONTINUE;
    switch (option) {
    case RETRY_FAILED:
    case RETRY_TIMEOUT:
    case RETRY_OOM:
    case RETRY_LOST:
        options->selections |= (unsigned)option;
        return CLI_CONTINUE;
    case 't':
        return retry_add_resource(command, options, "time", optarg);
    case 'm':
        return retry_add_resource(command, options, "mem", optarg);
    case 's':
        if (options->n_settings == RETRY_MAX_OPTIONS)
            return cli_usage_error(command, "more than %d --set", RETRY_MAX_OPTIONS);
        options->settings[options->n_settings++] = optarg;
        return CLI_CONTINUE;
    case 'c':
        options->no_check = true;
        return CLI_CONTINUE;
    case 'n':
        options->dry_run = true;
        return CLI_CONTINUE;
    case 'h':
        return cli_help(command);
    default:
        return cli_usage(command);
    }
}

/* The runs of one sweep. *total: their number is added. */
static int retry_sweep(const struct sweep_view *view, const struct retry_options *options,
    char **names, const struct jobs_sweep *sweep, size_t *total)
{
    struct retry_runs runs = {.sweep = sweep};
    int code = EXIT_DONE;
    if (!retry_select(options, names, &runs))
        code = cli_oom();
    else if (runs.count > 0 && options->n_settings > 0)
        code = retry_changed(view, &runs, options);
    else if (runs.count > 0)
        code = retry_again(&runs, options);
    *total += runs.count;
    free(runs.items);
    return code;
}

/* A name stands for all directories of a sweep that has grown. */
static int retry_do(struct sweep_view *view, const struct retry_options *options, char **arguments)
{
    char **names = arguments + 1;
    size_t total = 0;
    int code = sweep_view_add(view, arguments[0]);
    if (code == EXIT_DONE && *names != NULL)
        code = sweep_view_add_related(view);
    if (code == EXIT_DONE)
        code = sweep_view_judge(view);
    if (code == EXIT_DONE)
        code = retry_check_names(view, options, names);
    for (size_t i = 0; i < view->n_sweeps && code == EXIT_DONE; i++)
        code = retry_sweep(view, options, names, view->sweeps[i], &total);
    if (code == EXIT_DONE && total == 0)
        code = retry_none(view, arguments[0]);
    return code;
}

static int retry_run(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {{"failed", no_argument, NULL, RETRY_FAILED},
        {"timeout", no_argument, NULL, RETRY_TIMEOUT}, {"oom", no_argument, NULL, RETRY_OOM},
        {"lost", no_argument, NULL, RETRY_LOST}, {"time", required_argument, NULL, 't'},
        {"mem", required_argument, NULL, 'm'}, {"set", required_argument, NULL, 's'},
        {"dry-run", no_argument, NULL, 'n'}, {"no-check", no_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'}, SWEEP_VIEW_LONG_OPTIONS, {0}};
    struct sweep_view view = {0};
    struct retry_options options = {0};
    int option, n_own = 0;
    /* What follows "--" is for sbatch, and getopt would take it for arguments. */
    while (n_own < argc && strcmp(argv[n_own], "--") != 0)
        n_own++;
    for (int i = n_own + 1; i < argc; i++)
        if (retry_add_option(command, &options, argv[i]) != CLI_CONTINUE)
            return EXIT_USAGE;
    argv[n_own] = NULL;
    while ((option = getopt_long(n_own, argv, "hn", long_options, NULL)) != -1) {
        int code = retry_take_option(command, &view, &options, option);
        if (code != CLI_CONTINUE)
            return code;
    }
    if (optind == n_own)
        return cli_usage_error(command, "give a sweep");
    if (options.selections == 0 && optind + 1 == n_own)
        return cli_usage_error(command, "give --failed, --timeout, --oom, --lost or runs");
    int code = retry_do(&view, &options, argv + optind);
    sweep_view_close(&view);
    return code;
}

const struct command cmd_retry = {
    "retry", "submit runs again that were not done", retry_help, retry_run};
