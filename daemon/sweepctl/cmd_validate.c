/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/common/quantity.h"
#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/sweepctl/explain.h"
#include "daemon/sweepctl/spec_input.h"
#include "lib/util/json_comment.h"
#include "lib/util/text.h"
#include "sweep/validate.h"

static const char validate_help[] =
    "usage: sweepctl validate [OPTION]… FILE…\n"
    "       sweepctl validate --explain CODE\n"
    "\n"
    "Checks configs without running them, and specs as `plan` does: that they can be\n"
    "read and resolved, that components and arguments exist and have values of the\n"
    "right type, that the recipe finds what it needs and reads what it is given, and\n"
    "the rules under which runs are known to fail. FILE may be - for standard input.\n"
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

enum { VALIDATE_MAX_BYTES = 1 << 20 };

struct validate_request {
    const char *recipe, *profile, *explain;
    bool quiet, strict, strict_json;
    enum sweep_report_format format;
    struct sweep_validate_options options;
    struct sweep_trainer *trainer;
    struct sweep_validator *validator;
    struct sweep_report *report;
};

enum { VALIDATE_MAX_RECIPES = 8 };

/* What a file was checked as. */
struct validate_subject {
    const char *file;                          /* as given; may be "-" */
    const char *recipes[VALIDATE_MAX_RECIPES]; /* what all of them share was checked */
    size_t n_recipes;                          /* 0: only what holds for all recipes */
    const char *how;                           /* how they were found; NULL: from --recipe */
    bool is_spec;
    uint64_t runs; /* of a spec */
};

/* The name for reports: none if it is not certain. */
static const char *validate_recipe(const struct validate_subject *subject)
{
    return subject->n_recipes == 1 ? subject->recipes[0] : NULL;
}

static void validate_print_recipe(const struct validate_subject *subject)
{
    if (subject->n_recipes == 0) {
        printf(" (required and unread keys were not checked: name a recipe with --recipe)\n");
    } else if (subject->n_recipes > 1) {
        printf(" (comments name");
        for (size_t i = 0; i < subject->n_recipes; i++) {
            if (i > 0)
                printf(i + 1 < subject->n_recipes ? "," : " and");
            printf(" %s", cli_escaped(subject->recipes[i]));
        }
        printf(": only what they share was checked; name one with --recipe)\n");
    } else if (subject->how == NULL) {
        printf(" (%s)\n", cli_escaped(subject->recipes[0]));
    } else {
        printf(" (%s, taken from %s)\n", cli_escaped(subject->recipes[0]), subject->how);
    }
}

static void validate_print_summary(const struct validate_request *request,
    const struct sweep_findings *findings, const struct validate_subject *subject)
{
    size_t errors = sweep_findings_count(findings, SWEEP_ERROR);
    size_t warnings = sweep_findings_count(findings, SWEEP_WARNING);
    const char *file = cli_escaped(cli_input_name(subject->file));
    bool valid = errors == 0 && warnings == 0;
    if (valid && request->quiet)
        return;
    if (!valid)
        printf("%s: %zu error%s, %zu warning%s", file, errors, cli_plural(errors), warnings,
            cli_plural(warnings));
    else if (subject->is_spec)
        printf("%s: %llu run%s valid", file, (unsigned long long)subject->runs,
            subject->runs == 1 ? " is" : "s are");
    else
        printf("%s: valid", file);
    if (subject->is_spec)
        printf(" (a spec)\n");
    else
        validate_print_recipe(subject);
}

/* Prints what was found in one file. Returns an exit code. */
static int validate_print(struct validate_request *request, const struct sweep_findings *findings,
    const struct validate_subject *subject)
{
    bool text = request->format == SWEEP_REPORT_TEXT;
    int code = EXIT_DONE;
    sweep_report_add(
        request->report, cli_input_name(subject->file), validate_recipe(subject), findings);
    if (!text || sweep_findings_get(findings, 0) != NULL) {
        /* Keeps the order of lines on stdout and findings on stderr. */
        code = cli_flush();
        if (code == EXIT_DONE)
            code = cli_print_report(request->report, request->format, false);
    }
    if (text)
        validate_print_summary(request, findings, subject);
    return code;
}

/* True for an object in JSON with a key of specs, and for what a file called .json has that is no
 * config. A text in JSON that is cut off or misspelled is a spec too, so that its mistake is
 * explained as one of JSON. */
static bool validate_is_spec(const char *file, const char *text, size_t length)
{
    static const char *const keys[] = {"base", "grid", "fixed"};
    const char *dot = strrchr(file, '.');
    bool called_json = dot != NULL && (strcmp(dot, ".json") == 0 || strcmp(dot, ".jsonc") == 0);
    size_t start = strspn(text, " \t\r\n");
    char *plain = text_duplicate(text, length);
    json_t *object = NULL;
    bool is_spec = false;
    if (plain != NULL) {
        json_comment_blank(plain, length);
        object = json_loadb(plain, length, 0, NULL);
    }
    if (object == NULL)
        is_spec = called_json && start < length;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (json_object_get(object, keys[i]) != NULL)
            is_spec = true;
    json_decref(object);
    free(plain);
    return is_spec;
}

