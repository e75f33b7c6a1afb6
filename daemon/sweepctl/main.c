/* SPDX-License-Identifier: Apache-2.0
 *
 * sweepctl: runs each step of sweepd once, in the foreground, and talks to a running sweepd.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "sweep/generate.h"

/* In the order of `sweepctl --help`. */
static const struct command *const commands[] = {&cmd_generate, &cmd_plan, &cmd_bases,
    &cmd_validate, &cmd_drop, &cmd_status, &cmd_ping, &cmd_rescan, &cmd_reload, &cmd_drain,
    &cmd_doctor, &cmd_config, NULL};

static void main_print_help(FILE *stream)
{
    fputs("usage: sweepctl COMMAND [OPTION…] [ARGUMENT…]\n"
          "       sweepctl --version | --help\n"
          "\n"
          "Turns a small JSON sweep spec into validated torchtune configs and Slurm\n"
          "scripts.\n"
          "\n",
        stream);
    for (const struct command *const *command = commands; *command != NULL; command++)
        fprintf(stream, "  %-10s%s\n", (*command)->name, (*command)->summary);
    fputs("\n"
          "`sweepctl COMMAND --help` describes a command.\n"
          "\n"
          "Exit codes: 0 done; 1 failed (missing file, out of memory…); 2 usage error;\n"
          "3 the spec or config is invalid, and nothing was written; 4 not enough space,\n"
          "inodes or quota; 5 storage error.\n"
          "\n"
          "Environment: SWEEPD_TORCHTUNE, where torchtune is installed, as --torchtune;\n"
          "VIRTUAL_ENV, the same if torchtune is installed there; SWEEPD_CONTROL, sweepd's\n"
          "control socket; SWEEPD_SPECS, the directory where it looks for specs; NO_COLOR.\n",
        stream);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        main_print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        main_print_help(stdout);
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("sweepctl %s\n", sweep_version());
        return EXIT_DONE;
    }
    for (const struct command *const *command = commands; *command != NULL; command++)
        if (strcmp(argv[1], (*command)->name) == 0)
            return (*command)->run(*command, argc - 1, argv + 1);
    cli_error(EXIT_USAGE, "sweepctl: unknown command \"%s\"", argv[1]);
    fputs("Try `sweepctl --help`.\n", stderr);
    return EXIT_USAGE;
}
