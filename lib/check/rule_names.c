/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/check/rule_names.h"
#include "lib/doc/path.h"
#include "lib/util/text.h"

/* Cuts a dotted path into NUL-terminated parts; returns how many. */
static size_t cut(char *path)
{
    size_t count = *path != '\0';
    for (; *path != '\0'; path++)
        if (*path == '.') {
            *path = '\0';
            count++;
        }
    return count;
}

static const char *behind(const char *name, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(name, prefix, length) == 0 ? name + length : NULL;
}

/* What kind of name it is; *path is the part of it that is looked up. */
static enum slot_kind classify(const char *name, const char **path)
{
    *path = name;
    if (strcmp(name, "it_path") == 0)
        return SLOT_IT_PATH;
    if (strcmp(name, "it") == 0) {
        *path = "";
        return SLOT_IT;
    }
    if (behind(name, "it.") != NULL) {
        *path = name + 3;
        return SLOT_IT;
    }
    if (behind(name, "facts.it.") != NULL) {
        *path = name + 9;
        return SLOT_IT_FACT;
    }
    if (behind(name, "facts.") != NULL) {
        *path = name + 6;
        return SLOT_FACT;
    }
    return behind(name, "launch.") != NULL || behind(name, "host.") != NULL ? SLOT_STATED
                                                                            : SLOT_CONFIG;
}

static bool is_stated(const char *name)
{
    static const char *const names[] = {
        "launch.recipe", "launch.distributed", "launch.processes", "host.bf16", NULL};
    return list_holds(names, name);
}

/* FNV-1a: hundreds of names are told apart, mostly by their ends. */
static uint32_t hash_of(const char *name)
{
    uint32_t hash = 2166136261u;
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash;
}

static bool add(struct slots *slots, const char *name)
{
    if (slots->count == slots->capacity) {
        size_t capacity = slots->capacity == 0 ? 64 : 2 * slots->capacity;
        struct slot *items = realloc(slots->items, capacity * sizeof *items);
        slots->items = items != NULL ? items : slots->items;
        struct expr_value *values = realloc(slots->values, capacity * sizeof *values);
        slots->values = values != NULL ? values : slots->values;
        if (items == NULL || values == NULL)
            return false;
        slots->capacity = capacity;
    }
    const char *path;
    struct slot *slot = &slots->items[slots->count];
    *slot = (struct slot){.kind = classify(name, &path)};
    slot->hash = hash_of(name);
    slot->name = strdup(name);
    slot->parts = strdup(path);
    if (slot->name == NULL || slot->parts == NULL) {
        free(slot->name);
        free(slot->parts);
        return false;
    }
    if (slot->kind == SLOT_FACT || slot->kind == SLOT_IT_FACT) {
        char *dot = strrchr(slot->parts, '.');
        slot->fact = slot->name + (strrchr(slot->name, '.') + 1 - slot->name);
        *(dot != NULL ? dot : slot->parts) = '\0';
    }
    slot->n_parts = cut(slot->parts);
    slots->values[slots->count++] = (struct expr_value){.kind = EXPR_ABSENT};
    return true;
}

bool slots_resolve(
    void *context, const char *name, size_t *slot, unsigned *kinds, const char **hint)
{
    struct slots *slots = context;
    const char *path;
    enum slot_kind kind = classify(name, &path);
    bool about_it = kind == SLOT_IT || kind == SLOT_IT_PATH || kind == SLOT_IT_FACT;
    if ((about_it && !slots->allow_it) || (kind == SLOT_STATED && !is_stated(name))) {
        *hint = about_it ? "only rules with \"component\" or \"keys\" are applied to something"
                         : "stated are launch.recipe, .distributed, .processes, and host.bf16";
        return false;
    }
    *kinds = EXPR_ANY;
    uint32_t hash = hash_of(name);
    for (*slot = 0; *slot < slots->count; ++*slot)
        if (slots->items[*slot].hash == hash && strcmp(slots->items[*slot].name, name) == 0)
            return true;
    return add(slots, name);
}

bool slots_named(void *context, size_t number, size_t *slot)
{
    struct slots *slots = context;
    if (slots->named == NULL)
        slots->named = calloc(slots->profile->n_names, sizeof *slots->named);
    if (slots->named == NULL)
        return false;
    if (slots->named[number] == 0) {
        if (!add(slots, slots->profile->names[number]))
            return false;
        slots->named[number] = slots->count;
    }
    *slot = slots->named[number] - 1;
    return true;
}

/* --- values ------------------------------------------------------------------------------- */

static struct expr_value of_text(const char *text)
{
    if (text == NULL)
        return (struct expr_value){.kind = EXPR_NULL};
    return (struct expr_value){.kind = EXPR_STRING, .text = text, .length = strlen(text)};
}

static struct expr_value of_bool(bool known, bool truth)
{
    return known ? (struct expr_value){.kind = EXPR_BOOL, .truth = truth}
                 : (struct expr_value){.kind = EXPR_NULL};
}

