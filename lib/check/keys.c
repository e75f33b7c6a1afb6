/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/check/keys.h"
#include "lib/check/types.h"
#include "lib/doc/path.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

enum { MAX_TYPOS = 16 };

/* A key that is read by nobody, next to one that is missing: surely meant to be it. */
struct typo {
    const char *given, *meant;
};

struct check {
    const struct view *view;
    const struct profile *profile;
    const struct recipe *recipe;
    const struct sink *sink;
    struct typo typos[MAX_TYPOS];
    size_t n_typos;
};

const struct dead_key *dead_key_known(
    const struct profile *profile, const char *recipe, const char *name)
{
    for (size_t i = 0; i < profile->n_dead; i++)
        if (strcmp(profile->dead[i].name, name) == 0 &&
            list_matches(profile->dead[i].recipes, recipe))
            return &profile->dead[i];
    return NULL;
}

static bool is_read(const struct check *c, const char *key)
{
    return recipe_reads(c->recipe, key) || view_uses(c->view, key);
}

/* The unread key of the config that is most like a missing one. */
static const char *find_typo(struct check *c, const char *missing)
{
    struct suggestion suggestion = {.word = missing};
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)c->view->tree, key, value)
        if (!is_read(c, key))
            suggestion_offer(&suggestion, key);
    if (suggestion.best != NULL && c->n_typos < MAX_TYPOS)
        c->typos[c->n_typos++] = (struct typo){suggestion.best, missing};
    return suggestion.best;
}

/* A path inside a mapping, which the recipe reads without asking the component for its default. */
static void check_nested(struct check *c, const char *path, const char *dot)
{
    char parent[PATH_MAX_BYTES];
    snprintf(parent, sizeof parent, "%.*s", (int)(dot - path), path);
    const json_t *node = view_value(c->view, json_object_get(c->view->tree, parent));
    if (json_is_object(node) && json_object_get(node, dot + 1) == NULL)
        complain(c->sink, SWEEP_ERROR, "missing-key", parent, NULL,
            "%s reads \"%s\" itself: it must be there, even if it has a default", c->recipe->name,
            path);
}

/* All keys that are missing are one complaint, but for those that were only misspelt. */
static void check_required(struct check *c)
{
    CLEANUP_STRBUF struct strbuf missing = {0};
    const char *first = NULL;
    size_t count = 0;
    for (const char *const *path = c->recipe->required; *path != NULL; path++) {
        const char *dot = strrchr(*path, '.');
        if (dot != NULL) {
            check_nested(c, *path, dot);
            continue;
        }
        if (json_object_get(c->view->tree, *path) != NULL)
            continue;
        const char *typo = find_typo(c, *path);
        if (typo != NULL) {
            complain(c->sink, SWEEP_ERROR, "missing-key", typo, NULL,
                "%s needs the key \"%s\"; is \"%s\" meant to be it?", c->recipe->name, *path, typo);
            continue;
        }
        strbuf_printf(&missing, "%s\"%s\"", count++ > 0 ? ", " : "", *path);
        first = first != NULL ? first : *path;
    }
    if (count > 0 && !missing.oom)
        complain(c->sink, SWEEP_ERROR, "missing-key", first, NULL, "%s needs the key%s %s",
            c->recipe->name, count > 1 ? "s" : "", missing.data);
}

static void report_unread(struct check *c, const char *key)
{
    char hint[160] = "";
    struct suggestion suggestion = {.word = key};
    const struct dead_key *known = dead_key_known(c->profile, c->recipe->name, key);
    for (size_t i = 0; i < c->n_typos; i++)
        if (strcmp(c->typos[i].given, key) == 0)
            return;
    if (known != NULL) {
        complain(c->sink, SWEEP_NOTE, "dead-key", key, NULL, "%s never reads \"%s\": %s",
            c->recipe->name, key, known->why);
        return;
    }
    for (const char *const *path = c->recipe->optional; *path != NULL; path++)
        if (strchr(*path, '.') == NULL && json_object_get(c->view->tree, *path) == NULL)
            suggestion_offer(&suggestion, *path);
    if (suggestion.best != NULL)
        snprintf(hint, sizeof hint, "did you mean \"%s\"?", suggestion.best);
    complain(c->sink, SWEEP_WARNING, "dead-key", key, hint[0] != '\0' ? hint : NULL,
        "%s never reads \"%s\"", c->recipe->name, key);
}

void check_key_type(const struct view *view, const struct profile *profile,
    const struct recipe *recipe, const char *key, const json_t *value, const struct sink *sink)
{
    const struct value_type *type =
        profile_key_type(profile, recipe != NULL ? recipe->name : NULL, key);
    if (type != NULL)
        check_type(view, profile, type,
            &(struct given){value, "", key, recipe != NULL ? recipe->name : profile->trainer},
            sink);
}

void check_keys(const struct view *view, const struct profile *profile, const struct recipe *recipe,
    const struct sink *sink)
{
    struct check c = {.view = view, .profile = profile, .recipe = recipe, .sink = sink};
    const char *key;
    json_t *value;
    if (recipe != NULL)
        check_required(&c);
    json_object_foreach ((json_t *)view->tree, key, value) {
        bool read = recipe == NULL || recipe_reads(recipe, key);
        if (!read && !view_uses(view, key))
            report_unread(&c, key);
        if (!read)
            continue;
        check_key_type(view, profile, recipe, key, value, sink);
    }
}
