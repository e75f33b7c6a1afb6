/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/check/interpolation.h"
#include "lib/check/resolved.h"
#include "lib/doc/path.h"
#include "lib/doc/yaml.h"
#include "lib/util/text.h"

enum { MAX_STRINGS = 4096 }; /* with interpolations */

/* Instead of a code: what this string refers to was complained of already. */
static const char reported[] = "";

static struct resolution *find(const struct view *view, const json_t *source)
{
    for (size_t i = 0; i < view->count; i++)
        if (view->items[i].source == source)
            return &view->items[i];
    return NULL;
}

static struct resolution *append(struct view *view, const json_t *source)
{
    if (view->count == view->capacity) {
        size_t capacity = view->capacity == 0 ? 8 : 2 * view->capacity;
        struct resolution *items = realloc(view->items, capacity * sizeof *items);
        view->no_memory |= items == NULL;
        if (items == NULL)
            return NULL;
        view->items = items;
        view->capacity = capacity;
    }
    view->items[view->count] = (struct resolution){.source = source};
    return &view->items[view->count++];
}

/* OmegaConf's mark for a value that is still to be given. */
static bool is_missing(const json_t *value)
{
    return json_is_string(value) && strcmp(json_string_value(value), "???") == 0;
}

static json_t *resolve_string(
    struct resolver *r, const json_t *source, const char *path, int depth);

/* --- where things stand ------------------------------------------------------------------- */

/* The way from the root to a value: each value stands in one place only. */
struct way {
    const json_t *inside[YAML_MAX_DEPTH * 2]; /* mappings and lists, from the outermost on */
    size_t depth;
    char path[PATH_MAX_BYTES]; /* dotted, of `length` bytes */
    size_t length;
};

static bool find_way(struct way *way, const json_t *node, const json_t *wanted);

static bool find_below(
    struct way *way, const json_t *child, const json_t *wanted, const char *key, size_t index)
{
    size_t length = way->length;
    if (child != wanted && !json_is_object(child) && !json_is_array(child))
        return false;
    size_t longer = key != NULL ? path_append(way->path, length, key)
                                : path_append_index(way->path, length, index);
    way->length = longer > 0 ? longer : length;
    if (child == wanted || find_way(way, child, wanted))
        return true;
    way->length = length;
    way->path[length] = '\0';
    return false;
}

/* Looks for a value inside `node`. */
static bool find_way(struct way *way, const json_t *node, const json_t *wanted)
{
    const char *key;
    json_t *value;
    size_t index;
    if (way->depth == sizeof way->inside / sizeof *way->inside)
        return false;
    way->inside[way->depth++] = node;
    json_object_foreach ((json_t *)node, key, value)
        if (find_below(way, value, wanted, key, 0))
            return true;
    json_array_foreach (node, index, value)
        if (find_below(way, value, wanted, NULL, index))
            return true;
    way->depth--;
    return false;
}

/* False when it stands too deep; then the way is empty. */
static bool locate(const struct view *view, const json_t *wanted, struct way *way)
{
    way->depth = way->length = 0;
    way->path[0] = '\0';
    return find_way(way, view->tree, wanted);
}

/* --- what ${path} refers to --------------------------------------------------------------- */

/* Notes that a top-level key is referred to; `path` begins with it. */
static void note_use(struct view *view, const char *path)
{
    size_t length = strcspn(path, ".");
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)view->tree, name, value)
        if (strlen(name) == length && memcmp(name, path, length) == 0 && !view_uses(view, name) &&
            view->n_used < sizeof view->used / sizeof *view->used)
            view->used[view->n_used++] = name;
}

/* The item of a list at "0"; at "-1" only OmegaConf 2.4 has one. */
static const json_t *item_at(const json_t *list, const char *part)
{
    if (*part == '\0' || part[strspn(part, "0123456789")] != '\0')
        return NULL;
    return json_array_get(list, strtoul(part, NULL, 10));
}

static void not_there(struct cursor *c, const json_t *node, const char *part)
{
    struct suggestion suggestion = {.word = part};
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)node, key, value)
        suggestion_offer(&suggestion, key);
    if (c->r->complaint == NULL && suggestion.best != NULL)
        snprintf(c->r->hint, sizeof c->r->hint, "did you mean \"%.90s\"?", suggestion.best);
    c->r->absent = !json_is_array(node) || part[strspn(part, "0123456789")] == '\0';
    interpolation_fail(
        c->r, "unresolved-interpolation", "there is no \"%.150s\" to take the value from", part);
}

