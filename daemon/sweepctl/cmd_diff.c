/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/sweepctl/spec_input.h"

static const char diff_help[] =
    "usage: sweepctl diff A B [--json]\n"
    "\n"
    "Compares the runs of two sweeps by their identities. A and B are specs or sweep\n"
    "directories; a directory includes the runs in its inherited.csv. Prints the runs\n"
    "that only B has (new) or only A has (removed), and the values that all runs of A\n"
    "have in common, and all runs of B, but that differ between them.\n"
    "\n"
    "      --json             print one JSON object: format, new, removed, common,\n"
    "                         fixed\n"
    "      --set PATH=VALUE   set a value in the specs\n"
    "      --torchtune DIR    an installed torchtune, for more base configs\n"
    "      --profile FILE     a profile of the trainer: sweepd-profile(5)\n"
    "      --defaults FILE    a spec that each spec extends without naming it\n"
    "      --as FILE          call a spec FILE in messages, and resolve relative\n"
    "                         paths from its directory\n"
    "      --cluster[=FILE]   find options of sbatch that the Slurm cluster here, or\n"
    "                         that of `sweepctl doctor --facts >FILE`, can never meet\n"
    "      --check-paths[=absolute]\n"
    "                         check that files that runs name exist\n"
    "      --strict-json      refuse comments and trailing commas in the specs\n"
    "      --limit NAME=VALUE set a limit; sweepctl(1) lists them\n"
    "\n"
    "Exit codes: 0 the same runs; 1 different ones; 2 usage error, or A or B cannot\n"
    "be read; 3 a spec is invalid, or a directory was changed.\n";

enum { EXIT_DIFF_DIFFERENT = 1, EXIT_DIFF_TROUBLE = 2 };

/* Returns an exit code of diff. */
static int diff_code(enum sweep_code code, const struct sweep_error *error)
{
    if (code == SWEEP_OK)
        return EXIT_DONE;
    cli_error(EXIT_DONE, "sweepctl: %s", error->message);
    return code == SWEEP_INVALID ? EXIT_INVALID : EXIT_DIFF_TROUBLE;
}

static int diff_read_spec(struct spec_input *input, const char *path, struct sweep_run_set **out)
{
    struct sweep_error error = {0};
    int code = spec_input_plan(input, path);
    if (code == EXIT_INVALID)
        cli_print_findings(input->findings);
    if (code == EXIT_DONE)
        code = diff_code(sweep_run_set_of_plan(input->plan, out, &error), &error);
    else if (code != EXIT_INVALID)
        code = EXIT_DIFF_TROUBLE;
    spec_input_forget(input);
    return code;
}

static int diff_read(struct spec_input *input, const char *path, struct sweep_run_set **out)
{
    struct stat status;
    struct sweep_error error = {0};
    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
        return diff_read_spec(input, path, out);
    return diff_code(sweep_run_set_of_directory(path, out, &error), &error);
}

/* --- output --------------------------------------------------------------------------------- */

static void diff_print_runs(const json_t *runs, const char *word)
{
    size_t index;
    json_t *run;
    json_array_foreach (runs, index, run) {
        const char *directory = json_string_value(json_object_get(run, "directory"));
        printf("%-8s %s %s", word, json_string_value(json_object_get(run, "id")),
            cli_escaped(json_string_value(json_object_get(run, "run"))));
        if (directory != NULL)
            printf(" in %s", cli_escaped(directory));
        putchar('\n');
    }
}

static void diff_print_value(const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    fputs(text != NULL ? cli_escaped(text) : "?", stdout);
    free(text);
}

static void diff_print_fixed(const json_t *fixed)
{
    size_t index;
    json_t *change;
    json_array_foreach (fixed, index, change) {
        printf("fixed    %s: ", cli_escaped(json_string_value(json_object_get(change, "path"))));
        diff_print_value(json_object_get(change, "from"));
        fputs(" → ", stdout);
        diff_print_value(json_object_get(change, "to"));
        putchar('\n');
    }
}

/* Takes the object over. */
static int diff_print(json_t *diff, bool as_json)
{
    size_t added = json_array_size(json_object_get(diff, "new"));
    size_t removed = json_array_size(json_object_get(diff, "removed"));
    const json_t *fixed = json_object_get(diff, "fixed");
    bool is_same = added == 0 && removed == 0 && json_array_size(fixed) == 0;
    long long common = json_integer_value(json_object_get(diff, "common"));
    int code;
    if (as_json) {
        code = cli_print_json(diff);
    } else {
        diff_print_runs(json_object_get(diff, "new"), "new");
        diff_print_runs(json_object_get(diff, "removed"), "removed");
        diff_print_fixed(fixed);
        printf("%zu new, %zu removed, %lld common run%s\n", added, removed, common,
            cli_plural((unsigned long long)common));
        json_decref(diff);
        code = cli_flush();
    }
    if (code != EXIT_DONE)
        return code;
    return is_same ? EXIT_DONE : EXIT_DIFF_DIFFERENT;
}

/* --- the command ---------------------------------------------------------------------------- */

static int diff_sweeps(struct spec_input *input, char *const paths[2], bool as_json)
{
    struct sweep_run_set *a = NULL, *b = NULL;
    int code = diff_read(input, paths[0], &a);
    if (code == EXIT_DONE)
        code = diff_read(input, paths[1], &b);
    if (code == EXIT_DONE) {
        json_t *diff = sweep_run_set_diff(a, b);
        if (diff != NULL)
            code = diff_print(diff, as_json);
        else
            code = cli_oom() + EXIT_DIFF_TROUBLE - EXIT_FAILED;
    }
    sweep_run_set_free(a);
    sweep_run_set_free(b);
    return code;
}

static int diff_run(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {SPEC_INPUT_OPTIONS, {0}};
    struct spec_input input;
    bool as_json = false;
    int option, code = CLI_CONTINUE;
    if (!spec_input_init(&input, argc))
        code = cli_oom();
    while (
        code == CLI_CONTINUE && (option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        if (option == 'j')
            as_json = true;
        else if (option == 'h')
            code = cli_help(command);
        else if (!spec_input_option(&input, option, optarg))
            code = cli_usage(command);
    }
    if (code == CLI_CONTINUE && argc - optind != 2)
        code = cli_usage_error(command, "give two specs or sweep directories");
    if (code == CLI_CONTINUE)
        code = diff_sweeps(&input, argv + optind, as_json);
    spec_input_deinit(&input);
    return code;
}

const struct command cmd_diff = {
    "diff", "compare the runs of two specs or sweep directories", diff_help, diff_run};
