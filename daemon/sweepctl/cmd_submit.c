/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/sweepctl/submitting.h"
#include "lib/util/cleanup.h"

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

struct submit_options {
    bool dry_run, no_check;
    char **args;   /* of submit.sh, after its name; ends with NULL */
    char **sbatch; /* those after "--"; ends with NULL */
};

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

static int submit_one(char *directory, const struct submit_options *options)
{
    size_t length = strlen(directory);
    while (length > 1 && directory[length - 1] == '/')
        directory[--length] = '\0';
    int code = submitting_check(directory, options->sbatch, options->no_check);
    if (code == EXIT_DONE)
        code = submit_run_script(directory, options->args);
    if (code == EXIT_DONE && !options->dry_run)
        code = submitting_find_hopeless(directory);
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
    options.sbatch = argv + (end < argc ? end + 1 : argc);
    for (int i = optind; i < end; i++) {
        code = submit_one(argv[i], &options);
        if (code != EXIT_DONE && result == EXIT_DONE)
            result = code;
    }
    return result;
}

const struct command cmd_submit = {
    "submit", "submit the runs of sweep directories to Slurm", submit_help, submit_run};
