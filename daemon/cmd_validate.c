/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cli.h"
#include "sweep/validate.h"

const char help_validate[] =
    "\n"
    "usage: sweepctl validate [--recipe NAME] [--json] FILE…\n"
    "\n"
    "Reads each config as torchtune will read it and checks what can be known\n"
    "without running it: its YAML, duplicate and non-string keys, values still to be\n"
    "given, and arguments that a component does not have. FILE may be - for standard\n"
    "input.\n"
    "\n"
    "      --recipe NAME   the recipe that the configs are for\n"
    "      --json          print one {\"file\", \"recipe\", \"findings\"} a line, in order\n"
    "\n"
    "Exit codes: 0 all are valid; 1 a file could not be read; 2 wrong usage; 3 some\n"
    "config is not valid.\n";

enum { MOST_CONFIG_BYTES = 1 << 20 };

static int report(
    const struct sweep_findings *findings, const char *file, const char *recipe, bool json)
{
    size_t errors = sweep_findings_count(findings, SWEEP_ERROR);
    size_t warnings = sweep_findings_count(findings, SWEEP_WARNING);
    if (json)
        return cli_print_json(json_pack("{s:s, s:s?, s:o}", "file", file, "recipe", recipe,
            "findings", sweep_findings_json(findings, false)));
    cli_print_findings(findings);
    if (errors == 0 && warnings == 0)
        printf("%s: valid\n", file);
    else
        printf("%s: %zu error%s, %zu warning%s\n", file, errors, cli_plural(errors), warnings,
            cli_plural(warnings));
    return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}

static int validate(
    const struct sweep_trainer *trainer, const char *file, const char *recipe, bool json)
{
    size_t length;
    const char *name = strcmp(file, "-") == 0 ? "stdin" : file;
    char *text = cli_read(file, MOST_CONFIG_BYTES, &length);
    struct sweep_findings *findings = sweep_findings_new();
    int code = EXIT_FAILED;
    if (text != NULL && findings != NULL) {
        enum sweep_code verdict = sweep_validate(trainer, text, length, name, recipe, findings);
        code = verdict == SWEEP_OK        ? EXIT_DONE
               : verdict == SWEEP_INVALID ? EXIT_INVALID
                                          : EXIT_FAILED;
        if (code == EXIT_FAILED)
            fprintf(stderr, "sweepctl: out of memory\n");
        else if (report(findings, name, recipe, json) != EXIT_DONE)
            code = EXIT_FAILED;
    }
    sweep_findings_free(findings);
    free(text);
    return code;
}

int cmd_validate(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {{"recipe", required_argument, NULL, 'r'},
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *recipe = NULL;
    bool json = false;
    for (int c; (c = getopt_long(argc, argv, "h", long_options, NULL)) != -1;) {
        if (c == 'r')
            recipe = optarg;
        else if (c == 'j')
            json = true;
        else
            return c == 'h' ? cli_help(command) : cli_usage(command);
    }
    if (optind == argc) {
        fprintf(stderr, "sweepctl validate: give at least one config\n");
        return cli_usage(command);
    }
    struct sweep_trainer *trainer = cli_trainer(NULL);
    int worst = trainer == NULL ? EXIT_FAILED : EXIT_DONE;
    for (int i = optind; trainer != NULL && i < argc; i++) {
        int code = validate(trainer, argv[i], recipe, json);
        if (worst == EXIT_DONE || code == EXIT_FAILED)
            worst = code == EXIT_DONE ? worst : code;
    }
    sweep_trainer_free(trainer);
    return worst;
}
