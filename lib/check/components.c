/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/check/components.h"
#include "lib/check/types.h"
#include "lib/doc/path.h"
#include "lib/doc/scalar.h"
#include "lib/trainer/known_paths.h"
#include "lib/util/text.h"

/* Letters in which the name of a component that a profile does not know may differ from a known
 * one, to be taken for it. */
enum { COMPONENTS_MAX_TYPOS = 2 };

struct component_check {
    const struct check *check;
    const struct check_subject *subject;
    const struct component *component;
    const char *corrected; /* the argument that a misspelled one was taken for: not missing too */
};

static void components_path(
    const struct check_subject *subject, const char *name, char path[PATH_MAX_BYTES])
{
    snprintf(path, PATH_MAX_BYTES, "%s", subject->path);
    path_append(path, strlen(path), name);
}

/* --- the component's name ----------------------------------------------------------------- */

static bool components_is_inside(const char *package, const char *path)
{
    size_t length = strlen(package);
    return strncmp(package, path, length) == 0 && (path[length] == '.' || path[length] == '\0');
}

/* True if a part begins with "_". Profiles list only public names. */
static bool components_is_private(const char *path)
{
    return *path == '_' || strstr(path, "._") != NULL;
}

static const char *components_tail(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot != NULL ? dot + 1 : path;
}

/* The component that is called so in a module, or NULL. Without a module, case does not matter. */
static const char *components_by_tail(const struct profile *profile, const char *path, bool bare)
{
    const char *name = components_tail(path);
    for (size_t i = 0; i < profile->n_components; i++) {
        const char *known = profile->components[i].path, *tail = components_tail(known);
        if (strcmp(tail, name) == 0 || (bare && text_is_same_name(tail, name)))
            return known;
    }
    return NULL;
}

/* Of a name without a module, only the last parts of the paths are compared. */
static const char *components_nearest(const struct profile *profile, const char *path)
{
    struct suggestion suggestion = {.word = path};
    const char *nearest = NULL;
    bool bare = strchr(path, '.') == NULL;
    const char *other = profile_other_name(profile, components_tail(path));
    if (bare && other != NULL && profile_component(profile, other) != NULL)
        return other;
    const char *same = components_by_tail(profile, path, bare);
    if (bare && same != NULL)
        return same;
    for (size_t i = 0; i < profile->n_components; i++) {
        const char *known = profile->components[i].path, *before = suggestion.best;
        if (bare)
            suggestion_offer(&suggestion, components_tail(known));
        else
            suggestion_offer(&suggestion, known);
        if (suggestion.best != before)
            nearest = known;
    }
    if (nearest != NULL)
        return nearest;
    if (other != NULL && profile_component(profile, other) != NULL)
        return other;
    return same;
}

/* A method of a known class can be a component too. Its arguments are not known. */
static bool components_is_method(const struct profile *profile, const char *path)
{
    char parent[PATH_MAX_BYTES];
    const char *dot = strrchr(path, '.');
    if (dot == NULL)
        return false;
    snprintf(parent, sizeof parent, "%.*s", (int)(dot - path), path);
    return profile_component(profile, parent) != NULL;
}

/* True if the profile knows every public name of the package that the path is in. */
static bool components_cannot_exist(const struct profile *profile, const char *path)
{
    if (profile->complete == NULL || components_is_private(path) ||
        components_is_method(profile, path))
        return false;
    for (const char *const *package = profile->complete; *package != NULL; package++)
        if (components_is_inside(*package, path))
            return true;
    return false;
}

/* True if the path of a known component differs in a few letters only. */
static bool components_has_similar(const struct profile *profile, const char *path)
{
    for (size_t i = 0; i < profile->n_components; i++)
        if (text_distance(path, profile->components[i].path, COMPONENTS_MAX_TYPOS) <=
            COMPONENTS_MAX_TYPOS)
            return true;
    return false;
}

