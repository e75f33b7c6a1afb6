/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/sandbox/confine.h"
#include "daemon/sweepctl/spec_input.h"

static const char generate_help[] =
    "usage: sweepctl generate SPEC [-o QUEUE] [--set PATH=VALUE]… [-n] [--json]\n"
    "\n"
    "Checks the spec, makes one config per run and the scripts that submit them, and\n"
    "prints the path of the new sweep directory on stdout. The same spec always gives\n"
    "the same directory; when it is there already, nothing is written. SPEC is a\n"
    "file, or - for standard input.\n"
    "\n"
    "  -o, --output QUEUE     directory to make the sweep directory in (default: .)\n"
    "      --set PATH=VALUE   set a parameter or config path in all runs; VALUE is\n"
    "                         YAML, as in `tune run`; wins over \"fixed\"\n"
    "  -n, --dry-run          check all, write nothing\n"
    "      --json             print one JSON object: name, directory, runs, bytes,\n"
    "                         findings; needs {bytes, files} with exit code 4\n"
    "      --reproducible     leave the time out of manifest.json\n"
    "      --torchtune DIR    an installed torchtune, for base configs that are not\n"
    "                         compiled in: its virtual environment or site-packages\n"
    "      --profile FILE     what is known of the trainer, or of your own components\n"
    "      --as FILE          call the spec FILE in messages, and look up relative\n"
    "                         files from there\n"
    "      --limit NAME=VALUE set a limit, such as runs=500 or spec_bytes=64KiB;\n"
    "                         sweepctl(1) lists them\n"
    "  -q, --quiet            only errors on stderr\n"
    "      --keep-free BYTES  do not begin when fewer would be left in QUEUE (0)\n"
    "      --stage NAME       work in QUEUE/NAME, \".stage.\" and more; what was left\n"
    "                         there is removed\n"
    "      --confined[=KEY=VALUE,…]\n"
    "                         with --stage: give up what is not needed before the\n"
    "                         spec is read. confine=try|yes|no (try: as far as this\n"
    "                         kernel can), memory=BYTES (1073741824), cpu=SECONDS\n"
    "                         (300), file_size=BYTES (268435456), open_files=N (512),\n"
    "                         umask=OCTAL (077)\n"
    "      --bases DIR        with --confined: let base configs be read in DIR, too,\n"
    "                         not only in the spec's directory, QUEUE and torchtune\n"
    "\n"
    "In a spec, \"slurm\" takes sbatch's long option names (partition, gres, time, mem,\n"
    "account, qos, constraint, cpus-per-task, gpus, nodes…), array_parallelism (tasks\n"
    "at a time) and array_size (most tasks in one job array, 1000).\n"
    "\n"
    "Exit codes: 0 done; 1 failed; 2 wrong usage; 3 the spec is not valid; 4 there is\n"
    "not enough space, inodes or quota (--json says what is needed); 5 the storage\n"
    "fails.\n";

struct generate_options {
    const char *queue, *stage;
    uint64_t keep_free;
    bool dry_run, json, reproducible, quiet;
    bool confined;
    struct confine_settings confine;
    const char **bases; /* --bases; room for argc of them, and three more; owned */
    size_t n_bases;
};

/* `needs` may be NULL. */
static int report_json(
    const struct spec_input *input, const char *directory, const struct sweep_space *needs)
{
    struct sweep_plan_info info = {0};
    if (input->plan != NULL)
        sweep_plan_describe(input->plan, &info);
    json_t *findings = sweep_findings_json(input->findings, true);
    json_t *result =
        json_pack("{s:s?, s:s?, s:I, s:I, s:o}", "name", info.name, "directory", directory, "runs",
            (json_int_t)info.runs, "bytes", (json_int_t)info.bytes, "findings", findings);
    if (result != NULL && needs != NULL &&
        json_object_set_new(result, "needs",
            json_pack("{s:I, s:I}", "bytes", (json_int_t)needs->bytes, "files",
                (json_int_t)needs->files)) != 0) {
        json_decref(result);
        result = NULL;
    }
    return cli_print_json(result);
}

