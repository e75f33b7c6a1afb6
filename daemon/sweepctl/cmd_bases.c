/* SPDX-License-Identifier: Apache-2.0 */
#include <fnmatch.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"

static const char bases_help[] =
    "usage: sweepctl bases [PATTERN] [--json]\n"
    "       sweepctl bases --show NAME\n"
    "\n"
    "Lists the base configs, each with its recipe and its origin: embedded in this\n"
    "program, installed with torchtune, or absent (only the name is known, because no\n"
    "torchtune was found). PATTERN is part of a name, or a glob with * and ?.\n"
    "\n"
    "      --show NAME        print this config\n"
    "      --json             print one JSON object per line: name, recipe, origin\n"
    "      --torchtune DIR    an installed torchtune: its virtual environment or\n"
    "                         site-packages\n"
    "\n"
    "Exit codes: 0 done; 1 failed, or no config matches; 2 usage error.\n";

/* By enum sweep_origin. */
static const char *const bases_origins[] = {"absent", "embedded", "installed"};

static int bases_show(const struct sweep_trainer *trainer, const char *name)
{
    char *text = NULL;
    size_t length;
    enum sweep_origin origin;
    struct sweep_error error = {0};
    if (sweep_trainer_base_text(trainer, name, &text, &length, &origin, &error) != SWEEP_OK)
        return cli_fail(&error);
    fwrite(text, 1, length, stdout);
    free(text);
    return cli_flush();
}

static bool bases_match(const char *pattern, const char *name)
{
    if (strpbrk(pattern, "*?") != NULL)
        return fnmatch(pattern, name, 0) == 0;
    return strstr(name, pattern) != NULL;
}

static int bases_list(const struct sweep_trainer *trainer, const char *pattern, bool json)
{
    struct sweep_base_info base;
    bool found = false;
    for (size_t i = 0; sweep_trainer_base(trainer, i, &base); i++) {
        if (!bases_match(pattern, base.name))
            continue;
        found = true;
        const char *origin = bases_origins[base.origin];
        if (!json) {
            printf("%-44s %-40s %s\n", base.name, base.recipe, origin);
            continue;
        }
        int code = cli_print_json(json_pack(
            "{s:s, s:s, s:s}", "name", base.name, "recipe", base.recipe, "origin", origin));
        if (code != EXIT_DONE)
            return code;
    }
    if (!found)
        return cli_error(EXIT_FAILED, "sweepctl: no base config matches \"%s\"", pattern);
    return cli_flush();
}

static int bases_run(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {{"show", required_argument, NULL, 's'},
        {"json", no_argument, NULL, 'j'}, {"torchtune", required_argument, NULL, 't'},
        {"help", no_argument, NULL, 'h'}, {0}};
    const char *name = NULL, *torchtune = NULL, *pattern = "";
    bool json = false;
    int option, code;
    while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        switch (option) {
        case 's':
            name = optarg;
            break;
        case 't':
            torchtune = optarg;
            break;
        case 'j':
            json = true;
            break;
        case 'h':
            return cli_help(command);
        default:
            return cli_usage(command);
        }
    }
    if (optind < argc && name == NULL)
        pattern = argv[optind++];
    if (optind < argc)
        return cli_usage_error(command, "too many arguments");
    struct sweep_trainer *trainer = cli_trainer(torchtune);
    if (trainer == NULL)
        return EXIT_FAILED;
    if (name != NULL)
        code = bases_show(trainer, name);
    else
        code = bases_list(trainer, pattern, json);
    sweep_trainer_free(trainer);
    return code;
}

const struct command cmd_bases = {"bases", "list the base configs", bases_help, bases_run};
