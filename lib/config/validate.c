/* SPDX-License-Identifier: Apache-2.0
 *
 * Checking a config on its own: that it can be read as torchtune will read it, and that its
 * components have the arguments it gives them.
 */
#include <stdio.h>
#include <string.h>

#include "lib/config/accept.h"
#include "lib/config/trainer.h"
#include "lib/doc/yaml.h"
#include "lib/util/findings.h"
#include "lib/util/text.h"
#include "sweep/validate.h"

struct checker {
    const struct profile *profile;
    const struct yaml_doc *doc;
    const char *file;
    struct sweep_findings *findings;
    enum sweep_code code;
};

static void check_argument(struct checker *c, const char *component, const char *path,
    const char *key, const json_t *arguments)
{
    struct suggestion suggestion = {.word = key};
    size_t index;
    json_t *name;
    if (strcmp(key, "_component_") == 0 || profile_lists(arguments, key))
        return;
    json_array_foreach (arguments, index, name)
        suggestion_offer(&suggestion, json_string_value(name));
    char hint[200] = "";
    if (suggestion.best != NULL)
        snprintf(hint, sizeof hint, "did you mean \"%s\"?", suggestion.best);
    c->code = FINDING_ERROR(c->findings, "unknown-argument", yaml_place(c->doc, c->file, path),
        path, hint[0] != '\0' ? hint : NULL, "%s has no argument \"%s\"", component, key);
}

/* torchtune builds the components at the top of a config; deeper ones are passed on as they are. */
static void check_component(struct checker *c, const char *slot, const json_t *node)
{
    const char *component = json_string_value(json_object_get(node, "_component_")), *key;
    bool extra;
    json_t *value;
    if (component == NULL)
        return;
    const json_t *arguments = profile_arguments(c->profile, component, &extra);
    json_object_foreach ((json_t *)node, key, value) {
        char path[512];
        snprintf(path, sizeof path, "%s.%s", slot, key);
        if (arguments != NULL && !extra)
            check_argument(c, component, path, key, arguments);
    }
}

static void check_missing(struct checker *c, const json_t *node, const char *prefix)
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)node, key, value) {
        char path[512];
        snprintf(path, sizeof path, "%s%s%s", prefix, *prefix != '\0' ? "." : "", key);
        if (json_is_object(value))
            check_missing(c, value, path);
        else if (json_is_string(value) && strcmp(json_string_value(value), "???") == 0)
            c->code = FINDING_ERROR(c->findings, "missing-value", yaml_place(c->doc, c->file, path),
                path, NULL, "%s is ???, which OmegaConf reads as a value still to be given", path);
    }
}

enum sweep_code sweep_validate(const struct sweep_trainer *trainer, const char *text, size_t length,
    const char *file, const char *recipe, struct sweep_findings *findings)
{
    struct yaml_doc *doc = NULL;
    const struct profile *profile = &trainer->profile;
    struct sweep_place whole = {.file = file};
    enum sweep_code code = yaml_parse(text, length, file, findings, &doc);
    if (code != SWEEP_OK)
        return findings_lost(findings) ? SWEEP_NO_MEMORY : code;
    struct checker c = {profile, doc, file, findings, SWEEP_OK};
    if (recipe != NULL && json_object_get(profile->recipes, recipe) == NULL)
        c.code = FINDING_ERROR(findings, "unknown-recipe", whole, NULL,
            "`sweepctl bases` shows the recipes", "%s %s has no recipe \"%s\"", profile->trainer,
            profile->version, recipe);
    const char *key;
    json_t *value;
    json_object_foreach (doc->tree, key, value)
        if (json_is_object(value))
            check_component(&c, key, value);
    check_missing(&c, doc->tree, "");
    sweep_findings_sort(findings);
    yaml_doc_free(doc);
    return findings_lost(findings) ? SWEEP_NO_MEMORY : c.code;
}
