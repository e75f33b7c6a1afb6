/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/check/interpolation.h"
#include "lib/check/resolved.h"
#include "lib/util/array.h"
#include "lib/util/index.h"
#include "lib/util/text.h"

enum { MAX_INTERPOLATED = 4096 }; /* strings with interpolations */

/* In place of a code: the mistake is in the string referred to, where it was reported. */
static const char resolved_reported[] = "";

static struct resolved_string *resolved_find(
    const struct resolved_config *config, const json_t *source)
{
    size_t number = index_find(config->index, (const char *)&source, sizeof source);
    return number != SIZE_MAX ? &config->items[number] : NULL;
}

static struct resolved_string *resolved_append(struct resolved_config *config, const json_t *source)
{
    struct resolved_string *items =
        array_grow(config->items, config->count, &config->capacity, sizeof *items);
    if (items == NULL) {
        config->oom = true;
        return NULL;
    }
    config->items = items;
    if (!index_add(&config->index, (const char *)&source, sizeof source, config->count)) {
        config->oom = true;
        return NULL;
    }
    config->items[config->count] = (struct resolved_string){.source = source};
    return &config->items[config->count++];
}

/* OmegaConf's mark for a missing value. */
static bool resolved_is_missing(const struct resolved_config *config, const json_t *value)
{
    return config->rules == INTERPOLATION_OMEGACONF && json_is_string(value) &&
           strcmp(json_string_value(value), "???") == 0;
}

static bool resolved_is_interpolation(const struct resolved_config *config, const json_t *value)
{
    return config->rules == INTERPOLATION_OMEGACONF && scalar_is_interpolation(value);
}

static bool resolved_is_collection(const json_t *value)
{
    return json_is_object(value) || json_is_array(value);
}

static bool resolved_is_index(const char *part)
{
    return part[strspn(part, "0123456789")] == '\0';
}

static json_t *resolved_resolve(
    struct interpolator *state, const json_t *source, const char *path, int depth);

/* --- what ${path} refers to --------------------------------------------------------------- */

/* Records that an interpolation refers to a top-level key. */
static void resolved_note_reference(struct resolved_config *config, const char *key)
{
    void *member = json_object_iter_at((json_t *)config->tree, key);
    if (member == NULL || resolved_refers_to(config, key))
        return;
    if (config->n_referenced < sizeof config->referenced / sizeof *config->referenced)
        config->referenced[config->n_referenced++] = json_object_iter_key(member);
}

static void resolved_fail_absent(struct interpolation *c, const json_t *node, const char *part)
{
    struct suggestion suggestion = {.word = part};
    bool hint = c->state->code == NULL && !diagnostic_is_only_counted(c->state->sink, SWEEP_ERROR);
    if (hint)
        suggestion_offer_keys(&suggestion, node, NULL);
    if (suggestion.best != NULL)
        snprintf(c->state->hint, sizeof c->state->hint, "did you mean \"%.90s\"?", suggestion.best);
    c->state->absent = !json_is_array(node) || resolved_is_index(part);
    interpolation_fail(c->state, "unresolved-interpolation",
        "the interpolation refers to \"%.150s\", which does not exist", part);
}

/* Negative indices work only in OmegaConf 2.4. */
static const json_t *resolved_item(const json_t *list, const char *part)
{
    if (*part == '\0' || !resolved_is_index(part))
        return NULL;
    return json_array_get(list, strtoul(part, NULL, 10));
}

/* The member `part` of `node`, resolved. Returns a new reference. */
static json_t *resolved_member(struct interpolation *c, const json_t *node, const char *part)
{
    const json_t *member;
    if (json_is_array(node))
        member = resolved_item(node, part);
    else
        member = json_object_get(node, part);
    if (member == NULL) {
        resolved_fail_absent(c, node, part);
        return NULL;
    }
    if (resolved_is_missing(c->state->config, member)) {
        interpolation_fail(c->state, resolved_reported, "%s", part);
        return NULL;
    }
    if (resolved_is_interpolation(c->state->config, member))
        return resolved_resolve(c->state, member, NULL, c->depth + 1);
    return json_incref((json_t *)member);
}

static bool resolved_locate(
    struct resolved_config *config, const json_t *wanted, struct location *at)
{
    return locations_find(&config->locations, config->tree, wanted, at, &config->oom);
}

