/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/slurm/options.h"
#include "lib/spec/option_templates.h"

void option_templates_key(const char *option, char key[80])
{
    snprintf(key, 80, "slurm.%.60s", option);
}

enum sweep_code option_templates_read(
    const struct spec_context *context, const json_t *options, const struct json_place *place)
{
    if (!json_is_object(options))
        return SWEEP_OK;
    for (const struct json_place *at = place->first; at != NULL; at = at->next) {
        const json_t *value = json_object_get(options, at->name);
        char key[80];
        if (json_place_is_comment(at) || !slurm_option_is_computed(value))
            continue;
        option_templates_key(at->name, key);
        const struct computed item = {
            (char *)json_string_value(value) + 1, NULL, key, at->value, NULL, false};
        if (!computed_add_braces(context->computed, &item))
            return SWEEP_NO_MEMORY;
    }
    return SWEEP_OK;
}
