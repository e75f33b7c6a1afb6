/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "daemon/cli.h"
#include "daemon/spec_input.h"

const char help_generate[] =
    "\n"
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
    "                         findings\n"
    "      --reproducible     leave the time out of manifest.json\n"
    "      --torchtune DIR    an installed torchtune, for base configs that are not\n"
    "                         compiled in: its virtual environment or site-packages\n"
    "      --profile FILE     what is known of the trainer, or of your own components\n"
    "      --as FILE          call the spec FILE in messages, and look up relative\n"
    "                         files from there\n"
    "      --limit NAME=VALUE set a limit, such as runs=500 or spec_bytes=64KiB;\n"
    "                         sweepctl(1) lists them\n"
    "  -q, --quiet            only errors on stderr\n"
    "\n"
    "In a spec, \"slurm\" takes sbatch's long option names (partition, gres, time, mem,\n"
    "account, qos, constraint, cpus-per-task, gpus, nodes…), array_parallelism (tasks\n"
    "at a time) and array_size (most tasks in one job array, 1000).\n"
    "\n"
    "Exit codes: 0 done; 1 failed; 2 wrong usage; 3 the spec is not valid.\n";

struct generate_options {
    const char *queue;
    bool dry_run, json, reproducible, quiet;
};

static int report_json(const struct spec_input *input, const char *directory)
{
    struct sweep_plan_info info = {0};
    if (input->plan != NULL)
        sweep_plan_describe(input->plan, &info);
    json_t *findings = sweep_findings_json(input->findings, true);
    return cli_print_json(
        json_pack("{s:s?, s:s?, s:I, s:I, s:o}", "name", info.name, "directory", directory, "runs",
            (json_int_t)info.runs, "bytes", (json_int_t)info.bytes, "findings", findings));
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
            result->directory);
    else
        fprintf(stderr, "%llu run%s, %s in %llu files, %.0f ms\nNext: %s/submit.sh\n",
            (unsigned long long)info.runs, cli_plural(info.runs), size,
            (unsigned long long)result->files, ms, result->directory);
}

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int generate(
    struct spec_input *input, const struct generate_options *options, const char *path)
{
    double start = now_ms();
    struct sweep_error error = {0};
    struct sweep_result result = {0};
    int code = spec_input_plan(input, path);
    if (input->findings != NULL &&
        (!options->quiet || sweep_findings_count(input->findings, SWEEP_ERROR) > 0))
        cli_print_findings(input->findings);
    if (code == EXIT_INVALID) {
        fprintf(stderr, "%zu error%s; nothing was written\n",
            sweep_findings_count(input->findings, SWEEP_ERROR),
            cli_plural(sweep_findings_count(input->findings, SWEEP_ERROR)));
        if (options->json && report_json(input, NULL) != EXIT_DONE)
            return EXIT_FAILED;
    }
    if (code != EXIT_DONE)
        return code;
    int64_t created = options->reproducible ? -1 : (int64_t)time(NULL);
    if (!options->dry_run && sweep_generate(input->plan, options->queue, input->findings, created,
                                 &result, &error) != SWEEP_OK)
        return cli_fail(&error);
    if (!options->quiet)
        report(input, options, &result, now_ms() - start);
    if (options->json)
        code = report_json(input, result.directory);
    else if (result.directory != NULL && (puts(result.directory) < 0 || fflush(stdout) != 0))
        code = EXIT_FAILED;
    free(result.directory);
    return code;
}

int cmd_generate(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {{"output", required_argument, NULL, 'o'},
        {"dry-run", no_argument, NULL, 'n'}, {"reproducible", no_argument, NULL, 'r'},
        {"quiet", no_argument, NULL, 'q'}, SPEC_INPUT_OPTIONS, {0}};
    struct generate_options options = {.queue = "."};
    struct spec_input input;
    int code = -1;
    if (!spec_input_init(&input, argc))
        return EXIT_FAILED;
    for (int c; code < 0 && (c = getopt_long(argc, argv, "o:nqh", long_options, NULL)) != -1;) {
        switch (c) {
        case 'o':
            options.queue = optarg;
            break;
        case 'n':
            options.dry_run = true;
            break;
        case 'r':
            options.reproducible = true;
            break;
        case 'q':
            options.quiet = true;
            break;
        case 'j':
            options.json = true;
            break;
        case 'h':
            code = cli_help(command);
            break;
        default:
            if (!spec_input_option(&input, c, optarg))
                code = cli_usage(command);
        }
    }
    if (code < 0 && optind + 1 != argc) {
        fprintf(stderr, "sweepctl generate: give one spec\n");
        code = cli_usage(command);
    }
    if (code < 0)
        code = generate(&input, &options, argv[optind]);
    spec_input_deinit(&input);
    return code;
}
