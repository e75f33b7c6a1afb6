/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/sweepctl/explain.h"
#include "sweep/validate.h"

static const char validate_help[] =
    "usage: sweepctl validate [OPTION]… FILE…\n"
    "       sweepctl validate --explain CODE\n"
    "\n"
    "Checks configs without running them: that they can be read and resolved, that\n"
    "components and arguments exist and have values of the right type, that the\n"
    "recipe finds what it needs and reads what it is given, and the rules under which\n"
    "runs are known to fail. FILE may be - for standard input.\n"
    "\n"
    "      --recipe NAME     the recipe that the configs are for; without it, it is\n"
    "                        taken from a sweep's manifest, the file's name, or a\n"
    "                        comment that shows the command\n"
    "      --processes N     a run has N processes (GPUs) on a node; 0: it is one\n"
    "                        process that no launcher (torchrun) starts\n"
    "      --bf16 yes|no     whether the GPUs compute in bfloat16\n"
    "      --check-paths     look whether the files that a config names exist\n"
    "      --unknown error   components of unknown packages are errors, not warnings\n"
    "      --profile FILE    what is known of the trainer, or of your own components\n"
    "      --format FORMAT   text: for people, findings on standard error (default)\n"
    "                        json: one {\"file\", \"recipe\", \"findings\"} a line\n"
    "                        github: annotations, printed in a step of GitHub Actions\n"
    "                        junit: JUnit XML, a test case per file\n"
    "                        sarif: SARIF 2.1.0\n"
    "      --json            --format json\n"
    "  -q, --quiet           no line for valid configs\n"
    "      --explain CODE    what a finding's code means; \"list\" shows all codes\n"
    "\n"
    "Exit codes: 0 all are valid; 1 a file could not be read; 2 wrong usage; 3 some\n"
    "config is not valid.\n";

enum { MAX_CONFIG_BYTES = 1 << 20 };

struct run {
    const char *recipe, *profile, *explain;
    bool quiet;
    enum sweep_report_format format;
    struct sweep_validate_options options;
    struct sweep_trainer *trainer;
    struct sweep_validator *validator;
    struct sweep_report *report;
};

static void print_summary(const struct run *run, const struct sweep_findings *findings,
    const char *file, const char *recipe, const char *how)
{
    size_t errors = sweep_findings_count(findings, SWEEP_ERROR);
    size_t warnings = sweep_findings_count(findings, SWEEP_WARNING);
    if (errors == 0 && warnings == 0) {
        if (run->quiet)
            return;
        fputs(cli_escaped(file), stdout);
        printf(": valid");
    } else {
        fputs(cli_escaped(file), stdout);
        printf(": %zu error%s, %zu warning%s", errors, cli_plural(errors), warnings,
            cli_plural(warnings));
    }
    if (recipe == NULL)
        printf(" (for any recipe; name one with --recipe)\n");
    else if (how == NULL)
        printf(" (%s)\n", cli_escaped(recipe));
    else
        printf(" (%s, taken from %s)\n", cli_escaped(recipe), how);
}

static int validate(struct run *run, const char *file)
{
    size_t length;
    const char *name = strcmp(file, "-") == 0 ? "stdin" : file, *how = NULL;
    /* A config may be one byte too long: the library refuses it with a finding. */
    char *text = cli_read(file, MAX_CONFIG_BYTES, &length);
    if (text == NULL)
        return EXIT_FAILED;
    struct sweep_findings *findings = sweep_findings_new();
    const char *recipe =
        run->recipe != NULL ? run->recipe : sweep_recipe_of(run->trainer, file, text, length, &how);
    enum sweep_code verdict = findings == NULL ? SWEEP_NO_MEMORY
                                               : sweep_validator_check(run->validator, text, length,
                                                     name, recipe, findings);
    int code = verdict == SWEEP_OK        ? EXIT_DONE
               : verdict == SWEEP_INVALID ? EXIT_INVALID
                                          : EXIT_FAILED;
    if (code == EXIT_FAILED) {
        fprintf(stderr, "sweepctl: out of memory\n");
    } else {
        sweep_report_add(run->report, name, recipe, findings);
        if (sweep_findings_get(findings, 0) != NULL || run->format != SWEEP_REPORT_TEXT)
            code = fflush(stdout) == 0 &&
                           cli_print_report(run->report, run->format, false) == EXIT_DONE
                       ? code
                       : EXIT_FAILED;
        if (run->format == SWEEP_REPORT_TEXT)
            print_summary(run, findings, name, recipe, how);
    }
    sweep_findings_free(findings);
    free(text);
    return code;
}

