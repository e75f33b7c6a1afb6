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
    "  -o, --output QUEUE     check also that no sweep in QUEUE writes to the\n"
    "                         same places\n"
    "      --runs all|A-B     list these runs instead of the first and the last ones;\n"
    "                         A and B are numbers, and A alone is one run\n"
    "      --set PATH=VALUE   set a parameter or config path in all runs;\n"
    "                         '~PATH' deletes a key of the base\n"
    "      --json             print one JSON object a file: file, name, directory,\n"
    "                         runs, bytes, axes (the number of values of each key),\n"
    "                         findings\n"
    "      --format FORMAT    github, junit or sarif: print only the findings, on\n"
    "                         stdout, in one report on all files; json: the same as\n"
    "                         --json; text: the default\n"
    "      --torchtune DIR    an installed torchtune, for more base configs\n"
    "      --profile FILE     a profile of the trainer or of your own components:\n"
    "                         sweepd-profile(5)\n"
    "      --as FILE          call the spec FILE in messages, and resolve relative\n"
    "                         paths from its directory\n"
    "      --check-paths[=absolute]\n"
    "                         check that files that runs name exist and fit the\n"
    "                         config; relative paths start in the current directory,\n"
    "                         or are skipped with =absolute\n"
    "      --strict-json      refuse comments and trailing commas in the spec\n"
    "      --limit NAME=VALUE set a limit, such as runs=500 or spec_bytes=64KiB;\n"
    "                         sweepctl(1) lists them\n"
    "\n"
    "Exit codes: 0 all are valid; 1 failed; 2 usage error; 3 a spec or config is\n"
    "invalid.\n";

/* In the table of axes: the columns that several paths or values of an axis may take. A single one
 * may take more: all of a path, and PLAN_VALUE_WIDTH of a value. */
enum { PLAN_PATHS_WIDTH = 34, PLAN_VALUES_WIDTH = 24, PLAN_VALUE_WIDTH = 40 };

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

struct plan_widths {
    size_t key, paths, values; /* columns */
};

static size_t plan_width(const char *text)
{
    return utf8_count(text, strlen(text));
}

/* Pads with spaces, which printf() cannot do for text that is not ASCII. */
static void plan_put_cell(const char *text, size_t width)
{
    size_t used = plan_width(text);
    printf("  %s%*s", text, used < width ? (int)(width - used) : 0, "");
}

/* Paths are not shown if the key is the only one. */
static bool plan_shows_paths(const struct sweep_setting_info *axis)
{
    return axis->n_paths > 1 || strcmp(axis->key, axis->paths[0]) != 0;
}

/* Joins the paths from *next on that fit into the column. */
static void plan_join_paths(
    const struct sweep_setting_info *axis, size_t *next, size_t width, char *out, size_t size)
{
    *out = '\0';
    for (size_t first = *next; *next < axis->n_paths; ++*next) {
        const char *path = cli_escaped(axis->paths[*next]);
        bool last = *next + 1 == axis->n_paths;
        size_t needed = plan_width(out) + plan_width(path) + (*next > first) + !last;
        if (*next > first && needed > width)
            break;
        if (*next > first)
            plan_append(out, size, " ");
        plan_append(out, size, "%s", path);
        if (!last)
            plan_append(out, size, ",");
    }
}

/* Appends a value, cut off after PLAN_VALUE_WIDTH columns. */
static void plan_append_value(char *out, size_t size, const char *value)
{
    size_t length = strlen(value), shown = 0, columns = 0;
    if (utf8_count(value, length) <= PLAN_VALUE_WIDTH) {
        plan_append(out, size, "%s", value);
        return;
    }
    for (; columns + 1 < PLAN_VALUE_WIDTH; columns++)
        shown += utf8_next(value + shown, length - shown);
    plan_append(out, size, "%.*s…", (int)shown, value);
}

static void plan_join_values(
    const struct sweep_plan *plan, size_t index, size_t count, char *out, size_t size)
{
    *out = '\0';
    for (size_t i = 0; i < count; i++) {
        char value[4 * PLAN_VALUE_WIDTH + 8] = "";
        plan_append_value(value, sizeof value, sweep_plan_axis_value(plan, index, i));
        bool fits = plan_width(out) + 2 + plan_width(value) <= PLAN_VALUES_WIDTH + 2;
        if (i > 0 && !fits) {
            plan_append(out, size, "  …");
            return;
        }
        plan_append(out, size, "%s%s", i > 0 ? "  " : "", value);
    }
}

