/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/common/clock.h"
#include "daemon/common/fileat.h"
#include "daemon/common/leftovers.h"
#include "daemon/common/quantity.h"
#include "daemon/sandbox/confine.h"
#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/sweepctl/interrupt.h"
#include "daemon/sweepctl/spec_input.h"

static const char generate_help[] =
    "usage: sweepctl generate SPEC [-o QUEUE] [--set PATH=VALUE]… [--all] [-n]\n"
    "\n"
    "Checks the spec, writes one config per run and the scripts that submit them, and\n"
    "prints the path of the new sweep directory. Only runs that no sweep of this name\n"
    "in QUEUE has are made, with numbers after theirs; inherited.csv says where the\n"
    "others are. Without new runs nothing is written. SPEC is a file, or - for\n"
    "standard input.\n"
    "\n"
    "  -o, --output QUEUE     create the sweep directory in QUEUE (default: .),\n"
    "                         which is created if it is missing\n"
    "      --set PATH=VALUE   set a parameter or config path in all runs; VALUE is\n"
    "                         YAML, as in `tune run`; overrides \"fixed\";\n"
    "                         --set '~PATH' deletes a key of the base\n"
    "      --all              make all runs again, with new numbers\n"
    "      --check            write nothing; compare QUEUE, byte for byte, with what\n"
    "                         would be in it: exit code 4, and what differs\n"
    "  -n, --dry-run          check everything, write nothing\n"
    "      --json             print one JSON object: name, directory, runs, new, made\n"
    "                         (already), bytes, findings; and needs {bytes, files}\n"
    "                         with exit code 4\n"
    "      --reproducible     leave the time out of manifest.json\n"
    "      --torchtune DIR    an installed torchtune, for base configs that are not\n"
    "                         compiled in: its virtual environment or site-packages\n"
    "      --profile FILE     a profile of the trainer or of your own components:\n"
    "                         sweepd-profile(5)\n"
    "      --as FILE          call the spec FILE in messages, and resolve relative\n"
    "                         paths from its directory\n"
    "      --cluster[=FILE]   find options of sbatch that the Slurm cluster here, or\n"
    "                         that of `sweepctl doctor --facts >FILE`, can never meet\n"
    "      --check-paths[=absolute]\n"
    "                         check that files that runs name exist and fit the\n"
    "                         config; relative paths start in the current directory,\n"
    "                         or are skipped with =absolute\n"
    "      --defaults FILE    a spec that this one extends without naming it\n"
    "      --strict-json      refuse comments and trailing commas in the spec\n"
    "      --limit NAME=VALUE set a limit, such as runs=500 or spec_bytes=64KiB;\n"
    "                         sweepctl(1) lists them\n"
    "  -q, --quiet            print only errors on stderr\n"
    "      --help-all         print this and the options that sweepd passes\n"
    "\n"
    "In a spec, \"slurm\" takes sbatch's long option names (partition, gres, time, mem,\n"
    "account, qos, constraint, cpus-per-task, gpus, nodes…), array_parallelism (max\n"
    "tasks at a time) and array_size (max tasks in one job array, 1000).\n"
    "\n"
    "Exit codes: 0 done; 1 failed; 2 usage error; 3 the spec is invalid; 4 not enough\n"
    "space, inodes or quota (--json says how much is needed); 5 storage error.\n";

/* What follows with --help-all. */
static const char generate_inner_help[] =
    "\n"
    "Options that sweepd passes:\n"
    "\n"
    "      --keep-free BYTES  fail if less than this would stay free in QUEUE (0)\n"
    "      --stage NAME       build the sweep in QUEUE/NAME, which must begin with\n"
    "                         .stage.; what an earlier attempt left there is removed\n"
    "      --confined[=KEY=VALUE,…]\n"
    "                         with --stage: enter a sandbox before reading the spec.\n"
    "                         confine=try|yes|no (try: as far as this kernel can),\n"
    "                         memory=BYTES (1073741824), cpu=SECONDS (300),\n"
    "                         file_size=BYTES (268435456), open_files=N (512),\n"
    "                         umask=OCTAL (077)\n"
    "      --bases DIR        with --confined: a further directory of base configs,\n"
    "                         besides the spec's directory, QUEUE and torchtune\n"
    "      --prologs FILE     with --confined: a file that \"prolog\" of a spec may name;\n"
    "                         without this option, none\n"
    "      --tell-environment with --stage: QUEUE has to exist, and the exit code is 6\n"
    "                         if QUEUE, torchtune, the profile or the sandbox cannot\n"
    "                         be used; the spec was not read then\n";

