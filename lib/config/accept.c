/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/config/accept.h"
#include "lib/doc/path.h"
#include "lib/util/text.h"

/* Arguments of Hugging Face's load_dataset(), which torchtune's dataset builders pass on: the names
 * from its signature (datasets 2 and 3) that a config may give. */
static const char *const load_dataset_arguments[] = {"name", "data_dir", "data_files", "split",
    "cache_dir", "features", "download_mode", "verification_mode", "keep_in_memory", "revision",
    "token", "streaming", "num_proc", "storage_options", "trust_remote_code", "field", NULL};

static void offer_keys(struct suggestion *suggestion, const json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)object, key, value)
        if (strcmp(key, "_component_") != 0)
            suggestion_offer(suggestion, key);
}

static void offer_items(struct suggestion *suggestion, const json_t *array)
{
    size_t index;
    json_t *item;
    json_array_foreach (array, index, item)
        suggestion_offer(suggestion, json_string_value(item));
}

static void set_hint(struct acceptance *out, const char *best)
{
    if (best != NULL)
        snprintf(out->hint, sizeof out->hint, "did you mean \"%s\"?", best);
}

const char *path_suggest_key(
    const struct profile *profile, const char *recipe, const json_t *tree, const char *word)
{
    struct suggestion suggestion = {.word = word};
    offer_keys(&suggestion, tree);
    const json_t *one = recipe != NULL ? json_object_get(profile->recipes, recipe) : NULL;
    offer_items(&suggestion, json_object_get(one, "keys"));
    return suggestion.best;
}

/* A top-level key that the config does not have. */
static void accept_key(const struct profile *profile, const char *recipe, const json_t *tree,
    const struct path *path, struct acceptance *out)
{
    const char *key = path->parts[0];
    if (!profile_recipe_reads(profile, recipe, key)) {
        out->verdict = PATH_REFUSED;
        out->code = "unknown-path";
        snprintf(out->message, sizeof out->message, "the base has no \"%s\"%s%s%s", key,
            recipe != NULL ? ", and " : "", recipe != NULL ? recipe : "",
            recipe != NULL ? " never reads it" : "");
        set_hint(out, path_suggest_key(profile, recipe, tree, key));
    } else if (path->n_parts > 1 && strcmp(path->parts[1], "_component_") != 0) {
        out->verdict = PATH_REFUSED;
        out->code = "no-parent";
        snprintf(out->message, sizeof out->message,
            "the base has no \"%s\" that \"%s\" could be set in", key, path->parts[1]);
        snprintf(out->hint, sizeof out->hint, "set \"%s._component_\" first", key);
    }
}

/* An argument that the component mapping `node` does not have yet. */
static void accept_argument(
    const struct profile *profile, const json_t *node, const char *key, struct acceptance *out)
{
    const char *component = json_string_value(json_object_get(node, "_component_"));
    if (component == NULL || strcmp(key, "_component_") == 0)
        return; /* a free mapping, column_map for one */
    bool extra;
    const json_t *arguments = profile_arguments(profile, component, &extra);
    if (arguments == NULL) {
        out->verdict = PATH_UNCHECKED;
        out->code = "unchecked-argument";
        snprintf(out->message, sizeof out->message,
            "nothing is known of %s: whether it has an argument \"%s\" is not checked", component,
            key);
        return;
    }
    bool loader = false;
    for (const char *const *name = load_dataset_arguments; extra && *name != NULL; name++)
        loader |= strcmp(*name, key) == 0;
    if (loader || profile_lists(arguments, key))
        return;
    struct suggestion suggestion = {.word = key};
    offer_items(&suggestion, arguments);
    offer_keys(&suggestion, node);
    set_hint(out, suggestion.best);
    out->verdict = extra ? PATH_UNCHECKED : PATH_REFUSED;
    out->code = extra ? "unchecked-argument" : "unknown-argument";
    snprintf(out->message, sizeof out->message,
        extra ? "%s has no argument \"%s\" of its own and passes it on unchecked"
              : "%s has no argument \"%s\"",
        component, key);
}

void path_accept(const struct profile *profile, const char *recipe, const json_t *tree,
    const char *text, struct acceptance *out)
{
    struct path path;
    *out = (struct acceptance){.verdict = PATH_ACCEPTED};
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
