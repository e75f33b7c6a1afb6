/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/sweepctl/plan_text.h"
#include "daemon/sweepctl/spec_input.h"
#include "daemon/sweepctl/validate_file.h"
#include "lib/util/text.h"

static const char plan_help[] =
    "usage: sweepctl plan SPEC… [-o QUEUE] [--runs WHICH] [--set PATH=VALUE]…\n"
    "                     [--format FORMAT]\n"
    "\n"
    "Checks the spec as `generate` does and shows its axes, its first and last runs\n"
    "and what would be written, without writing anything. SPEC is a file, or - for\n"
    "standard input. A FILE.yaml that is not a spec is checked as `validate` does.\n"
    "\n"
    "  -o, --output QUEUE     show which runs QUEUE does not have and what these\n"
    "                         cost, and check that no sweep in it writes to the\n"
    "                         same places\n"
    "      --runs all|A-B     list these runs instead of the first and the last ones;\n"
    "                         A and B are numbers, and A alone is one run\n"
    "      --set PATH=VALUE   set a parameter or config path in all runs;\n"
    "                         '~PATH' deletes a key of the base\n"
    "      --json             print one JSON object for each spec: how many runs, how\n"
    "                         they are counted, what they cost, and the findings;\n"
    "                         also if a limit refuses the spec. `sweepctl schema\n"
    "                         plan` prints its JSON Schema\n"
    "      --format FORMAT    github, junit or sarif: print only the findings, on\n"
    "                         stdout, in one report on all files; csv or jsonl: print\n"
    "                         the points, which \"cases\": {\"file\": …} reads; json:\n"
    "                         the same as --json; text: the default\n"
    "      --torchtune DIR    an installed torchtune, for more base configs\n"
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
    "\n"
    "Exit codes: 0 all are valid; 1 failed; 2 usage error; 3 a spec or config is\n"
    "invalid.\n";

/* --- output --------------------------------------------------------------------------------- */

static int plan_print_json(const struct spec_input *input, const char *path)
{
    const char *name = spec_input_name(input, path);
    json_t *file = json_string(name), *summary = input->summary;
    if (file == NULL) /* not UTF-8 */
        file = json_string(cli_escaped(name));
    if (summary == NULL || json_object_set_new(summary, "file", file) != 0 ||
        json_object_set_new(summary, "findings", sweep_findings_json(input->findings, true)) != 0)
        return cli_oom();
    if (input->has_grown &&
        json_object_set_new(summary, "new", json_integer((json_int_t)input->growth.n_new)) != 0)
        return cli_oom();
    return cli_print_json(json_incref(summary));
}

/* --- the command ---------------------------------------------------------------------------- */

struct plan_options {
    const char *queue; /* -o, or NULL */
    enum sweep_report_format format;
    struct plan_runs runs;
    const enum sweep_points_format *points; /* print these instead; NULL: no */
    struct validate_request *configs; /* how configs are checked; has the report on all files */
};

/* Reads "all", "A-B" or "A". */
static bool plan_read_runs(const char *text, struct plan_runs *out)
{
    char *end;
    *out = (struct plan_runs){true, 0, ULLONG_MAX};
    if (strcmp(text, "all") == 0)
        return true;
    if (!isdigit((unsigned char)text[0]))
        return false;
    out->first = out->last = strtoull(text, &end, 10);
    if (*end == '-' && isdigit((unsigned char)end[1]))
        out->last = strtoull(end + 1, &end, 10);
    return *end == '\0' && out->first <= out->last;
}

/* True if there is a report on all files, which contains the findings. */
static bool plan_has_report(const struct plan_options *options)
{
    return options->format != SWEEP_REPORT_TEXT && options->format != SWEEP_REPORT_JSON;
}

/* Adds a spec to the report, and prints what is ready of it. */
static int plan_report(
    const struct spec_input *input, const char *path, const struct plan_options *options)
{
    struct sweep_report *report = options->configs->report;
    sweep_report_add(report, spec_input_name(input, path), NULL, input->findings);
    return cli_print_report(report, options->format, false);
}

static bool plan_put_points(void *context, const char *line, size_t length)
{
    (void)context;
    return fwrite(line, 1, length, stdout) == length;
}

static int plan_print_points(const struct sweep_plan *plan, enum sweep_points_format format)
{
    const struct sweep_points points = {format, plan_put_points, NULL};
    struct sweep_error error = {0};
    enum sweep_code code = sweep_plan_points(plan, &points, &error);
    if (code != SWEEP_OK && code != SWEEP_IO)
        return cli_fail(&error);
    return cli_flush();
}

/* Plans and prints. After text and JSON, findings go to stderr. */
static int plan_spec(struct spec_input *input, const char *path, const struct plan_options *options)
{
    int code = spec_input_plan(input, path), printed = EXIT_DONE;
    if (code == EXIT_DONE && options->queue != NULL)
        code = spec_input_grow(input, options->queue, false);
    if (code == EXIT_DONE && options->queue != NULL)
        code = spec_input_check_queue(input, options->queue, false);
    if (code == EXIT_DONE && options->queue != NULL)
        code = spec_input_check_made(input, options->queue);
    if (code == EXIT_DONE && input->has_grown &&
        json_object_set_new(input->summary, "new_cost", sweep_plan_cost(input->plan)) != 0)
        code = cli_oom();
    bool planned = code == EXIT_DONE || code == EXIT_INVALID;
    if (plan_has_report(options)) {
        if (planned)
            printed = plan_report(input, path, options);
    } else {
        if (planned && options->format == SWEEP_REPORT_JSON)
            printed = plan_print_json(input, path);
        else if (code == EXIT_DONE && options->points != NULL)
            printed = plan_print_points(input->plan, *options->points);
        else if (code == EXIT_DONE)
            printed = plan_text_print(input, path, options->queue, &options->runs);
        if (input->findings != NULL)
            cli_print_findings(input->findings);
    }
    return code == EXIT_DONE ? printed : code;
}