struct generate_options {
    const char *queue, *stage;
    uint64_t keep_free; /* bytes */
    bool dry_run, all, check, json, reproducible, quiet;
    bool tell_environment;
    bool confined;
    struct confine_settings confine;
    const char **bases; /* --bases; room for argc of them and two more; owned */
    size_t n_bases;
    const char **prologs; /* --prologs; room for argc of them, and NULL; owned */
    size_t n_prologs;
};

struct generate_queue {
    struct fileat_path made;   /* directories that were created for it */
    struct sweep_stage *stage; /* owned; NULL: not open yet */
};

/* --- output --------------------------------------------------------------------------------- */

/* `needs` may be NULL. Returns an exit code. */
static int generate_print_json(
    const struct spec_input *input, const char *directory, const struct sweep_space *needs)
{
    struct sweep_plan_info info = {0};
    const struct sweep_growth_info *growth = &input->growth;
    if (input->plan != NULL)
        sweep_plan_describe(input->plan, &info);
    json_t *findings = sweep_findings_json(input->findings, true);
    json_t *result = json_pack("{s:s?, s:s?, s:I, s:I, s:I, s:I, s:o}", "name", info.name,
        "directory", directory, "runs", (json_int_t)(info.runs + growth->n_made), "new",
        (json_int_t)info.runs, "made", (json_int_t)growth->n_made, "bytes", (json_int_t)info.bytes,
        "findings", findings);
    if (result != NULL && needs != NULL &&
        json_object_set_new(result, "needs",
            json_pack("{s:I, s:I}", "bytes", (json_int_t)needs->bytes, "files",
                (json_int_t)needs->files)) != 0) {
        json_decref(result);
        result = NULL;
    }
    return cli_print_json(result);
}

/* Summarises a success on stderr. */
static void generate_print_summary(const struct spec_input *input,
    const struct generate_options *options, const struct sweep_result *result, int64_t ms)
{
    struct sweep_plan_info info;
    char size[32], count[80];
    sweep_plan_describe(input->plan, &info);
    unsigned long long runs = info.runs, made = input->growth.n_made;
    if (made > 0)
        snprintf(count, sizeof count, "new runs %llu, already made %llu", runs, made);
    else
        snprintf(count, sizeof count, "%llu run%s", runs, cli_plural(runs));
    if (options->dry_run) {
        fprintf(stderr, "%s; all are valid, nothing was written\n", count);
        return;
    }
    const char *directory = cli_escaped(result->directory);
    if (result->existed) {
        fprintf(stderr, "%s: %s exists already, nothing was written\n", count, directory);
        if (!input->growth.same_input)
            fputs("The spec has changed since, but no run has. Settings such as \"slurm\" apply to "
                  "new runs;\n--all makes all runs again.\n",
                stderr);
        return;
    }
    cli_size(result->bytes, size);
    fprintf(stderr, "%s, %s in %llu files, %lld ms\nNext: %s/submit.sh\n", count, size,
        (unsigned long long)result->files, (long long)ms, directory);
}

/* A base config or data file that exists, but that the sandbox does not let us read, needs more
 * than its finding. */
static void generate_explain_sandbox(
    const struct spec_input *input, const struct generate_options *options)
{
    const struct sweep_finding *finding;
    if (!options->confined || options->confine.mode == CONFINE_NO)
        return;
    for (size_t i = 0; (finding = sweep_findings_get(input->findings, i)) != NULL; i++) {
        bool is_file =
            strcmp(finding->code, "base-file") == 0 || strcmp(finding->code, "data-file") == 0;
        if (!is_file || strstr(finding->message, strerror(EACCES)) == NULL)
            continue;
        fputs("sweepd reads base configs and data files only in and below the specs directory,\n"
              "and in the directories of its setting bases\n",
            stderr);
        return;
    }
}