/* The mapping or list that a path starts from. */
static const json_t *resolved_start(struct interpolation *c, const struct interpolation_path *path)
{
    struct resolved_config *config = c->state->config;
    struct location at;
    const json_t *start = config->tree;
    if (path->dots > 0) {
        if (!resolved_locate(config, c->source, &at) || at.depth < path->dots) {
            interpolation_fail(c->state, "unresolved-interpolation",
                "\"%.150s\" refers to something above the root: it has too many leading dots",
                c->path);
            return NULL;
        }
        start = at.inside[at.depth - path->dots];
    }
    if (start != config->tree) {
        at.path[strcspn(at.path, ".")] = '\0';
        resolved_note_reference(config, at.path);
    } else if (path->n_parts > 0)
        resolved_note_reference(config, path->parts.data);
    return start;
}

/* True if the string being evaluated is inside this value. */
static bool resolved_contains_source(const struct interpolation *c, const json_t *node)
{
    struct location at;
    if (!resolved_is_collection(node) || !resolved_locate(c->state->config, c->source, &at))
        return false;
    for (size_t i = 0; i < at.depth; i++)
        if (at.inside[i] == node)
            return true;
    return false;
}

static json_t *resolved_look_up(struct interpolation *c, const struct interpolation_path *path)
{
    const char *part = path->parts.data;
    json_t *node = json_incref((json_t *)resolved_start(c, path));
    for (size_t i = 0; i < path->n_parts; i++) {
        if (node == NULL || node == &interpolation_unknown)
            break;
        json_t *member = resolved_member(c, node, part);
        json_decref(node);
        node = member;
        part += strlen(part) + 1;
    }
    if (node == NULL)
        return NULL;
    if (path->open) {
        if (node == &interpolation_unknown)
            return node;
        bool collection = resolved_is_collection(node);
        if (!collection)
            resolved_fail_absent(c, node, "…");
        json_decref(node);
        return collection ? &interpolation_unknown : NULL;
    }
    if (resolved_contains_source(c, node)) {
        interpolation_fail(c->state, "cyclic-interpolation",
            "\"%.150s\" refers to a value that contains it", c->path);
        json_decref(node);
        return NULL;
    }
    return node;
}

/* --- strings ------------------------------------------------------------------------------ */

/* Reports the mistake in the string at `path`, unless it is in a string that this one refers to. */
static void resolved_report(struct interpolator *state, const char *path)
{
    if (state->code == resolved_reported)
        return;
    if (state->code != NULL)
        diagnostic_error(state->sink, state->code, path, state->hint, "%s", state->message);
    else if (state->environment)
        diagnostic_note(state->sink, "environment", path, NULL,
            "the value of ${oc.env:…} is only known when the run starts");
}

/* Resolves a string for the first time. A mistake in it is reported here, and does not count as one
 * of the string that refers to it. */
static json_t *resolved_evaluate(
    struct interpolator *state, const json_t *source, const char *path, int depth)
{
    const char *outer_code = state->code;
    bool outer_environment = state->environment;
    state->code = NULL;
    state->environment = false;
    state->hint[0] = '\0';
    struct interpolation c = {state, json_string_value(source), source, path, depth};
    json_t *value = interpolation_evaluate(&c);
    resolved_report(state, path);
    state->code = outer_code;
    state->environment = outer_environment;
    return value;
}

/* Returns a new reference, or NULL. `path` may be NULL if the caller does not know it. */
static json_t *resolved_resolve(
    struct interpolator *state, const json_t *source, const char *path, int depth)
{
    struct resolved_config *config = state->config;
    struct resolved_string *known = resolved_find(config, source);
    struct location at;
    if (path == NULL && (known == NULL || known->busy)) {
        resolved_locate(config, source, &at);
        path = at.path;
    }
    if (known != NULL && known->busy) {
        interpolation_fail(state, "cyclic-interpolation", "\"%.150s\" refers to itself", path);
        return NULL;
    }
    if (known == NULL && config->count >= MAX_INTERPOLATED) {
        interpolation_fail(state, "bad-interpolation",
            "\"%.150s\" is one interpolation too many: the maximum is %d", path, MAX_INTERPOLATED);
        return NULL;
    }
    if (known == NULL) {
        known = resolved_append(config, source);
        if (known == NULL)
            return NULL;
        size_t index = (size_t)(known - config->items);
        known->busy = true;
        json_t *value = resolved_evaluate(state, source, path, depth);
        known = &config->items[index]; /* the array may have moved */
        known->busy = false;
        known->value = value;
    }
    if (known->value == NULL)
        interpolation_fail(state, resolved_reported, "%s", path != NULL ? path : "");
    return json_incref(known->value);
}