/* True for a file called .yaml or .yml that is not a spec by its content. Others are not read here,
 * because a spec may come from a pipe. */
static bool plan_is_config(const char *path)
{
    const char *dot = strrchr(path, '.');
    if (dot == NULL || (strcmp(dot, ".yaml") != 0 && strcmp(dot, ".yml") != 0))
        return false;
    return !validate_is_spec_file(path);
}

/* Plans specs and checks configs, in the given order. Returns the exit code of the worst. */
static int plan_each(
    struct spec_input *input, const struct plan_options *options, int n, char **files)
{
    bool failed = false, invalid = false, lost = false;
    for (int i = 0; i < n; i++) {
        int code;
        if (i > 0 && options->format == SWEEP_REPORT_TEXT)
            putchar('\n');
        if (plan_is_config(files[i]))
            code = validate_file(options->configs, files[i]);
        else
            code = plan_spec(input, files[i], options);
        spec_input_forget(input);
        if (code == EXIT_INVALID)
            invalid = true;
        else if (code == EXIT_OUTPUT)
            lost = true;
        else if (code != EXIT_DONE)
            failed = true;
    }
    if (failed)
        return EXIT_FAILED;
    if (invalid)
        return EXIT_INVALID;
    return lost ? EXIT_OUTPUT : EXIT_DONE;
}

static int plan_files(struct spec_input *input, struct plan_options *options, int n, char **files)
{
    struct validate_request configs = {
        .format = options->format,
        .strict_json = input->strict_json,
        .options = {.refuse_other = true, .check_paths = input->check_paths},
    };
    int code = cli_trainer(input->torchtune, input->profile, &input->trainer);
    if (code != EXIT_DONE)
        return code;
    configs.trainer = input->trainer;
    options->configs = &configs;
    code = validate_begin(&configs);
    if (code == EXIT_DONE) {
        code = plan_each(input, options, n, files);
        /* A file that could not be read is in no report, so a single one has none. */
        if (plan_has_report(options) && (n > 1 || code != EXIT_FAILED)) {
            int printed = cli_print_report(configs.report, options->format, true);
            if (code == EXIT_DONE)
                code = printed;
        }
    }
    validate_end(&configs);
    return code;
}

/* Reads the argument of --format. */
static bool plan_read_format(
    const struct command *command, const char *name, struct plan_options *options)
{
    static const enum sweep_points_format csv = SWEEP_POINTS_CSV, jsonl = SWEEP_POINTS_JSONL;
    options->points = NULL;
    options->format = SWEEP_REPORT_TEXT;
    if (strcmp(name, "csv") == 0)
        options->points = &csv;
    else if (strcmp(name, "jsonl") == 0)
        options->points = &jsonl;
    else
        return cli_format(command, name, &options->format);
    return true;
}

static int plan_run(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {{"format", required_argument, NULL, 'f'},
        {"output", required_argument, NULL, 'o'}, {"runs", required_argument, NULL, 'r'},
        SPEC_INPUT_OPTIONS, {0}};
    struct spec_input input;
    struct plan_options options = {.format = SWEEP_REPORT_TEXT};
    int option, code = CLI_CONTINUE;
    if (!spec_input_init(&input, argc))
        code = cli_oom();
    while (code == CLI_CONTINUE &&
           (option = getopt_long(argc, argv, "ho:", long_options, NULL)) != -1) {
        if (option == 'j')
            options.format = SWEEP_REPORT_JSON;
        else if (option == 'o')
            options.queue = optarg;
        else if (option == 'h')
            code = cli_help(command);
        else if (option == 'f' && !plan_read_format(command, optarg, &options))
            code = cli_usage(command);
        else if (option == 'r' && !plan_read_runs(optarg, &options.runs))
            code = cli_usage_error(command, "--runs takes all, a number or A-B, got %s", optarg);
        else if (option != 'f' && option != 'r' && !spec_input_option(&input, option, optarg))
            code = cli_usage(command);
    }
    if (code == CLI_CONTINUE && argc == optind)
        code = cli_usage_error(command, "give at least one spec");
    if (code == CLI_CONTINUE && argc - optind > 1 && options.points != NULL)
        code = cli_usage_error(command, "--format csv and jsonl take one spec");
    if (code == CLI_CONTINUE && argc - optind > 1 && input.as != NULL)
        code = cli_usage_error(command, "--as takes one spec, got %d", argc - optind);
    if (code == CLI_CONTINUE)
        code = plan_files(&input, &options, argc - optind, argv + optind);
    spec_input_deinit(&input);
    return code;
}

const struct command cmd_plan = {
    "plan", "show the sweep that a spec describes", plan_help, plan_run};