static void components_report_unknown(
    const struct check *check, const char *name, const char *name_path)
{
    const struct profile *profile = check->profile;
    bool refused = check->refuse_unknown || components_cannot_exist(profile, name);
    const char *best = NULL;
    bool is_hinted;
    if (refused)
        is_hinted = !diagnostic_is_only_counted(check->sink, SWEEP_ERROR);
    else
        is_hinted = components_has_similar(profile, name);
    if (is_hinted)
        best = components_nearest(profile, name);
    bool misspelled =
        best != NULL && text_distance(name, best, COMPONENTS_MAX_TYPOS) <= COMPONENTS_MAX_TYPOS;
    if (!refused && !misspelled) {
        diagnostic_warning(check->sink, "unchecked-component", name_path,
            "describe it in a profile: --profile FILE",
            "%s is not in the profile of %s %s, so its arguments are not checked", name,
            profile->trainer, profile->version);
        return;
    }
    char hint[320] = "";
    if (best != NULL)
        snprintf(hint, sizeof hint, "did you mean \"%s\"?", best);
    diagnostic_error(check->sink, "unknown-component", name_path, hint, "%s %s has no \"%s\"",
        profile->trainer, profile->version, name);
}

/* True for a dotted Python path. A single name would be a module, which cannot be called. */
static bool components_is_python_path(const char *text)
{
    bool part_start = true;
    if (strchr(text, '.') == NULL)
        return false;
    for (; *text != '\0'; text++) {
        bool letter = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
                      *text == '_' || (unsigned char)*text >= 0x80;
        bool inside_only = (*text >= '0' && *text <= '9') || *text == '.';
        if (!letter && (part_start || !inside_only))
            return false;
        part_start = *text == '.';
    }
    return !part_start;
}

/* --- arguments ---------------------------------------------------------------------------- */

static void components_hint(const struct suggestion *suggestion, char *hint, size_t size)
{
    hint[0] = '\0';
    if (suggestion->best != NULL)
        snprintf(hint, size, "did you mean \"%s\"?", suggestion->best);
}

static bool components_lacks(const struct component_check *c, const struct argument *argument)
{
    return argument->fallback == NULL && argument->supplied == SUPPLIED_NOT &&
           json_object_get(c->subject->node, argument->name) == NULL;
}

/* Reports an argument that is ignored or handed on, but surely is a missing one, misspelled. */
static bool components_report_misspelled(
    struct component_check *c, const char *name, const char *meant, const char *path)
{
    const struct argument *argument = NULL;
    if (meant != NULL)
        argument = component_argument(c->component, meant);
    if (argument == NULL || !components_lacks(c, argument))
        return false;
    c->corrected = argument->name;
    diagnostic_error(c->check->sink, "missing-argument", path, NULL,
        "%s needs \"%s\"; is \"%s\" a misspelling of it?", c->component->path, meant, name);
    return true;
}

static void components_report_no_argument(
    struct component_check *c, const char *name, const char *path)
{
    struct suggestion suggestion = {.word = name};
    char hint[160];
    for (size_t i = 0; i < c->component->n_arguments; i++)
        suggestion_offer(&suggestion, c->component->arguments[i].name);
    const char *other = known_paths_other_argument(c->check->profile, c->component, name);
    if (other != NULL)
        suggestion.best = other;
    components_hint(&suggestion, hint, sizeof hint);
    if ((c->component->ignores_extra || c->component->extra) &&
        components_report_misspelled(c, name, suggestion.best, path))
        return;
    if (c->component->ignores_extra) {
        diagnostic_warning(c->check->sink, "swallowed-argument", path, hint,
            "%s has no argument \"%s\" and ignores it", c->component->path, name);
        return;
    }
    if (c->component->extra) {
        diagnostic_warning(c->check->sink, "unchecked-argument", path, hint,
            "%s has no argument \"%s\" of its own: what it does with others is not checked",
            c->component->path, name);
        return;
    }
    if (suggestion.best != NULL)
        c->corrected = suggestion.best;
    diagnostic_error(c->check->sink, "unknown-argument", path, hint, "%s has no argument \"%s\"",
        c->component->path, name);
}

