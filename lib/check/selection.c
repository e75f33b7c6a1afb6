/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/check/components.h"
#include "lib/check/consequences.h"
#include "lib/check/keys.h"
#include "lib/check/selection.h"
#include "lib/doc/path.h"
#include "lib/doc/scalar.h"
#include "lib/util/array.h"

enum selected_kind {
    SELECTED_BELOW,    /* everything about the components at or below a path */
    SELECTED_ARGUMENT, /* the type of an argument of a component */
    SELECTED_RULE,     /* a rule for a component, a top-level key or the config as a whole */
};

/* A selected check. */
struct selected {
    enum selected_kind kind;
    struct check_subject subject; /* the path is owned; NULL: the config as a whole */
    char *argument;               /* owned */
    const struct rule *rule;
};

struct selected_list {
    struct selected *items;
    size_t count, capacity;
};

struct selection {
    struct checker *checker;
    struct selection_changes *changes; /* NULL: the selection is complete */
    struct selected_list components;   /* in the order of a full check */
    struct selected_list rules;        /* for top-level keys and the config as a whole */
    char **keys;                       /* whose types are checked; owned */
    size_t n_keys;
    bool all_keys; /* instead: all checks of keys */
    bool resolve;
    size_t n_found;  /* of the changed paths */
    bool impossible; /* to select */
    char *given[CONSEQUENCES_MAX_WRONG];
    size_t n_given; /* paths that are wrong in all configs */
    bool oom;
};

/* --- selecting ---------------------------------------------------------------------------- */

/* Appends a copy of `new`; its path and argument are copied. */
static void selection_add(
    struct selection *s, struct selected_list *list, const struct selected *new)
{
    struct selected *items = array_grow(list->items, list->count, &list->capacity, sizeof *items);
    if (items == NULL) {
        s->oom = true;
        return;
    }
    list->items = items;
    struct selected *item = &list->items[list->count++];
    *item = *new;
    if (new->subject.path != NULL)
        item->subject.path = strdup(new->subject.path);
    if (new->argument != NULL)
        item->argument = strdup(new->argument);
    if ((new->subject.path != NULL && item->subject.path == NULL) ||
        (new->argument != NULL && item->argument == NULL))
        s->oom = true;
}

static bool selection_is_changed(const struct selection *s, const struct diagnostic *about)
{
    return s->changes->is_changed(s->changes->context, about);
}

/* Rules about files are always selected: what they read is not known exactly. */
static bool selection_is_wanted(
    const struct selection *s, const struct rule *rule, const char *it_path)
{
    const struct diagnostic about = {.path = "", .rule = rule, .it_path = it_path};
    return rule->file != NULL || selection_is_changed(s, &about);
}

/* A component whose rules are selected. */
struct selection_subject {
    struct selection *selection;
    const json_t *node;
};

static void selection_add_rule(void *context, const struct rule *rule, const char *it_path)
{
    const struct selection_subject *subject = context;
    struct selection *s = subject->selection;
    const struct selected new = {
        .kind = SELECTED_RULE, .subject = {subject->node, it_path}, .rule = rule};
    if (selection_is_wanted(s, rule, it_path))
        selection_add(s, &s->components, &new);
}

static void selection_add_config_rule(void *context, const struct rule *rule, const char *it_path)
{
    struct selection *s = context;
    const struct selected new = {.kind = SELECTED_RULE, .subject = {NULL, it_path}, .rule = rule};
    if (selection_is_wanted(s, rule, it_path))
        selection_add(s, &s->rules, &new);
}

