/* SPDX-License-Identifier: Apache-2.0
 *
 * `sweepctl results` and `sweepctl best`.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/sweepctl/results_table.h"

static const char results_help[] =
    "usage: sweepctl results SWEEP… [--sort COLUMN] [--reverse] [--csv|--json]\n"
    "\n"
    "Shows what the runs of sweeps have reached, a row for each run: the values that\n"
    "the sweep sets, and from the log of the last attempt the last step, the first,\n"
    "last and smallest loss, tokens per second and GPU, the peak of GPU memory, and\n"
    "the seconds that it took. What is odd about a log is in the last column: a loss\n"
    "that is not finite, a line that is not complete, two processes that wrote one\n"
    "log, several logs.\n"
    "\n"
    "SWEEP is a sweep directory, or the name of a sweep.\n"
    "\n"
    "      --sort COLUMN      smallest first: loss (the last one), steps, first_loss,\n"
    "                         last_loss, min_loss, tokens_per_second,\n"
    "                         peak_memory_gib, seconds, a swept path, run, id, state\n"
    "                         or attempts\n"
    "      --reverse          largest first\n"
    "      --csv              print comma-separated values with a header\n"
    "      --json             print one JSON object a line for each run\n" SWEEP_VIEW_HELP "\n"
    "Exit codes: 0 done; 1 failed; 2 usage error.\n";

static const char best_help[] =
    "usage: sweepctl best SWEEP… [--by COLUMN] [--reverse]\n"
    "\n"
    "Prints the directory of the run that did best: of the runs that are done, the\n"
    "one with the smallest last loss. What else is known of it goes to stderr.\n"
    "\n"
    "      --by COLUMN        the smallest value of this column of `results`\n"
    "                         (default: loss)\n"
    "      --reverse          the largest value instead\n" SWEEP_VIEW_HELP "\n"
    "Exit codes: 0 done; 1 failed, or no run is done; 2 usage error.\n";

struct results_options {
    struct sweep_view_options view;
    const char *sort;
    bool reverse, csv, json;
};

/* Reads the sweeps of the command line into a table. Close both in any case. */
static int results_collect(
    char **sweeps, int n_sweeps, struct sweep_view *view, struct results_table *table)
{
    int code = EXIT_DONE;
    *table = (struct results_table){0};
    for (int i = 0; i < n_sweeps && code == EXIT_DONE; i++)
        code = sweep_view_add(view, sweeps[i]);
    if (code == EXIT_DONE)
        code = sweep_view_add_related(view);
    if (code == EXIT_DONE)
        code = sweep_view_judge(view);
    if (code == EXIT_DONE)
        code = results_table_read(view, table);
    return code;
}

static int results_sort(const struct command *command, struct results_table *table,
    const struct results_options *options)
{
    if (options->sort == NULL || results_table_sort(table, options->sort, options->reverse))
        return EXIT_DONE;
    return cli_usage_error(command, "there is no column \"%s\"", options->sort);
}

static int results_print(const struct results_table *table, const struct results_options *options)
{
    struct strbuf text = {0};
    bool fine = true;
    if (options->csv)
        results_table_put_csv(table, &text);
    else if (options->json)
        fine = results_table_put_json(table, &text);
    else
        results_table_put_text(table, &text);
    if (text.oom)
        fine = false;
    if (fine)
        fwrite(strbuf_string(&text), 1, text.length, stdout);
    strbuf_deinit(&text);
    if (!fine)
        return cli_oom();
    if (table->logger != NULL)
        cli_error(EXIT_DONE, "sweepctl: %s", table->logger);
    return cli_flush();
}

/* CLI_CONTINUE, or an exit code. */
static int results_read_options(
    const struct command *command, int argc, char **argv, struct results_options *options)
{
    static const struct option long_options[] = {{"sort", required_argument, NULL, 's'},
        {"by", required_argument, NULL, 'b'}, {"reverse", no_argument, NULL, 'r'},
        {"csv", no_argument, NULL, 'c'}, {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'}, SWEEP_VIEW_LONG_OPTIONS, {0}};
    int option;
    while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        if (sweep_view_option(&options->view, option, optarg))
            continue;
        switch (option) {
        case 's':
        case 'b':
            options->sort = optarg;
            break;
        case 'r':
            options->reverse = true;
            break;
        case 'c':
            options->csv = true;
            break;
        case 'j':
            options->json = true;
            break;
        case 'h':
            return cli_help(command);
        default:
            return cli_usage(command);
        }
    }
    if (optind == argc)
        return cli_usage_error(command, "give a sweep directory, or the name of a sweep");
    if (options->csv && options->json)
        return cli_usage_error(command, "--csv and --json exclude each other");
    return CLI_CONTINUE;
}

static int results_run(const struct command *command, int argc, char **argv)
{
    struct results_options options = {0};
    struct results_table table;
    int code = results_read_options(command, argc, argv, &options);
    if (code != CLI_CONTINUE)
        return code;
    struct sweep_view view = {.options = options.view};
    code = results_collect(argv + optind, argc - optind, &view, &table);
    if (code == EXIT_DONE)
        code = results_sort(command, &table, &options);
    if (code == EXIT_DONE)
        code = results_print(&table, &options);
    results_table_free(&table);
    sweep_view_close(&view);
    return code;
}

/* --- best ----------------------------------------------------------------------------------- */

static int best_print(const struct results_row *row)
{
    const struct jobs_run *run = row->run;
    cli_error(EXIT_DONE, "%s of %s: loss %s after %s steps", run->name, row->sweep->path,
        row->texts[MEASURE_LAST][0] != '\0' ? row->texts[MEASURE_LAST] : "unknown",
        row->texts[MEASURE_STEPS][0] != '\0' ? row->texts[MEASURE_STEPS] : "unknown");
    if (run->output == NULL)
        return cli_error(EXIT_FAILED, "sweepctl: %s has not recorded its directory", run->name);
    puts(run->output);
    return cli_flush();
}

static int best_run(const struct command *command, int argc, char **argv)
{
    struct results_options options = {0};
    struct results_table table;
    int code = results_read_options(command, argc, argv, &options);
    if (code != CLI_CONTINUE)
        return code;
    if (options.sort == NULL)
        options.sort = results_measure_names[MEASURE_LAST];
    struct sweep_view view = {.options = options.view};
    code = results_collect(argv + optind, argc - optind, &view, &table);
    if (code == EXIT_DONE)
        code = results_sort(command, &table, &options);
    const struct results_row *best = NULL;
    for (size_t i = 0; i < table.n_rows && best == NULL; i++)
        if (table.rows[i].run->verdict.state == RUN_DONE &&
            results_table_has(&table, &table.rows[i], options.sort))
            best = &table.rows[i];
    if (code == EXIT_DONE && best != NULL)
        code = best_print(best);
    else if (code == EXIT_DONE)
        code = cli_error(EXIT_FAILED,
            "sweepctl: no run is done and has this value; see: "
            "sweepctl status %s",
            argv[optind]);
    results_table_free(&table);
    sweep_view_close(&view);
    return code;
}

const struct command cmd_results = {
    "results", "show the loss and speed of each run of a sweep", results_help, results_run};
const struct command cmd_best = {
    "best", "print the directory of the best run", best_help, best_run};
