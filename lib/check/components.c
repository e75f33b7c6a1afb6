/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/check/components.h"
#include "lib/check/types.h"
#include "lib/doc/path.h"
#include "lib/doc/scalar.h"
#include "lib/util/text.h"

struct check {
    const struct view *view;
    const struct profile *profile;
    const json_t *node;
    const char *path;
    const struct component *component;
    const struct sink *sink;
    const char *guessed; /* the argument that a mistyped one was taken for: it is not missing too */
};

/* The path of an argument. */
static void place_of(const struct check *c, const char *name, char at[PATH_MAX_BYTES])
{
    snprintf(at, PATH_MAX_BYTES, "%s", c->path);
    path_append(at, strlen(at), name);
}

/* --- the component's name ----------------------------------------------------------------- */

/* Whether `path` is in the package, whose public names are all known. */
static bool is_inside(const char *package, const char *path)
{
    size_t length = strlen(package);
    return strncmp(package, path, length) == 0 && (path[length] == '.' || path[length] == '\0');
}

/* A name with a part that begins with "_" is private; only public ones are listed. */
static bool is_private(const char *path)
{
    return *path == '_' || strstr(path, "._") != NULL;
}

/* The most similar known path. Most share a long beginning, so that the last part decides. */
static const char *nearest(const struct profile *profile, const char *path)
{
    struct suggestion whole = {.word = path}, last = {.word = strrchr(path, '.')};
    for (size_t i = 0; i < profile->n_components; i++)
        suggestion_offer(&whole, profile->components[i].path);
    if (whole.best != NULL || last.word == NULL)
        return whole.best;
    size_t stem = (size_t)(last.word - path);
    for (size_t i = 0; i < profile->n_components; i++)
        if (strncmp(profile->components[i].path, path, stem) == 0 &&
            profile->components[i].path[stem] == '.' &&
            strchr(profile->components[i].path + stem + 1, '.') == NULL)
            suggestion_offer(&last, profile->components[i].path + stem);
    for (size_t i = 0; last.best == NULL && i < profile->n_components; i++) {
        const char *tail = strrchr(profile->components[i].path, '.');
        if (tail != NULL && strcmp(tail, last.word) == 0)
            return profile->components[i].path;
    }
    return last.best != NULL ? last.best - stem : NULL;
}

/* A method of a known class can be named too, but nothing is known of its arguments. */
static bool below_known(const struct profile *profile, const char *path)
{
    char parent[PATH_MAX_BYTES];
    const char *dot = strrchr(path, '.');
    snprintf(parent, sizeof parent, "%.*s", dot != NULL ? (int)(dot - path) : 0, path);
    return profile_component(profile, parent) != NULL;
}

static void unknown_component(struct check *c, const char *name, const char *at, bool refuse)
{
    char hint[320] = "";
    const char *best = nearest(c->profile, name);
    for (const char *const *package = c->profile->complete; package != NULL && *package != NULL;
         package++)
        refuse |= is_inside(*package, name) && !is_private(name) && !below_known(c->profile, name);
    if (best != NULL)
        snprintf(hint, sizeof hint, "did you mean \"%s\"?", best);
    bool close = best != NULL && text_distance(name, best, 2) <= 2;
    if (refuse || close)
        complain(c->sink, SWEEP_ERROR, "unknown-component", at, hint[0] != '\0' ? hint : NULL,
            "%s %s has no \"%s\"", c->profile->trainer, c->profile->version, name);
    else
        complain(c->sink, SWEEP_WARNING, "unchecked-component", at,
            "describe it in a profile: --profile FILE",
            "nothing is known of %s: its arguments are not checked", name);
}

/* Whether the text is a dotted Python path. */
static bool is_python_path(const char *text)
{
    bool fresh = true, dotted = strchr(text, '.') != NULL; /* a module alone cannot be called */
    for (; *text != '\0'; text++) {
        bool letter = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
                      *text == '_' || (unsigned char)*text >= 0x80;
        bool digit = *text >= '0' && *text <= '9';
        if (fresh ? !letter : !letter && !digit && *text != '.')
            return false;
        fresh = *text == '.';
    }
    return !fresh && dotted;
}

/* --- arguments ---------------------------------------------------------------------------- */

/* An argument that is not the component's own, although it takes others (**kwargs). */
static void check_extra(struct check *c, const char *name, const json_t *value)
{
    const struct handed_on *other = profile_handed_on(c->profile, c->component->path);
    struct suggestion suggestion = {.word = name};
    char hint[160] = "", at[PATH_MAX_BYTES];
    place_of(c, name, at);
    for (size_t i = 0; i < c->component->n_arguments; i++)
        suggestion_offer(&suggestion, c->component->arguments[i].name);
    for (size_t i = 0; other != NULL && i < other->n_arguments; i++) {
        if (strcmp(other->arguments[i].name, name) == 0) {
            check_type(c->view, c->profile, &other->arguments[i].type,
                &(struct given){value, c->path, name, other->function}, c->sink);
            return;
        }
        suggestion_offer(&suggestion, other->arguments[i].name);
    }
    if (suggestion.best != NULL)
        snprintf(hint, sizeof hint, "did you mean \"%s\"?", suggestion.best);
    if (other == NULL)
        complain(c->sink, SWEEP_WARNING, "swallowed-argument", at, hint[0] != '\0' ? hint : NULL,
            "%s has no argument \"%s\" and ignores it", c->component->path, name);
    else {
        c->guessed = suggestion.best;
        complain(c->sink, SWEEP_ERROR, "unknown-argument", at, hint[0] != '\0' ? hint : NULL,
            "neither %s nor %s, which it hands others on to, has an argument \"%s\"",
            c->component->path, other->function, name);
    }
}