/* Prints the findings on stderr; if the spec is invalid, also what follows from that. `code` is
 * that of spec_input_plan(), and is returned unless printing fails. */
static int generate_print_findings(
    const struct spec_input *input, const struct generate_options *options, int code)
{
    size_t errors = sweep_findings_count(input->findings, SWEEP_ERROR);
    if (input->findings != NULL && (!options->quiet || errors > 0))
        cli_print_findings(input->findings);
    if (code != EXIT_INVALID)
        return code;
    generate_explain_sandbox(input, options);
    fprintf(stderr, "%zu error%s; nothing was written\n", errors, cli_plural(errors));
    if (options->json && generate_print_json(input, NULL, NULL) == EXIT_FAILED)
        return EXIT_FAILED;
    return code;
}

/* Programs get the path as it is; on a terminal it is escaped. */
static int generate_print_path(const char *path)
{
    if (isatty(STDOUT_FILENO))
        path = cli_escaped(path);
    puts(path);
    return cli_flush();
}

/* --- generating ----------------------------------------------------------------------------- */

/* Enters the sandbox. Returns an exit code. */
static int generate_confine(const struct spec_input *input, const struct generate_options *options)
{
    char missing[256], stage[PATH_MAX];
    struct sandbox_paths paths = {options->bases, options->n_bases, options->queue, stage};
    options->bases[paths.n_readable++] = input->directory;
    if (sweep_trainer_directory(input->trainer) != NULL)
        options->bases[paths.n_readable++] = sweep_trainer_directory(input->trainer);
    int length = snprintf(stage, sizeof stage, "%s/%s", options->queue, options->stage);
    if (length >= (int)sizeof stage)
        return cli_error(EXIT_FAILED, "sweepctl: the path of the stage, %s/%s, is too long",
            options->queue, options->stage);
    if (!confine_self(&options->confine, &paths, missing, sizeof missing))
        return cli_error(EXIT_FAILED, "sweepctl: required sandbox is not available (%s)", missing);
    if (missing[0] != '\0')
        cli_error(EXIT_DONE, "sweepctl: warning: incomplete sandbox (%s)", missing);
    return EXIT_DONE;
}

/* Creates the queue if it is missing. Returns an exit code. */
static int generate_make_queue(const struct generate_options *options, struct fileat_path *made)
{
    int failure = fileat_make_path(options->queue, made);
    if (failure == 0 && !options->quiet)
        cli_error(EXIT_DONE, "created the directory %s", options->queue);
    if (failure == 0 || failure == EEXIST)
        return EXIT_DONE;
    struct stat status;
    if (stat(options->queue, &status) == 0)
        return EXIT_DONE; /* "/" and read-only file systems refuse otherwise */
    return cli_error(EXIT_FAILED, "sweepctl: cannot create the directory %s: %s", options->queue,
        strerror(failure));
}

/* A queue that a daemon uses must exist: one that is made where a file system is not mounted would
 * hide its sweeps. Returns an exit code. */
static int generate_find_queue(const struct generate_options *options)
{
    if (access(options->queue, W_OK | X_OK) == 0)
        return EXIT_DONE;
    int code = errno == EIO ? EXIT_STORAGE : EXIT_ENVIRONMENT;
    return cli_error(
        code, "sweepctl: cannot write to the queue %s: %s", options->queue, strerror(errno));
}

static unsigned generate_random(void)
{
    unsigned random = 0;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
        random = (unsigned)clock_ms();
    return random;
}

static void generate_remove_leftovers(const struct generate_options *options)
{
    size_t removed = leftovers_remove(options->queue);
    if (removed > 0 && !options->quiet)
        cli_error(EXIT_DONE, "removed what %zu interrupted run%s left in %s", removed,
            cli_plural(removed), options->queue);
}

