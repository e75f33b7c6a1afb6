/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/doc/scalar.h"
#include "lib/findings/findings.h"
#include "lib/spec/data_file.h"
#include "lib/spec/reading.h"
#include "lib/spec/structure_read.h"
#include "lib/trainer/profile.h"

static const char structure_axes_hint[] = "write {\"lr\": [1e-4, 3e-4]}";

#define STRUCTURE_REFUSE(reading, place, code, hint, ...)                                          \
    FINDING_ERROR(                                                                                 \
        (reading)->context->findings, (code), (place), (reading)->where, (hint), __VA_ARGS__)

/* Adds a finding unless the value is of this JSON type and not empty. */
static enum sweep_code structure_check_list(
    const struct axis_reading *r, const struct placed_value *at, const char *name, const char *hint)
{
    if (!json_is_array(at->value))
        return STRUCTURE_REFUSE(r, at->place->value, "wrong-type", hint,
            "%s must be a list, got %s", name, value_type_name(at->value));
    if (json_array_size(at->value) == 0)
        return STRUCTURE_REFUSE(r, at->place->value, "empty-axis", hint, "%s is empty", name);
    return SWEEP_OK;
}

/* Where a structure is: its key, or of an item of a list the item itself. */
static const struct sweep_place *structure_place_of(const struct placed_value *at)
{
    if (at->place->key.line > 0)
        return &at->place->key;
    return &at->place->value;
}

/* --- filters of nodes --------------------------------------------------------------------- */

/* True for the "where" of a node; "grid" and "zip" have none of their own. */
static bool structure_is_where(const struct axis_reading *r, const struct json_place *member)
{
    return strcmp(member->name, "where") == 0 && strcmp(r->where, "sweep") == 0;
}

/* Reads the "where" of a node into its structure. */
static enum sweep_code structure_read_where(
    const struct axis_reading *r, const struct placed_value *node, struct structure *structure)
{
    const struct json_place *place = json_place_member(node->place, "where");
    if (place == NULL || structure == NULL)
        return SWEEP_OK;
    const struct placed_value where = {json_object_get(node->value, "where"), place};
    return filters_read_where(r->context, &where, &structure->filters);
}

/* --- objects of axes ---------------------------------------------------------------------- */

/* Reads an object of axes into a new product or zip. */
static enum sweep_code structure_read_axes(const struct axis_reading *r, enum structure_kind kind,
    const struct placed_value *at, struct structure **out)
{
    if (!json_is_object(at->value))
        return STRUCTURE_REFUSE(r, at->place->value, "wrong-type", structure_axes_hint,
            "%s must be an object of parameters and paths, got %s", r->where,
            value_type_name(at->value));
    struct structure *structure = structure_new(kind, r->where, structure_place_of(at));
    if (structure == NULL)
        return SWEEP_NO_MEMORY;
    *out = structure;
    enum sweep_code code = SWEEP_OK;
    const struct json_place *member = at->place->first;
    for (; member != NULL && code != SWEEP_NO_MEMORY; member = member->next) {
        if (json_place_is_comment(member) || structure_is_where(r, member))
            continue;
        const struct placed_value one = {json_object_get(at->value, member->name), member};
        struct structure *list = structure_new(STRUCTURE_AXIS, r->where, &member->key);
        if (list == NULL)
            return SWEEP_NO_MEMORY;
        code = reading_worse(code, axis_read_list(r, &one, list));
        structure_measure(list);
        code = reading_worse(code, structure_add(structure, list));
    }
    structure_measure(structure);
    if (code == SWEEP_OK && kind == STRUCTURE_ZIP)
        code = structure_check_zip(structure, r->axes, false, r->context->findings);
    return code;
}

enum sweep_code structure_read_grid(
    const struct axis_reading *reading, const struct placed_value *at, struct structure **out)
{
    return structure_read_axes(reading, STRUCTURE_PRODUCT, at, out);
}

enum sweep_code structure_read_zip(
    const struct axis_reading *reading, const struct placed_value *at, struct structure **out)
{
    return structure_read_axes(reading, STRUCTURE_ZIP, at, out);
}

/* --- cases -------------------------------------------------------------------------------- */

static enum sweep_code structure_read_bundle(
    const struct axis_reading *r, const struct placed_value *at, struct bundle *out)
{
    if (!json_is_object(at->value))
        return STRUCTURE_REFUSE(r, at->place->value, "wrong-type", "write {\"lr\": 1e-4, …}",
            "each of %s must be an object of parameters and paths, got %s", r->where,
            value_type_name(at->value));
    enum sweep_code code = SWEEP_OK;
    out->place = at->place->value;
    const struct json_place *member = at->place->first;
    for (; member != NULL && code != SWEEP_NO_MEMORY; member = member->next) {
        if (json_place_is_comment(member))
            continue;
        const struct placed_value one = {json_object_get(at->value, member->name), member};
        size_t axis, choice;
        enum sweep_code read = axis_read_value(r, &one, &axis, &choice);
        if (read == SWEEP_OK)
            read = bundle_set(out, axis, choice);
        code = reading_worse(code, read);
    }
    return code;
}

