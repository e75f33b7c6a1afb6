/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/plan/output_link.h"

/* The literal text that the directories of all runs begin with. */
struct output_prefix {
    const struct spec *spec;
    const char *text;
    size_t length;
    const json_t *own; /* the value of the run's directory in the base */
};

/* True if a string in `node` starts with the prefix, other than the run's directory itself. */
static bool output_link_has_prefix(const json_t *node, const struct output_prefix *prefix)
{
    const char *key;
    json_t *value;
    size_t index;
    if (node == prefix->own)
        return false;
    if (json_is_string(node))
        return strncmp(json_string_value(node), prefix->text, prefix->length) == 0;
    json_object_foreach ((json_t *)node, key, value)
        if (output_link_has_prefix(value, prefix))
            return true;
    json_array_foreach (node, index, value)
        if (output_link_has_prefix(value, prefix))
            return true;
    return false;
}

static bool output_link_choice_has_prefix(
    const struct choice *choice, const struct output_prefix *prefix)
{
    for (size_t i = 0; i < choice->operations.count; i++) {
        const struct operation *operation = &choice->operations.items[i];
        if (!spec_is_output(prefix->spec, operation->path) &&
            output_link_has_prefix(operation->value, prefix))
            return true;
    }
    return false;
}

/* True if a rule could tell two values of output_dir apart. It can only do so by comparing them
 * with a string that shares the template's literal prefix, so look for such strings in the config,
 * the axes and the rules. */
static bool output_link_can_compare(const struct sweep_plan *plan, const struct template *t)
{
    if (t->n_parts == 0 || t->parts[0].kind != PART_LITERAL)
        return true;
    const struct output_prefix prefix = {.spec = &plan->spec,
        .text = t->parts[0].text,
        .length = t->parts[0].length,
        .own = path_get(plan->doc->tree, profile_output(plan->spec.profile))};
    if (output_link_has_prefix(plan->doc->tree, &prefix))
        return true;
    for (size_t i = 0; i < plan->spec.axes.count; i++) {
        const struct assignment *axis = &plan->spec.axes.items[i];
        for (size_t c = 0; c < axis->n_choices; c++)
            if (output_link_choice_has_prefix(&axis->choices[c], &prefix))
                return true;
    }
    const struct profile *profile = &plan->trainer->profile;
    for (size_t i = 0; i < profile->n_rules; i++) {
        const char *when = profile->rules[i].when;
        if (when != NULL && memmem(when, strlen(when), prefix.text, prefix.length) != NULL)
            return true;
    }
    return false;
}

void output_link(const struct sweep_plan *plan, struct axis_reads *reads)
{
    const char *output = profile_output(plan->spec.profile);
    for (size_t i = 0; i < plan->n_templates; i++) {
        const struct template *t = &plan->templates[i];
        if (!output_link_can_compare(plan, t))
            continue;
        for (size_t p = 0; p < t->n_parts; p++)
            if (t->parts[p].kind == PART_AXIS ||
                (t->parts[p].kind == PART_VALUE && t->parts[p].axis != SIZE_MAX))
                axis_reads_link(reads, output, plan->spec.axes.items[t->parts[p].axis].paths[0]);
    }
}