/* Opens a stage: that of --stage, or one of a name that is not in use. Without a sandbox, whose
 * daemon does that, what interrupted processes have left is removed, and so is our stage if we are
 * interrupted. Returns an exit code. */
static int generate_open_stage(const struct generate_options *options, struct generate_queue *queue)
{
    char own[64];
    struct sweep_error error = {0};
    struct sweep_stage_request request = {options->queue, options->stage, options->keep_free};
    int code;
    if (options->tell_environment)
        code = generate_find_queue(options);
    else
        code = generate_make_queue(options, &queue->made);
    if (code != EXIT_DONE)
        return code;
    if (!options->confined)
        generate_remove_leftovers(options);
    if (request.name == NULL) {
        snprintf(own, sizeof own, SWEEP_STAGE_PREFIX "%ld.%08x", (long)getpid(), generate_random());
        request.name = own;
        interrupt_guard(options->queue, own, &queue->made);
    }
    if (sweep_stage_new(&request, &queue->stage, &error) != SWEEP_OK)
        return cli_fail(&error);
    /* Only now: a stage of this name may have been another process's. */
    if (options->stage != NULL && !options->confined)
        interrupt_guard(options->queue, options->stage, &queue->made);
    return EXIT_DONE;
}

/* Does what has to be done before the spec is read. Returns an exit code. */
static int generate_prepare(struct spec_input *input, const struct generate_options *options,
    const char *path, struct generate_queue *queue)
{
    int code = spec_input_prepare(input, path);
    if (code != EXIT_DONE && options->tell_environment)
        return EXIT_ENVIRONMENT;
    if (code == EXIT_DONE && options->stage != NULL && !options->dry_run)
        code = generate_open_stage(options, queue);
    if (code == EXIT_DONE && options->confined)
        code = generate_confine(input, options);
    /* A lack of space is told as what it is, and so are storage errors of the queue. */
    if (code == EXIT_FAILED && options->tell_environment)
        return EXIT_ENVIRONMENT;
    return code;
}

/* Compares the plan with the sweeps of the queue. Returns an exit code. */
static int generate_grow(struct spec_input *input, const struct generate_options *options)
{
    int code = spec_input_grow(input, options->queue, options->all);
    if (code != EXIT_DONE)
        return code;
    code = spec_input_check_queue(input, options->queue, options->all);
    return generate_print_findings(input, options, code);
}

/* Plans the sweep. Returns an exit code. */
static int generate_plan(
    struct spec_input *input, const struct generate_options *options, const char *path)
{
    int grown = EXIT_DONE, code = spec_input_plan(input, path);
    if (code == EXIT_DONE)
        grown = spec_input_grow(input, options->queue, options->all);
    if (code == EXIT_DONE && grown == EXIT_DONE)
        code = spec_input_check_queue(input, options->queue, options->all);
    code = generate_print_findings(input, options, code);
    return code != EXIT_DONE ? code : grown;
}

/* Writes the planned sweep. Returns an exit code. */
static int generate_write(struct spec_input *input, const struct generate_options *options,
    struct generate_queue *queue, struct sweep_result *result)
{
    struct sweep_error error = {0};
    struct sweep_space needs;
    int64_t created = -1;
    enum sweep_code code;
    if (!options->reproducible)
        created = (int64_t)time(NULL);
    if (queue->stage == NULL) {
        int opened = generate_open_stage(options, queue);
        if (opened != EXIT_DONE)
            return opened;
    }
    code =
        sweep_generate_staged(input->plan, queue->stage, input->findings, created, result, &error);
    /* Another process has made a sweep of this name, perhaps with some of our runs. */
    for (int i = 0; code == SWEEP_CHANGED && i < SPEC_INPUT_MAX_TRIES; i++) {
        int grown = generate_grow(input, options);
        if (grown != EXIT_DONE)
            return grown;
        error = (struct sweep_error){0};
        code = sweep_generate_staged(
            input->plan, queue->stage, input->findings, created, result, &error);
    }
    if (code == SWEEP_NO_SPACE && options->json && queue->stage != NULL) {
        sweep_stage_needs(queue->stage, input->plan, &needs);
        if (generate_print_json(input, NULL, &needs) != EXIT_DONE)
            return EXIT_FAILED;
    }
    /* Another process has just written a sweep with the same output directories. */
    if (code == SWEEP_INVALID &&
        spec_input_check_queue(input, options->queue, options->all) == EXIT_INVALID)
        return generate_print_findings(input, options, EXIT_INVALID);
    if (code == SWEEP_INVALID) /* the sweep exists, but was changed */
        return cli_error(EXIT_INVALID, "sweepctl: %s", error.message);
    if (code != SWEEP_OK)
        return cli_fail(&error);
    return EXIT_DONE;
}