/* True if the list has a finding with the same code at the same position. */
static bool validate_has(const struct sweep_findings *findings, const struct sweep_finding *wanted)
{
    const struct sweep_finding *f;
    for (size_t i = 0; (f = sweep_findings_get(findings, i)) != NULL; i++)
        if (strcmp(f->code, wanted->code) == 0 && f->place.line == wanted->place.line &&
            f->place.column == wanted->place.column)
            return true;
    return false;
}

/* Moves those findings that are in both lists to `out`. */
static void validate_share(
    const struct sweep_findings *a, const struct sweep_findings *b, struct sweep_findings *out)
{
    const struct sweep_finding *f;
    for (size_t i = 0; (f = sweep_findings_get(a, i)) != NULL; i++)
        if (validate_has(b, f))
            sweep_findings_add(out, f);
}

/* Checks a config for each of the recipes, and reports what was found for all of them. */
static enum sweep_code validate_config(struct validate_request *request,
    const struct validate_subject *subject, const char *text, size_t length,
    struct sweep_findings **out)
{
    const char *file = cli_input_name(subject->file);
    enum sweep_code code =
        sweep_validator_check(request->validator, text, length, file, subject->recipes[0], *out);
    for (size_t i = 1; i < subject->n_recipes; i++) {
        struct sweep_findings *other = sweep_findings_new(), *shared = sweep_findings_new();
        if (other == NULL || shared == NULL || (code != SWEEP_OK && code != SWEEP_INVALID)) {
            sweep_findings_free(other);
            sweep_findings_free(shared);
            return SWEEP_NO_MEMORY;
        }
        code = sweep_validator_check(
            request->validator, text, length, file, subject->recipes[i], other);
        sweep_findings_source(shared, file, text, length);
        validate_share(*out, other, shared);
        sweep_findings_free(other);
        sweep_findings_free(*out);
        *out = shared;
    }
    if (code != SWEEP_OK && code != SWEEP_INVALID)
        return code;
    return sweep_findings_count(*out, SWEEP_ERROR) > 0 ? SWEEP_INVALID : SWEEP_OK;
}

/* Finds out what a file is, and for which recipe. */
static void validate_recognise(const struct validate_request *request, const char *text,
    size_t length, struct validate_subject *subject)
{
    subject->is_spec = validate_is_spec(subject->file, text, length);
    if (subject->is_spec)
        return;
    subject->recipes[0] = request->recipe;
    if (request->recipe == NULL)
        subject->recipes[0] =
            sweep_recipe_of(request->trainer, subject->file, text, length, &subject->how);
    subject->n_recipes = subject->recipes[0] != NULL;
    if (subject->n_recipes == 0)
        subject->n_recipes = sweep_recipes_named(
            request->trainer, text, length, subject->recipes, VALIDATE_MAX_RECIPES);
}

static int validate_text(struct validate_request *request, const char *file, const char *text,
    size_t length, struct sweep_findings **findings)
{
    struct validate_subject subject = {.file = file};
    int verdict;
    validate_recognise(request, text, length, &subject);
    if (subject.is_spec) {
        const struct spec_text spec = {file, text, length, request->strict_json};
        verdict = spec_input_check(request->trainer, &spec, *findings, &subject.runs);
        if (verdict != EXIT_DONE && verdict != EXIT_INVALID)
            return verdict;
    } else {
        enum sweep_code code = validate_config(request, &subject, text, length, findings);
        if (code != SWEEP_OK && code != SWEEP_INVALID)
            return cli_oom();
        verdict = code == SWEEP_OK ? EXIT_DONE : EXIT_INVALID;
    }
    bool unchecked = !subject.is_spec && subject.n_recipes != 1;
    if (request->strict && (unchecked || sweep_findings_count(*findings, SWEEP_WARNING) > 0))
        verdict = EXIT_INVALID;
    int code = validate_print(request, *findings, &subject);
    /* Lost output is reported at the end. */
    if (code == EXIT_DONE || code == EXIT_OUTPUT)
        return verdict;
    return code;
}

static int validate_file(struct validate_request *request, const char *file)
{
    size_t length;
    /* One byte more than the limit may be read: the library reports that as a finding. */
    char *text = cli_read(file, VALIDATE_MAX_BYTES, &length);
    if (text == NULL)
        return EXIT_FAILED;
    int code = EXIT_FAILED;
    struct sweep_findings *findings = sweep_findings_new();
    if (findings == NULL)
        cli_oom();
    else
        code = validate_text(request, file, text, length, &findings);
    sweep_findings_free(findings);
    free(text);
    return code;
}

static int validate_files(struct validate_request *request, int n, char **files)
{
    struct sweep_error error = {0};
    request->report = sweep_report_new(request->format, cli_colour());
    if (request->report == NULL)
        return cli_oom();
    if (sweep_validator_new(request->trainer, &request->options, &request->validator, &error) !=
        SWEEP_OK)
        return cli_fail(&error);
    bool failed = false, invalid = false;
    for (int i = 0; i < n; i++) {
        int code = validate_file(request, files[i]);
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
    sweep_validator_free(request.validator);
    sweep_report_free(request.report);
    sweep_trainer_free(request.trainer);
    return code;
}

const struct command cmd_validate = {"validate", "check configs", validate_help, validate_run};
