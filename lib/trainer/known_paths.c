/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/doc/path.h"
#include "lib/trainer/known_paths.h"
#include "lib/util/text.h"

/* --- suggestions -------------------------------------------------------------------------- */

static void known_paths_offer_top_level(struct suggestion *suggestion, const char *const *paths)
{
    for (; *paths != NULL; paths++)
        if (strchr(*paths, '.') == NULL)
            suggestion_offer(suggestion, *paths);
}

const char *known_paths_suggest(
    const struct profile *profile, const char *recipe, const json_t *tree, const char *word)
{
    const char *other = profile_other_name(profile, word);
    if (other != NULL)
        return other;
    struct suggestion suggestion = {.word = word};
    const struct recipe *known = profile_recipe(profile, recipe);
    suggestion_offer_keys(&suggestion, tree, profile->component_key);
    if (known != NULL) {
        known_paths_offer_top_level(&suggestion, known->required);
        known_paths_offer_top_level(&suggestion, known->optional);
    }
    return suggestion.best;
}

/* --- diagnostics -------------------------------------------------------------------------- */

static void known_paths_report(struct path_diagnostic *out, enum path_verdict verdict,
    const char *code, const char *format, ...) SWEEP_PRINTF(4, 5);

static void known_paths_report(struct path_diagnostic *out, enum path_verdict verdict,
    const char *code, const char *format, ...)
{
    va_list args;
    out->verdict = verdict;
    out->code = code;
    va_start(args, format);
    text_vformat(out->message, sizeof out->message, format, args);
    va_end(args);
}

static void known_paths_hint(struct path_diagnostic *out, const char *best)
{
    if (best != NULL)
        snprintf(out->hint, sizeof out->hint, "did you mean \"%s\"?", best);
}

/* A top-level key that the config does not have. */
static void known_paths_check_key(const struct profile *profile, const char *recipe,
    const json_t *tree, const struct path *path, struct path_diagnostic *out)
{
    const char *key = path->parts[0];
    if (!profile_recipe_reads(profile, recipe, key)) {
        if (profile_recipe(profile, recipe) == NULL)
            known_paths_report(out, PATH_REFUSED, "unknown-path", "the base has no \"%s\"", key);
        else
            known_paths_report(out, PATH_REFUSED, "unknown-path",
                "the base has no \"%s\", and %s never reads it", key, recipe);
        known_paths_hint(out, known_paths_suggest(profile, recipe, tree, key));
        return;
    }
    /* Without components, a mapping is created for whatever is set in it. */
    if (path->n_parts == 1 || profile->component_key == NULL ||
        profile_is_component_key(profile, path->parts[1]))
        return;
    known_paths_report(out, PATH_REFUSED, "no-parent",
        "the base has no \"%s\" that \"%s\" could be set in", key, path->parts[1]);
    snprintf(out->hint, sizeof out->hint, "set \"%s.%s\" first", key, profile->component_key);
}

static bool known_paths_has_argument(
    const struct argument *arguments, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(arguments[i].name, name) == 0)
            return true;
    return false;
}

/* True if the component has the argument, or passes it on to a function that has it. */
static bool known_paths_takes(
    const struct profile *profile, const struct component *component, const char *name)
{
    if (known_paths_has_argument(component->arguments, component->n_arguments, name))
        return true;
    if (!component->extra)
        return false;
    const struct handed_on *other = profile_handed_on(profile, component->path);
    return other != NULL && known_paths_has_argument(other->arguments, other->n_arguments, name);
}

const char *known_paths_other_argument(
    const struct profile *profile, const struct component *component, const char *key)
{
    const char *path = profile_other_name(profile, key);
    const struct parameter *parameter = path != NULL ? profile_parameter(profile, path) : NULL;
    if (parameter != NULL) {
        path = parameter->fields[0].path;
        for (size_t i = 1; i < parameter->n_fields; i++)
            if (strstr(key, parameter->fields[i].name) != NULL)
                path = parameter->fields[i].path;
    }
    if (path == NULL)
        return NULL;
    const char *dot = strrchr(path, '.');
    const char *name = dot != NULL ? dot + 1 : path;
    return known_paths_has_argument(component->arguments, component->n_arguments, name) ? name
                                                                                        : NULL;
}