static int generate_sweep(
    struct spec_input *input, const struct generate_options *options, const char *path)
{
    int64_t start_ms = clock_ms();
    struct sweep_result result = {0};
    struct generate_queue queue = {0};
    int code = generate_prepare(input, options, path, &queue);
    if (code == EXIT_DONE)
        code = generate_plan(input, options, path);
    if (code == EXIT_DONE && options->dry_run)
        code = spec_input_check_made(input, options->queue);
    else if (code == EXIT_DONE)
        code = generate_write(input, options, &queue, &result);
    sweep_stage_free(queue.stage);
    interrupt_release();
    if (code != EXIT_DONE) {
        fileat_unmake_path(&queue.made);
    } else {
        if (!options->quiet)
            generate_print_summary(input, options, &result, clock_ms() - start_ms);
        if (options->json)
            code = generate_print_json(input, result.directory, NULL);
        else if (result.directory != NULL)
            code = generate_print_path(result.directory);
        if (code == EXIT_OUTPUT && result.directory != NULL)
            cli_error(code, "sweepctl: the sweep directory is complete: %s", result.directory);
    }
    free(result.directory);
    return code;
}

/* --- comparing ------------------------------------------------------------------------------ */

static void generate_print_difference(void *context, const char *path, const char *difference)
{
    (*(unsigned long long *)context)++;
    if (strcmp(path, ".") != 0)
        printf("%s ", cli_escaped(path));
    puts(cli_escaped(difference));
}

/* generate --check */
static int generate_check(
    struct spec_input *input, const struct generate_options *options, const char *path)
{
    unsigned long long n = 0;
    const struct sweep_verify_report report = {generate_print_difference, &n};
    struct sweep_error error = {0};
    int code = spec_input_plan(input, path);
    code = generate_print_findings(input, options, code);
    if (code != EXIT_DONE)
        return code;
    enum sweep_code checked =
        sweep_check(input->plan, options->queue, input->findings, &report, &error);
    if (checked != SWEEP_OK && checked != SWEEP_INVALID)
        return cli_fail(&error);
    code = cli_flush();
    if (checked == SWEEP_OK && !options->quiet)
        fprintf(stderr, "%s holds what the spec gives\n", cli_escaped(options->queue));
    if (checked == SWEEP_INVALID)
        return cli_error(EXIT_DIFFERS, "%s does not hold what the spec gives: %llu difference%s",
            options->queue, n, cli_plural(n));
    return code;
}

/* --- the command ---------------------------------------------------------------------------- */

enum {
    GENERATE_STAGE = 256,
    GENERATE_ALL,
    GENERATE_CHECK,
    GENERATE_KEEP_FREE,
    GENERATE_CONFINED,
    GENERATE_BASES,
    GENERATE_PROLOGS,
    GENERATE_TELL_ENVIRONMENT,
    GENERATE_HELP_ALL,
};

