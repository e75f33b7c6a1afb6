/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/settings/help.h"
#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/sweepctl/complete.h"
#include "daemon/sweepctl/complete_values.h"
#include "daemon/sweepctl/help_text.h"

/* What a placeholder in the help of a command stands for. The first match counts. */
static const struct complete_meaning {
    const char *command; /* NULL: any */
    const char *placeholder;
    void (*values)(const struct complete_request *request);
} complete_meanings[] = {
    {NULL, "SPEC", complete_specs},
    {"diff", "A", complete_specs_and_sweeps},
    {"diff", "B", complete_specs_and_sweeps},
    {"explain", "DIR", complete_sweeps},
    {"extract", "DIR", complete_sweeps},
    {"submit", "DIR", complete_sweeps},
    {"unpack", "DIR", complete_sweeps},
    {"verify", "DIR", complete_sweeps},
    {NULL, "SWEEP", complete_sweeps},
    {NULL, "DIR", complete_directories},
    {NULL, "DIRS", complete_directories},
    {NULL, "QUEUE", complete_directories},
    {NULL, "RUN", complete_runs},
    {NULL, "RUNS", complete_runs},
    {NULL, "WHICH", complete_runs},
    {NULL, "COLUMN", complete_columns},
    {"bases", "PATTERN", complete_bases},
    {"bases", "NAME", complete_bases},
    {"validate", "NAME", complete_recipes},
    {"config", "NAME", complete_settings},
    {NULL, "BASE", complete_bases},
    {NULL, "CODE", complete_codes},
    {NULL, "PATH=VALUE", complete_parameters},
    {NULL, "NAME=VALUE", complete_limits},
    {NULL, "FORMAT", complete_formats},
    {NULL, "COMMAND", complete_topics},
    {NULL, "TOPIC", complete_topics},
    {NULL, "FILE", complete_files},
    {NULL, "PATH", complete_files},
    {NULL, "PROGRAM", complete_files},
    {NULL, "YES-NO", complete_yes_no},
};

static void complete_placeholder(const struct complete_request *request, const char *placeholder)
{
    if (strchr(placeholder, '|') != NULL) {
        complete_alternatives(request, placeholder);
        return;
    }
    for (size_t i = 0; i < sizeof complete_meanings / sizeof *complete_meanings; i++) {
        const struct complete_meaning *meaning = &complete_meanings[i];
        if (strcmp(meaning->placeholder, placeholder) != 0)
            continue;
        if (meaning->command == NULL || strcmp(meaning->command, request->command) == 0) {
            meaning->values(request);
            return;
        }
    }
    /* "absolute", "error": a word to type as it is. */
    if (strpbrk(placeholder, "ABCDEFGHIJKLMNOPQRSTUVWXYZ=") == NULL)
        complete_put(request, placeholder, "");
}

static void complete_options(const struct complete_request *request)
{
    const struct help_text *help = request->help;
    for (size_t i = 0; i < help->n_options; i++)
        complete_put(request, help->options[i].name, help->options[i].text);
    complete_put(request, "--help", "describe the command");
}

/* Adds the options that one of the functions of settings/help.h prints. */
static void complete_add_printed(struct help_text *help, void (*print)(FILE *out))
{
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    if (stream == NULL)
        return;
    print(stream);
    if (fclose(stream) == 0)
        help_text_read(text, help);
    free(text);
}

/* --- the command line ----------------------------------------------------------------------- */

static void complete_first_word(const struct complete_request *request)
{
    for (const struct command *const *c = all_commands; *c != NULL; c++)
        complete_put(request, (*c)->name, (*c)->summary);
    complete_put(request, "help", "describe a command or a topic");
    if (request->word[0] == '-') {
        complete_put(request, "--help", "list the commands");
        complete_put(request, "--version", "print the version");
    }
}

static const struct command *complete_find(const char *name)
{
    for (const struct command *const *c = all_commands; *c != NULL; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}

/* Completes the value in "--name=value". */
static void complete_joined(struct complete_request *request, const char *equals)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)(equals - request->word), request->word);
    request->option = help_text_option(request->help, name);
    request->skipped = (size_t)(equals + 1 - request->word);
    if (request->option != NULL && request->option->argument[0] != '\0')
        complete_placeholder(request, request->option->argument);
}

static bool complete_has_operand(const struct help_text *help, const char *name)
{
    for (size_t i = 0; i < help->n_operands; i++)
        if (strcmp(help->operands[i], name) == 0)
            return true;
    return false;
}

static void complete_arguments(struct complete_request *request, const char *previous)
{
    const struct help_option *option = help_text_option(request->help, previous);
    const char *equals = strchr(request->word, '=');
    bool takes_runs = complete_has_operand(request->help, "RUN") && complete_has_sweep(request);
    if (option != NULL && option->argument[0] != '\0' && !option->optional) {
        const char *comma = strrchr(request->word, ',');
        request->option = option;
        if (option->is_list && comma != NULL)
            request->skipped = (size_t)(comma + 1 - request->word);
        complete_placeholder(request, option->argument);
    } else if (strncmp(request->word, "--", 2) == 0 && equals != NULL) {
        complete_joined(request, equals);
    } else if (request->word[0] == '-') {
        complete_options(request);
    } else {
        for (size_t i = 0; i < request->help->n_operands; i++) {
            /* Runs follow the sweep that they are of. */
            const char *operand = request->help->operands[i];
            if (takes_runs && strcmp(operand, "RUN") != 0)
                continue;
            complete_placeholder(request, operand);
        }
    }
}

int complete_words(int n, char **words)
{
    static struct help_text help;
    struct complete_request request = {.help = &help, .words = words, .n_words = n, .command = ""};
    if (n < 2)
        return EXIT_DONE;
    request.word = words[n - 1];
    const char *slash = strrchr(words[0], '/');
    const char *program = slash != NULL ? slash + 1 : words[0];
    if (strcmp(program, "sweepd") == 0) {
        complete_add_printed(&help, settings_help_options);
        complete_add_printed(&help, settings_help_others);
        complete_arguments(&request, words[n - 2]);
        return cli_flush();
    }
    if (n == 2) {
        complete_first_word(&request);
        return cli_flush();
    }
    request.command = words[1];
    if (strcmp(words[1], "help") == 0) {
        complete_topics(&request);
        return cli_flush();
    }
    const struct command *command = complete_find(words[1]);
    if (command == NULL)
        return EXIT_DONE;
    help_text_read(command->help, &help);
    if (complete_has_operand(&help, "SWEEPD-OPTION"))
        complete_add_printed(&help, settings_help_options);
    complete_arguments(&request, n > 3 ? words[n - 2] : "");
    return cli_flush();
}
