/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/check/rule_names.h"
#include "lib/doc/path.h"
#include "lib/util/text.h"

/* Splits a dotted path into NUL-terminated parts; returns how many. */
static size_t rule_names_split(char *path)
{
    if (*path == '\0')
        return 0;
    size_t count = 1;
    for (; *path != '\0'; path++)
        if (*path == '.') {
            *path = '\0';
            count++;
        }
    return count;
}

/* What kind of name it is. *path is set to the part of it that is looked up. */
static enum rule_name_kind rule_names_classify(const char *name, const char **path)
{
    static const struct {
        const char *prefix;
        enum rule_name_kind kind;
    } prefixes[] = {{"it.", NAME_IT}, {"facts.it.", NAME_IT_FACT}, {"facts.", NAME_FACT},
        {"launch.", NAME_OPTION}, {"host.", NAME_OPTION}};
    *path = name;
    if (strcmp(name, "it_path") == 0)
        return NAME_IT_PATH;
    if (strcmp(name, "it_inside") == 0)
        return NAME_IT_INSIDE;
    if (strcmp(name, "it") == 0) {
        *path = "";
        return NAME_IT;
    }
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t length = strlen(prefixes[i].prefix);
        if (strncmp(name, prefixes[i].prefix, length) == 0) {
            *path = name + length;
            return prefixes[i].kind;
        }
    }
    return NAME_CONFIG;
}

static bool rule_names_depends_on_it(enum rule_name_kind kind)
{
    return kind == NAME_IT || kind == NAME_IT_PATH || kind == NAME_IT_INSIDE ||
           kind == NAME_IT_FACT;
}

/* FNV-1a. */
static uint32_t rule_names_hash(const char *name)
{
    uint32_t hash = 2166136261u;
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash;
}

static bool rule_names_grow(struct rule_names *names)
{
    size_t capacity = names->capacity == 0 ? 64 : 2 * names->capacity;
    struct rule_name *items = realloc(names->items, capacity * sizeof *items);
    if (items == NULL)
        return false;
    names->items = items;
    struct expr_value *values = realloc(names->values, capacity * sizeof *values);
    if (values == NULL)
        return false;
    names->values = values;
    names->capacity = capacity;
    return true;
}

static bool rule_names_add(struct rule_names *names, const char *name)
{
    if (names->count == names->capacity && !rule_names_grow(names))
        return false;
    const char *path;
    struct rule_name new = {.kind = rule_names_classify(name, &path)};
    new.hash = rule_names_hash(name);
    new.name = strdup(name);
    new.parts = strdup(path);
    if (new.name == NULL || new.parts == NULL) {
        free(new.name);
        free(new.parts);
        return false;
    }
    if (new.kind == NAME_FACT || new.kind == NAME_IT_FACT) {
        char *dot = strrchr(new.parts, '.');
        if (dot == NULL)
            dot = new.parts;
        *dot = '\0';
        new.fact = strrchr(new.name, '.') + 1;
    }
    new.n_parts = rule_names_split(new.parts);
    names->items[names->count] = new;
    names->values[names->count] = (struct expr_value){.kind = EXPR_ABSENT};
    names->count++;
    return true;
}

bool rule_names_resolve(
    void *context, const char *name, size_t *slot, unsigned *kinds, const char **hint)
{
    static const char *const options[] = {"launch.recipe", "launch.distributed", "launch.processes",
        "launch.new_directory", "host.bf16", NULL};
    struct rule_names *names = context;
    const char *path;
    enum rule_name_kind kind = rule_names_classify(name, &path);
    if (rule_names_depends_on_it(kind) && !names->allow_it) {
        *hint = "\"it\" needs a rule with \"component\" or \"keys\"";
        return false;
    }
    if (kind == NAME_OPTION && !list_holds(options, name)) {
        *hint = "known are launch.recipe, launch.distributed, launch.processes, "
                "launch.new_directory and host.bf16";
        return false;
    }
    *kinds = EXPR_ANY;
    uint32_t hash = rule_names_hash(name);
    for (*slot = 0; *slot < names->count; ++*slot)
        if (names->items[*slot].hash == hash && strcmp(names->items[*slot].name, name) == 0)
            return true;
    return rule_names_add(names, name);
}

bool rule_names_thaw(void *context, size_t number, size_t *slot)
{
    struct rule_names *names = context;
    if (names->thawed == NULL)
        names->thawed = calloc(names->profile->n_names, sizeof *names->thawed);
    if (names->thawed == NULL)
        return false;
    if (names->thawed[number] == 0) {
        if (!rule_names_add(names, names->profile->names[number]))
            return false;
        names->thawed[number] = names->count;
    }
    *slot = names->thawed[number] - 1;
    return true;
}

/* --- values ------------------------------------------------------------------------------- */

static struct expr_value rule_names_null(void)
{
    return (struct expr_value){.kind = EXPR_NULL};
}

static struct expr_value rule_names_string(const char *text)
{
    if (text == NULL)
        return rule_names_null();
    return (struct expr_value){.kind = EXPR_STRING, .text = text, .length = strlen(text)};
}

static struct expr_value rule_names_bool(bool truth)
{
    return (struct expr_value){.kind = EXPR_BOOL, .truth = truth};
}

static struct expr_value rule_names_int(int64_t integer)
{
    return (struct expr_value){.kind = EXPR_INT, .integer = integer};
}