static int generate_read_option(const struct command *command, struct generate_options *options,
    struct spec_input *input, int option)
{
    const char *wrong = optarg;
    switch (option) {
    case 'o':
        options->queue = optarg;
        return CLI_CONTINUE;
    case 'n':
        options->dry_run = true;
        return CLI_CONTINUE;
    case 'r':
        options->reproducible = true;
        return CLI_CONTINUE;
    case 'q':
        options->quiet = true;
        return CLI_CONTINUE;
    case 'j':
        options->json = true;
        return CLI_CONTINUE;
    case GENERATE_ALL:
        options->all = true;
        return CLI_CONTINUE;
    case GENERATE_CHECK:
        options->check = true;
        return CLI_CONTINUE;
    case GENERATE_STAGE:
        options->stage = optarg;
        return CLI_CONTINUE;
    case GENERATE_TELL_ENVIRONMENT:
        options->tell_environment = true;
        return CLI_CONTINUE;
    case GENERATE_BASES:
        options->bases[options->n_bases++] = optarg;
        return CLI_CONTINUE;
    case GENERATE_PROLOGS:
        options->prologs[options->n_prologs++] = optarg;
        return CLI_CONTINUE;
    case GENERATE_KEEP_FREE:
        if (!quantity_count(optarg, &options->keep_free))
            return cli_usage_error(
                command, "--keep-free must be a number of bytes, not \"%s\"", optarg);
        return CLI_CONTINUE;
    case GENERATE_CONFINED:
        options->confined = true;
        if (optarg != NULL && !confine_read(&options->confine, optarg, &wrong))
            return cli_usage_error(command, "--confined: cannot understand \"%s\"", wrong);
        return CLI_CONTINUE;
    case 'h':
        return cli_help(command);
    case GENERATE_HELP_ALL:
        cli_help(command);
        fputs(generate_inner_help, stdout);
        return cli_flush();
    default:
        if (spec_input_option(input, option, optarg))
            return CLI_CONTINUE;
        return cli_usage(command);
    }
}

static int generate_run(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {{"output", required_argument, NULL, 'o'},
        {"dry-run", no_argument, NULL, 'n'}, {"all", no_argument, NULL, GENERATE_ALL},
        {"check", no_argument, NULL, GENERATE_CHECK}, {"reproducible", no_argument, NULL, 'r'},
        {"quiet", no_argument, NULL, 'q'}, {"stage", required_argument, NULL, GENERATE_STAGE},
        {"keep-free", required_argument, NULL, GENERATE_KEEP_FREE},
        {"confined", optional_argument, NULL, GENERATE_CONFINED},
        {"bases", required_argument, NULL, GENERATE_BASES},
        {"prologs", required_argument, NULL, GENERATE_PROLOGS},
        {"tell-environment", no_argument, NULL, GENERATE_TELL_ENVIRONMENT},
        {"help-all", no_argument, NULL, GENERATE_HELP_ALL}, SPEC_INPUT_OPTIONS, {0}};
    struct generate_options options = {.queue = ".", .confine = confine_defaults};
    struct spec_input input;
    int option, code = CLI_CONTINUE;
    options.bases = calloc((size_t)argc + 2, sizeof *options.bases);
    options.prologs = calloc((size_t)argc + 1, sizeof *options.prologs);
    if (!spec_input_init(&input, argc) || options.bases == NULL || options.prologs == NULL)
        code = cli_oom();
    while (code == CLI_CONTINUE &&
           (option = getopt_long(argc, argv, "o:nqh", long_options, NULL)) != -1)
        code = generate_read_option(command, &options, &input, option);
    if (code == CLI_CONTINUE && argc - optind != 1)
        code = cli_usage_error(command, "give one spec");
    if (code == CLI_CONTINUE && options.check && (options.all || options.stage != NULL))
        code = cli_usage_error(command, "--check goes with neither --all nor --stage");
    if (code == CLI_CONTINUE && options.check)
        code = generate_check(&input, &options, argv[optind]);
    if (code == CLI_CONTINUE && options.confined && options.stage == NULL)
        code = cli_usage_error(command, "--confined needs --stage");
    if (code == CLI_CONTINUE) {
        if (options.confined) {
            confine_limit(&options.confine);
            input.prologs = options.prologs;
        }
        code = generate_sweep(&input, &options, argv[optind]);
    }
    spec_input_deinit(&input);
    free(options.bases);
    free(options.prologs);
    return code;
}

const struct command cmd_generate = {
    "generate", "write the sweep directory of a spec", generate_help, generate_run};
