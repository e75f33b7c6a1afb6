/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/sweepctl/complete.h"
#include "daemon/sweepctl/embedded.h"

static const char completion_help[] =
    "usage: sweepctl completion bash|zsh|fish\n"
    "       sweepctl completion --complete WORD…\n"
    "\n"
    "Prints a script that completes the command lines of sweepctl and sweepd in this\n"
    "shell. `sweepctl setup` installs it; for the current shell:\n"
    "\n"
    "    bash   source <(sweepctl completion bash)\n"
    "    zsh    source <(sweepctl completion zsh)\n"
    "    fish   sweepctl completion fish | source\n"
    "\n"
    "      --complete         print what the last WORD of a line can be, with\n"
    "                         descriptions: the scripts call this\n"
    "\n"
    "Exit codes: 0 done; 2 usage error.\n";

static int completion_print(const struct command *command, const char *shell)
{
    char name[32];
    snprintf(name, sizeof name, "sweepctl.%s", shell);
    const char *script = embedded_text(name);
    if (script == NULL)
        return cli_usage_error(
            command, "unknown shell \"%s\"; expected bash, zsh or fish", cli_escaped(shell));
    fputs(script, stdout);
    return cli_flush();
}

static int completion_run(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {
        {"complete", no_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {0}};
    bool complete = false;
    int option;
    /* "+": the words to complete have options, too. */
    while ((option = getopt_long(argc, argv, "+h", long_options, NULL)) != -1) {
        switch (option) {
        case 'c':
            complete = true;
            break;
        case 'h':
            return cli_help(command);
        default:
            return cli_usage(command);
        }
    }
    if (complete)
        return complete_words(argc - optind, argv + optind);
    if (argc - optind != 1)
        return cli_usage_error(command, "give one shell: bash, zsh or fish");
    return completion_print(command, argv[optind]);
}

const struct command cmd_completion = {
    "completion", "print a completion script for a shell", completion_help, completion_run};