static size_t plan_max(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* The column of paths takes the widest single path, or else as many together as have
 * PLAN_PATHS_WIDTH. */
static size_t plan_paths_width(const struct sweep_setting_info *axis)
{
    char line[1024];
    size_t widest = 0, width = 0, next = 0;
    for (size_t i = 0; i < axis->n_paths; i++)
        widest = plan_max(widest, plan_width(cli_escaped(axis->paths[i])) + 1);
    while (next < axis->n_paths) {
        plan_join_paths(axis, &next, plan_max(widest, PLAN_PATHS_WIDTH), line, sizeof line);
        width = plan_max(width, plan_width(line));
    }
    return width;
}

static struct plan_widths plan_measure(const struct sweep_plan *plan)
{
    struct plan_widths widths = {0};
    struct sweep_setting_info axis;
    char values[256];
    for (size_t i = 0; sweep_plan_axis(plan, i, &axis); i++) {
        widths.key = plan_max(widths.key, plan_width(cli_escaped(axis.key)));
        if (plan_shows_paths(&axis))
            widths.paths = plan_max(widths.paths, plan_paths_width(&axis));
        plan_join_values(plan, i, axis.n_values, values, sizeof values);
        widths.values = plan_max(widths.values, plan_width(values));
    }
    return widths;
}

/* One line, and further ones for paths that do not fit. */
static void plan_print_axis(
    const struct sweep_plan *plan, size_t index, const struct plan_widths *widths)
{
    struct sweep_setting_info axis;
    char paths[1024] = "", values[256];
    size_t next = 0;
    sweep_plan_axis(plan, index, &axis);
    if (!plan_shows_paths(&axis))
        next = axis.n_paths;
    plan_join_paths(&axis, &next, widths->paths, paths, sizeof paths);
    plan_join_values(plan, index, axis.n_values, values, sizeof values);
    plan_put_cell(cli_escaped(axis.key), widths->key);
    if (widths->paths > 0)
        plan_put_cell(paths, widths->paths);
    plan_put_cell(values, widths->values);
    printf(" %5zu\n", axis.n_values);
    while (next < axis.n_paths) {
        plan_join_paths(&axis, &next, widths->paths, paths, sizeof paths);
        printf("  %*s  %s\n", (int)widths->key, "", paths);
    }
}

/* "2 × 2 × 3 = 12 runs", below the numbers of values. */
static void plan_print_product(const struct sweep_plan_info *info, const struct plan_widths *widths)
{
    const char *equals = "";
    if (info->formula[0] != '\0')
        equals = " =";
    int indent = (int)(widths->key + widths->values) + 2;
    if (widths->paths > 0)
        indent += (int)widths->paths + 2;
    indent -= (int)(plan_width(info->formula) + strlen(equals));
    if (indent < 0)
        indent = 0;
    printf("  %*s%s%s %5llu run%s\n", indent, "", info->formula, equals,
        (unsigned long long)info->runs, cli_plural(info->runs));
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

/* Prints " KEY=VALUE" unless there is no value, and frees the value. */
static void plan_print_value(const char *key, char *value)
{
    if (value != NULL)
        printf(" %s=%s", cli_escaped(key), cli_escaped(value));
    free(value);
}

/* The values of axes, and fixed ones that are computed. */
static void plan_print_run(const struct sweep_plan *plan, uint64_t index)
{
    struct sweep_setting_info setting;
    char name[32];
    sweep_plan_run(plan, index, name, NULL);
    printf("  %s", name);
    for (size_t i = 0; sweep_plan_axis(plan, i, &setting); i++)
        plan_print_value(setting.key, sweep_plan_run_value(plan, index, i));
    for (size_t i = 0; sweep_plan_fixed(plan, i, &setting); i++)
        plan_print_value(setting.key, sweep_plan_run_fixed_value(plan, index, i));
    putchar('\n');
}

/* Which runs to list. */
struct plan_runs {
    bool given; /* or else some of them */
    unsigned long long first, last;
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

/* The runs that were asked for, or all if there are up to four, otherwise the first two and the
 * last. */
static void plan_print_runs(
    const struct sweep_plan *plan, const struct sweep_plan_info *info, const struct plan_runs *runs)
{
    uint64_t first = 0, last = info->runs - 1;
    if (runs->given) {
        first = runs->first;
        last = runs->last;
    } else if (info->runs > 4) {
        last = 1;
    }
    for (uint64_t i = first; i < info->runs && i <= last; i++)
        plan_print_run(plan, i);
    if (runs->given || last + 1 == info->runs)
        return;
    printf("  …\n");
    plan_print_run(plan, info->runs - 1);
}

static int plan_print_text(
    const struct spec_input *input, const char *path, const struct plan_runs *runs)
{
    static const char *const origins[] = {"file", "embedded", "installed"};
    const struct sweep_plan *plan = input->plan;
    struct sweep_plan_info info;
    char size[32];
    sweep_plan_describe(plan, &info);
    printf("%s   %s (%s, %s %s), %s\n\n", info.name, cli_escaped(info.base), origins[info.origin],
        cli_escaped(sweep_trainer_name(input->trainer)),
        cli_escaped(sweep_trainer_version(input->trainer)), cli_escaped(info.recipe));
    const struct plan_widths widths = plan_measure(plan);
    for (size_t i = 0; i < info.n_axes; i++)
        plan_print_axis(plan, i, &widths);
    plan_print_product(&info, &widths);
    if (info.n_fixed > 0)
        plan_print_fixed(plan);
    putchar('\n');
    plan_print_runs(plan, &info, runs);
    cli_size(info.bytes, size);
    printf("\n  %s of configs in %s; %llu job array%s", size, info.directory,
        (unsigned long long)info.n_arrays, cli_plural(info.n_arrays));
    if (info.array_parallelism > 0)
        printf(", %u task%s at a time", info.array_parallelism, cli_plural(info.array_parallelism));
    printf("\nNothing was written. To write it:  sweepctl generate %s\n", cli_escaped(path));
    return cli_flush();
}

/* --- other formats -------------------------------------------------------------------------- */

static int plan_print_json(const struct spec_input *input, const char *path)
{
    struct sweep_plan_info info = {0};
    struct sweep_setting_info axis;
    json_t *axes = json_object();
    json_t *file = json_string(spec_input_name(input, path));
    if (file == NULL) /* not UTF-8 */
        file = json_string(cli_escaped(spec_input_name(input, path)));
    if (input->plan != NULL) {
        sweep_plan_describe(input->plan, &info);
        for (size_t i = 0; sweep_plan_axis(input->plan, i, &axis); i++)
            json_object_set_new(axes, axis.key, json_integer((json_int_t)axis.n_values));
    }
    return cli_print_json(json_pack("{s:o, s:s?, s:s?, s:I, s:I, s:o, s:o}", "file", file, "name",
        info.name, "directory", info.directory, "runs", (json_int_t)info.runs, "bytes",
        (json_int_t)info.bytes, "axes", axes, "findings",
        sweep_findings_json(input->findings, true)));
}

/* --- the command ---------------------------------------------------------------------------- */

struct plan_options {
    const char *queue; /* -o, or NULL */
    enum sweep_report_format format;
    struct plan_runs runs;
    struct validate_request *configs; /* how configs are checked; has the report on all files */
};

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

/* Plans and prints. After text and JSON, findings go to stderr. */
static int plan_spec(struct spec_input *input, const char *path, const struct plan_options *options)
{
    int code = spec_input_plan(input, path), printed = EXIT_DONE;
    if (code == EXIT_DONE && options->queue != NULL)
        code = spec_input_check_queue(input, options->queue);
    bool planned = code == EXIT_DONE || code == EXIT_INVALID;
    if (plan_has_report(options)) {
        if (planned)
            printed = plan_report(input, path, options);
    } else {
        if (planned && options->format == SWEEP_REPORT_JSON)
            printed = plan_print_json(input, path);
        else if (code == EXIT_DONE)
            printed = plan_print_text(input, path, &options->runs);
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
        else if (option == 'f' && !cli_format(command, optarg, &options.format))
            code = cli_usage(command);
        else if (option == 'r' && !plan_read_runs(optarg, &options.runs))
            code = cli_usage_error(command, "--runs takes all, a number or A-B, got %s", optarg);
        else if (option != 'f' && option != 'r' && !spec_input_option(&input, option, optarg))
            code = cli_usage(command);
    }
    if (code == CLI_CONTINUE && argc == optind)
        code = cli_usage_error(command, "give at least one spec");
    if (code == CLI_CONTINUE && argc - optind > 1 && input.as != NULL)
        code = cli_usage_error(command, "--as takes one spec, got %d", argc - optind);
    if (code == CLI_CONTINUE)
        code = plan_files(&input, &options, argc - optind, argv + optind);
    spec_input_deinit(&input);
    return code;
}

const struct command cmd_plan = {
    "plan", "show the sweep that a spec describes", plan_help, plan_run};
