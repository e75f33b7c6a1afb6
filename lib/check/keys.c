/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/check/keys.h"
#include "lib/check/types.h"
#include "lib/doc/path.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

enum { MAX_TYPOS = 16 };

/* An unread key that is similar to a missing one: surely a misspelling of it. */
struct typo {
    const char *written, *meant;
};

struct keys_check {
    const struct check *check;
    const char *recipe;
    struct typo typos[MAX_TYPOS];
    size_t n_typos;
};

const struct dead_key *check_dead_key(
    const struct profile *profile, const char *recipe, const char *name)
{
    for (size_t i = 0; i < profile->n_dead; i++)
        if (strcmp(profile->dead[i].name, name) == 0 &&
            list_matches(profile->dead[i].recipes, recipe))
            return &profile->dead[i];
    return NULL;
}

static bool keys_is_read(const struct check *check, const char *key)
{
    return recipe_reads(check->recipe, key) || resolved_refers_to(check->config, key);
}

/* The unread key of the config that is most similar to a missing one, or NULL. */
static const char *keys_find_typo(struct keys_check *c, const char *missing)
{
    struct suggestion suggestion = {.word = missing};
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)c->check->config->tree, key, value)
        if (!keys_is_read(c->check, key))
            suggestion_offer(&suggestion, key);
    if (suggestion.best != NULL && c->n_typos < MAX_TYPOS)
        c->typos[c->n_typos++] = (struct typo){suggestion.best, missing};
    return suggestion.best;
}

/* True if the check of the component reports that the argument is missing or misspelled. */
static bool keys_component_reports(
    const struct check *check, const json_t *node, const char *argument_name)
{
    const json_t *name =
        resolved_value(check->config, json_object_get(node, check->profile->component_key));
    const struct component *component = NULL;
    if (json_is_string(name))
        component = profile_component(check->profile, json_string_value(name));
    if (component == NULL)
        return false;
    const struct argument *argument = component_argument(component, argument_name);
    if (argument == NULL)
        return false;
    if (argument->fallback == NULL && argument->supplied == SUPPLIED_NOT)
        return true;
    struct suggestion suggestion = {.word = argument_name};
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)node, key, value)
        if (component_argument(component, key) == NULL)
            suggestion_offer(&suggestion, key);
    return suggestion.best != NULL && !component->extra && !component->ignores_extra;
}

/* Checks a path inside a component that the recipe reads itself. `dot` is the last one in it. */
static void keys_check_nested(const struct keys_check *c, const char *path, const char *dot)
{
    const struct resolved_config *config = c->check->config;
    char parent[PATH_MAX_BYTES];
    snprintf(parent, sizeof parent, "%.*s", (int)(dot - path), path);
    const json_t *node = resolved_value(config, json_object_get(config->tree, parent));
    if (json_is_object(node) && json_object_get(node, dot + 1) == NULL &&
        !keys_component_reports(c->check, node, dot + 1))
        diagnostic_error(c->check->sink, "missing-key", parent, NULL,
            "%s reads \"%s\" directly, so it is required even if the component has a default",
            c->recipe, path);
}

/* Reports misspelled keys one by one and all other missing keys together. False when memory is
 * exhausted. */
static bool keys_check_required(struct keys_check *c)
{
    CLEANUP_STRBUF struct strbuf missing = {0};
    const char *first = NULL;
    size_t count = 0;
    for (const char *const *path = c->check->recipe->required; *path != NULL; path++) {
        const char *dot = strrchr(*path, '.');
        if (dot != NULL) {
            keys_check_nested(c, *path, dot);
            continue;
        }
        if (json_object_get(c->check->config->tree, *path) != NULL)
            continue;
        const char *typo = keys_find_typo(c, *path);
        if (typo != NULL) {
            diagnostic_error(c->check->sink, "missing-key", typo, NULL,
                "%s needs the key \"%s\"; is \"%s\" a misspelling of it?", c->recipe, *path, typo);
            continue;
        }
        if (count == 0)
            first = *path;
        strbuf_printf(&missing, "%s\"%s\"", count > 0 ? ", " : "", *path);
        count++;
    }
    if (missing.oom)
        return false;
    if (count > 0)
        diagnostic_error(c->check->sink, "missing-key", first, NULL, "%s needs the key%s %s",
            c->recipe, count > 1 ? "s" : "", missing.data);
    return true;
}

static bool keys_is_typo(const struct keys_check *c, const char *key)
{
    for (size_t i = 0; i < c->n_typos; i++)
        if (strcmp(c->typos[i].written, key) == 0)
            return true;
    return false;
}

/* The config path that other tools call `key`, or NULL. */
static const char *keys_other_name(const struct check *check, const char *key)
{
    const char *name = profile_other_name(check->profile, key);
    if (name == NULL)
        return NULL;
    const struct parameter *parameter = profile_parameter(check->profile, name);
    return parameter != NULL ? parameter->fields[0].path : name;
}

/* Writes which key of the recipe was probably meant. */
static void keys_suggest(const struct check *check, const char *key, char *hint, size_t size)
{
    struct suggestion suggestion = {.word = key};
    const char *other = keys_other_name(check, key);
    for (const char *const *path = check->recipe->optional; *path != NULL; path++)
        if (strchr(*path, '.') == NULL && json_object_get(check->config->tree, *path) == NULL)
            suggestion_offer(&suggestion, *path);
    if (other != NULL)
        suggestion.best = other;
    if (suggestion.best != NULL)
        snprintf(hint, size, "did you mean \"%s\"?", suggestion.best);
}

static void keys_report_unread(const struct keys_check *c, const char *key)
{
    const struct check *check = c->check;
    const struct dead_key *dead = check_dead_key(check->profile, c->recipe, key);
    if (keys_is_typo(c, key))
        return;
    if (dead != NULL) {
        diagnostic_note(check->sink, "dead-key", key, NULL, "%s never reads \"%s\": %s", c->recipe,
            key, dead->why);
        return;
    }
    char hint[160] = "";
    if (!diagnostic_is_only_counted(check->sink, SWEEP_WARNING))
        keys_suggest(check, key, hint, sizeof hint);
    diagnostic_warning(check->sink, "dead-key", key, hint, "%s never reads \"%s\"", c->recipe, key);
}

void check_key_type(const struct check *check, const char *key, const json_t *value)
{
    const char *recipe = NULL;
    struct named_value named = {value, "", key, check->profile->trainer};
    if (check->recipe != NULL) {
        recipe = check->recipe->name;
        named.owner = recipe;
    }
    const struct value_type *type = profile_key_type(check->profile, recipe, key);
    if (type != NULL)
        check_type(check, type, &named);
}

bool check_keys(const struct check *check)
{
    struct keys_check c = {.check = check};
    const char *key;
    json_t *value;
    if (check->recipe != NULL) {
        c.recipe = check->recipe->name;
        if (!keys_check_required(&c))
            return false;
    }
    json_object_foreach ((json_t *)check->config->tree, key, value) {
        if (check->recipe == NULL || recipe_reads(check->recipe, key))
            check_key_type(check, key, value);
        else if (!resolved_refers_to(check->config, key))
            keys_report_unread(&c, key);
    }
    return true;
}
