/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/check/recheck.h"
#include "lib/check/keys.h"
#include "lib/doc/path.h"

/* A rule and what it is applied to. */
struct application {
    const struct rule *rule;
    const json_t *node; /* NULL: the config */
    char *it_path;      /* owned; NULL: the config */
    bool always;        /* it reads something that refers to other places */
};

/* What a value is, or is part of: an argument of a component, or a top-level key. */
struct owner {
    const json_t *component; /* NULL: none */
    char *path;              /* of the component, or ""; owned */
    char *name;              /* of the argument or key; owned */
};

/* What has to be looked at again when a word changes. */
struct dependents {
    bool known;
    bool structural; /* it names a component: all has to be */
    size_t *rules;   /* applications, by index; owned */
    size_t count;
    struct owner owner;
};

struct again {
    struct checker *checker;
    const struct similar *similar;
    struct application *applications;
    size_t n_applications, capacity;
    struct dependents *words;
    struct owner *references; /* of the strings that refer to other places */
    size_t n_references;
    const char *wanted; /* while reads are compared: the changed path */
    bool reads;         /* whether the rule reads it */
    bool no_memory;
};

static void add_application(void *context, const struct rule *rule, const char *it_path)
{
    struct again *again = context;
    if (again->n_applications == again->capacity) {
        size_t capacity = again->capacity == 0 ? 256 : 2 * again->capacity;
        struct application *all = realloc(again->applications, capacity * sizeof *all);
        again->no_memory |= all == NULL;
        if (all == NULL)
            return;
        again->applications = all;
        again->capacity = capacity;
    }
    struct application one = {.rule = rule, .it_path = it_path != NULL ? strdup(it_path) : NULL};
    again->no_memory |= it_path != NULL && one.it_path == NULL;
    again->applications[again->n_applications++] = one;
}

static const json_t *node_at(const struct checker *checker, const char *path)
{
    char parts[PATH_MAX_BYTES];
    size_t count = *path != '\0';
    size_t length = strlen(path);
    if (length >= sizeof parts)
        return NULL;
    memcpy(parts, path, length + 1);
    for (char *p = parts; *p != '\0'; p++)
        if (*p == '.') {
            *p = '\0';
            count++;
        }
    return view_walk(&checker->view, checker->view.tree, parts, count);
}

static void compare(void *context, const char *path)
{
    struct again *again = context;
    again->reads |= path_overlaps(path, again->wanted);
}

static bool rule_reads(struct again *again, const struct application *one, const char *path)
{
    again->wanted = path;
    again->reads = false;
    rules_reads(again->checker->rules, one->rule, one->it_path, compare, again);
    return again->reads;
}

/* Looks for the nearest component above a path. */
static void find_owner(struct again *again, const char *path, struct owner *out)
{
    const char *component_key = again->checker->profile->component_key;
    char parent[PATH_MAX_BYTES];
    const char *name;
    snprintf(parent, sizeof parent, "%s", path);
    do {
        char *dot = strrchr(parent, '.');
        *(dot != NULL ? dot : parent) = '\0';
        name = path + strlen(parent) + (dot != NULL);
        const json_t *node = node_at(again->checker, parent);
        out->component = json_object_get(node, component_key) != NULL ? node : NULL;
    } while (out->component == NULL && parent[0] != '\0');
    out->path = strdup(parent);
    out->name = strndup(name, strcspn(name, "."));
    again->no_memory |= out->path == NULL || out->name == NULL;
}

/* Strings that refer to other places may change without being touched: what reads one of them is
 * always looked at. */
static void mark_references(struct again *again, const json_t *node, char *path, size_t length)
{
    const char *key;
    json_t *value;
    size_t index, longer;
    if (json_is_string(node) && strstr(json_string_value(node), "${") != NULL) {
        struct owner *all = realloc(again->references, (again->n_references + 1) * sizeof *all);
        again->no_memory |= all == NULL;
        again->references = all != NULL ? all : again->references;
        if (all != NULL)
            find_owner(again, path, &all[again->n_references++]);
        for (size_t i = 0; i < again->n_applications; i++)
            again->applications[i].always |= rule_reads(again, &again->applications[i], path);
    }
    json_object_foreach ((json_t *)node, key, value)
        if ((longer = path_append(path, length, key)) > 0)
            mark_references(again, value, path, longer);
    json_array_foreach (node, index, value)
        if ((longer = path_append_index(path, length, index)) > 0)
            mark_references(again, value, path, longer);
    path[length] = '\0';
}

