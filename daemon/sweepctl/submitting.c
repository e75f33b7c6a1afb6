/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
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
#include "daemon/sweepctl/submitting.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"
#include "sweep/generate.h"

enum { SUBMITTING_MAX_SCRIPT = 4 << 20 }; /* sbatch takes no larger ones */

struct submitting_check {
    const json_t *cluster; /* facts */
    char *const *options;  /* of sbatch's command line; NULL, or ends with NULL */
};

/* --- the directory --------------------------------------------------------------------------- */

static void submitting_print_difference(void *context, const char *path, const char *difference)
{
    fprintf(stderr, "%s/%s %s\n", cli_escaped(context), cli_escaped(path), difference);
}

static int submitting_verify(const char *directory)
{
    const struct sweep_verify_report report = {submitting_print_difference, (void *)directory};
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

/* The line of a directive for this option of sbatch, "--NAME=VALUE"; NULL: there is none. */
static const char *submitting_find_directive(const char *script, const char *option)
{
    size_t length = strcspn(option, "=");
    for (const char *line = script; (line = strstr(line, "\n#SBATCH ")) != NULL;) {
        line++;
        const char *name = line + sizeof "#SBATCH " - 1;
        if (strncmp(name, option, length) == 0 && strchr("=\n", name[length]) != NULL)
            return line;
    }
    return NULL;
}

/* Replaces the directive of an option, or else adds one after the first line. Only long options,
 * "--NAME=VALUE", are known. */
static void submitting_override(struct strbuf *script, const char *option)
{
    struct strbuf changed = {0};
    const char *text = strbuf_string(script);
    if (strncmp(option, "--", 2) != 0)
        return;
    const char *line = submitting_find_directive(text, option);
    const char *start = line, *end = line;
    if (line == NULL)
        start = end = text + strcspn(text, "\n");
    else
        end += strcspn(line, "\n");
    strbuf_append(&changed, text, (size_t)(start - text));
    strbuf_printf(&changed, "%s#SBATCH %s%s", line == NULL ? "\n" : "", option, end);
    strbuf_deinit(script);
    *script = changed;
}

/* Compares the options of a script, and those that override them, with the cluster. */
static enum sweep_code submitting_check_script(
    const struct submitting_check *check, const char *path, struct sweep_findings *findings)
{
    size_t length;
    CLEANUP_STRBUF struct strbuf script = {0};
    CLEANUP_FREE char *text = cli_read(path, SUBMITTING_MAX_SCRIPT, &length);
    if (text == NULL)
        return SWEEP_IO;
    strbuf_puts(&script, text);
    for (char *const *option = check->options; option != NULL && *option != NULL; option++)
        submitting_override(&script, *option);
    if (script.oom)
        return SWEEP_NO_MEMORY;
    return sweep_check_cluster(script.data, path, check->cluster, findings);
}

/* A directory's name as glob() takes it literally. */
static void submitting_escape(struct strbuf *out, const char *directory)
{
    for (const char *p = directory; *p != '\0'; p++) {
        if (strchr("*?[\\", *p) != NULL)
            strbuf_putc(out, '\\');
        strbuf_putc(out, *p);
    }
}

/* Finds the job scripts of the directory: of the runs, and of what is done after them. False if
 * there are none. */
static bool submitting_find_scripts(const char *directory, glob_t *out)
{
    CLEANUP_STRBUF struct strbuf pattern = {0};
    submitting_escape(&pattern, directory);
    size_t length = pattern.length;
    strbuf_puts(&pattern, "/sweep*.sbatch");
    if (pattern.oom || glob(pattern.data, 0, NULL, out) != 0)
        return false;
    pattern.length = length;
    strbuf_puts(&pattern, "/then.sbatch");
    if (!pattern.oom)
        glob(pattern.data, GLOB_APPEND, NULL, out);
    return true;
}

/* Findings of all scripts of the directory are printed, unless `fresh` is false and something is
 * wrong: then what is known of the cluster may only be old. */
static int submitting_check_scripts(const char *directory, char *const options[], bool fresh)
{
    struct facts_error error;
    glob_t scripts;
    CLEANUP_JSON json_t *cluster = facts_ask(fresh, &error);
    if (cluster == NULL)
        return EXIT_DONE; /* submit.sh asks for longer, and says what is wrong */
    const struct submitting_check check = {cluster, options};
    struct sweep_findings *findings = sweep_findings_new();
    int result = EXIT_DONE;
    if (findings == NULL || !submitting_find_scripts(directory, &scripts)) {
        sweep_findings_free(findings);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < scripts.gl_pathc; i++) {
        enum sweep_code code = submitting_check_script(&check, scripts.gl_pathv[i], findings);
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

static int submitting_check_cluster(const char *directory, char *const options[])
{
    int code = submitting_check_scripts(directory, options, false);
    if (code == EXIT_INVALID)
        code = submitting_check_scripts(directory, options, true);
    if (code == EXIT_INVALID)
        return cli_error(EXIT_INVALID,
            "%s: not submitted; correct the spec and generate it again, or skip this check: "
            "--no-check",
            directory);
    return code;
}

/* Starts a program with our stderr as its stdout, and waits. Its exit status, or -1. */
static int submitting_run_quietly(char *const argv[])
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
static int submitting_check_commands(const char *directory)
{
    enum { SETUP_FAILED = 78 }; /* see lib/slurm/run.bash */
    glob_t scripts;
    int result = EXIT_DONE;
    if (!submitting_find_scripts(directory, &scripts))
        return EXIT_DONE;
    for (size_t i = 0; i < scripts.gl_pathc && result == EXIT_DONE; i++) {
        char *const argv[] = {(char *)"bash", scripts.gl_pathv[i], (char *)"--check", NULL};
        if (submitting_run_quietly(argv) == SETUP_FAILED)
            result = cli_error(EXIT_INVALID,
                "%s: not submitted; if this is different where the jobs run: --no-check",
                directory);
    }
    globfree(&scripts);
    return result;
}

int submitting_check(const char *directory, char *const options[], bool no_check)
{
    int code = submitting_verify(directory);
    if (code == EXIT_DONE && !no_check)
        code = submitting_check_cluster(directory, options);
    if (code == EXIT_DONE && !no_check)
        code = submitting_check_commands(directory);
    return code;
}

/* --- jobs that can never start --------------------------------------------------------------- */

static const struct {
    const char *pattern; /* of Slurm's reason; the first match counts */
    const char *todo;    /* JOB is replaced by the id */
} submitting_remedies[] = {
    {"BadConstraints", "no node can run it: scancel JOB, and ask for less in the spec"},
    {"PartitionTimeLimit", "scontrol update JobId=JOB TimeLimit=HOURS:00:00"},
    {"PartitionNodeLimit", "scontrol update JobId=JOB NumNodes=1"},
    {"Partition*", "scontrol update JobId=JOB Partition=ANOTHER"},
    {"*WallDuration*", "scontrol update JobId=JOB TimeLimit=HOURS:00:00"},
    {"*account*", "scontrol update JobId=JOB Account=ANOTHER"},
    {"*Account*", "scontrol update JobId=JOB Account=ANOTHER"},
    {"*QOS*", "scontrol update JobId=JOB QOS=ANOTHER"},
    {"Dependency*", "scontrol update JobId=JOB Dependency="},
    {"launch failed*", "Slurm could not start it and holds it: scontrol release JOB"},
    {"job requeued in held state", "scontrol release JOB"},
    {"JobHoldMaxRequeue", "it was restarted too often and is held: scontrol release JOB"},
    {"JobHeldAdmin", "an administrator or a rule of the site holds it: ask there"},
    {"ReqNodeNotAvail*", "sinfo -R says why the nodes are not available"},
    {"*", "scontrol show job JOB"},
};

static void submitting_report_hopeless(uint64_t job, const char *reason)
{
    char id[32];
    CLEANUP_STRBUF struct strbuf todo = {0};
    size_t i = 0;
    while (!text_matches(submitting_remedies[i].pattern, reason))
        i++;
    const char *text = submitting_remedies[i].todo, *mark = strstr(text, "JOB");
    snprintf(id, sizeof id, "%llu", (unsigned long long)job);
    if (mark != NULL)
        strbuf_printf(&todo, "%.*s%s%s", (int)(mark - text), text, id, mark + 3);
    else
        strbuf_puts(&todo, text);
    cli_error(EXIT_INVALID, "job %s can never start (%s): %s", id, reason, strbuf_string(&todo));
}

int submitting_find_hopeless(const char *directory)
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
        submitting_report_hopeless(row->task.job, row->reason);
        reported = row->task.job;
        result = EXIT_INVALID;
    }
    queue_deinit(&queue);
    jobs_sweep_close(&sweep);
    return result;
}
