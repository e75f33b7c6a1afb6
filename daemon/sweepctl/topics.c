/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/common/quantity.h"
#include "daemon/settings/help.h"
#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/explain.h"
#include "daemon/sweepctl/text.h"
#include "daemon/sweepctl/topics.h"
#include "sweep/generate.h"

enum { TOPICS_COLUMN = 24 };

/* A name, and what it means in an indented column. */
static void topics_put(const char *name, const char *text)
{
    int used = printf("  %s", cli_escaped(name));
    if (used + 2 > TOPICS_COLUMN) {
        putchar('\n');
        used = 0;
    }
    printf("%*s", TOPICS_COLUMN - used, "");
    text_put_words(TOPICS_COLUMN, text);
}

/* Prints the names and descriptions in a part of the JSON Schema of specs: the keys of a spec, or
 * those of one of its definitions. */
static int topics_print_schema(const char *definition)
{
    struct sweep_trainer *trainer = NULL;
    char *text = NULL;
    const char *name;
    json_t *value;
    struct sweep_error error = {0};
    int code = cli_trainer(NULL, NULL, &trainer);
    if (code != EXIT_DONE)
        return code;
    if (sweep_spec_schema(trainer, &text, &error) != SWEEP_OK) {
        sweep_trainer_free(trainer);
        return cli_fail(&error);
    }
    json_t *schema = json_loads(text, 0, NULL), *part = schema;
    if (definition != NULL)
        part = json_object_get(json_object_get(schema, "$defs"), definition);
    json_object_foreach (json_object_get(part, "properties"), name, value) {
        const char *description = json_string_value(json_object_get(value, "description"));
        topics_put(name, description != NULL ? description : "");
    }
    json_decref(schema);
    free(text);
    sweep_trainer_free(trainer);
    return cli_flush();
}

static int topics_print_spec(void)
{
    puts("The keys of a sweep spec. sweep-spec(5) describes them; `sweepctl schema` is for\n"
         "editors.\n");
    return topics_print_schema(NULL);
}

static int topics_print_parameters(void)
{
    puts("Keys of \"fixed\", \"grid\", \"zip\" and \"cases\", and of --set. Any other path in the\n"
         "config can be set, too.\n");
    return topics_print_schema("fixed");
}

static int topics_print_slurm(void)
{
    puts("Keys of \"slurm\": options of sbatch, and how runs become job arrays.\n");
    return topics_print_schema("slurm");
}

static int topics_print_limits(void)
{
    struct sweep_limit_info limit;
    puts("Limits of a spec, for --limit NAME=VALUE; sweepd has them as settings (limits.runs).\n");
    for (size_t i = 0; sweep_limit(i, &limit); i++) {
        char value[32], text[256];
        snprintf(value, sizeof value, "%llu", (unsigned long long)limit.default_value);
        if (limit.is_size)
            quantity_write_size(limit.default_value, value);
        snprintf(text, sizeof text, "%s (default: %s)", limit.text, value);
        topics_put(limit.name, text);
    }
    return cli_flush();
}

static int topics_print_settings(void)
{
    puts("Options of sweepd, each also a setting in sweepd.yaml and in the environment:\n"
         "--child-memory is child.memory and SWEEPD_CHILD_MEMORY. `sweepctl config` shows\n"
         "their values.\n");
    settings_help_options(stdout);
    return cli_flush();
}

static int topics_print_codes(void)
{
    struct sweep_trainer *trainer = NULL;
    int code = cli_trainer(NULL, NULL, &trainer);
    if (code != EXIT_DONE)
        return code;
    puts("Codes of findings. `sweepctl validate --explain CODE` describes one.\n");
    explain_list(trainer);
    sweep_trainer_free(trainer);
    return cli_flush();
}

const struct topic topics[] = {
    {"spec", "the keys of a spec", topics_print_spec},
    {"parameters", "the parameters that a sweep can set", topics_print_parameters},
    {"slurm", "the keys of \"slurm\" in a spec", topics_print_slurm},
    {"limits", "the limits of a spec", topics_print_limits},
    {"settings", "the settings of sweepd", topics_print_settings},
    {"codes", "the codes of findings", topics_print_codes},
    {NULL, NULL, NULL},
};
