/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/config/embedded.h"
#include "lib/config/profile.h"

static const char profile_file[] = "profiles/torchtune-0.6.1.json";

enum sweep_code profile_init(struct profile *profile, struct sweep_error *error)
{
    *profile = (struct profile){0};
    const struct embedded_file *file = embedded_find(profile_file);
    json_error_t problem;
    profile->document = file == NULL ? NULL : json_loadb(file->data, file->size, 0, &problem);
    profile->recipes = json_object_get(profile->document, "recipes");
    profile->components = json_object_get(profile->document, "components");
    profile->trainer = json_string_value(json_object_get(profile->document, "trainer"));
    profile->version = json_string_value(json_object_get(profile->document, "version"));
    if (profile->recipes != NULL && profile->components != NULL && profile->trainer != NULL &&
        profile->version != NULL)
        return SWEEP_OK;
    profile_deinit(profile);
    return sweep_error_set(error, SWEEP_NO_MEMORY, "cannot read the profile %s", profile_file);
}

void profile_deinit(struct profile *profile)
{
    json_decref(profile->document);
    *profile = (struct profile){0};
}

bool profile_lists(const json_t *array, const char *word)
{
    size_t index;
    json_t *item;
    json_array_foreach (array, index, item)
        if (strcmp(json_string_value(item), word) == 0)
            return true;
    return false;
}

const char *profile_recipe_of(const struct profile *profile, const char *config)
{
    const char *name;
    json_t *recipe;
    json_object_foreach (profile->recipes, name, recipe)
        if (profile_lists(json_object_get(recipe, "configs"), config))
            return name;
    return NULL;
}

bool profile_is_distributed(const struct profile *profile, const char *recipe)
{
    return json_is_true(json_object_get(json_object_get(profile->recipes, recipe), "distributed"));
}

bool profile_recipe_reads(const struct profile *profile, const char *recipe, const char *key)
{
    json_t *one = recipe != NULL ? json_object_get(profile->recipes, recipe) : NULL;
    if (one != NULL)
        return profile_lists(json_object_get(one, "keys"), key);
    const char *name;
    json_object_foreach (profile->recipes, name, one)
        if (profile_lists(json_object_get(one, "keys"), key))
            return true;
    return false;
}

const json_t *profile_arguments(const struct profile *profile, const char *component, bool *extra)
{
    const json_t *entry = json_object_get(profile->components, component);
    *extra = json_is_true(json_object_get(entry, "extra"));
    return json_object_get(entry, "arguments");
}
