/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/doc/path.h"
#include "lib/plan/id_strip.h"

/* Whether the text of a template depends on the run itself, not only on its values. */
enum id_use { ID_UNUSED, ID_USED, ID_DEPENDS };

static enum id_use id_strip_use(
    const struct sweep_plan *plan, const struct template *template, const size_t *choices);

static enum id_use id_strip_use_of_value(
    const struct sweep_plan *plan, const json_t *value, const size_t *choices)
{
    size_t index;
    if (plan->n_values == 0 || !json_is_string(value) ||
        computed_find(&plan->computed, json_string_value(value), &index) == NULL)
        return ID_UNUSED;
    return id_strip_use(plan, &plan->values[index], choices);
}

static enum id_use id_strip_use_of_part(
    const struct sweep_plan *plan, const struct part *part, const size_t *choices)
{
    const json_t *tree = plan->doc->tree;
    struct template_values values = {0};
    if (choices != NULL)
        return id_strip_use_of_value(
            plan, template_run_value(part, &plan->spec, choices, tree), choices);
    template_next_value(part, &plan->spec, tree, &values);
    enum id_use use = id_strip_use_of_value(plan, values.value, NULL);
    while (template_next_value(part, &plan->spec, tree, &values))
        if (id_strip_use_of_value(plan, values.value, NULL) != use)
            return ID_DEPENDS;
    return use;
}

static enum id_use id_strip_use(
    const struct sweep_plan *plan, const struct template *template, const size_t *choices)
{
    enum id_use result = ID_UNUSED;
    if (template->has_name || template_has(template, PART_RUN) ||
        template_has(template, PART_INDEX) || template_has(template, PART_ID))
        return ID_USED;
    for (size_t i = 0; i < template->n_parts; i++) {
        enum id_use use = ID_UNUSED;
        if (template->parts[i].kind == PART_VALUE)
            use = id_strip_use_of_part(plan, &template->parts[i], choices);
        if (use == ID_USED)
            return ID_USED;
        if (use == ID_DEPENDS)
            result = ID_DEPENDS;
    }
    return result;
}

bool id_strip_names_run(const struct sweep_plan *plan, size_t index)
{
    return id_strip_use(plan, &plan->values[index], NULL) != ID_UNUSED;
}

static bool id_strip_templates(const struct sweep_plan *plan, json_t *node, const size_t *choices)
{
    const char *key;
    json_t *value;
    void *next;
    json_object_foreach_safe(node, next, key, value)
    {
        enum id_use use = id_strip_use_of_value(plan, value, choices);
        if (use == ID_DEPENDS || !id_strip_templates(plan, value, choices))
            return false;
        if (use == ID_USED)
            json_object_del(node, key);
    }
    for (size_t i = json_array_size(node); i-- > 0;) {
        value = json_array_get(node, i);
        enum id_use use = id_strip_use_of_value(plan, value, choices);
        if (use == ID_DEPENDS || !id_strip_templates(plan, value, choices))
            return false;
        if (use == ID_USED)
            json_array_remove(node, i);
    }
    return true;
}

static void id_strip_path(json_t *tree, const char *text)
{
    struct path path;
    json_t *parent = tree;
    if (json_object_getn(tree, text, strcspn(text, ".")) == NULL || !path_parse(text, &path))
        return;
    for (size_t i = 0; i + 1 < path.n_parts; i++)
        parent = json_object_get(parent, path.parts[i]);
    json_object_del(parent, path.parts[path.n_parts - 1]);
}

enum sweep_code id_strip(const struct sweep_plan *plan, json_t *tree, const size_t *choices)
{
    const struct profile *profile = &plan->trainer->profile;
    const char *const *paths = profile->volatile_paths;
    if (profile_output(profile) != NULL)
        id_strip_path(tree, profile_output(profile));
    for (size_t i = 0; paths != NULL && paths[i] != NULL; i++)
        id_strip_path(tree, paths[i]);
    if (plan->n_values > 0 && !id_strip_templates(plan, tree, choices))
        return SWEEP_NOT_FOUND;
    return SWEEP_OK;
}