/* One step down from `node`; resolves what it finds. New reference. */
static json_t *step(struct cursor *c, const json_t *node, const char *part)
{
    const json_t *next = json_is_array(node) ? item_at(node, part) : json_object_get(node, part);
    if (next == NULL) {
        not_there(c, node, part);
        return NULL;
    }
    if (is_missing(next)) {
        interpolation_fail(c->r, reported, "%s", part);
        return NULL;
    }
    if (has_interpolation(next))
        return resolve_string(c->r, next, NULL, c->depth + 1);
    return json_incref((json_t *)next);
}

/* The mapping or list that a reference starts from. */
static const json_t *start_of(struct cursor *c, const struct reference *reference)
{
    const json_t *tree = c->r->view->tree;
    struct way way;
    if (reference->dots == 0) {
        if (reference->n_parts > 0)
            note_use(c->r->view, reference->parts.data);
        return tree;
    }
    if (!locate(c->r->view, c->source, &way) || way.depth < reference->dots) {
        interpolation_fail(
            c->r, "unresolved-interpolation", "there is nothing above \"%.150s\"", c->path);
        return NULL;
    }
    const json_t *start = way.inside[way.depth - reference->dots];
    if (start != tree)
        note_use(c->r->view, way.path);
    else if (reference->n_parts > 0)
        note_use(c->r->view, reference->parts.data);
    return start;
}

/* Whether the string stands in this value. */
static bool stands_in(const struct cursor *c, const json_t *node)
{
    struct way way;
    if ((!json_is_object(node) && !json_is_array(node)) || !locate(c->r->view, c->source, &way))
        return false;
    for (size_t i = 0; i < way.depth; i++)
        if (way.inside[i] == node)
            return true;
    return false;
}

static json_t *look_up(struct cursor *c, const struct reference *reference)
{
    const char *part = reference->parts.data;
    json_t *node = json_incref((json_t *)start_of(c, reference));
    for (size_t i = 0; node != NULL && node != &unknown_value && i < reference->n_parts; i++) {
        json_t *next = step(c, node, part);
        json_decref(node);
        node = next;
        part += strlen(part) + 1;
    }
    if (node != NULL && reference->open)
        return json_is_object(node) || json_is_array(node) || node == &unknown_value
                   ? (json_decref(node), &unknown_value)
                   : (not_there(c, node, "…"), json_decref(node), NULL);
    if (!stands_in(c, node))
        return node;
    interpolation_fail(
        c->r, "cyclic-interpolation", "\"%.150s\" refers to what it stands in", c->path);
    json_decref(node);
    return NULL;
}

/* --- strings ------------------------------------------------------------------------------ */

/* Says what is wrong with the string at `path`, unless it is wrong only because of another. */
static void report(struct resolver *r, const char *path)
{
    if (r->complaint != NULL && r->complaint != reported)
        complain(r->sink, SWEEP_ERROR, r->complaint, path, r->hint[0] != '\0' ? r->hint : NULL,
            "%s", r->message);
    else if (r->complaint == NULL && r->environment)
        complain(r->sink, SWEEP_NOTE, "environment", path, NULL,
            "the value of ${oc.env:…} is known only when the run starts");
}

/* Resolves a string for the first time. What is wrong with it is no news about the one that led
 * here. */
static json_t *resolve_new(struct resolver *r, const json_t *source, const char *path, int depth)
{
    const char *outer = r->complaint;
    bool outer_environment = r->environment;
    r->complaint = NULL;
    r->environment = false;
    r->hint[0] = '\0';
    struct cursor c = {r, json_string_value(source), source, path, depth};
    json_t *value = interpolate(&c);
    report(r, path);
    r->complaint = outer;
    r->environment = outer_environment;
    return value;
}

