/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fnmatch.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"

static const char bases_help[] =
    "usage: sweepctl bases [PATTERN] [--json]\n"
    "       sweepctl bases --show NAME\n"
    "\n"
    "Lists the base configs, each with its recipe and where its text comes from:\n"
    "embedded in this program, installed with torchtune, or absent (known by name,\n"
    "but torchtune is not at hand). PATTERN is part of a name, or has * and ? in it.\n"
    "\n"
    "      --show NAME        print the text of one\n"
    "      --json             print one {\"name\", \"recipe\", \"origin\"} a line\n"
    "      --torchtune DIR    an installed torchtune: its virtual environment or\n"
    "                         site-packages\n"
    "\n"
    "Exit codes: 0 done; 1 nothing found; 2 wrong usage.\n";

static const char *const origins[] = {"absent", "embedded", "installed"};

static int show(const struct sweep_trainer *trainer, const char *name)
{
    char *text = NULL;
    size_t length;
    enum sweep_origin origin;
    struct sweep_error error = {0};
    if (sweep_trainer_base_text(trainer, name, &text, &length, &origin, &error) != SWEEP_OK)
        return cli_fail(&error);
    bool written = fwrite(text, 1, length, stdout) == length && fflush(stdout) == 0;
    free(text);
    return written ? EXIT_DONE : EXIT_FAILED;
}

static bool matches(const char *pattern, const char *name)
{
    return pattern == NULL || (strpbrk(pattern, "*?") != NULL ? fnmatch(pattern, name, 0) == 0
                                                              : strstr(name, pattern) != NULL);
}

static int list(const struct sweep_trainer *trainer, const char *pattern, bool json)
{
    struct sweep_base_info base;
    int code = EXIT_FAILED;
    for (size_t i = 0; sweep_trainer_base(trainer, i, &base); i++) {
        if (!matches(pattern, base.name))
            continue;
        code = EXIT_DONE;
        if (json)
            code = cli_print_json(json_pack("{s:s, s:s, s:s}", "name", base.name, "recipe",
                base.recipe, "origin", origins[base.origin]));
        else
            printf("%-44s %-40s %s\n", base.name, base.recipe, origins[base.origin]);
        if (code != EXIT_DONE)
            return code;
    }
    if (code != EXIT_DONE)
        fprintf(stderr, "sweepctl: no base config matches \"%s\"\n", cli_escaped(pattern));
    return code;
}

static int bases_run(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {{"show", required_argument, NULL, 's'},
        {"json", no_argument, NULL, 'j'}, {"torchtune", required_argument, NULL, 't'},
        {"help", no_argument, NULL, 'h'}, {0}};
    const char *name = NULL, *torchtune = NULL;
    bool json = false;
    for (int c; (c = getopt_long(argc, argv, "h", long_options, NULL)) != -1;) {
        if (c == 's')
            name = optarg;
        else if (c == 't')
            torchtune = optarg;
        else if (c == 'j')
            json = true;
        else
            return c == 'h' ? cli_help(command) : cli_usage(command);
    }
    if (argc - optind > (name == NULL ? 1 : 0)) {
        fprintf(stderr, "sweepctl bases: too many arguments\n");
        return cli_usage(command);
    }
    struct sweep_trainer *trainer = cli_trainer(torchtune);
    if (trainer == NULL)
        return EXIT_FAILED;
    int code = name != NULL ? show(trainer, name)
                            : list(trainer, optind < argc ? argv[optind] : NULL, json);
    sweep_trainer_free(trainer);
    return code;
}

const struct command cmd_bases = {"bases", "list the base configs", bases_help, bases_run};
