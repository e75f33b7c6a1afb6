/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <glob.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/jobs/jobs_sweep.h"
#include "daemon/jobs/queue.h"
#include "daemon/slurm/facts.h"
#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"
#include "sweep/generate.h"

static const char submit_help[] =
    "usage: sweepctl submit [OPTION…] DIR… [-- OPTION-OF-SBATCH…]\n"
    "\n"
    "Submits the runs of sweep directories that are not submitted yet, and prints\n"
    "the ids of their job arrays. A directory with edited files is refused. The jobs\n"
    "start in the current directory. Can be interrupted and called again at any time:\n"
    "see sweepd-slurm(7). After that it looks for jobs that can never start.\n"
    "\n"
    "      --no-check         do not compare the options of sbatch with what the\n"
    "                         cluster has and allows, nor look for the programs\n"
    "  -n, --dry-run          show what would be submitted, and whether sbatch would\n"
    "                         accept it\n"
    "      --runs RUN,…       only these runs\n"
    "      --runs-from FILE   only the runs in FILE, one a line; - is stdin\n"
    "      --again            also runs that were submitted before; those that are\n"
    "                         done or running are not started again\n"
    "      --array-size N     max tasks in one array (default: as the cluster allows)\n"
    "      --wait SECONDS     give up if Slurm does not answer for so long (120)\n"
    "      --settle SECONDS   look again after so long whether the jobs are there (9)\n"
    "\n"
    "Exit codes: 0 all are submitted; 1 refused by sbatch, or failed; 2 usage error;\n"
    "3 the directory was changed, or a job can never start; 4 a limit of jobs is\n"
    "reached: call it again later, for the rest; 6 Slurm does not answer: call it\n"
    "again, to finish.\n";

enum { SUBMIT_MAX_SCRIPT = 4 << 20 }; /* sbatch takes no larger ones */

struct submit_options {
    bool dry_run, no_check;
    char **args; /* of submit.sh, after its name; ends with NULL */
};

/* --- the directory --------------------------------------------------------------------------- */

static void submit_print_difference(void *context, const char *path, const char *difference)
{
    fprintf(stderr, "%s/%s %s\n", cli_escaped(context), cli_escaped(path), difference);
}

static int submit_verify(char *directory)
{
    const struct sweep_verify_report report = {submit_print_difference, directory};
    struct sweep_error error = {0};
    uint64_t n_files;
    enum sweep_code code = sweep_verify(directory, &report, &n_files, &error);
    if (code == SWEEP_INVALID)
        return cli_error(EXIT_INVALID,
            "%s: changed since it was generated; generate it again, or submit it as it is: "
            "%s/submit.sh",
            directory, directory);
    if (code != SWEEP_OK)
        return cli_fail(&error);
    return EXIT_DONE;
}

/* Compares the options of a script with the cluster. */
static enum sweep_code submit_check_script(
    const char *path, const json_t *cluster, struct sweep_findings *findings)
{
    size_t length;
    CLEANUP_FREE char *text = cli_read(path, SUBMIT_MAX_SCRIPT, &length);
    if (text == NULL)
        return SWEEP_IO;
    return sweep_check_cluster(text, path, cluster, findings);
}

/* A directory's name as glob() takes it literally. */
static void submit_escape(struct strbuf *out, const char *directory)
{
    for (const char *p = directory; *p != '\0'; p++) {
        if (strchr("*?[\\", *p) != NULL)
            strbuf_putc(out, '\\');
        strbuf_putc(out, *p);
    }
}

/* Findings of all scripts of the directory are printed, unless `fresh` is false and something is
 * wrong: then what is known of the cluster may only be old. */
static int submit_check_scripts(const char *directory, bool fresh)
{
    CLEANUP_STRBUF struct strbuf pattern = {0};
    struct facts_error error;
    glob_t scripts;
    CLEANUP_JSON json_t *cluster = facts_ask(fresh, &error);
    if (cluster == NULL)
        return EXIT_DONE; /* submit.sh asks for longer, and says what is wrong */
    struct sweep_findings *findings = sweep_findings_new();
    submit_escape(&pattern, directory);
    strbuf_puts(&pattern, "/sweep*.sbatch");
    int result = EXIT_DONE;
    if (findings == NULL || pattern.oom || glob(pattern.data, 0, NULL, &scripts) != 0) {
        sweep_findings_free(findings);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < scripts.gl_pathc; i++) {
        enum sweep_code code = submit_check_script(scripts.gl_pathv[i], cluster, findings);
        if (code == SWEEP_INVALID)
            result = EXIT_INVALID;
        else if (code != SWEEP_OK)
            result = EXIT_FAILED;
    }
    if (result == EXIT_DONE || fresh)
        cli_print_findings(findings);
    globfree(&scripts);
    sweep_findings_free(findings);
    return result;
}

