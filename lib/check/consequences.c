/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/check/consequences.h"
#include "lib/doc/path.h"

/* True if the top-level key of a path is missing, and is reported as such. */
static bool consequences_is_missing(const struct consequences *c, const char *path)
{
    size_t length = strcspn(path, ".");
    if (c->recipe == NULL)
        return false;
    for (const char *const *key = c->recipe->required; *key != NULL; key++)
        if (strncmp(*key, path, length) == 0 && (*key)[length] == '\0')
            return json_object_get(c->config->tree, *key) == NULL;
    return false;
}

/* True if a component needs the argument at a path and does not have it: reported as missing, or as
 * misspelled. */
static bool consequences_lacks_argument(const struct consequences *c, const char *path)
{
    char component_path[PATH_MAX_BYTES];
    const char *dot = strrchr(path, '.');
    if (dot == NULL || c->profile->component_key == NULL)
        return false;
    snprintf(component_path, sizeof component_path, "%.*s", (int)(dot - path), path);
    const json_t *node = path_get(c->config->tree, component_path);
    const json_t *written = json_object_get(node, c->profile->component_key);
    const char *name = json_string_value(resolved_value(c->config, written));
    const struct component *component = NULL;
    if (name != NULL)
        component = profile_component(c->profile, name);
    if (component == NULL)
        return false;
    const struct argument *argument = component_argument(component, dot + 1);
    return argument != NULL && argument->fallback == NULL && argument->supplied == SUPPLIED_NOT;
}

static void consequences_compare_wrong(void *context, const char *path)
{
    struct consequences *c = context;
    for (size_t i = 0; i < c->n_wrong; i++)
        if (path_overlaps(c->wrong[i], path))
            c->follows = true;
    for (size_t i = 0; i < c->n_given; i++)
        if (path_overlaps(c->given[i], path))
            c->follows = true;
    if (path_get(c->config->tree, path) != NULL)
        return;
    if (consequences_is_missing(c, path) || consequences_lacks_argument(c, path))
        c->follows = true;
}

static bool consequences_is_about_value(const struct diagnostic *diagnostic)
{
    return diagnostic->rule != NULL || strcmp(diagnostic->code, "wrong-type") == 0 ||
           strcmp(diagnostic->code, "wrong-value") == 0 ||
           strcmp(diagnostic->code, "wrong-item") == 0;
}

/* True if the string at a path refers to a wrong top-level key: "${output_dir}/logs". What is wrong
 * inside a component depends on the component, and is reported again. */
static void consequences_refers_to_wrong(struct consequences *c, const char *path)
{
    const struct resolved_config *config = c->config;
    if (config->rules == INTERPOLATION_NONE)
        return;
    const char *text = json_string_value(path_get(config->tree, path));
    while (text != NULL && (text = strstr(text, "${")) != NULL) {
        char target[PATH_MAX_BYTES];
        text += strlen("${");
        snprintf(target, sizeof target, "%.*s", (int)strcspn(text, "}"), text);
        if (strchr(target, '.') != NULL)
            continue;
        for (size_t i = 0; i < c->n_wrong; i++)
            if (strcmp(c->wrong[i], target) == 0)
                c->follows = true;
        /* In a full check the given path may be found to be wrong only later. */
        for (size_t i = 0; i < c->n_given; i++)
            if (strcmp(c->given[i], target) == 0)
                c->is_uncertain = true;
    }
}

/* True if the string at a path refers to a top-level key that is reported as missing. */
static bool consequences_refers_to_missing(const struct consequences *c, const char *path)
{
    const char *text = json_string_value(path_get(c->config->tree, path));
    while (text != NULL && (text = strstr(text, "${")) != NULL) {
        char target[PATH_MAX_BYTES];
        text += strlen("${");
        snprintf(target, sizeof target, "%.*s", (int)strcspn(text, "}"), text);
        if (consequences_is_missing(c, target))
            return true;
    }
    return false;
}

/* A component that cannot be found is wrong as a whole. What is missing in a mapping says nothing
 * about the values that are there. */
static void consequences_remember(struct consequences *c, const struct diagnostic *diagnostic)
{
    if (diagnostic->severity != SWEEP_ERROR || strcmp(diagnostic->code, "missing-argument") == 0 ||
        strcmp(diagnostic->code, "missing-key") == 0)
        return;
    if (c->n_wrong + c->n_given >= CONSEQUENCES_MAX_WRONG) {
        c->is_uncertain = true;
        return;
    }
    size_t length = strlen(diagnostic->path);
    const char *dot = strrchr(diagnostic->path, '.');
    if (dot != NULL && profile_is_component_key(c->profile, dot + 1))
        length = (size_t)(dot - diagnostic->path);
    char *path = strndup(diagnostic->path, length);
    if (path == NULL) {
        c->oom = true;
        return;
    }
    c->wrong[c->n_wrong++] = path;
}

/* True for a rule about what a component is, if the component is not known. */
static bool consequences_is_about_unknown(
    const struct consequences *c, const struct diagnostic *diagnostic)
{
    const char *dot = strrchr(diagnostic->path, '.');
    if (diagnostic->rule == NULL || diagnostic->it_path == NULL || dot == NULL ||
        !profile_is_component_key(c->profile, dot + 1))
        return false;
    const json_t *written = path_get(c->config->tree, diagnostic->path);
    const char *name = json_string_value(resolved_value(c->config, written));
    return name != NULL && profile_component(c->profile, name) == NULL;
}

/* --- the sink ----------------------------------------------------------------------------- */

static void consequences_emit(void *context, const struct diagnostic *diagnostic)
{
    struct consequences *c = context;
    c->follows = false;
    if (diagnostic->rule != NULL)
        rules_reads(c->rules, diagnostic->rule, diagnostic->it_path, consequences_compare_wrong, c);
    if (c->n_wrong + c->n_given > 0 && !c->follows && consequences_is_about_value(diagnostic))
        consequences_refers_to_wrong(c, diagnostic->path);
    if (c->follows || consequences_is_about_unknown(c, diagnostic))
        return;
    if (strcmp(diagnostic->code, "unresolved-interpolation") == 0 &&
        consequences_refers_to_missing(c, diagnostic->path))
        return;
    if (diagnostic->rule == NULL)
        consequences_remember(c, diagnostic);
    c->sink->emit(c->sink->context, diagnostic);
}

static bool consequences_is_only_counting(void *context, enum sweep_severity severity)
{
    const struct consequences *c = context;
    return diagnostic_is_only_counted(c->sink, severity);
}

void consequences_init(struct consequences *c, const struct check *check, struct rules *rules)
{
    *c = (struct consequences){.config = check->config,
        .profile = check->profile,
        .recipe = check->recipe,
        .rules = rules,
        .sink = check->sink};
    c->filtered = (struct diagnostic_sink){consequences_emit, c, consequences_is_only_counting};
}

void consequences_deinit(struct consequences *c)
{
    for (size_t i = 0; i < c->n_wrong; i++)
        free(c->wrong[i]);
}
