/* SPDX-License-Identifier: Apache-2.0
 *
 * `sweepctl extract` and `sweepctl unpack`: the configs of sweep directories.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "sweep/generate.h"

static const char extract_help[] =
    "usage: sweepctl extract DIR RUN\n"
    "\n"
    "Prints the config of a run, given by its name (run_012) or its number (12), of\n"
    "the sweep directory DIR. The layout of the sweep does not matter.\n"
    "\n"
    "Exit codes: 0 done; 1 there is no such directory or run; 2 usage error; 3 the\n"
    "packed configs are damaged; 7 stdout could not be written.\n";

static const char unpack_help[] =
    "usage: sweepctl unpack DIR\n"
    "\n"
    "Writes the configs of the sweep directory DIR, whose layout is packed, as files\n"
    "into DIR/configs, as \"layout\": \"files\" has them, and prints that path. Jobs go\n"
    "on reading the packed configs.\n"
    "\n"
    "Exit codes: 0 done; 1 failed, or DIR/configs exists already; 2 usage error;\n"
    "3 the packed configs are not as they were generated; 4 not enough space;\n"
    "5 storage error.\n";

/* Handles -h, and checks the number of arguments. */
static int extract_read_arguments(
    const struct command *command, int argc, char **argv, const char *expected, int count)
{
    static const struct option long_options[] = {{"help", no_argument, NULL, 'h'}, {0}};
    int option = getopt_long(argc, argv, "h", long_options, NULL);
    if (option == 'h')
        return cli_help(command);
    if (option != -1)
        return cli_usage(command);
    if (argc - optind != count)
        return cli_usage_error(command, "%s", expected);
    return CLI_CONTINUE;
}

static int extract_fail(enum sweep_code code, const struct sweep_error *error)
{
    int status = cli_fail(error);
    return code == SWEEP_INVALID ? EXIT_INVALID : status;
}

static int extract_run(const struct command *command, int argc, char **argv)
{
    struct sweep_error error = {0};
    char *text;
    size_t length;
    int code = extract_read_arguments(command, argc, argv, "give a sweep directory and a run", 2);
    if (code != CLI_CONTINUE)
        return code;
    enum sweep_code result = sweep_extract(argv[optind], argv[optind + 1], &text, &length, &error);
    if (result != SWEEP_OK)
        return extract_fail(result, &error);
    fwrite(text, 1, length, stdout);
    free(text);
    return cli_flush();
}

static int unpack_run(const struct command *command, int argc, char **argv)
{
    struct sweep_error error = {0};
    uint64_t files;
    int code = extract_read_arguments(command, argc, argv, "give one sweep directory", 1);
    if (code != CLI_CONTINUE)
        return code;
    enum sweep_code result = sweep_unpack(argv[optind], &files, &error);
    if (result != SWEEP_OK)
        return extract_fail(result, &error);
    printf("%s/configs\n", argv[optind]);
    return cli_flush();
}

const struct command cmd_extract = {
    "extract", "print the config of a run", extract_help, extract_run};
const struct command cmd_unpack = {
    "unpack", "write packed configs as files", unpack_help, unpack_run};