/* Selects what depends on the changed values, of a component that is the same in all configs. */
static void selection_add_component(
    struct selection *s, const json_t *node, char *path, size_t length)
{
    const char *component_key = s->checker->profile->component_key, *key;
    json_t *value;
    json_object_foreach ((json_t *)node, key, value) {
        char *copy = (char *)key;
        struct diagnostic about = {.path = path};
        if (strcmp(key, component_key) == 0)
            continue;
        if (path_append(path, length, key) == 0)
            s->impossible = true;
        bool is_changed = selection_is_changed(s, &about);
        path[length] = '\0';
        const struct selected new = {
            .kind = SELECTED_ARGUMENT, .subject = {node, path}, .argument = copy};
        if (is_changed)
            selection_add(s, &s->components, &new);
    }
    struct selection_subject subject = {s, node};
    rules_visit(
        s->checker->rules, &(struct check_subject){node, path}, selection_add_rule, &subject);
}

/* True if the component that a mapping names is not the same in all configs. */
static bool selection_is_other_component(const struct selection *s, char *path, size_t length)
{
    const struct diagnostic about = {.path = path};
    if (path_append(path, length, s->checker->profile->component_key) == 0)
        return false;
    bool is_changed = selection_is_changed(s, &about);
    path[length] = '\0';
    return is_changed;
}

static bool selection_find_path(struct selection *s, const char *path)
{
    for (size_t i = 0; i < s->changes->n_paths; i++)
        if (strcmp(s->changes->paths[i], path) == 0) {
            s->n_found++;
            return true;
        }
    return false;
}

/* Strings that depend on the changed values, or are copied with them, are resolved again. */
static void selection_note_string(
    struct selection *s, const json_t *string, const char *path, bool is_inside)
{
    const struct diagnostic about = {.path = path};
    if (s->checker->config.rules == INTERPOLATION_NONE)
        return;
    if (!scalar_is_interpolation(string) && strcmp(json_string_value(string), "???") != 0)
        return;
    if (is_inside || selection_is_changed(s, &about))
        s->resolve = true;
}

/* Selects checks of components; `path` is that of `node` and has `length` bytes. `is_inside`: the
 * components at or below it are selected already. */
static void selection_walk(
    struct selection *s, const json_t *node, char *path, size_t length, bool is_inside)
{
    const char *key;
    json_t *value;
    size_t index, longer;
    bool is_component = json_object_get(node, s->checker->profile->component_key) != NULL;
    bool is_below = selection_find_path(s, path) ||
                    (is_component && selection_is_other_component(s, path, length));
    if (json_is_string(node))
        selection_note_string(s, node, path, is_inside || is_below);
    if (is_below && !is_inside) {
        if (length > 0 && path_get(s->checker->config.tree, path) != node)
            s->impossible = true; /* the path of a key with a dot */
        selection_add(
            s, &s->components, &(struct selected){.kind = SELECTED_BELOW, .subject = {NULL, path}});
    } else if (is_component && !is_inside) {
        selection_add_component(s, node, path, length);
    }
    is_inside = is_inside || is_below;
    json_object_foreach ((json_t *)node, key, value) {
        longer = path_append(path, length, key);
        if (longer > 0)
            selection_walk(s, value, path, longer, is_inside);
        else
            s->impossible = true;
    }
    json_array_foreach (node, index, value) {
        longer = path_append_index(path, length, index);
        if (longer > 0)
            selection_walk(s, value, path, longer, is_inside);
        else
            s->impossible = true;
    }
    path[length] = '\0';
}

static void selection_add_key(struct selection *s, const char *key)
{
    char **keys = realloc(s->keys, (s->n_keys + 1) * sizeof *keys);
    if (keys != NULL)
        s->keys = keys;
    char *copy = strdup(key);
    if (keys == NULL || copy == NULL) {
        free(copy);
        s->oom = true;
        return;
    }
    s->keys[s->n_keys++] = copy;
}

/* True if whether a value is missing that the recipe itself reads inside of a component depends on
 * the changed values. */
