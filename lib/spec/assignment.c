/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/path.h"
#include "lib/spec/assignment.h"
#include "lib/util/index.h"
#include "lib/util/cleanup.h"

/* --- choices ------------------------------------------------------------------------------ */

void choice_deinit(struct choice *choice)
{
    operations_deinit(&choice->operations);
    free(choice->label);
}

bool choice_deletes(const struct choice *choice, const char *path)
{
    const struct operations *operations = &choice->operations;
    for (size_t i = operations->count - choice->n_deletions; i < operations->count; i++)
        if (path_is_inside(path, operations->items[i].path))
            return true;
    return false;
}

bool assignment_deletes(const struct assignment *assignment, const char *path)
{
    const json_t *deleted = assignment->deleted_paths;
    if (deleted == NULL)
        return false;
    for (const char *dot = strchr(path, '.'); dot != NULL; dot = strchr(dot + 1, '.'))
        if (index_find(deleted, path, (size_t)(dot - path)) != SIZE_MAX)
            return true;
    return index_find(deleted, path, strlen(path)) != SIZE_MAX;
}

enum sweep_code assignment_add_path(struct assignment *assignment, const char *path)
{
    size_t length = strlen(path);
    if (index_find(assignment->set_paths, path, length) != SIZE_MAX)
        return SWEEP_OK;
    if (!index_add(&assignment->set_paths, path, length, 0))
        return SWEEP_NO_MEMORY;
    char **paths = realloc(assignment->paths, (assignment->n_paths + 1) * sizeof(char *));
    if (paths == NULL)
        return SWEEP_NO_MEMORY;
    assignment->paths = paths;
    paths[assignment->n_paths] = strdup(path);
    if (paths[assignment->n_paths] == NULL)
        return SWEEP_NO_MEMORY;
    assignment->n_paths++;
    return SWEEP_OK;
}

static enum sweep_code assignment_add_paths(
    struct assignment *assignment, const struct choice *choice)
{
    size_t first_deletion = choice->operations.count - choice->n_deletions;
    for (size_t i = 0; i < choice->operations.count; i++) {
        const struct operation *operation = &choice->operations.items[i];
        bool is_asked_for = operation->value != NULL || i >= first_deletion;
        size_t length = strlen(operation->path);
        if (i >= first_deletion &&
            !index_add(&assignment->deleted_paths, operation->path, length, 0))
            return SWEEP_NO_MEMORY;
        if (is_asked_for && assignment_add_path(assignment, operation->path) != SWEEP_OK)
            return SWEEP_NO_MEMORY;
    }
    return SWEEP_OK;
}

enum sweep_code assignment_keep(struct assignment *assignment, struct choice *choice)
{
    if (assignment_add_paths(assignment, choice) != SWEEP_OK)
        return SWEEP_NO_MEMORY;
    if (assignment->n_choices == assignment->choices_capacity) {
        size_t capacity = assignment->choices_capacity * 2 + 1;
        struct choice *choices = realloc(assignment->choices, capacity * sizeof *choices);
        if (choices == NULL)
            return SWEEP_NO_MEMORY;
        assignment->choices = choices;
        assignment->choices_capacity = capacity;
    }
    assignment->choices[assignment->n_choices++] = *choice;
    *choice = (struct choice){0};
    return SWEEP_OK;
}

/* What a choice does, as a string: equal strings mean equal runs. */
static bool assignment_write_key(const struct choice *choice, struct strbuf *out)
{
    for (size_t k = 0; k < choice->operations.count; k++) {
        const struct operation *operation = &choice->operations.items[k];
        CLEANUP_FREE char *text = NULL;
        if (operation->value != NULL) {
            text = json_dumps(operation->value, JSON_ENCODE_ANY | JSON_SORT_KEYS);
            if (text == NULL)
                return false;
        }
        strbuf_printf(out, "%s=%s\n", operation->path, text != NULL ? text : "-");
    }
    strbuf_append(out, "", 0);
    return !out->oom;
}

enum sweep_code assignment_intern(
    struct assignment *assignment, struct choice *choice, size_t *index)
{
    CLEANUP_STRBUF struct strbuf key = {0};
    if (assignment->known == NULL)
        assignment->known = json_object();
    if (assignment->known == NULL || !assignment_write_key(choice, &key))
        return SWEEP_NO_MEMORY;
    const json_t *known = json_object_get(assignment->known, key.data);
    if (known != NULL) {
        *index = (size_t)json_integer_value(known);
        return SWEEP_OK;
    }
    *index = assignment->n_choices;
    if (json_object_set_new_nocheck(
            assignment->known, key.data, json_integer((json_int_t)*index)) != 0)
        return SWEEP_NO_MEMORY;
    return assignment_keep(assignment, choice);
}

enum sweep_code assignment_add_unset(struct assignment *assignment)
{
    struct choice choice = {.label = strdup("(unset)")};
    enum sweep_code code = SWEEP_NO_MEMORY;
    if (choice.label != NULL)
        code = assignment_keep(assignment, &choice);
    choice_deinit(&choice);
    if (code == SWEEP_OK)
        assignment->unset = assignment->n_choices - 1;
    return code;
}

/* --- assignments -------------------------------------------------------------------------- */

/* Replaces an owned string that equals `from`. */
static bool assignment_replace(char **string, const char *from, const char *to)
{
    if (strcmp(*string, from) != 0)
        return true;
    char *copy = strdup(to);
    if (copy == NULL)
        return false;
    free(*string);
    *string = copy;
    return true;
}

enum sweep_code assignment_redirect(struct assignment *assignment, const char *from, const char *to)
{
    for (size_t i = 0; i < assignment->n_paths; i++)
        if (!assignment_replace(&assignment->paths[i], from, to))
            return SWEEP_NO_MEMORY;
    for (size_t i = 0; i < assignment->n_choices; i++) {
        struct operations *operations = &assignment->choices[i].operations;
        for (size_t k = 0; k < operations->count; k++)
            if (!assignment_replace(&operations->items[k].path, from, to))
                return SWEEP_NO_MEMORY;
    }
    return SWEEP_OK;
}

void assignment_deinit(struct assignment *assignment)
{
    for (size_t i = 0; i < assignment->n_choices; i++)
        choice_deinit(&assignment->choices[i]);
    for (size_t i = 0; i < assignment->n_paths; i++)
        free(assignment->paths[i]);
    json_decref(assignment->known);
    free(assignment->choices);
    free(assignment->paths);
    free(assignment->key);
    json_decref(assignment->set_paths);
    json_decref(assignment->deleted_paths);
    *assignment = (struct assignment){0};
}

enum sweep_code assignments_append(struct assignments *assignments, struct assignment *assignment)
{
    struct assignment *items =
        realloc(assignments->items, (assignments->count + 1) * sizeof *items);
    if (items == NULL) {
        assignment_deinit(assignment);
        return SWEEP_NO_MEMORY;
    }
    assignments->items = items;
    items[assignments->count++] = *assignment;
    return SWEEP_OK;
}

void assignments_remove(struct assignments *assignments, size_t index)
{
    struct assignment *items = assignments->items;
    assignment_deinit(&items[index]);
    assignments->count--;
    memmove(&items[index], &items[index + 1], (assignments->count - index) * sizeof *items);
}

void assignments_deinit(struct assignments *assignments)
{
    for (size_t i = 0; i < assignments->count; i++)
        assignment_deinit(&assignments->items[i]);
    free(assignments->items);
    json_decref(assignments->known);
    *assignments = (struct assignments){0};
}