/* --- the tree ----------------------------------------------------------------------------- */

static void resolved_visit_string(struct interpolator *state, const json_t *value, const char *path)
{
    if (resolved_is_missing(state->config, value)) {
        diagnostic_error(state->sink, "missing-value", path, NULL,
            "%s is ???, which OmegaConf treats as a missing value", path);
        return;
    }
    if (!resolved_is_interpolation(state->config, value))
        return;
    state->code = NULL;
    state->environment = false;
    json_decref(resolved_resolve(state, value, path, 0));
    if (resolved_find(state->config, value) == NULL) /* over the limit */
        resolved_report(state, path);
}

static void resolved_visit(
    struct interpolator *state, const json_t *node, char *path, size_t length)
{
    const char *key;
    json_t *value;
    size_t index, longer;
    if (json_is_string(node)) {
        resolved_visit_string(state, node, path);
        return;
    }
    json_object_foreach ((json_t *)node, key, value) {
        longer = path_append(path, length, key);
        if (longer > 0)
            resolved_visit(state, value, path, longer);
    }
    json_array_foreach (node, index, value) {
        longer = path_append_index(path, length, index);
        if (longer > 0)
            resolved_visit(state, value, path, longer);
    }
    path[length] = '\0';
}

static void resolved_clear(struct resolved_config *config)
{
    for (size_t i = 0; i < config->count; i++)
        json_decref(config->items[i].value);
    json_decref(config->index);
    config->index = NULL;
    locations_clear(&config->locations);
    config->count = 0;
    config->n_referenced = 0;
}

void resolved_build(
    struct resolved_config *config, const json_t *tree, const struct diagnostic_sink *sink)
{
    struct interpolator state = {.look_up = resolved_look_up, .config = config, .sink = sink};
    char path[PATH_MAX_BYTES] = "";
    resolved_clear(config);
    config->tree = tree;
    resolved_visit(&state, tree, path, 0);
    if (state.oom)
        config->oom = true;
}

void resolved_deinit(struct resolved_config *config)
{
    resolved_clear(config);
    free(config->items);
    *config = (struct resolved_config){0};
}

const json_t *resolved_value(const struct resolved_config *config, const json_t *value)
{
    if (resolved_is_missing(config, value))
        return NULL;
    if (!resolved_is_interpolation(config, value))
        return value;
    const struct resolved_string *known = resolved_find(config, value);
    if (known == NULL || interpolation_is_unknown(known->value))
        return NULL;
    return known->value;
}

/* One of the interpolation_unknown… values, or NULL. */
static const json_t *resolved_unknown(const struct resolved_config *config, const json_t *value)
{
    if (!resolved_is_interpolation(config, value))
        return NULL;
    const struct resolved_string *known = resolved_find(config, value);
    if (known == NULL || !interpolation_is_unknown(known->value))
        return NULL;
    return known->value;
}

bool resolved_is_unknown(const struct resolved_config *config, const json_t *value)
{
    return resolved_unknown(config, value) != NULL;
}

bool resolved_is_unknown_string(const struct resolved_config *config, const json_t *value)
{
    const json_t *unknown = resolved_unknown(config, value);
    return unknown == &interpolation_unknown_string || unknown == &interpolation_unknown_phrase;
}

bool resolved_cannot_be_name(const struct resolved_config *config, const json_t *value)
{
    return resolved_unknown(config, value) == &interpolation_unknown_phrase;
}

const json_t *resolved_get(
    const struct resolved_config *config, const json_t *from, const char *parts, size_t n_parts)
{
    const json_t *node = from;
    for (size_t i = 0; i < n_parts && node != NULL; i++, parts += strlen(parts) + 1) {
        if (!json_is_array(node))
            node = json_object_get(node, parts);
        else if (resolved_is_index(parts))
            node = json_array_get(node, strtoul(parts, NULL, 10));
        else
            node = NULL;
        node = resolved_value(config, node);
    }
    return node;
}

bool resolved_refers_to(const struct resolved_config *config, const char *key)
{
    for (size_t i = 0; i < config->n_referenced; i++)
        if (strcmp(config->referenced[i], key) == 0)
            return true;
    return false;
}
