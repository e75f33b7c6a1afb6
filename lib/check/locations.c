/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>

#include "lib/check/locations.h"
#include "lib/util/array.h"
#include "lib/util/index.h"

/* From a collection to a value in it. */
struct location_step {
    const json_t *parent; /* NULL for the root */
    const char *key;      /* in a mapping; NULL in a list */
    size_t item;          /* in a list */
    size_t depth;         /* collections around the value */
};

enum { LOCATIONS_MAX_DEPTH = sizeof((struct location *)0)->inside / sizeof(json_t *) };

static bool locations_add(
    struct locations *locations, const json_t *value, const struct location_step *step)
{
    struct location_step *steps =
        array_grow(locations->steps, locations->count, &locations->capacity, sizeof *steps);
    if (steps == NULL)
        return false;
    locations->steps = steps;
    locations->steps[locations->count] = *step;
    return index_add(&locations->index, (const char *)&value, sizeof value, locations->count++);
}

static bool locations_visit(
    struct locations *locations, const json_t *value, const struct location_step *step)
{
    const char *key;
    json_t *member;
    size_t item;
    bool is_collection = json_is_object(value) || json_is_array(value);
    if (!is_collection && !json_is_string(value))
        return true; /* values such as true are shared by the whole program */
    if (!locations_add(locations, value, step))
        return false;
    if (step->depth == LOCATIONS_MAX_DEPTH)
        return true;
    struct location_step inner = {.parent = value, .depth = step->depth + 1};
    json_object_foreach ((json_t *)value, key, member) {
        inner.key = key;
        if (!locations_visit(locations, member, &inner))
            return false;
    }
    json_array_foreach (value, item, member) {
        inner.item = item;
        if (!locations_visit(locations, member, &inner))
            return false;
    }
    return true;
}

static size_t locations_number(const struct locations *locations, const json_t *value)
{
    return index_find(locations->index, (const char *)&value, sizeof value);
}

bool locations_find(struct locations *locations, const json_t *tree, const json_t *wanted,
    struct location *out, bool *oom)
{
    const struct location_step *steps[LOCATIONS_MAX_DEPTH + 1];
    out->depth = 0;
    out->path[0] = '\0';
    if (locations->count == 0 && !locations_visit(locations, tree, &(struct location_step){0})) {
        *oom = true;
        return false;
    }
    size_t number = locations_number(locations, wanted);
    if (number == SIZE_MAX)
        return false;
    size_t depth = locations->steps[number].depth, length = 0;
    for (size_t i = depth; i > 0; i--) {
        steps[i] = &locations->steps[number];
        out->inside[i - 1] = steps[i]->parent;
        number = locations_number(locations, steps[i]->parent);
    }
    out->depth = depth;
    for (size_t i = 1; i <= depth; i++) {
        size_t longer;
        if (steps[i]->key != NULL)
            longer = path_append(out->path, length, steps[i]->key);
        else
            longer = path_append_index(out->path, length, steps[i]->item);
        if (longer > 0)
            length = longer;
    }
    return true;
}

void locations_clear(struct locations *locations)
{
    free(locations->steps);
    json_decref(locations->index);
    *locations = (struct locations){0};
}