static bool selection_may_lack_key(const struct selection *s)
{
    if (s->checker->recipe == NULL)
        return false;
    for (const char *const *key = s->checker->recipe->required; *key != NULL; key++) {
        char component[PATH_MAX_BYTES];
        const struct diagnostic about = {.path = component};
        const char *dot = strrchr(*key, '.');
        if (dot == NULL)
            continue;
        snprintf(component, sizeof component, "%.*s", (int)(dot - *key), *key);
        if (selection_is_changed(s, &about))
            return true;
        for (size_t i = 0; i < s->changes->n_paths; i++)
            if (path_is_inside(*key, s->changes->paths[i]))
                return true;
    }
    return false;
}

static void selection_add_keys(struct selection *s)
{
    const struct recipe *recipe = s->checker->recipe;
    const char *key;
    json_t *value;
    if (s->checker->own_recipe)
        return;
    s->all_keys = selection_may_lack_key(s);
    json_object_foreach ((json_t *)s->checker->config.tree, key, value) {
        if (s->all_keys || !selection_is_changed(s, &(struct diagnostic){.path = key}))
            continue;
        if (recipe == NULL || recipe_reads(recipe, key))
            selection_add_key(s, key);
        else
            s->all_keys = true;
    }
}

/* --- running ------------------------------------------------------------------------------ */

static void selection_ignore(void *context, const struct diagnostic *diagnostic)
{
    (void)context;
    (void)diagnostic;
}

static const struct diagnostic_sink selection_no_sink = {selection_ignore, NULL, NULL};

static void selection_check_keys(const struct selection *s, const struct check *check)
{
    if (s->checker->own_recipe)
        return;
    if (s->all_keys && !check_keys(check))
        s->checker->config.oom = true;
    for (size_t i = 0; i < s->n_keys && !s->all_keys; i++)
        check_key_type(check, s->keys[i], json_object_get(check->config->tree, s->keys[i]));
}

/* The node of SELECTED_BELOW; its path is copied to `path`. */
static const json_t *selection_node(
    const struct selection *s, const struct selected *item, char path[PATH_MAX_BYTES])
{
    memcpy(path, item->subject.path, strlen(item->subject.path) + 1);
    if (*path == '\0')
        return s->checker->config.tree;
    return path_get(s->checker->config.tree, path);
}

static void selection_check_components(const struct selection *s, const struct check *check)
{
    char path[PATH_MAX_BYTES];
    for (size_t i = 0; i < s->components.count; i++) {
        const struct selected *item = &s->components.items[i];
        if (item->kind == SELECTED_BELOW)
            checker_check_below(s->checker, check, selection_node(s, item, path), path);
        else if (item->kind == SELECTED_ARGUMENT)
            check_component_argument(check, &item->subject, item->argument);
    }
}

static void selection_apply_rules(const struct selection *s, const struct check *check)
{
    struct rules *rules = s->checker->rules;
    char path[PATH_MAX_BYTES];
    for (size_t i = 0; i < s->components.count; i++) {
        const struct selected *item = &s->components.items[i];
        if (item->kind == SELECTED_BELOW)
            checker_apply_below(s->checker, check, selection_node(s, item, path), path);
        else if (item->kind == SELECTED_RULE)
            rules_apply(rules, item->rule, &item->subject, check->sink);
    }
    for (size_t i = 0; i < s->rules.count; i++) {
        const struct selected *item = &s->rules.items[i];
        if (item->subject.path != NULL)
            rules_apply_to_key(rules, item->rule, item->subject.path, check->sink);
        else
            rules_apply(rules, item->rule, NULL, check->sink);
    }
}

/* Runs the selected checks; the diagnostics go through `c`. */
static void selection_check(
    const struct selection *s, const json_t *tree, const struct consequences *c)
{
    struct checker *checker = s->checker;
    const struct check check = checker_check(checker, &c->filtered);
    if (s->resolve)
        checker_begin(checker, tree, &c->filtered, true);
    else if (checker->config.tree != tree) /* another config was checked in between */
        checker_begin(checker, tree, &selection_no_sink, true);
    else
        rules_begin(checker->rules, &checker->config, true);
    selection_check_keys(s, &check);
    selection_check_components(s, &check);
    selection_apply_rules(s, &check);
}