/* An argument that the mapping of a component does not have yet. */
static void known_paths_check_argument(
    const struct profile *profile, const json_t *node, const char *key, struct path_diagnostic *out)
{
    const char *name = profile_component_in(profile, node);
    if (name == NULL || profile_is_component_key(profile, key))
        return; /* a mapping without a component can have any key */
    const struct component *component = profile_component(profile, name);
    if (component == NULL) {
        known_paths_report(out, PATH_UNCHECKED, "unchecked-argument",
            "nothing is known of %s: whether it has an argument \"%s\" is not checked", name, key);
        return;
    }
    if (known_paths_takes(profile, component, key))
        return;
    if (component->extra)
        known_paths_report(out, PATH_UNCHECKED, "unchecked-argument",
            "%s has no argument \"%s\" of its own and passes it on unchecked", name, key);
    else
        known_paths_report(
            out, PATH_REFUSED, "unknown-argument", "%s has no argument \"%s\"", name, key);
    const char *other = known_paths_other_argument(profile, component, key);
    if (other != NULL) {
        known_paths_hint(out, other);
        return;
    }
    struct suggestion suggestion = {.word = key};
    for (size_t i = 0; i < component->n_arguments; i++)
        suggestion_offer(&suggestion, component->arguments[i].name);
    suggestion_offer_keys(&suggestion, node, profile->component_key);
    known_paths_hint(out, suggestion.best);
}

/* Refuses an item that a list does not have. */
static void known_paths_refuse_item(const char *text, const json_t *list, const struct path *path,
    size_t i, struct path_diagnostic *out)
{
    size_t n = json_array_size(list), length = 0;
    char where[PATH_MAX_BYTES] = "";
    for (size_t k = 0; k < i; k++)
        length = path_append(where, length, path->parts[k]);
    out->verdict = PATH_REFUSED;
    out->code = "no-such-item";
    snprintf(out->message, sizeof out->message,
        "\"%s\" cannot be set: \"%s\" is a list of %zu item%s and has no \"%s\"", text, where, n,
        n == 1 ? "" : "s", path->parts[i]);
    if (n == 0)
        snprintf(out->hint, sizeof out->hint, "set the whole list");
    else if (n == 1)
        snprintf(out->hint, sizeof out->hint, "its only item is \"%s.0\"", where);
    else
        snprintf(out->hint, sizeof out->hint, "its items are \"%s.0\" to \"%s.%zu\"", where, where,
            n - 1);
}

void known_paths_check(const struct profile *profile, const char *recipe, const json_t *tree,
    const char *text, struct path_diagnostic *out)
{
    struct path path;
    *out = (struct path_diagnostic){.verdict = PATH_KNOWN};
    if (!path_parse(text, &path)) {
        known_paths_report(out, PATH_REFUSED, "bad-path",
            "\"%s\" is not a config path: names joined by single dots", text);
        return;
    }
    const json_t *node = tree;
    for (size_t i = 0; i < path.n_parts; i++) {
        const json_t *next = path_step(node, path.parts[i]);
        if (next == NULL && json_is_array(node))
            known_paths_refuse_item(text, node, &path, i, out);
        else if (next == NULL && i == 0)
            known_paths_check_key(profile, recipe, tree, &path, out);
        else if (next == NULL)
            known_paths_check_argument(profile, node, path.parts[i], out);
        if (next == NULL || json_is_null(next)) /* null can become anything */
            return;
        if (i + 1 < path.n_parts && !json_is_object(next) && !json_is_array(next)) {
            known_paths_report(out, PATH_REFUSED, "not-a-mapping",
                "\"%s\" cannot be set: \"%s\" is not a mapping in the base", text, path.parts[i]);
            return;
        }
        node = next;
    }
}
