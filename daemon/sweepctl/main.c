/* SPDX-License-Identifier: Apache-2.0
 *
 * sweepctl: everything once, in the foreground, and what there is to ask of a running daemon.
 * Results go to stdout, all else to stderr.
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

static int main_help(FILE *stream)
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
          "`sweepctl COMMAND --help` tells more of one.\n"
          "\n"
          "Exit codes: 0 done; 1 failed (no file, no memory…); 2 wrong usage; 3 the spec or\n"
          "config is not valid, and nothing was written; 4 no space, inodes or quota; 5 the\n"
          "storage fails.\n"
          "\n"
          "Environment: SWEEPD_TORCHTUNE, where torchtune is installed (as --torchtune);\n"
          "VIRTUAL_ENV, likewise, when it holds a torchtune; SWEEPD_CONTROL, the daemon's\n"
          "control socket; SWEEPD_SPECS, where it looks for specs; NO_COLOR.\n",
        stream);
    return stream == stdout ? EXIT_DONE : EXIT_USAGE;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return main_help(stderr);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return main_help(stdout);
    if (strcmp(argv[1], "--version") == 0) {
        printf("sweepctl %s\n", sweep_version());
        return EXIT_DONE;
    }
    for (const struct command *const *command = commands; *command != NULL; command++)
        if (strcmp(argv[1], (*command)->name) == 0)
            return (*command)->run(*command, argc - 1, argv + 1);
    fprintf(stderr, "sweepctl: no command \"%s\"\nTry `sweepctl --help`.\n", cli_shown(argv[1]));
    return EXIT_USAGE;
}