/* Checks an argument that the other function has. */
static void components_check_other(struct component_check *c, const struct handed_on *other,
    const struct argument *argument, const struct named_value *named, const char *path)
{
    struct named_value passed = *named;
    if (argument->supplied != SUPPLIED_NOT) {
        diagnostic_error(c->check->sink, "supplied-argument", path, "remove it",
            "%s passes \"%s\" to %s itself, so that it would be passed twice", c->component->path,
            argument->name, other->function);
        return;
    }
    passed.owner = other->function;
    check_type(c->check, &argument->type, &passed);
}

/* Checks an argument that the component passes on to another function (**kwargs). */
static void components_check_passed_on(struct component_check *c, const struct handed_on *other,
    const struct named_value *argument, const char *path)
{
    struct suggestion suggestion = {.word = argument->name};
    char hint[160];
    for (size_t i = 0; i < c->component->n_arguments; i++)
        suggestion_offer(&suggestion, c->component->arguments[i].name);
    for (size_t i = 0; i < other->n_arguments; i++) {
        const struct argument *one = &other->arguments[i];
        if (strcmp(one->name, argument->name) == 0) {
            components_check_other(c, other, one, argument, path);
            return;
        }
        if (one->supplied == SUPPLIED_NOT)
            suggestion_offer(&suggestion, one->name);
    }
    components_hint(&suggestion, hint, sizeof hint);
    if (suggestion.best != NULL)
        c->corrected = suggestion.best;
    diagnostic_error(c->check->sink, "unknown-argument", path, hint,
        "neither %s nor %s, which receives its other arguments, has an argument \"%s\"",
        c->component->path, other->function, argument->name);
}

/* Reports an argument that exists but must not or need not be in a config. */
static void components_report_supplied(
    struct component_check *c, const struct argument *argument, const char *path)
{
    const struct diagnostic_sink *sink = c->check->sink;
    if (argument->positional_only)
        diagnostic_error(sink, "positional-argument", path, NULL,
            "%s takes \"%s\" by position only, and a config can only pass it by name",
            c->component->path, argument->name);
    else if (argument->supplied == SUPPLIED_POSITIONAL)
        diagnostic_error(sink, "supplied-argument", path, "remove it",
            "the recipe passes \"%s\" to %s itself, so that it would be passed twice",
            argument->name, c->component->path);
    else
        diagnostic_warning(sink, "supplied-argument", path, "remove it",
            "the recipe passes \"%s\" to %s itself and ignores this value", argument->name,
            c->component->path);
}

static void components_check_argument(
    struct component_check *c, const char *name, const json_t *value)
{
    const struct argument *argument = component_argument(c->component, name);
    const struct named_value named = {value, c->subject->path, name, c->component->path};
    char path[PATH_MAX_BYTES];
    if (argument != NULL && !argument->positional_only && argument->supplied == SUPPLIED_NOT) {
        check_type(c->check, &argument->type, &named);
        return;
    }
    components_path(c->subject, name, path);
    if (argument != NULL) {
        components_report_supplied(c, argument, path);
        return;
    }
    const struct handed_on *other = NULL;
    if (c->component->extra)
        other = profile_handed_on(c->check->profile, c->component->path);
    if (other != NULL)
        components_check_passed_on(c, other, &named, path);
    else
        components_report_no_argument(c, name, path);
}

static void components_check_missing(const struct component_check *c)
{
    for (size_t i = 0; i < c->component->n_arguments; i++) {
        const struct argument *argument = &c->component->arguments[i];
        if (!components_lacks(c, argument))
            continue;
        if (c->corrected != NULL && strcmp(c->corrected, argument->name) == 0)
            continue;
        if (argument->type.notation != NULL)
            diagnostic_error(c->check->sink, "missing-argument", c->subject->path, NULL,
                "%s needs \"%s\" (%s)", c->component->path, argument->name,
                argument->type.notation);
        else
            diagnostic_error(c->check->sink, "missing-argument", c->subject->path, NULL,
                "%s needs \"%s\"", c->component->path, argument->name);
    }
}

/* --- the whole component ------------------------------------------------------------------ */