/* `path` may be NULL when it is not at hand. */
static json_t *resolve_string(struct resolver *r, const json_t *source, const char *path, int depth)
{
    struct resolution *known = find(r->view, source);
    struct way way;
    if (path == NULL && (known == NULL || known->busy)) {
        locate(r->view, source, &way);
        path = way.path;
    }
    if (known != NULL && known->busy) {
        interpolation_fail(r, "cyclic-interpolation", "\"%.150s\" refers to itself", path);
        return NULL;
    }
    if (known == NULL && r->view->count >= MAX_STRINGS) {
        interpolation_fail(
            r, "bad-interpolation", "\"%.150s\" is one interpolation too many", path);
        return NULL;
    }
    if (known == NULL) {
        known = append(r->view, source);
        if (known == NULL)
            return NULL;
        size_t index = (size_t)(known - r->view->items);
        known->busy = true;
        json_t *value = resolve_new(r, source, path, depth);
        known = &r->view->items[index];
        known->busy = false;
        known->value = value;
    }
    if (known->value == NULL)
        interpolation_fail(r, reported, "%s", path != NULL ? path : "");
    return json_incref(known->value);
}

/* --- the tree ----------------------------------------------------------------------------- */

static void visit_string(struct resolver *r, const json_t *value, const char *path)
{
    if (is_missing(value)) {
        complain(r->sink, SWEEP_ERROR, "missing-value", path, NULL,
            "%s is ???, which OmegaConf reads as a value still to be given", path);
        return;
    }
    if (!has_interpolation(value))
        return;
    r->complaint = NULL;
    r->environment = false;
    json_decref(resolve_string(r, value, path, 0));
    if (find(r->view, value) == NULL) /* one too many */
        report(r, path);
}

static void visit(struct resolver *r, const json_t *node, char *path, size_t length)
{
    const char *key;
    json_t *value;
    size_t index;
    if (json_is_string(node))
        visit_string(r, node, path);
    else if (json_is_object(node))
        json_object_foreach ((json_t *)node, key, value) {
            size_t longer = path_append(path, length, key);
            if (longer > 0)
                visit(r, value, path, longer);
        }
    else if (json_is_array(node))
        json_array_foreach (node, index, value) {
            size_t longer = path_append_index(path, length, index);
            if (longer > 0)
                visit(r, value, path, longer);
        }
    path[length] = '\0';
}

static void forget(struct view *view)
{
    for (size_t i = 0; i < view->count; i++)
        json_decref(view->items[i].value);
    view->count = 0;
    view->n_used = 0;
}

void view_resolve(struct view *view, const json_t *tree, const struct sink *sink)
{
    struct resolver r = {.look_up = look_up, .view = view, .sink = sink};
    char path[PATH_MAX_BYTES] = "";
    forget(view);
    view->tree = tree;
    visit(&r, tree, path, 0);
    if (r.oom)
        view->no_memory = true;
}

void view_deinit(struct view *view)
{
    forget(view);
    free(view->items);
    *view = (struct view){0};
}

const json_t *view_value(const struct view *view, const json_t *value)
{
    if (is_missing(value))
        return NULL;
    if (!has_interpolation(value))
        return value;
    const struct resolution *known = find(view, value);
    return known != NULL && !is_unknown(known->value) ? known->value : NULL;
}

static const json_t *unknown_of(const struct view *view, const json_t *value)
{
    const struct resolution *known = has_interpolation(value) ? find(view, value) : NULL;
    return known != NULL && is_unknown(known->value) ? known->value : NULL;
}

bool view_is_unknown(const struct view *view, const json_t *value)
{
    return unknown_of(view, value) != NULL;
}

bool view_is_text(const struct view *view, const json_t *value)
{
    const json_t *unknown = unknown_of(view, value);
    return unknown == &unknown_text || unknown == &unknown_phrase;
}

bool view_is_no_name(const struct view *view, const json_t *value)
{
    return unknown_of(view, value) == &unknown_phrase;
}

const json_t *view_walk(
    const struct view *view, const json_t *from, const char *parts, size_t n_parts)
{
    const json_t *node = from;
    for (size_t i = 0; i < n_parts && node != NULL; i++, parts += strlen(parts) + 1) {
        if (json_is_array(node))
            node = parts[strspn(parts, "0123456789")] == '\0'
                       ? json_array_get(node, strtoul(parts, NULL, 10))
                       : NULL;
        else
            node = json_object_get(node, parts);
        node = view_value(view, node);
    }
    return node;
}

bool view_uses(const struct view *view, const char *key)
{
    for (size_t i = 0; i < view->n_used; i++)
        if (strcmp(view->used[i], key) == 0)
            return true;
    return false;
}
