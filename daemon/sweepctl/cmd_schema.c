/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "sweep/generate.h"

static const char schema_help[] =
    "usage: sweepctl schema [--profile FILE]\n"
    "       sweepctl schema plan|explain|status\n"
    "\n"
    "Prints the JSON Schema (2020-12) of sweep specs. With it, editors complete keys\n"
    "and underline mistakes. `sweepctl plan` finds those that no schema can.\n"
    "\n"
    "  plan, explain          of what that command prints with --json, instead\n"
    "  status                 of a line that `sweepctl status SWEEP --json` prints\n"
    "\n"
    "      --profile FILE     for the trainer of this profile\n"
    "\n"
    "Exit codes: 0 done; 1 failed; 2 usage error; 3 the profile is not valid.\n";

static int schema_print(const char *profile)
{
    struct sweep_trainer *trainer;
    struct sweep_error error = {0};
    char *text = NULL;
    if (sweep_trainer_open(NULL, profile, &trainer, &error) != SWEEP_OK)
        return cli_fail(&error);
    int code = EXIT_DONE;
    if (sweep_spec_schema(trainer, &text, &error) != SWEEP_OK)
        code = cli_fail(&error);
    else
        puts(text);
    free(text);
    sweep_trainer_free(trainer);
    if (code != EXIT_DONE)
        return code;
    return cli_flush();
}

/* Of the JSON that a command prints. */
static int schema_print_output(const struct command *command, const char *name)
{
    const char *text = sweep_output_schema(name);
    if (text == NULL)
        return cli_usage_error(
            command, "no schema \"%s\"; there are plan, explain and status", cli_escaped(name));
    fputs(text, stdout);
    return cli_flush();
}

static int schema_run(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {
        {"profile", required_argument, NULL, 'p'}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *profile = NULL;
    int option;
    while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        switch (option) {
        case 'p':
            profile = optarg;
            break;
        case 'h':
            return cli_help(command);
        default:
            return cli_usage(command);
        }
    }
    if (argc - optind > 1 || (optind < argc && profile != NULL))
        return cli_usage_error(command, "too many arguments");
    if (optind < argc)
        return schema_print_output(command, argv[optind]);
    return schema_print(profile);
}

const struct command cmd_schema = {
    "schema", "print the JSON Schema of specs, for editors", schema_help, schema_run};