enum sweep_code selection_run(
    struct selection *s, const json_t *tree, const struct diagnostic_sink *sink, bool *is_certain)
{
    struct consequences c;
    const struct check check = checker_check(s->checker, sink);
    consequences_init(&c, &check, s->checker->rules);
    c.given = (const char *const *)s->given;
    c.n_given = s->n_given;
    selection_check(s, tree, &c);
    bool oom = c.oom || checker_oom(s->checker);
    *is_certain = !c.is_uncertain;
    consequences_deinit(&c);
    return oom ? SWEEP_NO_MEMORY : SWEEP_OK;
}

void selection_visit(struct selection *s, check_rule_visitor *visit, void *context)
{
    char path[PATH_MAX_BYTES];
    for (size_t i = 0; i < s->components.count; i++) {
        const struct selected *item = &s->components.items[i];
        if (item->kind == SELECTED_BELOW)
            checker_visit_below(s->checker, selection_node(s, item, path), path, visit, context);
    }
}

/* --- what is wrong in all configs ----------------------------------------------------------- */

/* Moves a path from `c` to the given ones, unless the selected checks find it, too. */
static void selection_give(struct selection *s, char **path, struct consequences *selected)
{
    for (size_t i = 0; i < selected->n_wrong; i++)
        if (selected->wrong[i] != NULL && strcmp(selected->wrong[i], *path) == 0) {
            free(selected->wrong[i]);
            selected->wrong[i] = NULL;
            return;
        }
    s->given[s->n_given++] = *path;
    *path = NULL;
}

/* Finds the paths that checks which are not selected report as wrong: those of all checks but those
 * of the selected ones. */
static void selection_find_given(struct selection *s, const json_t *tree)
{
    struct checker *checker = s->checker;
    struct consequences all, selected;
    const struct check check = checker_check(checker, &selection_no_sink);
    consequences_init(&all, &check, checker->rules);
    consequences_init(&selected, &check, checker->rules);
    if (checker_run_into(checker, tree, &all) != SWEEP_OK)
        s->oom = true;
    selection_check(s, tree, &selected);
    if (all.is_uncertain || all.oom || selected.oom)
        s->impossible = true;
    for (size_t i = 0; i < all.n_wrong && !s->impossible; i++)
        selection_give(s, &all.wrong[i], &selected);
    consequences_deinit(&all);
    consequences_deinit(&selected);
}

/* --- entry -------------------------------------------------------------------------------- */

struct selection *selection_new(struct checker *checker, struct selection_changes *changes)
{
    char path[PATH_MAX_BYTES] = "";
    struct selection *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->checker = checker;
    s->changes = changes;
    const json_t *tree = checker->config.tree;
    selection_walk(s, tree, path, 0, false);
    if (s->n_found != changes->n_paths)
        s->impossible = true;
    rules_visit(checker->rules, NULL, selection_add_config_rule, s);
    selection_add_keys(s);
    if (changes->resolve || s->resolve)
        s->resolve = s->all_keys = true;
    if (!s->impossible && !s->oom)
        selection_find_given(s, tree);
    s->changes = NULL;
    if (!s->impossible && !s->oom)
        return s;
    selection_free(s);
    return NULL;
}

static void selection_free_list(struct selected_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free((char *)list->items[i].subject.path);
        free(list->items[i].argument);
    }
    free(list->items);
}

void selection_free(struct selection *s)
{
    if (s == NULL)
        return;
    selection_free_list(&s->components);
    selection_free_list(&s->rules);
    for (size_t i = 0; i < s->n_keys; i++)
        free(s->keys[i]);
    for (size_t i = 0; i < s->n_given; i++)
        free(s->given[i]);
    free(s->keys);
    free(s);
}

bool selection_resolves(const struct selection *s)
{
    return s->resolve;
}