static int submit_check_cluster(const char *directory)
{
    int code = submit_check_scripts(directory, false);
    if (code == EXIT_INVALID)
        code = submit_check_scripts(directory, true);
    if (code == EXIT_INVALID)
        return cli_error(EXIT_INVALID,
            "%s: not submitted; correct the spec and generate it again, or skip this check: "
            "--no-check",
            directory);
    return code;
}

/* Starts a program with our stderr as its stdout, and waits. Its exit status, or -1. */
static int submit_run_quietly(char *const argv[])
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status = 0;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return -1;
    int failure = posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    if (failure == 0)
        failure = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0)
        return -1;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Has the job scripts look for what they will start: only they know how. */
static int submit_check_commands(const char *directory)
{
    enum { SETUP_FAILED = 78 }; /* see lib/slurm/run.bash */
    CLEANUP_STRBUF struct strbuf pattern = {0};
    glob_t scripts;
    int result = EXIT_DONE;
    submit_escape(&pattern, directory);
    strbuf_puts(&pattern, "/sweep*.sbatch");
    if (pattern.oom || glob(pattern.data, 0, NULL, &scripts) != 0)
        return EXIT_DONE;
    for (size_t i = 0; i < scripts.gl_pathc && result == EXIT_DONE; i++) {
        char *const argv[] = {(char *)"bash", scripts.gl_pathv[i], (char *)"--check", NULL};
        if (submit_run_quietly(argv) == SETUP_FAILED)
            result = cli_error(EXIT_INVALID,
                "%s: not submitted; if this is different where the jobs run: --no-check",
                directory);
    }
    globfree(&scripts);
    return result;
}

/* Runs submit.sh with our stdin, stdout and stderr, in our process group. */
static int submit_run_script(const char *directory, char *const args[])
{
    CLEANUP_STRBUF struct strbuf path = {0};
    size_t n = 0;
    pid_t pid;
    int status;
    while (args[n] != NULL)
        n++;
    CLEANUP_FREE char **argv = malloc((n + 2) * sizeof *argv);
    /* A name without a slash would be looked for in PATH. */
    strbuf_printf(&path, "%s%s/submit.sh", strchr(directory, '/') == NULL ? "./" : "", directory);
    if (argv == NULL || path.oom)
        return cli_oom();
    argv[0] = path.data;
    memcpy(argv + 1, args, (n + 1) * sizeof *argv);
    int failure = cli_flush();
    if (failure != EXIT_DONE)
        return failure;
    failure = posix_spawn(&pid, path.data, NULL, NULL, argv, environ);
    if (failure != 0)
        return cli_error(EXIT_FAILED, "cannot run %s: %s", path.data, strerror(failure));
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return cli_error(EXIT_FAILED, "cannot wait for %s: %s", path.data, strerror(errno));
    if (!WIFEXITED(status))
        return cli_error(EXIT_FAILED, "%s was killed; call it again to finish", path.data);
    return WEXITSTATUS(status);
}

/* --- jobs that can never start --------------------------------------------------------------- */

static const struct {
    const char *pattern; /* of Slurm's reason; the first match counts */
    const char *todo;    /* JOB is replaced by the id */
} submit_remedies[] = {
    {"BadConstraints", "no node can run it: scancel JOB, and ask for less in the spec"},
    {"PartitionTimeLimit", "scontrol update JobId=JOB TimeLimit=HOURS:00:00"},
    {"PartitionNodeLimit", "scontrol update JobId=JOB NumNodes=1"},
    {"Partition*", "scontrol update JobId=JOB Partition=ANOTHER"},
    {"*WallDuration*", "scontrol update JobId=JOB TimeLimit=HOURS:00:00"},
    {"*account*", "scontrol update JobId=JOB Account=ANOTHER"},
    {"*Account*", "scontrol update JobId=JOB Account=ANOTHER"},
    {"*QOS*", "scontrol update JobId=JOB QOS=ANOTHER"},
    {"Dependency*", "scontrol update JobId=JOB Dependency="},
    {"JobHeldAdmin", "an administrator or a rule of the site holds it: ask there"},
    {"ReqNodeNotAvail*", "sinfo -R says why the nodes are not available"},
    {"*", "scontrol show job JOB"},
};

static void submit_report_hopeless(uint64_t job, const char *reason)
{
    char id[32];
    CLEANUP_STRBUF struct strbuf todo = {0};
    size_t i = 0;
    while (!text_matches(submit_remedies[i].pattern, reason))
        i++;
    const char *text = submit_remedies[i].todo, *mark = strstr(text, "JOB ");
    if (mark == NULL)
        mark = strstr(text, "JOB,");
    snprintf(id, sizeof id, "%llu", (unsigned long long)job);
    if (mark != NULL)
        strbuf_printf(&todo, "%.*s%s%s", (int)(mark - text), text, id, mark + 3);
    else
        strbuf_puts(&todo, text);
    cli_error(EXIT_INVALID, "job %s can never start (%s): %s", id, reason, strbuf_string(&todo));
}