/* The lines for people on stderr after a success. */
static void report(const struct spec_input *input, const struct generate_options *options,
    const struct sweep_result *result, double ms)
{
    struct sweep_plan_info info;
    char size[32];
    sweep_plan_describe(input->plan, &info);
    cli_size(result->bytes, size);
    if (options->dry_run)
        fprintf(stderr, "%llu run%s are valid; nothing was written\n",
            (unsigned long long)info.runs, cli_plural(info.runs));
    else if (result->existed)
        fprintf(stderr, "%s is there already, made from the same spec; nothing was written\n",
            cli_escaped(result->directory));
    else
        fprintf(stderr, "%llu run%s, %s in %llu files, %.0f ms\nNext: %s/submit.sh\n",
            (unsigned long long)info.runs, cli_plural(info.runs), size,
            (unsigned long long)result->files, ms, cli_escaped(result->directory));
}

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Gives up what is not needed from here on. */
static int confine(const struct spec_input *input, const struct generate_options *options)
{
    char missing[256], stage[PATH_MAX];
    struct sandbox_paths places = {options->bases, options->n_bases, options->queue, stage};
    options->bases[places.n_readable++] = input->directory;
    if (sweep_trainer_directory(input->trainer) != NULL)
        options->bases[places.n_readable++] = sweep_trainer_directory(input->trainer);
    if (snprintf(stage, sizeof stage, "%s/%s", options->queue, options->stage) >=
        (int)sizeof stage) {
        fprintf(stderr, "sweepctl: the name of the queue is too long\n");
        return EXIT_FAILED;
    }
    bool good = confine_self(&options->confine, &places, missing, sizeof missing);
    if (!good)
        fprintf(stderr, "sweepctl: cannot be confined as it must (%s)\n", missing);
    else if (missing[0] != '\0')
        fprintf(stderr, "sweepctl: warning: not fully confined (%s)\n", missing);
    return good ? EXIT_DONE : EXIT_FAILED;
}

/* What comes before the spec is read. */
static int prepare(struct spec_input *input, const struct generate_options *options,
    const char *path, struct sweep_stage **stage)
{
    struct sweep_error error = {0};
    const struct sweep_stage_request request = {options->queue, options->stage, options->keep_free};
    int code = spec_input_prepare(input, path);
    if (code == EXIT_DONE && options->stage != NULL && !options->dry_run &&
        sweep_stage_new(&request, stage, &error) != SWEEP_OK)
        return cli_fail(&error);
    return code == EXIT_DONE && options->confined ? confine(input, options) : code;
}

/* Writes the planned sweep. */
static int write_sweep(const struct spec_input *input, const struct generate_options *options,
    struct sweep_stage **stage, struct sweep_result *result)
{
    struct sweep_error error = {0};
    struct sweep_space needs;
    const struct sweep_stage_request request = {options->queue, NULL, options->keep_free};
    int64_t created = options->reproducible ? -1 : (int64_t)time(NULL);
    enum sweep_code code = *stage != NULL ? SWEEP_OK : sweep_stage_new(&request, stage, &error);
    if (code == SWEEP_OK)
        code = sweep_generate_staged(input->plan, *stage, input->findings, created, result, &error);
    if (code == SWEEP_NO_SPACE && options->json && *stage != NULL) {
        sweep_stage_needs(*stage, input->plan, &needs);
        if (report_json(input, NULL, &needs) != EXIT_DONE)
            return EXIT_FAILED;
    }
    return code == SWEEP_OK ? EXIT_DONE : cli_fail(&error);
}

/* A base that is there, but not where a confined generator may look, needs more than its error. */
static void explain_places(const struct spec_input *input, const struct generate_options *options)
{
    const struct sweep_finding *finding;
    for (size_t i = 0; options->confined && options->confine.mode != CONFINE_NO &&
                       (finding = sweep_findings_get(input->findings, i)) != NULL;
         i++) {
        if (strcmp(finding->code, "base-file") == 0 &&
            strstr(finding->message, strerror(EACCES)) != NULL) {
            fputs("sweepd lets base configs be read from the directory of specs and below, and "
                  "from those in its setting bases\n",
                stderr);
            return;
        }
    }
}

/* The findings for people, and what follows from errors among them. */
static int report_findings(
    const struct spec_input *input, const struct generate_options *options, int code)
{
    size_t errors = sweep_findings_count(input->findings, SWEEP_ERROR);
    if (input->findings != NULL && (!options->quiet || errors > 0))
        cli_print_findings(input->findings);
    if (code != EXIT_INVALID)
        return code;
    explain_places(input, options);
    fprintf(stderr, "%zu error%s; nothing was written\n", errors, cli_plural(errors));
    return options->json && report_json(input, NULL, NULL) != EXIT_DONE ? EXIT_FAILED : code;
}

