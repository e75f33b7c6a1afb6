/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/trainer/known_paths.h"
#include "lib/doc/path.h"
#include "lib/util/text.h"

static void offer_keys(
    const struct profile *profile, struct suggestion *suggestion, const json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)object, key, value)
        if (strcmp(key, profile->component_key) != 0)
            suggestion_offer(suggestion, key);
}

static void offer_paths(struct suggestion *suggestion, const char *const *paths)
{
    for (; *paths != NULL; paths++)
        if (strchr(*paths, '.') == NULL)
            suggestion_offer(suggestion, *paths);
}

static const struct argument *find(const struct argument *arguments, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(arguments[i].name, name) == 0)
            return &arguments[i];
    return NULL;
}

static void set_hint(struct path_diagnostic *out, const char *best)
{
    if (best != NULL)
        snprintf(out->hint, sizeof out->hint, "did you mean \"%s\"?", best);
}

const char *known_paths_suggest(
    const struct profile *profile, const char *recipe, const json_t *tree, const char *word)
{
    struct suggestion suggestion = {.word = word};
    offer_keys(profile, &suggestion, tree);
    const struct recipe *one = profile_recipe(profile, recipe);
    if (one != NULL) {
        offer_paths(&suggestion, one->required);
        offer_paths(&suggestion, one->optional);
    }
    return suggestion.best;
}

/* A top-level key that the config does not have. */
static void accept_key(const struct profile *profile, const char *recipe, const json_t *tree,
    const struct path *path, struct path_diagnostic *out)
{
    const char *key = path->parts[0];
    if (!profile_recipe_reads(profile, recipe, key)) {
        out->verdict = PATH_REFUSED;
        out->code = "unknown-path";
        snprintf(out->message, sizeof out->message, "the base has no \"%s\"%s%s%s", key,
            recipe != NULL ? ", and " : "", recipe != NULL ? recipe : "",
            recipe != NULL ? " never reads it" : "");
        set_hint(out, known_paths_suggest(profile, recipe, tree, key));
    } else if (path->n_parts > 1 && strcmp(path->parts[1], profile->component_key) != 0) {
        out->verdict = PATH_REFUSED;
        out->code = "no-parent";
        snprintf(out->message, sizeof out->message,
            "the base has no \"%s\" that \"%s\" could be set in", key, path->parts[1]);
        snprintf(out->hint, sizeof out->hint, "set \"%s._component_\" first", key);
    }
}

/* An argument that the component mapping `node` does not have yet. */
static void accept_argument(
    const struct profile *profile, const json_t *node, const char *key, struct path_diagnostic *out)
{
    const char *component = json_string_value(json_object_get(node, profile->component_key));
    if (component == NULL || strcmp(key, profile->component_key) == 0)
        return; /* a free mapping, column_map for one */
    const struct component *known = profile_component(profile, component);
    if (known == NULL) {
        out->verdict = PATH_UNCHECKED;
        out->code = "unchecked-argument";
        snprintf(out->message, sizeof out->message,
            "nothing is known of %s: whether it has an argument \"%s\" is not checked", component,
            key);
        return;
    }
    const struct handed_on *other = known->extra ? profile_handed_on(profile, component) : NULL;
    if (find(known->arguments, known->n_arguments, key) != NULL ||
        (other != NULL && find(other->arguments, other->n_arguments, key) != NULL))
        return;
    struct suggestion suggestion = {.word = key};
    for (size_t i = 0; i < known->n_arguments; i++)
        suggestion_offer(&suggestion, known->arguments[i].name);
    offer_keys(profile, &suggestion, node);
    set_hint(out, suggestion.best);
    out->verdict = known->extra ? PATH_UNCHECKED : PATH_REFUSED;
    out->code = known->extra ? "unchecked-argument" : "unknown-argument";
    snprintf(out->message, sizeof out->message,
        known->extra ? "%s has no argument \"%s\" of its own and passes it on unchecked"
                     : "%s has no argument \"%s\"",
        component, key);
}

void known_paths_check(const struct profile *profile, const char *recipe, const json_t *tree,
    const char *text, struct path_diagnostic *out)
{
    struct path path;
    *out = (struct path_diagnostic){.verdict = PATH_KNOWN};
    if (!path_parse(text, &path)) {
        out->verdict = PATH_REFUSED;
        out->code = "bad-path";
        snprintf(out->message, sizeof out->message,
            "\"%s\" is not a config path: names joined by single dots", text);
        return;
    }
    const json_t *node = tree;
    for (size_t i = 0; i < path.n_parts; i++) {
        const json_t *next = json_object_get(node, path.parts[i]);
        if (next == NULL && i == 0)
            accept_key(profile, recipe, tree, &path, out);
        else if (next == NULL)
            accept_argument(profile, node, path.parts[i], out);
        if (next == NULL)
            return;
        if (i + 1 < path.n_parts && !json_is_object(next) && !json_is_null(next)) {
            out->verdict = PATH_REFUSED;
            out->code = "not-a-mapping";
            snprintf(out->message, sizeof out->message,
                "\"%s\" cannot be set: \"%s\" is no mapping in the base", text, path.parts[i]);
            return;
        }
        if (json_is_null(next))
            return;
        node = next;
    }
}