struct again *again_new(struct checker *checker, const struct similar *similar)
{
    struct again *again = calloc(1, sizeof *again);
    char path[PATH_MAX_BYTES] = "";
    if (again == NULL)
        return NULL;
    again->checker = checker;
    again->similar = similar;
    again->words = calloc(similar_count(similar) + 1, sizeof *again->words);
    checker_visit(checker, add_application, again);
    for (size_t i = 0; i < again->n_applications; i++)
        if (again->applications[i].it_path != NULL)
            again->applications[i].node = node_at(checker, again->applications[i].it_path);
    mark_references(again, checker->view.tree, path, 0);
    if (again->words == NULL || again->no_memory) {
        again_free(again);
        return NULL;
    }
    return again;
}

void again_free(struct again *again)
{
    if (again == NULL)
        return;
    for (size_t i = 0; again->words != NULL && i < similar_count(again->similar); i++) {
        free(again->words[i].rules);
        free(again->words[i].owner.path);
        free(again->words[i].owner.name);
    }
    for (size_t i = 0; i < again->n_references; i++) {
        free(again->references[i].path);
        free(again->references[i].name);
    }
    free(again->references);
    for (size_t i = 0; i < again->n_applications; i++)
        free(again->applications[i].it_path);
    free(again->words);
    free(again->applications);
    free(again);
}

static const struct dependents *dependents_of(struct again *again, size_t word)
{
    struct dependents *out = &again->words[word];
    const char *path = similar_path(again->similar, word);
    if (out->known)
        return out;
    const char *last = strrchr(path, '.');
    out->structural =
        strcmp(last != NULL ? last + 1 : path, again->checker->profile->component_key) == 0;
    out->rules = calloc(again->n_applications + 1, sizeof *out->rules);
    again->no_memory |= out->rules == NULL;
    for (size_t i = 0; out->rules != NULL && i < again->n_applications; i++)
        if (!again->applications[i].always && (again->applications[i].rule->when == NULL ||
                                                  rule_reads(again, &again->applications[i], path)))
            out->rules[out->count++] = i;
    find_owner(again, path, &out->owner);
    out->known = !again->no_memory;
    return again->no_memory ? NULL : out;
}

static void count_one(void *context, const struct complaint *complaint)
{
    (void)complaint;
    ++*(size_t *)context;
}

static void apply_one(struct again *again, size_t index, const struct sink *sink)
{
    const struct application *one = &again->applications[index];
    rules_apply(again->checker->rules, one->rule, one->node, one->it_path, sink);
}

/* The type of an argument or key. */
static void check_owner(
    struct again *again, const struct owner *owner, const json_t *tree, const struct sink *sink)
{
    const struct checker *c = again->checker;
    if (owner->component != NULL)
        check_component_argument(
            &c->view, c->profile, owner->component, owner->path, owner->name, sink);
    if (owner->path[0] == '\0' && !c->own_recipe &&
        (c->recipe == NULL || recipe_reads(c->recipe, owner->name)))
        check_key_type(
            &c->view, c->profile, c->recipe, owner->name, json_object_get(tree, owner->name), sink);
}

bool again_clean(struct again *again, const json_t *tree)
{
    struct checker *checker = again->checker;
    size_t complaints = 0, count;
    const size_t *changes = similar_changes(again->similar, &count);
    struct sink sink = {count_one, &complaints};
    view_resolve(&checker->view, tree, &sink);
    rules_begin(checker->rules, &checker->view, true);
    for (size_t i = 0; i < again->n_applications; i++)
        if (again->applications[i].always)
            apply_one(again, i, &sink);
    for (size_t i = 0; i < count; i++) {
        const struct dependents *word = dependents_of(again, changes[i]);
        if (word == NULL || word->structural)
            return false;
        for (size_t k = 0; k < word->count; k++)
            apply_one(again, word->rules[k], &sink);
        check_owner(again, &word->owner, tree, &sink);
    }
    for (size_t i = 0; i < again->n_references; i++)
        check_owner(again, &again->references[i], tree, &sink);
    return complaints == 0 && !checker->view.no_memory && !rules_lost(checker->rules);
}
