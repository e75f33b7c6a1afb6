/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/slurm/table.h"
#include "lib/spec/key_hint.h"
#include "lib/spec/other_tools.h"
#include "lib/util/text.h"

/* What other tools call the keys of a spec. */
static const struct {
    const char *other, *key;
} key_hint_other_keys[] = {{"_grid_", "grid"}, {"axes", "grid"}, {"base_config", "base"},
    {"cluster", "slurm"}, {"config", "base"}, {"constants", "fixed"}, {"defaults", "base"},
    {"experiment", "name"}, {"hyperparameters", "grid"}, {"inherit", "extends"},
    {"include_file", "extends"}, {"id", "name"}, {"job", "slurm"}, {"matrix", "grid"},
    {"overrides", "fixed"}, {"parameters", "grid"}, {"params", "grid"}, {"program", "recipe"},
    {"resources", "slurm"}, {"run_name", "name"}, {"sbatch", "slurm"}, {"script", "recipe"},
    {"search_space", "grid"}, {"static", "fixed"}, {"filter", "where"}, {"filters", "where"},
    {"skip", "exclude"}, {"n_seeds", "repeat"}, {"replicates", "repeat"}, {"extra_runs", "include"},
    {"sweep_name", "name"}, {"title", "name"}, {"values", "grid"}, {"vary", "grid"}};

static const char *key_hint_other_key(const char *name)
{
    for (size_t i = 0; i < sizeof key_hint_other_keys / sizeof *key_hint_other_keys; i++)
        if (text_is_same_name(key_hint_other_keys[i].other, name))
            return key_hint_other_keys[i].key;
    return NULL;
}

bool key_hint(
    const struct profile *profile, const char *name, const char *similar, char *out, size_t size)
{
    bool is_assignment = profile_parameter(profile, name) != NULL || strchr(name, '.') != NULL;
    const char *key = key_hint_other_key(name);
    const char *setting = profile_other_name(profile, name);
    const char *option = slurm_option_alias(name);
    const char *tool = other_tools_spec_key(name);
    if (key == NULL && tool == NULL)
        key = similar;
    if (tool != NULL)
        snprintf(out, size, "%s", tool);
    else if (key != NULL)
        snprintf(out, size, "did you mean \"%s\"?", key);
    else if (setting != NULL)
        snprintf(out, size, "did you mean \"%s\", in \"fixed\" or \"grid\"?", setting);
    else if (is_assignment)
        snprintf(out, size, "parameters and config paths go into \"fixed\" or \"grid\"");
    else if (option != NULL && name[1] != '\0')
        snprintf(out, size, "did you mean \"slurm\": {\"%s\": …}?", option);
    else
        return false;
    return true;
}