static enum sweep_code structure_read_bundles(
    const struct axis_reading *reading, const struct placed_value *at, struct structure **out)
{
    enum sweep_code code =
        structure_check_list(reading, at, reading->where, "write [{\"lr\": 1e-4, \"seed\": 1}, …]");
    if (code != SWEEP_OK)
        return code;
    struct structure *cases =
        structure_new(STRUCTURE_CASES, reading->where, structure_place_of(at));
    if (cases == NULL)
        return SWEEP_NO_MEMORY;
    *out = cases;
    const struct json_place *place = at->place->first;
    for (size_t i = 0; place != NULL && code != SWEEP_NO_MEMORY; i++) {
        struct bundle bundle = {0};
        const struct placed_value one = {json_array_get(at->value, i), place};
        code = reading_worse(code, structure_read_bundle(reading, &one, &bundle));
        code = reading_worse(code, structure_add_bundle(cases, &bundle));
        place = place->next;
    }
    structure_measure(cases);
    return code;
}

enum sweep_code structure_read_cases(
    const struct axis_reading *reading, const struct placed_value *at, struct structure **out)
{
    if (!json_is_object(at->value))
        return structure_read_bundles(reading, at, out);
    struct generated rows = {0};
    enum sweep_code code = data_file_read_bundles(reading->context, reading->where, at, &rows);
    if (code != SWEEP_OK)
        return code;
    const struct placed_value list = {rows.values, rows.place};
    code = structure_read_bundles(reading, &list, out);
    if (*out != NULL)
        (*out)->place = *structure_place_of(at);
    generated_deinit(&rows);
    return code;
}

/* --- nodes of "sweep" --------------------------------------------------------------------- */

/* Reads {"product": […]}, {"zip": […]} or {"union": […]}: a list of nodes. */
static enum sweep_code structure_read_nodes(const struct axis_reading *r, enum structure_kind kind,
    const struct placed_value *at, struct structure **out)
{
    char name[32];
    snprintf(name, sizeof name, "\"%s\"", at->place->name);
    enum sweep_code code = structure_check_list(r, at, name, "write [{\"lr\": […]}, …]");
    if (code != SWEEP_OK)
        return code;
    struct structure *structure = structure_new(kind, r->where, structure_place_of(at));
    if (structure == NULL)
        return SWEEP_NO_MEMORY;
    *out = structure;
    const struct json_place *place = at->place->first;
    for (size_t i = 0; place != NULL && code != SWEEP_NO_MEMORY; i++) {
        struct structure *item = NULL;
        const struct placed_value one = {json_array_get(at->value, i), place};
        code = reading_worse(code, structure_read_node(r, &one, &item));
        if (item != NULL)
            code = reading_worse(code, structure_add(structure, item));
        place = place->next;
    }
    structure_measure(structure);
    if (code == SWEEP_OK && kind == STRUCTURE_ZIP)
        code = structure_check_zip(structure, r->axes, false, r->context->findings);
    return code;
}

const struct structure_key structure_keys[STRUCTURE_KEYS] = {
    {"product", STRUCTURE_PRODUCT, "All combinations, the first node varying slowest."},
    {"zip", STRUCTURE_ZIP, "The points of the nodes in step."},
    {"union", STRUCTURE_UNION, "The points of one node after those of the other."},
    {"cases", STRUCTURE_CASES, "Points written out, or {\"file\": \"points.csv\"}."},
};

/* The index in structure_keys, or STRUCTURE_KEYS. */
static size_t structure_find_key(const char *name)
{
    size_t i = 0;
    while (i < STRUCTURE_KEYS && strcmp(structure_keys[i].name, name) != 0)
        i++;
    return i;
}

/* Reads the member of a node that says what it is, which must be the only one. */
static enum sweep_code structure_read_special(const struct axis_reading *r,
    const struct placed_value *at, const struct json_place *special, struct structure **out)
{
    const struct json_place *member = at->place->first;
    for (; member != NULL; member = member->next)
        if (member != special && !json_place_is_comment(member) && !structure_is_where(r, member))
            return STRUCTURE_REFUSE(r, member->key, "bad-sweep",
                "write {\"product\": [{…}, {…}]} to combine several",
                "a node has axes or one of \"product\", \"zip\", \"union\" and \"cases\", not "
                "\"%.60s\" beside \"%s\"",
                member->name, special->name);
    const struct placed_value inner = {json_object_get(at->value, special->name), special};
    enum structure_kind kind = structure_keys[structure_find_key(special->name)].kind;
    if (kind == STRUCTURE_CASES)
        return structure_read_cases(r, &inner, out);
    if (json_is_object(inner.value) && kind != STRUCTURE_UNION) {
        enum sweep_code code = structure_read_axes(r, kind, &inner, out);
        return reading_worse(code, structure_read_where(r, &inner, *out));
    }
    return structure_read_nodes(r, kind, &inner, out);
}

enum sweep_code structure_read_node(
    const struct axis_reading *reading, const struct placed_value *at, struct structure **out)
{
    enum sweep_code code;
    const struct json_place *member = NULL;
    if (json_is_object(at->value))
        member = at->place->first;
    while (member != NULL && structure_find_key(member->name) == STRUCTURE_KEYS)
        member = member->next;
    if (member != NULL)
        code = structure_read_special(reading, at, member, out);
    else
        code = structure_read_axes(reading, STRUCTURE_PRODUCT, at, out);
    return reading_worse(code, structure_read_where(reading, at, *out));
}