/* EXIT_INVALID, after messages, if jobs wait for something that will not happen by itself. */
static int submit_find_hopeless(const char *directory)
{
    struct jobs_sweep sweep;
    struct sweep_error error = {0};
    struct queue queue = {0};
    int result = EXIT_DONE;
    if (jobs_sweep_open(directory, &sweep, &error) != SWEEP_OK)
        return cli_fail(&error);
    const struct submissions *submissions = &sweep.submissions;
    CLEANUP_FREE uint64_t *jobs = calloc(submissions->count + 1, sizeof *jobs);
    size_t n_jobs = 0;
    for (size_t i = 0; jobs != NULL && i < submissions->count; i++)
        if (submissions->items[i].is_known)
            jobs[n_jobs++] = submissions->items[i].job;
    if (jobs == NULL || !queue_ask(&queue, jobs, n_jobs))
        result = cli_oom();
    uint64_t reported = 0;
    for (size_t i = 0; i < queue.n_rows; i++) {
        const struct queue_row *row = &queue.rows[i];
        bool is_waiting = row->state == QUEUE_PENDING || row->state == QUEUE_HELD;
        if (!is_waiting || row->task.job == reported || !queue_is_hopeless(row->reason))
            continue;
        submit_report_hopeless(row->task.job, row->reason);
        reported = row->task.job;
        result = EXIT_INVALID;
    }
    queue_deinit(&queue);
    jobs_sweep_close(&sweep);
    return result;
}

static int submit_one(char *directory, const struct submit_options *options)
{
    size_t length = strlen(directory);
    while (length > 1 && directory[length - 1] == '/')
        directory[--length] = '\0';
    int code = submit_verify(directory);
    if (code == EXIT_DONE && !options->no_check)
        code = submit_check_cluster(directory);
    if (code == EXIT_DONE && !options->no_check)
        code = submit_check_commands(directory);
    if (code == EXIT_DONE)
        code = submit_run_script(directory, options->args);
    if (code == EXIT_DONE && !options->dry_run)
        code = submit_find_hopeless(directory);
    return code;
}

/* --- command line ---------------------------------------------------------------------------- */

/* What submit.sh gets of our command line: the options, written with their long names, and what
 * follows "--". */
struct submit_args {
    char **words;
    size_t n;
};

static void submit_add(struct submit_args *args, const char *option, const char *value)
{
    args->words[args->n++] = (char *)option;
    if (value != NULL)
        args->words[args->n++] = (char *)value;
    args->words[args->n] = NULL;
}

static int submit_read(const struct command *command, int argc, char **argv,
    struct submit_args *args, struct submit_options *options)
{
    static const struct option long_options[] = {{"dry-run", no_argument, NULL, 'n'},
        {"runs", required_argument, NULL, 'r'}, {"runs-from", required_argument, NULL, 'f'},
        {"again", no_argument, NULL, 'a'}, {"array-size", required_argument, NULL, 's'},
        {"wait", required_argument, NULL, 'w'}, {"settle", required_argument, NULL, 't'},
        {"no-check", no_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {0}};
    int option;
    while ((option = getopt_long(argc, argv, "nh", long_options, NULL)) != -1) {
        switch (option) {
        case 'n':
            options->dry_run = true;
            submit_add(args, "--dry-run", NULL);
            break;
        case 'c':
            options->no_check = true;
            break;
        case 'a':
            submit_add(args, "--again", NULL);
            break;
        case 'r':
            submit_add(args, "--runs", optarg);
            break;
        case 'f':
            submit_add(args, "--runs-from", optarg);
            break;
        case 's':
            submit_add(args, "--array-size", optarg);
            break;
        case 'w':
            submit_add(args, "--wait", optarg);
            break;
        case 't':
            submit_add(args, "--settle", optarg);
            break;
        case 'h':
            return cli_help(command);
        default:
            return cli_usage(command);
        }
    }
    if (optind == argc)
        return cli_usage_error(command, "give one or more sweep directories");
    return CLI_CONTINUE;
}

static int submit_run(const struct command *command, int argc, char **argv)
{
    struct submit_options options = {0};
    int end = 1, result = EXIT_DONE;
    while (end < argc && strcmp(argv[end], "--") != 0)
        end++;
    CLEANUP_FREE char **words = calloc(2 * (size_t)argc + 2, sizeof *words);
    struct submit_args args = {.words = words};
    if (words == NULL)
        return cli_oom();
    int code = submit_read(command, end, argv, &args, &options);
    if (code != CLI_CONTINUE)
        return code;
    for (int i = end; i < argc; i++)
        submit_add(&args, argv[i], NULL);
    options.args = words;
    for (int i = optind; i < end; i++) {
        code = submit_one(argv[i], &options);
        if (code != EXIT_DONE && result == EXIT_DONE)
            result = code;
    }
    return result;
}

const struct command cmd_submit = {
    "submit", "submit the runs of sweep directories to Slurm", submit_help, submit_run};
