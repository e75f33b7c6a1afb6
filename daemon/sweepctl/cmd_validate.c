/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/common/quantity.h"
#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/sweepctl/explain.h"
#include "daemon/sweepctl/validate_directory.h"
#include "daemon/sweepctl/validate_file.h"

static const char validate_help[] =
    "usage: sweepctl validate [OPTION]… FILE|DIR…\n"
    "       sweepctl validate --explain CODE\n"
    "\n"
    "Checks configs without running them, and specs as `plan` does: that they can be\n"
    "read and resolved, that components and arguments exist and have values of the\n"
    "right type, that the recipe finds what it needs and reads what it is given, and\n"
    "the rules under which runs are known to fail. FILE may be - for standard input;\n"
    "DIR is a sweep directory, whose configs are all checked.\n"
    "\n"
    "      --recipe NAME     the recipe that the configs are for (default: from the\n"
    "                        sweep's manifest, the file's name, or a comment that\n"
    "                        shows the command)\n"
    "      --processes N     a run has N processes (GPUs) per node; 0: it is one\n"
    "                        process without a launcher (torchrun)\n"
    "      --bf16 yes|no     whether the GPUs support bfloat16\n"
    "      --check-paths     check that the files that a config names exist and\n"
    "                        fit it: columns, kind of tokenizer, dimensions\n"
    "      --unknown error   components of unknown packages are errors, not warnings\n"
    "      --profile FILE    a profile of the trainer or of your own components:\n"
    "                        sweepd-profile(5)\n"
    "      --format FORMAT   text: for people, findings on stderr (default)\n"
    "                        json: one JSON object per line: file, recipe, findings\n"
    "                        github: annotations, for a step of GitHub Actions\n"
    "                        junit: JUnit XML, a test case per file\n"
    "                        sarif: SARIF 2.1.0\n"
    "      --json            the same as --format json\n"
    "      --strict          exit with 3 for warnings too, and for a config that was\n"
    "                        not checked for one recipe\n"
    "      --strict-json     refuse comments and trailing commas in specs\n"
    "  -q, --quiet           no line for valid configs\n"
    "      --explain CODE    what a finding's code means; \"list\" shows all codes\n"
    "\n"
    "Exit codes: 0 all are valid; 1 a file could not be read; 2 usage error; 3 a\n"
    "config is invalid.\n";

static int validate_files(struct validate_request *request, int n, char **files)
{
    int code = validate_begin(request);
    if (code != EXIT_DONE)
        return code;
    bool failed = false, invalid = false;
    struct stat status;
    for (int i = 0; i < n; i++) {
        if (stat(files[i], &status) == 0 && S_ISDIR(status.st_mode))
            code = validate_directory(request, files[i]);
        else
            code = validate_file(request, files[i]);
        if (code == EXIT_INVALID)
            invalid = true;
        else if (code != EXIT_DONE)
            failed = true;
    }
    int printed = cli_flush();
    if (printed == EXIT_DONE)
        printed = cli_print_report(request->report, request->format, true);
    if (failed || printed == EXIT_FAILED)
        return EXIT_FAILED;
    if (invalid)
        return EXIT_INVALID;
    return printed;
}

/* --- the command ---------------------------------------------------------------------------- */

/* 0 means one process without a launcher. */
static bool validate_read_processes(const char *text, struct sweep_validate_options *options)
{
    uint64_t n;
    if (!quantity_count(text, &n) || n > 1000000)
        return false;
    options->no_launcher = n == 0;
    options->processes = (unsigned)n;
    return true;
}

static bool validate_read_bf16(const char *text, struct sweep_validate_options *options)
{
    if (strcmp(text, "yes") == 0)
        options->bf16 = SWEEP_BF16_YES;
    else if (strcmp(text, "no") == 0)
        options->bf16 = SWEEP_BF16_NO;
    else
        return false;
    return true;
}

static bool validate_read_unknown(const char *text, struct sweep_validate_options *options)
{
    options->refuse_unknown = strcmp(text, "error") == 0;
    return options->refuse_unknown || strcmp(text, "warning") == 0;
}

static int validate_usage_error(const struct command *command, const char *expected)
{
    return cli_usage_error(command, "%s, not \"%s\"", expected, optarg);
}

static int validate_read_option(
    const struct command *command, struct validate_request *request, int option)
{
    switch (option) {
    case 'r':
        request->recipe = optarg;
        break;
    case 'n':
        if (!validate_read_processes(optarg, &request->options))
            return validate_usage_error(command, "--processes must be a number up to 1000000");
        break;
    case 'b':
        if (!validate_read_bf16(optarg, &request->options))
            return validate_usage_error(command, "--bf16 must be yes or no");
        break;
    case 'c':
        request->options.check_paths = true;
        break;
    case 'u':
        if (!validate_read_unknown(optarg, &request->options))
            return validate_usage_error(command, "--unknown must be error or warning");
        break;
    case 'p':
        request->profile = optarg;
        break;
    case 'q':
        request->quiet = true;
        break;
    case 's':
        request->strict = true;
        break;
    case 'J':
        request->strict_json = true;
        break;
    case 'x':
        request->explain = optarg;
        break;
    case 'j':
        request->format = SWEEP_REPORT_JSON;
        break;
    case 'f':
        if (!cli_format(command, optarg, &request->format))
            return cli_usage(command);
        break;
    case 'h':
        return cli_help(command);
    default:
        return cli_usage(command);
    }
    return CLI_CONTINUE;
}

/* Explains a code or validates files. Returns an exit code. */
static int validate_request(struct validate_request *request, int n_files, char **files)
{
    int code = cli_trainer(NULL, request->profile, &request->trainer);
    if (code != EXIT_DONE)
        return code;
    if (request->explain != NULL)
        return explain_code(request->trainer, request->explain);
    return validate_files(request, n_files, files);
}

static int validate_run(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {{"recipe", required_argument, NULL, 'r'},
        {"processes", required_argument, NULL, 'n'}, {"bf16", required_argument, NULL, 'b'},
        {"check-paths", no_argument, NULL, 'c'}, {"unknown", required_argument, NULL, 'u'},
        {"profile", required_argument, NULL, 'p'}, {"format", required_argument, NULL, 'f'},
        {"json", no_argument, NULL, 'j'}, {"quiet", no_argument, NULL, 'q'},
        {"strict", no_argument, NULL, 's'}, {"strict-json", no_argument, NULL, 'J'},
        {"explain", required_argument, NULL, 'x'}, {"help", no_argument, NULL, 'h'}, {0}};
    struct validate_request request = {
        .format = SWEEP_REPORT_TEXT, .options = {.refuse_other = true}};
    int option, code = CLI_CONTINUE;
    while (
        code == CLI_CONTINUE && (option = getopt_long(argc, argv, "hq", long_options, NULL)) != -1)
        code = validate_read_option(command, &request, option);
    if (code == CLI_CONTINUE && optind == argc && request.explain == NULL)
        code = cli_usage_error(command, "give at least one config");
    if (code != CLI_CONTINUE)
        return code;
    code = validate_request(&request, argc - optind, argv + optind);
    validate_end(&request);
    sweep_trainer_free(request.trainer);
    return code;
}

const struct command cmd_validate = {"validate", "check configs", validate_help, validate_run};