/* Programs get every byte of it. */
static int print_path(const char *path)
{
    return puts(isatty(STDOUT_FILENO) ? cli_escaped(path) : path) >= 0 && fflush(stdout) == 0
               ? EXIT_DONE
               : EXIT_FAILED;
}

static int generate(
    struct spec_input *input, const struct generate_options *options, const char *path)
{
    double start = now_ms();
    struct sweep_result result = {0};
    struct sweep_stage *stage = NULL;
    int code = prepare(input, options, path, &stage);
    if (code == EXIT_DONE)
        code = report_findings(input, options, spec_input_plan(input, path));
    if (code == EXIT_DONE && !options->dry_run)
        code = write_sweep(input, options, &stage, &result);
    if (code == EXIT_DONE && !options->quiet)
        report(input, options, &result, now_ms() - start);
    if (code == EXIT_DONE && options->json)
        code = report_json(input, result.directory, NULL);
    else if (code == EXIT_DONE && result.directory != NULL &&
             print_path(result.directory) != EXIT_DONE)
        code = EXIT_FAILED;
    free(result.directory);
    sweep_stage_free(stage);
    return code;
}

enum { STAGE = 256, KEEP_FREE, CONFINED, BASES };

/* -1 to go on, else the exit code. */
static int set_option(const struct command *command, struct generate_options *options,
    struct spec_input *input, int option)
{
    const char *wrong = optarg;
    char *end;
    switch (option) {
    case 'o':
        options->queue = optarg;
        return -1;
    case 'n':
        options->dry_run = true;
        return -1;
    case 'r':
        options->reproducible = true;
        return -1;
    case 'q':
        options->quiet = true;
        return -1;
    case 'j':
        options->json = true;
        return -1;
    case STAGE:
        options->stage = optarg;
        return -1;
    case BASES:
        options->bases[options->n_bases++] = optarg;
        return -1;
    case KEEP_FREE:
        options->keep_free = strtoull(optarg, &end, 10);
        if (*optarg >= '0' && *optarg <= '9' && *end == '\0')
            return -1;
        fprintf(stderr, "sweepctl generate: --keep-free takes a number of bytes\n");
        return cli_usage(command);
    case CONFINED:
        options->confined = true;
        if (optarg == NULL || confine_read(&options->confine, optarg, &wrong))
            return -1;
        fprintf(stderr, "sweepctl generate: --confined does not take \"%s\"\n", cli_escaped(wrong));
        return cli_usage(command);
    case 'h':
        return cli_help(command);
    default:
        return spec_input_option(input, option, optarg) ? -1 : cli_usage(command);
    }
}

/* The same. */
static int check_options(
    const struct command *command, const struct generate_options *options, int specs)
{
    if (specs == 1 && (!options->confined || options->stage != NULL))
        return -1;
    fprintf(stderr, specs != 1 ? "sweepctl generate: give one spec\n"
                               : "sweepctl generate: --confined needs --stage\n");
    return cli_usage(command);
}

static int generate_run(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {{"output", required_argument, NULL, 'o'},
        {"dry-run", no_argument, NULL, 'n'}, {"reproducible", no_argument, NULL, 'r'},
        {"quiet", no_argument, NULL, 'q'}, {"stage", required_argument, NULL, STAGE},
        {"keep-free", required_argument, NULL, KEEP_FREE},
        {"confined", optional_argument, NULL, CONFINED}, {"bases", required_argument, NULL, BASES},
        SPEC_INPUT_OPTIONS, {0}};
    struct generate_options options = {.queue = ".", .confine = confine_defaults};
    struct spec_input input;
    int code = -1;
    options.bases = calloc((size_t)argc + 3, sizeof *options.bases);
    if (options.bases == NULL)
        fputs("sweepctl: out of memory\n", stderr);
    if (!spec_input_init(&input, argc) || options.bases == NULL)
        code = EXIT_FAILED;
    for (int c; code < 0 && (c = getopt_long(argc, argv, "o:nqh", long_options, NULL)) != -1;)
        code = set_option(command, &options, &input, c);
    if (code < 0)
        code = check_options(command, &options, argc - optind);
    if (code < 0) {
        if (options.confined)
            confine_limit(&options.confine);
        code = generate(&input, &options, argv[optind]);
    }
    spec_input_deinit(&input);
    free(options.bases);
    return code;
}

const struct command cmd_generate = {
    "generate", "make the sweep directory of a spec", generate_help, generate_run};
