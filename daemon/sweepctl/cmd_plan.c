/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/sweepctl/spec_input.h"

static const char plan_help[] =
    "usage: sweepctl plan SPEC [--set PATH=VALUE]… [--format FORMAT]\n"
    "\n"
    "Checks the spec as `generate` does and shows its axes, its first and last runs\n"
    "and what would be written, without writing anything. SPEC is a file, or - for\n"
    "standard input.\n"
    "\n"
    "      --set PATH=VALUE   set a parameter or config path in all runs\n"
    "      --json             print {\"name\", \"directory\", \"runs\", \"bytes\", \"axes\",\n"
    "                         \"findings\"}; axes maps each key to its number of values\n"
    "      --format FORMAT    github, junit or sarif: print only the findings, on\n"
    "                         standard output; text: as without; json: as --json\n"
    "      --torchtune DIR    an installed torchtune, for more base configs\n"
    "      --profile FILE     what is known of the trainer, or of your own components\n"
    "      --as FILE          call the spec FILE in messages, and look up relative\n"
    "                         files from there\n"
    "      --limit NAME=VALUE set a limit, such as runs=500 or spec_bytes=64KiB;\n"
    "                         sweepctl(1) lists them\n"
    "\n"
    "Exit codes: 0 the spec is valid; 1 failed; 2 wrong usage; 3 it is not.\n";

enum { KEY_WIDTH = 10, PATHS_WIDTH = 34, VALUES_WIDTH = 24 };

static void print_axis(const struct sweep_plan *plan, size_t index)
{
    struct sweep_setting_info axis;
    char paths[256] = "", values[256] = "";
    sweep_plan_axis(plan, index, &axis);
    for (size_t i = 0; i < axis.n_paths; i++) {
        size_t used = strlen(paths);
        snprintf(paths + used, sizeof paths - used, "%s%s", i > 0 ? ", " : "",
            cli_escaped(axis.paths[i]));
    }
    for (size_t i = 0; i < axis.n_values; i++) {
        const char *value = sweep_plan_axis_value(plan, index, i);
        size_t used = strlen(values);
        if (used + strlen(value) > VALUES_WIDTH && i + 1 < axis.n_values && i > 0) {
            snprintf(values + used, sizeof values - used, "  …");
            break;
        }
        snprintf(values + used, sizeof values - used, "%s%s", i > 0 ? "  " : "", value);
    }
    /* An axis of its path's own name would say it twice. */
    printf("  %-*s  %-*s  %-*s %5zu\n", KEY_WIDTH, cli_escaped(axis.key), PATHS_WIDTH,
        axis.n_paths == 1 && strcmp(axis.key, axis.paths[0]) == 0 ? "" : paths, VALUES_WIDTH,
        values, axis.n_values);
}

/* "2 × 2 × 3 = 12 runs", under the axes' sizes. */
static void print_product(const struct sweep_plan *plan, const struct sweep_plan_info *info)
{
    struct sweep_setting_info axis;
    char product[128] = "";
    size_t columns = 0;
    for (size_t i = 0; info->n_axes > 1 && sweep_plan_axis(plan, i, &axis); i++) {
        size_t used = strlen(product);
        int more = snprintf(
            product + used, sizeof product - used, "%s%zu", i > 0 ? " × " : "", axis.n_values);
        if (more < 0 || used + (size_t)more + 2 >= sizeof product) {
            product[0] = '\0';
            columns = 0;
            break;
        }
        columns += (size_t)more - (i > 0); /* the sign is two bytes wide */
    }
    int room = KEY_WIDTH + PATHS_WIDTH + VALUES_WIDTH + 2;
    int blanks = room > (int)columns ? room - (int)columns : 0;
    printf("  %*s%s%s %5llu run%s\n", blanks, "", product, product[0] != '\0' ? " =" : "  ",
        (unsigned long long)info->runs, cli_plural(info->runs));
}

static void print_run(const struct sweep_plan *plan, uint64_t index, size_t *values)
{
    struct sweep_setting_info axis;
    char name[32];
    sweep_plan_run(plan, index, name, values);
    printf("  %s", name);
    for (size_t i = 0; sweep_plan_axis(plan, i, &axis); i++)
        printf(" %s=%s", cli_escaped(axis.key), sweep_plan_axis_value(plan, i, values[i]));
    putchar('\n');
}

