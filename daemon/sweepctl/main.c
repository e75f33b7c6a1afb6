/* SPDX-License-Identifier: Apache-2.0
 *
 * sweepctl: everything once, in the foreground, and what there is to ask of a running daemon.
 * Results go to stdout, all else to stderr.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/sweepctl/cli.h"
#include "sweep/generate.h"

static const struct command commands[] = {
    {"generate", "sweepctl generate: make the sweep directory of a spec", help_generate,
        cmd_generate},
    {"plan", "sweepctl plan: show what a spec would make", help_plan, cmd_plan},
    {"bases", "sweepctl bases: list the base configs", help_bases, cmd_bases},
    {"validate", "sweepctl validate: check configs", help_validate, cmd_validate},
    {"drop", "sweepctl drop: hand specs over to the daemon", help_drop, cmd_drop},
    {"status", "sweepctl status: show what the daemon does", help_status, cmd_status},
    {"ping", "sweepctl ping: ask whether the daemon is there", help_ping, cmd_control},
    {"rescan", "sweepctl rescan: have the daemon look for specs now", help_rescan, cmd_control},
    {"reload", "sweepctl reload: have the daemon read its settings again", help_reload,
        cmd_control},
    {"drain", "sweepctl drain: have the daemon finish and end", help_drain, cmd_control},
    {"doctor", "sweepctl doctor: look whether sweepd can work here", help_doctor, cmd_doctor},
    {"config", "sweepctl config: show the settings of sweepd", help_config, cmd_config},
};

enum { N_COMMANDS = sizeof commands / sizeof *commands };

static int print_help(FILE *stream)
{
    fputs("usage: sweepctl COMMAND [OPTION…] [ARGUMENT…]\n"
          "       sweepctl --version | --help\n"
          "\n"
          "Turns a small JSON sweep spec into validated torchtune configs and Slurm\n"
          "scripts.\n"
          "\n",
        stream);
    for (size_t i = 0; i < N_COMMANDS; i++)
        fprintf(stream, "  %-10s%s\n", commands[i].name, strchr(commands[i].summary, ':') + 2);
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
        return print_help(stderr);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return print_help(stdout);
    if (strcmp(argv[1], "--version") == 0) {
        printf("sweepctl %s\n", sweep_version());
        return EXIT_DONE;
    }
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(&commands[i], argc - 1, argv + 1);
    fprintf(stderr, "sweepctl: no command \"%s\"\nTry `sweepctl --help`.\n", cli_shown(argv[1]));
    return EXIT_USAGE;
}