static void check_unknown(struct check *c, const char *name)
{
    struct suggestion suggestion = {.word = name};
    char hint[160] = "", at[PATH_MAX_BYTES];
    place_of(c, name, at);
    for (size_t i = 0; i < c->component->n_arguments; i++)
        suggestion_offer(&suggestion, c->component->arguments[i].name);
    if (suggestion.best != NULL) {
        snprintf(hint, sizeof hint, "did you mean \"%s\"?", suggestion.best);
        c->guessed = suggestion.best;
    }
    complain(c->sink, SWEEP_ERROR, "unknown-argument", at, hint[0] != '\0' ? hint : NULL,
        "%s has no argument \"%s\"", c->component->path, name);
}

/* An argument that exists, but that a config cannot or need not give. */
static void complain_of_giver(struct check *c, const struct argument *argument)
{
    char at[PATH_MAX_BYTES];
    const char *name = argument->name;
    place_of(c, name, at);
    if (argument->positional_only)
        complain(c->sink, SWEEP_ERROR, "positional-argument", at, NULL,
            "%s takes \"%s\" by position only, which a config cannot give", c->component->path,
            name);
    else if (argument->supplied == SUPPLIED_POSITIONAL)
        complain(c->sink, SWEEP_ERROR, "supplied-argument", at, "leave it out",
            "the recipe gives \"%s\" to %s itself: it would get two", name, c->component->path);
    else
        complain(c->sink, SWEEP_WARNING, "supplied-argument", at, "leave it out",
            "the recipe gives \"%s\" to %s itself: this value is not used", name,
            c->component->path);
}

static void check_argument(struct check *c, const char *name, const json_t *value)
{
    const struct argument *argument = component_argument(c->component, name);
    if (argument == NULL && c->component->extra)
        check_extra(c, name, value);
    else if (argument == NULL)
        check_unknown(c, name);
    else if (argument->positional_only || argument->supplied != SUPPLIED_NOT)
        complain_of_giver(c, argument);
    else
        check_type(c->view, c->profile, &argument->type,
            &(struct given){value, c->path, name, c->component->path}, c->sink);
}

static void check_missing(struct check *c)
{
    for (size_t i = 0; i < c->component->n_arguments; i++) {
        const struct argument *argument = &c->component->arguments[i];
        if (argument->fallback != NULL || argument->supplied != SUPPLIED_NOT ||
            json_object_get(c->node, argument->name) != NULL ||
            (c->guessed != NULL && strcmp(c->guessed, argument->name) == 0))
            continue;
        complain(c->sink, SWEEP_ERROR, "missing-argument", c->path, NULL, "%s needs \"%s\"%s%s%s",
            c->component->path, argument->name, argument->type.notation != NULL ? " (" : "",
            argument->type.notation != NULL ? argument->type.notation : "",
            argument->type.notation != NULL ? ")" : "");
    }
}

void check_component(const struct view *view, const struct profile *profile, const json_t *node,
    const char *path, enum strangers strangers, const struct sink *sink)
{
    char at[PATH_MAX_BYTES];
    const char *key;
    json_t *value;
    struct check c = {view, profile, node, path, NULL, sink, NULL};
    const json_t *given = json_object_get(node, profile->component_key);
    const json_t *name = view_value(view, given);
    place_of(&c, profile->component_key, at);
    if (view_is_no_name(view, given))
        name = given;
    if (name == NULL) { /* unresolved, which was reported, or of the environment */
        if (view_is_unknown(view, given) && strangers == STRANGERS_REFUSE)
            complain(sink, SWEEP_ERROR, "unchecked-component", at, NULL,
                "which component %s is for is known only when the run starts", path);
        return;
    }
    if (json_is_string(name) && strcmp(json_string_value(name), "???") == 0)
        return;
    if (!json_is_string(name) || !is_python_path(json_string_value(name))) {
        complain(sink, SWEEP_ERROR, "bad-component", at, NULL,
            "a component is a dotted path in Python, such as %s; got %s%s%s",
            profile->n_components > 0 ? profile->components[0].path : "package.name",
            json_is_string(name) ? "\"" : value_type_name(name),
            json_is_string(name) ? json_string_value(name) : "", json_is_string(name) ? "\"" : "");
        return;
    }
    c.component = profile_component(profile, json_string_value(name));
    if (c.component == NULL) {
        unknown_component(&c, json_string_value(name), at, strangers == STRANGERS_REFUSE);
        return;
    }
    json_object_foreach ((json_t *)node, key, value)
        if (strcmp(key, profile->component_key) != 0)
            check_argument(&c, key, value);
    check_missing(&c);
}

void check_component_argument(const struct view *view, const struct profile *profile,
    const json_t *node, const char *path, const char *name, const struct sink *sink)
{
    const json_t *component = view_value(view, json_object_get(node, profile->component_key));
    struct check c = {view, profile, node, path, NULL, sink, NULL};
    if (!json_is_string(component))
        return;
    c.component = profile_component(profile, json_string_value(component));
    if (c.component != NULL)
        check_argument(&c, name, json_object_get(node, name));
}