static void print_fixed(const struct sweep_plan *plan)
{
    struct sweep_setting_info fixed;
    for (size_t i = 0; sweep_plan_fixed(plan, i, &fixed); i++)
        printf("%s%s %s", i == 0 ? "  fixed   " : ", ", cli_escaped(fixed.key),
            sweep_plan_fixed_value(plan, i));
    printf("\n");
}

static int print_plan(const struct spec_input *input, const char *path)
{
    static const char *const origins[] = {"file", "embedded", "installed"};
    const struct sweep_plan *plan = input->plan;
    struct sweep_plan_info info;
    sweep_plan_describe(plan, &info);
    size_t *values = calloc(info.n_axes + 1, sizeof *values);
    if (values == NULL)
        return EXIT_FAILED;
    printf("%s   %s (%s, %s %s), %s\n\n", info.name, cli_escaped(info.base), origins[info.origin],
        cli_escaped(sweep_trainer_name(input->trainer)),
        cli_escaped(sweep_trainer_version(input->trainer)), cli_escaped(info.recipe));
    for (size_t i = 0; i < info.n_axes; i++)
        print_axis(plan, i);
    print_product(plan, &info);
    if (info.n_fixed > 0)
        print_fixed(plan);
    printf("\n");
    uint64_t shown = info.runs <= 4 ? info.runs : 2;
    for (uint64_t i = 0; i < shown; i++)
        print_run(plan, i, values);
    if (shown < info.runs) {
        printf("  …\n");
        print_run(plan, info.runs - 1, values);
    }
    char size[32];
    cli_size(info.bytes, size);
    printf("\n  %s of configs in %s; %llu job array%s", size, info.directory,
        (unsigned long long)info.n_arrays, cli_plural(info.n_arrays));
    if (info.array_parallelism > 0)
        printf(", %u task%s at a time", info.array_parallelism, cli_plural(info.array_parallelism));
    printf("\nNothing was written. Make it:  sweepctl generate %s\n", cli_escaped(path));
    free(values);
    return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}

static int print_json(const struct spec_input *input)
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

/* Only what was found, in a format for other programs. */
static int print_report(
    const struct spec_input *input, const char *path, enum sweep_report_format format)
{
    struct sweep_report *report = sweep_report_new(format, false);
    const char *file = input->as != NULL ? input->as : strcmp(path, "-") == 0 ? "stdin" : path;
    if (report != NULL)
        sweep_report_add(report, file, NULL, input->findings);
    int code = report != NULL ? cli_print_report(report, format, true) : EXIT_FAILED;
    sweep_report_free(report);
    return code;
}

static int plan_run(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {
        {"format", required_argument, NULL, 'f'}, SPEC_INPUT_OPTIONS, {0}};
    struct spec_input input;
    enum sweep_report_format format = SWEEP_REPORT_TEXT;
    int code = -1;
    if (!spec_input_init(&input, argc))
        return EXIT_FAILED;
    for (int c; code < 0 && (c = getopt_long(argc, argv, "h", long_options, NULL)) != -1;) {
        if (c == 'j')
            format = SWEEP_REPORT_JSON;
        else if (c == 'h')
            code = cli_help(command);
        else if (c == 'f' ? !cli_format(command, optarg, &format)
                          : !spec_input_option(&input, c, optarg))
            code = cli_usage(command);
    }
    if (code < 0 && optind + 1 != argc) {
        fprintf(stderr, "sweepctl plan: give one spec\n");
        code = cli_usage(command);
    }
    if (code < 0) {
        code = spec_input_plan(&input, argv[optind]);
        int printed = EXIT_DONE;
        bool machine = format != SWEEP_REPORT_TEXT && format != SWEEP_REPORT_JSON;
        if (machine && (code == EXIT_DONE || code == EXIT_INVALID))
            printed = print_report(&input, argv[optind], format);
        else if (format == SWEEP_REPORT_JSON && (code == EXIT_DONE || code == EXIT_INVALID))
            printed = print_json(&input);
        else if (code == EXIT_DONE)
            printed = print_plan(&input, argv[optind]);
        if (!machine && input.findings != NULL)
            cli_print_findings(input.findings);
        code = code == EXIT_DONE ? printed : code;
    }
    spec_input_deinit(&input);
    return code;
}

const struct command cmd_plan = {"plan", "show what a spec would make", plan_help, plan_run};
