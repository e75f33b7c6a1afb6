/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/trainer/profile.h"
#include "lib/util/text.h"

const char *const phase_phrases[PHASES] = {"while the config is read", "when the recipe starts",
    "before the weights are loaded", "after the weights were loaded", "in the first steps",
    "when a checkpoint is saved", "never: the run would not be what it looks like"};

bool list_holds(const char *const *list, const char *word)
{
    for (; list != NULL && *list != NULL; list++)
        if (strcmp(*list, word) == 0)
            return true;
    return false;
}

bool list_matches(const char *const *list, const char *word)
{
    if (list == NULL)
        return true;
    if (word == NULL)
        return false;
    size_t length = strlen(word);
    for (; *list != NULL; list++) {
        /* Most globs have the same beginning and a fixed last character: compare that first. */
        size_t end = strlen(*list);
        char last = '*';
        if (end > 0)
            last = (*list)[end - 1];
        bool possible = last == '*' || last == '?' || (length > 0 && last == word[length - 1]);
        if (possible && text_matches(*list, word))
            return true;
    }
    return false;
}

const struct recipe *profile_recipe(const struct profile *profile, const char *name)
{
    for (size_t i = 0; name != NULL && i < profile->n_recipes; i++)
        if (strcmp(profile->recipes[i].name, name) == 0)
            return &profile->recipes[i];
    return NULL;
}

const char *profile_other_name(const struct profile *profile, const char *name)
{
    const char *const *pair = profile->other_names;
    for (; pair != NULL && *pair != NULL; pair += 2)
        if (text_is_same_name(pair[0], name))
            return pair[1];
    return NULL;
}

const char *profile_recipe_of(const struct profile *profile, const char *config)
{
    for (size_t i = 0; i < profile->n_recipes; i++)
        if (list_holds(profile->recipes[i].configs, config))
            return profile->recipes[i].name;
    return NULL;
}

bool profile_is_distributed(const struct profile *profile, const char *recipe)
{
    const struct recipe *one = profile_recipe(profile, recipe);
    return one != NULL && one->distributed;
}

/* True if a list of paths has the key, or a path below it. */
static bool profile_reads_below(const char *const *paths, const char *key)
{
    size_t length = strlen(key);
    for (; *paths != NULL; paths++)
        if (**paths == *key && strncmp(*paths, key, length) == 0 &&
            ((*paths)[length] == '\0' || (*paths)[length] == '.'))
            return true;
    return false;
}

bool recipe_reads(const struct recipe *recipe, const char *key)
{
    return profile_reads_below(recipe->required, key) || profile_reads_below(recipe->optional, key);
}

bool profile_recipe_reads(const struct profile *profile, const char *recipe, const char *key)
{
    const struct recipe *one = profile_recipe(profile, recipe);
    if (one != NULL)
        return recipe_reads(one, key);
    for (size_t i = 0; i < profile->n_recipes; i++)
        if (recipe_reads(&profile->recipes[i], key))
            return true;
    return false;
}

bool profile_recipe_is_in(
    const struct profile *profile, const char *recipe, const char *const *list)
{
    if (list == NULL || profile_recipe(profile, recipe) != NULL)
        return list_matches(list, recipe);
    return recipe != NULL && list_holds(list, recipe);
}

static int profile_compare_component(const void *path, const void *component)
{
    return strcmp(path, ((const struct component *)component)->path);
}

const struct component *profile_component(const struct profile *profile, const char *path)
{
    return bsearch(path, profile->components, profile->n_components, sizeof *profile->components,
        profile_compare_component);
}

const struct argument *component_argument(const struct component *component, const char *name)
{
    for (size_t i = 0; i < component->n_arguments; i++)
        if (component->arguments[i].name[0] == name[0] &&
            strcmp(component->arguments[i].name, name) == 0)
            return &component->arguments[i];
    return NULL;
}

const struct fact *component_fact(const struct component *component, const char *name)
{
    for (size_t i = 0; component != NULL && i < component->n_facts; i++)
        if (strcmp(component->facts[i].name, name) == 0)
            return &component->facts[i];
    return NULL;
}

const struct handed_on *profile_handed_on(const struct profile *profile, const char *component)
{
    for (size_t i = 0; i < profile->n_handed_on; i++)
        if (list_matches(profile->handed_on[i].components, component))
            return &profile->handed_on[i];
    return NULL;
}

const struct value_type *profile_key_type(
    const struct profile *profile, const char *recipe, const char *key)
{
    for (size_t i = 0; i < profile->n_keys; i++) {
        const struct config_key *one = &profile->keys[i];
        if (one->name[0] == key[0] && strcmp(one->name, key) == 0 &&
            (one->recipe == NULL || (recipe != NULL && text_matches(one->recipe, recipe))))
            return &one->type;
    }
    return NULL;
}

const struct parameter *profile_parameter(const struct profile *profile, const char *name)
{
    for (size_t i = 0; i < profile->n_parameters; i++) {
        const struct parameter *p = &profile->parameters[i];
        if (strcmp(p->name, name) == 0 || (p->alias != NULL && strcmp(p->alias, name) == 0))
            return p;
    }
    return NULL;
}

const struct path_group *profile_group(const struct profile *profile, const char *path)
{
    for (size_t i = 0; i < profile->n_groups; i++)
        if (list_holds(profile->groups[i].paths, path))
            return &profile->groups[i];
    return NULL;
}

const char *profile_output(const struct profile *profile)
{
    return profile->n_outputs > 0 ? profile->outputs[0].path : NULL;
}

const char *profile_component_in(const struct profile *profile, const json_t *mapping)
{
    if (profile->component_key == NULL)
        return NULL;
    return json_string_value(json_object_get(mapping, profile->component_key));
}

bool profile_is_component_key(const struct profile *profile, const char *key)
{
    return profile->component_key != NULL && strcmp(key, profile->component_key) == 0;
}

const struct field *profile_field(const struct profile *profile, const char *path)
{
    for (size_t p = 0; p < profile->n_parameters; p++) {
        const struct parameter *parameter = &profile->parameters[p];
        for (size_t i = 0; i < parameter->n_fields; i++)
            if (strcmp(parameter->fields[i].path, path) == 0)
                return &parameter->fields[i];
    }
    return NULL;
}

const char *field_path(const struct field *field, const char *recipe)
{
    for (const struct elsewhere *other = field->elsewhere; other->path != NULL; other++)
        if (list_matches(other->recipes, recipe))
            return other->path;
    return field->path;
}
