/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/sweepctl/spec_input.h"
#include "lib/util/text.h"

static const char plan_help[] =
    "usage: sweepctl plan SPEC [--set PATH=VALUE]… [--format FORMAT]\n"
    "\n"
    "Checks the spec as `generate` does and shows its axes, its first and last runs\n"
    "and what would be written, without writing anything. SPEC is a file, or - for\n"
    "standard input.\n"
    "\n"
    "      --set PATH=VALUE   set a parameter or config path in all runs\n"
    "      --json             print one JSON object: name, directory, runs, bytes,\n"
    "                         axes (the number of values of each key), findings\n"
    "      --format FORMAT    github, junit or sarif: print only the findings, on\n"
    "                         stdout; json: the same as --json; text: the default\n"
    "      --torchtune DIR    an installed torchtune, for more base configs\n"
    "      --profile FILE     a profile of the trainer or of your own components:\n"
    "                         sweepd-profile(5)\n"
    "      --as FILE          call the spec FILE in messages, and resolve relative\n"
    "                         paths from its directory\n"
    "      --limit NAME=VALUE set a limit, such as runs=500 or spec_bytes=64KiB;\n"
    "                         sweepctl(1) lists them\n"
    "\n"
    "Exit codes: 0 the spec is valid; 1 failed; 2 usage error; 3 the spec is invalid.\n";

/* Of the table of axes, in columns. */
enum { PLAN_KEY_WIDTH = 10, PLAN_PATHS_WIDTH = 34, PLAN_VALUES_WIDTH = 24 };

/* --- text ----------------------------------------------------------------------------------- */

/* Appends to a string. False if it was cut off. */
__attribute__((format(printf, 3, 4))) static bool plan_append(
    char *out, size_t size, const char *format, ...)
{
    size_t used = strlen(out);
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(out + used, size - used, format, arguments);
    va_end(arguments);
    return length >= 0 && (size_t)length < size - used;
}

static void plan_print_axis(const struct sweep_plan *plan, size_t index)
{
    struct sweep_setting_info axis;
    char paths[256] = "", values[256] = "";
    const char *separator = "";
    sweep_plan_axis(plan, index, &axis);
    /* No need to repeat a path that is the key. */
    if (axis.n_paths > 1 || strcmp(axis.key, axis.paths[0]) != 0) {
        for (size_t i = 0; i < axis.n_paths; i++) {
            plan_append(paths, sizeof paths, "%s%s", separator, cli_escaped(axis.paths[i]));
            separator = ", ";
        }
    }
    separator = "";
    for (size_t i = 0; i < axis.n_values; i++) {
        const char *value = sweep_plan_axis_value(plan, index, i);
        bool fits = strlen(values) + strlen(value) <= PLAN_VALUES_WIDTH;
        if (!fits && i > 0 && i + 1 < axis.n_values) {
            plan_append(values, sizeof values, "  …");
            break;
        }
        plan_append(values, sizeof values, "%s%s", separator, value);
        separator = "  ";
    }
    printf("  %-*s  %-*s  %-*s %5zu\n", PLAN_KEY_WIDTH, cli_escaped(axis.key), PLAN_PATHS_WIDTH,
        paths, PLAN_VALUES_WIDTH, values, axis.n_values);
}

/* "2 × 2 × 3 = 12 runs", below the numbers of values. */
static void plan_print_product(const struct sweep_plan *plan, const struct sweep_plan_info *info)
{
    struct sweep_setting_info axis;
    char product[128] = "";
    const char *separator = "";
    bool fits = info->n_axes > 1;
    for (size_t i = 0; fits && sweep_plan_axis(plan, i, &axis); i++) {
        fits = plan_append(product, sizeof product, "%s%zu", separator, axis.n_values);
        separator = " × ";
    }
    if (fits)
        fits = plan_append(product, sizeof product, " =");
    if (!fits)
        product[0] = '\0';
    int indent = PLAN_KEY_WIDTH + PLAN_PATHS_WIDTH + PLAN_VALUES_WIDTH + 4;
    indent -= (int)utf8_count(product, strlen(product));
    if (indent < 0)
        indent = 0;
    printf("  %*s%s %5llu run%s\n", indent, "", product, (unsigned long long)info->runs,
        cli_plural(info->runs));
}

static void plan_print_fixed(const struct sweep_plan *plan)
{
    struct sweep_setting_info fixed;
    const char *separator = "  fixed   ";
    for (size_t i = 0; sweep_plan_fixed(plan, i, &fixed); i++) {
        printf("%s%s %s", separator, cli_escaped(fixed.key), sweep_plan_fixed_value(plan, i));
        separator = ", ";
    }
    putchar('\n');
}

/* `values` has room for n_axes numbers. */
static void plan_print_run(const struct sweep_plan *plan, uint64_t index, size_t *values)
{
    struct sweep_setting_info axis;
    char name[32];
    sweep_plan_run(plan, index, name, values);
    printf("  %s", name);
    for (size_t i = 0; sweep_plan_axis(plan, i, &axis); i++)
        printf(" %s=%s", cli_escaped(axis.key), sweep_plan_axis_value(plan, i, values[i]));
    putchar('\n');
}