static struct expr_value stated(const struct slots *slots, const char *name)
{
    const struct surroundings *around = slots->around;
    if (strcmp(name, "launch.recipe") == 0)
        return of_text(around->recipe);
    if (strcmp(name, "launch.distributed") == 0)
        return of_bool(profile_recipe(slots->profile, around->recipe) != NULL,
            profile_is_distributed(slots->profile, around->recipe));
    if (strcmp(name, "host.bf16") == 0)
        return of_bool(around->bf16 >= 0, around->bf16 > 0);
    if (around->processes == 0)
        return (struct expr_value){.kind = EXPR_NULL};
    int64_t processes = around->processes == NO_LAUNCHER ? 0 : around->processes;
    return (struct expr_value){.kind = EXPR_INT, .integer = processes};
}

/* An argument of the component `node` when the config gives it, else what is known of it. */
static struct expr_value fact(const struct slots *slots, const json_t *node, const char *name)
{
    const json_t *given = view_value(slots->view, json_object_get(node, name));
    if (given != NULL && !json_is_null(given))
        return expr_from_json(given);
    const json_t *path =
        view_value(slots->view, json_object_get(node, slots->profile->component_key));
    const struct component *component =
        json_is_string(path) ? profile_component(slots->profile, json_string_value(path)) : NULL;
    const struct fact *known = component_fact(component, name);
    if (known == NULL)
        return (struct expr_value){.kind = EXPR_NULL};
    if (known->text != NULL)
        return of_text(known->text);
    if (known->is_truth)
        return of_bool(true, known->number != 0);
    return (struct expr_value){.kind = EXPR_INT, .integer = known->number};
}

static struct expr_value look_up(const struct slots *slots, const struct slot *slot)
{
    bool of_it = slot->kind == SLOT_IT || slot->kind == SLOT_IT_FACT;
    const json_t *from = of_it ? slots->it : slots->view->tree;
    if (slot->kind == SLOT_STATED)
        return stated(slots, slot->name);
    if (slot->kind == SLOT_IT_PATH)
        return of_text(slots->it_path);
    const json_t *node = view_walk(slots->view, from, slot->parts, slot->n_parts);
    if (slot->kind == SLOT_FACT || slot->kind == SLOT_IT_FACT)
        return fact(slots, node, slot->fact);
    return expr_from_json(node);
}

static bool depends_on_it(const struct slot *slot)
{
    return slot->kind == SLOT_IT || slot->kind == SLOT_IT_PATH || slot->kind == SLOT_IT_FACT;
}

static void fill(struct slots *slots)
{
    for (; slots->filled < slots->count; slots->filled++)
        if (!depends_on_it(&slots->items[slots->filled]))
            slots->values[slots->filled] = look_up(slots, &slots->items[slots->filled]);
}

void slots_begin(struct slots *slots, const struct view *view, bool sparse)
{
    slots->view = view;
    slots->filled = 0;
    slots->sparse = sparse;
    if (!sparse)
        fill(slots);
}

void slots_apply(
    struct slots *slots, const struct expr *expr, const json_t *it, const char *it_path)
{
    size_t count;
    const size_t *read = expr_slots(expr, &count);
    slots->it = it;
    slots->it_path = it_path;
    if (!slots->sparse)
        fill(slots); /* a message may have brought new names */
    for (size_t i = 0; i < count; i++)
        if (slots->sparse || (it != NULL && depends_on_it(&slots->items[read[i]])))
            slots->values[read[i]] = look_up(slots, &slots->items[read[i]]);
}

void slots_paths(const struct slots *slots, size_t index, const char *it_path,
    void (*visit)(void *context, const char *path), void *context)
{
    const struct slot *slot = &slots->items[index];
    bool of_it = slot->kind == SLOT_IT || slot->kind == SLOT_IT_FACT;
    bool is_fact = slot->kind == SLOT_FACT || slot->kind == SLOT_IT_FACT;
    char path[PATH_MAX_BYTES] = "";
    if (slot->kind == SLOT_STATED || slot->kind == SLOT_IT_PATH)
        return;
    snprintf(path, sizeof path, "%s", of_it && it_path != NULL ? it_path : "");
    const char *part = slot->parts;
    for (size_t i = 0; i < slot->n_parts; i++, part += strlen(part) + 1)
        path_append(path, strlen(path), part);
    size_t length = strlen(path);
    if (!is_fact) {
        visit(context, path);
        return;
    }
    if (path_append(path, length, slot->fact) > 0)
        visit(context, path);
    path[length] = '\0';
    if (path_append(path, length, slots->profile->component_key) > 0)
        visit(context, path);
}

void slots_deinit(struct slots *slots)
{
    for (size_t i = 0; i < slots->count; i++) {
        free(slots->items[i].name);
        free(slots->items[i].parts);
    }
    free(slots->items);
    free(slots->values);
    free(slots->named);
    *slots = (struct slots){0};
}
