/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/findings/findings.h"
#include "lib/slurm/options.h"
#include "lib/slurm/table.h"
#include "lib/spec/then.h"
#include "lib/util/text.h"

static const char *const then_keys[] = {"base", "recipe", "processes", "fixed", "slurm"};

enum { THEN_KEYS = sizeof then_keys / sizeof *then_keys };

bool then_has_key(const char *name)
{
    for (size_t i = 0; i < THEN_KEYS; i++)
        if (strcmp(then_keys[i], name) == 0)
            return true;
    return false;
}

enum sweep_code then_refuse_key(const struct spec_context *context, const struct json_place *at)
{
    char hint[120] = "it has base, recipe, processes, fixed and slurm; the rest is as of the run";
    struct suggestion suggestion = {.word = at->name};
    for (size_t i = 0; i < THEN_KEYS; i++)
        suggestion_offer(&suggestion, then_keys[i]);
    if (suggestion.best != NULL)
        snprintf(hint, sizeof hint, "did you mean \"%s\"?", suggestion.best);
    return FINDING_ERROR(context->findings, "unknown-key", at->key, "/then", hint,
        "then has no key \"%.100s\"", at->name);
}

/* Why an option cannot be given; NULL: it can. */
static const char *then_why_not(const char *name, const json_t *value)
{
    static const char *const decided[] = {
        "array_parallelism", "array_size", "clusters", "dependency", "kill-on-invalid-dep"};
    const struct slurm_option *option = slurm_option_find(name);
    if (slurm_option_is_computed(value))
        return "values there cannot be computed";
    for (size_t i = 0; option != NULL && i < sizeof decided / sizeof *decided; i++)
        if (strcmp(option->name, decided[i]) == 0)
            return "it follows the arrays of the runs";
    return NULL;
}

enum sweep_code then_check_options(
    const struct spec_context *context, const json_t *options, const struct json_place *place)
{
    enum sweep_code code = SWEEP_OK;
    if (!json_is_object(options))
        return SWEEP_OK;
    for (const struct json_place *at = place->first; at != NULL; at = at->next) {
        if (json_place_is_comment(at))
            continue;
        const char *reason = then_why_not(at->name, json_object_get(options, at->name));
        if (reason != NULL)
            code = FINDING_ERROR(context->findings, "bad-option", at->value, "/then/slurm", NULL,
                "slurm option %s cannot be given in \"then\": %s", at->name, reason);
    }
    return code;
}