/* All runs if there are up to four, otherwise the first two and the last. False if memory runs
 * out. */
static bool plan_print_runs(const struct sweep_plan *plan, const struct sweep_plan_info *info)
{
    uint64_t shown = info->runs;
    size_t *values = calloc(info->n_axes + 1, sizeof *values);
    if (values == NULL)
        return false;
    if (shown > 4)
        shown = 2;
    for (uint64_t i = 0; i < shown; i++)
        plan_print_run(plan, i, values);
    if (shown < info->runs) {
        printf("  …\n");
        plan_print_run(plan, info->runs - 1, values);
    }
    free(values);
    return true;
}

static int plan_print_text(const struct spec_input *input, const char *path)
{
    static const char *const origins[] = {"file", "embedded", "installed"};
    const struct sweep_plan *plan = input->plan;
    struct sweep_plan_info info;
    char size[32];
    sweep_plan_describe(plan, &info);
    printf("%s   %s (%s, %s %s), %s\n\n", info.name, cli_escaped(info.base), origins[info.origin],
        cli_escaped(sweep_trainer_name(input->trainer)),
        cli_escaped(sweep_trainer_version(input->trainer)), cli_escaped(info.recipe));
    for (size_t i = 0; i < info.n_axes; i++)
        plan_print_axis(plan, i);
    plan_print_product(plan, &info);
    if (info.n_fixed > 0)
        plan_print_fixed(plan);
    putchar('\n');
    if (!plan_print_runs(plan, &info))
        return cli_oom();
    cli_size(info.bytes, size);
    printf("\n  %s of configs in %s; %llu job array%s", size, info.directory,
        (unsigned long long)info.n_arrays, cli_plural(info.n_arrays));
    if (info.array_parallelism > 0)
        printf(", %u task%s at a time", info.array_parallelism, cli_plural(info.array_parallelism));
    printf("\nNothing was written. To write it:  sweepctl generate %s\n", cli_escaped(path));
    return cli_flush();
}

/* --- other formats -------------------------------------------------------------------------- */

static int plan_print_json(const struct spec_input *input)
{
    struct sweep_plan_info info = {0};
    struct sweep_setting_info axis;
    json_t *axes = json_object();
    if (input->plan != NULL) {
        sweep_plan_describe(input->plan, &info);
        for (size_t i = 0; sweep_plan_axis(input->plan, i, &axis); i++)
            json_object_set_new(axes, axis.key, json_integer((json_int_t)axis.n_values));
    }
    return cli_print_json(json_pack("{s:s?, s:s?, s:I, s:I, s:o, s:o}", "name", info.name,
        "directory", info.directory, "runs", (json_int_t)info.runs, "bytes", (json_int_t)info.bytes,
        "axes", axes, "findings", sweep_findings_json(input->findings, true)));
}

static int plan_print_report(
    const struct spec_input *input, const char *path, enum sweep_report_format format)
{
    struct sweep_report *report = sweep_report_new(format, false);
    if (report == NULL)
        return cli_oom();
    sweep_report_add(report, spec_input_name(input, path), NULL, input->findings);
    int code = cli_print_report(report, format, true);
    sweep_report_free(report);
    return code;
}

/* --- the command ---------------------------------------------------------------------------- */

/* Plans and prints. Reports are on stdout and contain the findings; after text and JSON these go
 * to stderr. */
static int plan_spec(struct spec_input *input, const char *path, enum sweep_report_format format)
{
    int code = spec_input_plan(input, path), printed = EXIT_DONE;
    bool planned = code == EXIT_DONE || code == EXIT_INVALID;
    if (format != SWEEP_REPORT_TEXT && format != SWEEP_REPORT_JSON) {
        if (planned)
            printed = plan_print_report(input, path, format);
    } else {
        if (planned && format == SWEEP_REPORT_JSON)
            printed = plan_print_json(input);
        else if (code == EXIT_DONE)
            printed = plan_print_text(input, path);
        if (input->findings != NULL)
            cli_print_findings(input->findings);
    }
    return code == EXIT_DONE ? printed : code;
}

static int plan_run(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {
        {"format", required_argument, NULL, 'f'}, SPEC_INPUT_OPTIONS, {0}};
    struct spec_input input;
    enum sweep_report_format format = SWEEP_REPORT_TEXT;
    int option, code = CLI_CONTINUE;
    if (!spec_input_init(&input, argc))
        code = cli_oom();
    while (
        code == CLI_CONTINUE && (option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        if (option == 'j')
            format = SWEEP_REPORT_JSON;
        else if (option == 'h')
            code = cli_help(command);
        else if (option == 'f' && !cli_format(command, optarg, &format))
            code = cli_usage(command);
        else if (option != 'f' && !spec_input_option(&input, option, optarg))
            code = cli_usage(command);
    }
    if (code == CLI_CONTINUE && argc - optind != 1)
        code = cli_usage_error(command, "give one spec");
    if (code == CLI_CONTINUE)
        code = plan_spec(&input, argv[optind], format);
    spec_input_deinit(&input);
    return code;
}

const struct command cmd_plan = {
    "plan", "show the sweep that a spec describes", plan_help, plan_run};