static int validate_all(struct run *run, int n_files, char **files)
{
    struct sweep_error error = {0};
    run->report = sweep_report_new(run->format, cli_colour());
    if (run->report == NULL)
        sweep_error_set(&error, SWEEP_NO_MEMORY, "out of memory");
    if (error.code != SWEEP_OK ||
        sweep_validator_new(run->trainer, &run->options, &run->validator, &error) != SWEEP_OK)
        return cli_fail(&error);
    int worst = EXIT_DONE;
    for (int i = 0; i < n_files; i++) {
        int code = validate(run, files[i]);
        if (worst == EXIT_DONE || code == EXIT_FAILED)
            worst = code == EXIT_DONE ? worst : code;
    }
    bool printed =
        fflush(stdout) == 0 && cli_print_report(run->report, run->format, true) == EXIT_DONE;
    return printed ? worst : EXIT_FAILED;
}

static bool read_number(const char *text, unsigned *out)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    *out = (unsigned)value;
    return *text >= '0' && *text <= '9' && *end == '\0' && value > 0 && value <= 1000000;
}

/* One option; false when its argument cannot be understood. */
static bool read_option(struct run *run, const struct command *command, int option)
{
    switch (option) {
    case 'r':
        run->recipe = optarg;
        return true;
    case 'n':
        run->options.no_launcher = strcmp(optarg, "0") == 0;
        return run->options.no_launcher || read_number(optarg, &run->options.processes);
    case 'b':
        run->options.bf16 = strcmp(optarg, "yes") == 0 ? SWEEP_BF16_YES : SWEEP_BF16_NO;
        return strcmp(optarg, "yes") == 0 || strcmp(optarg, "no") == 0;
    case 'c':
        run->options.check_paths = true;
        return true;
    case 'u':
        run->options.refuse_unknown = strcmp(optarg, "error") == 0;
        return run->options.refuse_unknown || strcmp(optarg, "warning") == 0;
    case 'p':
        run->profile = optarg;
        return true;
    case 'q':
        run->quiet = true;
        return true;
    case 'x':
        run->explain = optarg;
        return true;
    case 'j':
        run->format = SWEEP_REPORT_JSON;
        return true;
    default:
        return option == 'f' && cli_format(command, optarg, &run->format);
    }
}

static int validate_run(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {{"recipe", required_argument, NULL, 'r'},
        {"processes", required_argument, NULL, 'n'}, {"bf16", required_argument, NULL, 'b'},
        {"check-paths", no_argument, NULL, 'c'}, {"unknown", required_argument, NULL, 'u'},
        {"profile", required_argument, NULL, 'p'}, {"format", required_argument, NULL, 'f'},
        {"json", no_argument, NULL, 'j'}, {"quiet", no_argument, NULL, 'q'},
        {"explain", required_argument, NULL, 'x'}, {"help", no_argument, NULL, 'h'}, {0}};
    struct run run = {.format = SWEEP_REPORT_TEXT};
    struct sweep_error error = {0};
    for (int c; (c = getopt_long(argc, argv, "hq", long_options, NULL)) != -1;) {
        if (c == 'h')
            return cli_help(command);
        if (!read_option(&run, command, c))
            return cli_usage(command);
    }
    if (optind == argc && run.explain == NULL) {
        fprintf(stderr, "sweepctl validate: give at least one config\n");
        return cli_usage(command);
    }
    int code = EXIT_FAILED;
    run.trainer = cli_trainer(NULL);
    if (run.trainer != NULL && run.profile != NULL &&
        sweep_trainer_use_profile(run.trainer, run.profile, &error) != SWEEP_OK)
        code = cli_fail(&error);
    else if (run.trainer != NULL)
        code = run.explain != NULL ? explain_code(run.trainer, run.explain)
                                   : validate_all(&run, argc - optind, argv + optind);
    sweep_validator_free(run.validator);
    sweep_report_free(run.report);
    sweep_trainer_free(run.trainer);
    return code;
}

const struct command cmd_validate = {"validate", "check configs", validate_help, validate_run};