static void components_report_bad_name(
    const struct check *check, const json_t *name, const char *name_path)
{
    const char *example = "package.name";
    char hint[320] = "";
    const char *nearest = NULL;
    if (json_string_length(name) > 0 && strchr(json_string_value(name), '.') == NULL)
        nearest = components_nearest(check->profile, json_string_value(name));
    if (nearest != NULL)
        snprintf(hint, sizeof hint, "did you mean \"%s\"?", nearest);
    if (check->profile->n_components > 0)
        example = check->profile->components[0].path;
    if (json_is_string(name))
        diagnostic_error(check->sink, "bad-component", name_path, hint,
            "a component must be a dotted Python path such as %s, got \"%s\"", example,
            json_string_value(name));
    else
        diagnostic_error(check->sink, "bad-component", name_path, NULL,
            "a component must be a dotted Python path such as %s, got %s", example,
            value_type_name(name));
}

/* The name of a component. NULL if there is none that can be looked up: that was reported. */
static const char *components_name(
    const struct check *check, const struct check_subject *subject, const char *name_path)
{
    const json_t *written = json_object_get(subject->node, check->profile->component_key);
    const json_t *name = resolved_value(check->config, written);
    if (resolved_cannot_be_name(check->config, written))
        name = written;
    if (name == NULL) {
        if (check->refuse_unknown && resolved_is_unknown(check->config, written))
            diagnostic_error(check->sink, "unchecked-component", name_path, NULL,
                "the component of %s is only known when the run starts", subject->path);
        return NULL;
    }
    if (json_is_string(name) && components_is_python_path(json_string_value(name)))
        return json_string_value(name);
    components_report_bad_name(check, name, name_path);
    return NULL;
}

static void components_check(const struct check *check, const struct check_subject *subject)
{
    char name_path[PATH_MAX_BYTES];
    const char *key;
    json_t *value;
    components_path(subject, check->profile->component_key, name_path);
    const char *name = components_name(check, subject, name_path);
    if (name == NULL)
        return;
    struct component_check c = {check, subject, profile_component(check->profile, name), NULL};
    if (c.component == NULL) {
        components_report_unknown(check, name, name_path);
        return;
    }
    json_object_foreach ((json_t *)subject->node, key, value)
        if (strcmp(key, check->profile->component_key) != 0)
            components_check_argument(&c, key, value);
    components_check_missing(&c);
}

static void components_check_one(
    const struct check *check, const struct check_subject *subject, const char *name)
{
    const json_t *component = resolved_value(
        check->config, json_object_get(subject->node, check->profile->component_key));
    if (!json_is_string(component))
        return;
    struct component_check c = {
        check, subject, profile_component(check->profile, json_string_value(component)), NULL};
    if (c.component != NULL)
        components_check_argument(&c, name, json_object_get(subject->node, name));
}

/* --- entry -------------------------------------------------------------------------------- */

/* Adds the component to diagnostics. */
struct components_about {
    const struct diagnostic_sink *sink;
    const char *it_path;
};

static void components_emit_about(void *context, const struct diagnostic *diagnostic)
{
    const struct components_about *about = context;
    struct diagnostic copy = *diagnostic;
    copy.it_path = about->it_path;
    about->sink->emit(about->sink->context, &copy);
}

static bool components_about_is_only_counting(void *context, enum sweep_severity severity)
{
    const struct components_about *about = context;
    return diagnostic_is_only_counted(about->sink, severity);
}

void check_component(const struct check *check, const struct check_subject *subject)
{
    struct components_about about = {check->sink, subject->path};
    struct diagnostic_sink sink = {
        components_emit_about, &about, components_about_is_only_counting};
    struct check inner = *check;
    inner.sink = &sink;
    components_check(&inner, subject);
}

void check_component_argument(
    const struct check *check, const struct check_subject *subject, const char *name)
{
    struct components_about about = {check->sink, subject->path};
    struct diagnostic_sink sink = {
        components_emit_about, &about, components_about_is_only_counting};
    struct check inner = *check;
    inner.sink = &sink;
    components_check_one(&inner, subject, name);
}
