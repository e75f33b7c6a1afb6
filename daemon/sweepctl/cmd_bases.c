/* SPDX-License-Identifier: Apache-2.0 */
#include <fnmatch.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "lib/util/array.h"

static const char bases_help[] =
    "usage: sweepctl bases [PATTERN] [--json]\n"
    "       sweepctl bases --show NAME\n"
    "\n"
    "Lists the base configs, each with its recipe and its origin: embedded in this\n"
    "program, installed with torchtune, or absent (only the name is known, because no\n"
    "torchtune was found). Those that are available come first, and LoRA on a single\n"
    "device before other recipes. PATTERN is part of a name, or a glob with * and ?.\n"
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
    enum sweep_code code = sweep_trainer_base_text(trainer, name, &text, &length, &origin, &error);
    if (code == SWEEP_NOT_FOUND)
        return cli_error(EXIT_FAILED, "sweepctl: %s; see `sweepctl bases PATTERN`", error.message);
    if (code != SWEEP_OK)
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

struct bases_list {
    struct sweep_base_info *all; /* owned */
    size_t count;
};

/* Available ones first, then by rank; the same order every time. */
static int bases_compare(const void *a, const void *b)
{
    const struct sweep_base_info *x = a, *y = b;
    bool x_absent = x->origin == SWEEP_BASE_ABSENT, y_absent = y->origin == SWEEP_BASE_ABSENT;
    if (x_absent != y_absent)
        return x_absent ? 1 : -1;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return strverscmp(x->name, y->name); /* 3B before 14B */
}

/* Collects the base configs that match. False when out of memory. */
static bool bases_collect(
    const struct sweep_trainer *trainer, const char *pattern, struct bases_list *list)
{
    struct sweep_base_info base;
    size_t capacity = 0;
    for (size_t i = 0; sweep_trainer_base(trainer, i, &base); i++) {
        if (!bases_match(pattern, base.name))
            continue;
        struct sweep_base_info *grown =
            array_grow(list->all, list->count, &capacity, sizeof *grown);
        if (grown == NULL)
            return false;
        list->all = grown;
        list->all[list->count++] = base;
    }
    if (list->count > 0)
        qsort(list->all, list->count, sizeof *list->all, bases_compare);
    return true;
}

static int bases_print_json(const struct bases_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct sweep_base_info *base = &list->all[i];
        int code = cli_print_json(json_pack("{s:s, s:s, s:s}", "name", base->name, "recipe",
            base->recipe, "origin", bases_origins[base->origin]));
        if (code != EXIT_DONE)
            return code;
    }
    return EXIT_DONE;
}

static int bases_print_text(const struct bases_list *list)
{
    size_t name_width = 0, recipe_width = 0;
    for (size_t i = 0; i < list->count; i++) {
        size_t name = strlen(list->all[i].name), recipe = strlen(list->all[i].recipe);
        if (name > name_width)
            name_width = name;
        if (recipe > recipe_width)
            recipe_width = recipe;
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct sweep_base_info *base = &list->all[i];
        printf("%-*s  %-*s  %s\n", (int)name_width, base->name, (int)recipe_width, base->recipe,
            bases_origins[base->origin]);
    }
    return cli_flush();
}

static int bases_print(const struct sweep_trainer *trainer, const char *pattern, bool json)
{
    struct bases_list list = {0};
    int code;
    if (!bases_collect(trainer, pattern, &list))
        code = cli_oom();
    else if (list.count == 0)
        code = cli_error(EXIT_FAILED, "sweepctl: no base config matches \"%s\"", pattern);
    else if (json)
        code = bases_print_json(&list);
    else
        code = bases_print_text(&list);
    free(list.all);
    return code;
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
    struct sweep_trainer *trainer;
    code = cli_trainer(torchtune, NULL, &trainer);
    if (code != EXIT_DONE)
        return code;
    if (name != NULL)
        code = bases_show(trainer, name);
    else
        code = bases_print(trainer, pattern, json);
    sweep_trainer_free(trainer);
    return code;
}

const struct command cmd_bases = {"bases", "list the base configs", bases_help, bases_run};