static struct expr_value rule_names_option(const struct rule_names *names, const char *name)
{
    const struct check_options *options = names->options;
    if (strcmp(name, "launch.recipe") == 0)
        return rule_names_string(options->recipe);
    if (strcmp(name, "launch.distributed") == 0) {
        if (profile_recipe(names->profile, options->recipe) == NULL)
            return rule_names_null();
        return rule_names_bool(profile_is_distributed(names->profile, options->recipe));
    }
    if (strcmp(name, "launch.new_directory") == 0)
        return options->new_directory ? rule_names_bool(true) : rule_names_null();
    if (strcmp(name, "host.bf16") == 0) {
        if (options->bf16 < 0)
            return rule_names_null();
        return rule_names_bool(options->bf16 > 0);
    }
    if (options->processes == 0)
        return rule_names_null();
    if (options->processes == CHECK_NO_LAUNCHER)
        return rule_names_int(0);
    return rule_names_int(options->processes);
}

/* An argument of the component `node` if the config gives it, otherwise the profile's fact. */
static struct expr_value rule_names_fact(
    const struct rule_names *names, const json_t *node, const char *name)
{
    const json_t *argument = resolved_value(names->config, json_object_get(node, name));
    if (argument != NULL && !json_is_null(argument))
        return expr_from_json(argument);
    const json_t *path =
        resolved_value(names->config, json_object_get(node, names->profile->component_key));
    if (!json_is_string(path))
        return rule_names_null();
    const struct fact *fact =
        component_fact(profile_component(names->profile, json_string_value(path)), name);
    if (fact == NULL)
        return rule_names_null();
    if (fact->text != NULL)
        return rule_names_string(fact->text);
    if (fact->is_bool)
        return rule_names_bool(fact->number != 0);
    return rule_names_int(fact->number);
}

/* What the nearest component above `it` is, or null. */
static struct expr_value rule_names_inside(const struct rule_names *names)
{
    const json_t *node = names->config->tree, *inside = NULL;
    const char *part = names->it.path;
    while (node != NULL && part != NULL && *part != '\0') {
        size_t length = strcspn(part, ".");
        const json_t *component = json_object_get(node, names->profile->component_key);
        if (component != NULL)
            inside = component;
        if (json_is_array(node))
            node = json_array_get(node, strtoul(part, NULL, 10));
        else
            node = json_object_getn(node, part, length);
        node = resolved_value(names->config, node);
        part += length;
        if (*part == '.')
            part++;
    }
    return expr_from_json(resolved_value(names->config, inside));
}

static struct expr_value rule_names_look_up(
    const struct rule_names *names, const struct rule_name *name)
{
    if (name->kind == NAME_OPTION)
        return rule_names_option(names, name->name);
    if (name->kind == NAME_IT_PATH)
        return rule_names_string(names->it.path);
    if (name->kind == NAME_IT_INSIDE)
        return rule_names_inside(names);
    const json_t *from = names->config->tree;
    if (rule_names_depends_on_it(name->kind))
        from = names->it.node;
    const json_t *node = resolved_get(names->config, from, name->parts, name->n_parts);
    if (name->fact != NULL)
        return rule_names_fact(names, node, name->fact);
    return expr_from_json(node);
}

static void rule_names_fill(struct rule_names *names)
{
    for (; names->filled < names->count; names->filled++) {
        const struct rule_name *name = &names->items[names->filled];
        if (!rule_names_depends_on_it(name->kind))
            names->values[names->filled] = rule_names_look_up(names, name);
    }
}

void rule_names_begin(
    struct rule_names *names, const struct resolved_config *config, bool few_rules)
{
    names->config = config;
    names->filled = 0;
    names->few_rules = few_rules;
    if (!few_rules)
        rule_names_fill(names);
}

void rule_names_read(
    struct rule_names *names, const struct expr *expr, const struct check_subject *it)
{
    size_t count;
    const size_t *slots = expr_slots(expr, &count);
    names->it = it != NULL ? *it : (struct check_subject){0};
    if (!names->few_rules)
        rule_names_fill(names); /* messages are compiled late and may add names */
    for (size_t i = 0; i < count; i++) {
        const struct rule_name *name = &names->items[slots[i]];
        if (names->few_rules || (it != NULL && rule_names_depends_on_it(name->kind)))
            names->values[slots[i]] = rule_names_look_up(names, name);
    }
}

/* --- what a name depends on --------------------------------------------------------------- */

void rule_names_paths(const struct rule_names *names, size_t slot, const char *it_path,
    check_path_visitor *visit, void *context)
{
    const struct rule_name *name = &names->items[slot];
    char path[PATH_MAX_BYTES] = "";
    if (name->kind == NAME_OPTION || name->kind == NAME_IT_PATH || name->kind == NAME_IT_INSIDE)
        return;
    if (rule_names_depends_on_it(name->kind) && it_path != NULL)
        snprintf(path, sizeof path, "%s", it_path);
    const char *part = name->parts;
    for (size_t i = 0; i < name->n_parts; i++, part += strlen(part) + 1)
        path_append(path, strlen(path), part);
    if (name->fact == NULL) {
        visit(context, path);
        return;
    }
    size_t length = strlen(path);
    if (path_append(path, length, name->fact) > 0)
        visit(context, path);
    path[length] = '\0';
    if (names->profile->component_key != NULL &&
        path_append(path, length, names->profile->component_key) > 0)
        visit(context, path);
}

void rule_names_deinit(struct rule_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        free(names->items[i].name);
        free(names->items[i].parts);
    }
    free(names->items);
    free(names->values);
    free(names->thawed);
    *names = (struct rule_names){0};
}
