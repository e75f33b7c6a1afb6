/* SPDX-License-Identifier: Apache-2.0
 *
 * sweepctl: runs each step of sweepd once, in the foreground, and talks to a running sweepd.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/common/output.h"
#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/sweepctl/topics.h"
#include "sweep/generate.h"

/* In the order of `sweepctl --help`. */
const struct command *const all_commands[] = {&cmd_generate, &cmd_plan, &cmd_explain, &cmd_bases,
    &cmd_schema, &cmd_validate, &cmd_verify, &cmd_diff, &cmd_extract, &cmd_unpack, &cmd_submit,
    &cmd_drop, &cmd_status, &cmd_wait, &cmd_logs, &cmd_results, &cmd_best, &cmd_retry, &cmd_cancel,
    &cmd_ping, &cmd_rescan, &cmd_reload, &cmd_drain, &cmd_doctor, &cmd_config, &cmd_setup,
    &cmd_completion, NULL};

static void main_print_help(FILE *stream)
{
    fputs("usage: sweepctl COMMAND [OPTION…] [ARGUMENT…]\n"
          "       sweepctl help [COMMAND | TOPIC] | --version\n"
          "\n"
          "Turns a small JSON sweep spec into validated torchtune configs and Slurm\n"
          "scripts.\n"
          "\n",
        stream);
    for (const struct command *const *command = all_commands; *command != NULL; command++)
        fprintf(stream, "  %-12s%s\n", (*command)->name, (*command)->summary);
    fputs("\n"
          "`sweepctl help COMMAND` describes a command; other topics are\n",
        stream);
    for (const struct topic *topic = topics; topic->name != NULL; topic++)
        fprintf(stream, "%s%s", topic->name, topic[1].name != NULL ? ", " : ".\n");
    fputs("\n"
          "Exit codes: 0 done; 1 failed (missing file, out of memory…); 2 usage error;\n"
          "3 the spec or config is invalid, and nothing was written; 4 not enough space,\n"
          "inodes or quota; 5 storage error; 7 stdout could not be written.\n"
          "\n"
          "Environment: SWEEPD_TORCHTUNE, where torchtune is installed, as --torchtune;\n"
          "VIRTUAL_ENV, the same if torchtune is installed there; SWEEPD_CONTROL, sweepd's\n"
          "control socket; SWEEPD_SPECS, the directory where it looks for specs; NO_COLOR.\n",
        stream);
}

static bool main_is_help(const char *argument)
{
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

/* NULL, after a message, if there is none. */
static const struct command *main_find_command(const char *name)
{
    const char *names[sizeof all_commands / sizeof *all_commands + 1] = {"help"};
    for (size_t i = 0; all_commands[i] != NULL; i++) {
        if (strcmp(name, all_commands[i]->name) == 0)
            return all_commands[i];
        names[i + 1] = all_commands[i]->name;
    }
    const char *nearest = sweep_nearest(name, names);
    if (nearest != NULL)
        cli_error(
            EXIT_USAGE, "sweepctl: unknown command \"%s\"; did you mean \"%s\"?", name, nearest);
    else
        cli_error(EXIT_USAGE, "sweepctl: unknown command \"%s\"", name);
    fputs("Try `sweepctl --help`.\n", stderr);
    return NULL;
}

/* `sweepctl help [COMMAND]` */
static int main_help(int argc, char **argv)
{
    if (argc > 3) {
        fputs("sweepctl help: too many arguments; give one command\n", stderr);
        return EXIT_USAGE;
    }
    if (argc < 3 || strcmp(argv[2], "help") == 0 || main_is_help(argv[2])) {
        main_print_help(stdout);
        return cli_flush();
    }
    for (const struct topic *topic = topics; topic->name != NULL; topic++)
        if (strcmp(topic->name, argv[2]) == 0)
            return topic->print();
    const struct command *command = main_find_command(argv[2]);
    if (command == NULL)
        return EXIT_USAGE;
    return cli_help(command);
}

static int main_run(int argc, char **argv)
{
    if (argc < 2) {
        main_print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "help") == 0)
        return main_help(argc, argv);
    if (main_is_help(argv[1])) {
        main_print_help(stdout);
        return cli_flush();
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        printf("sweepctl %s\n", sweep_version());
        return cli_flush();
    }
    const struct command *command = main_find_command(argv[1]);
    if (command == NULL)
        return EXIT_USAGE;
    return command->run(command, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    output_start();
    return output_finish("sweepctl", main_run(argc, argv));
}
