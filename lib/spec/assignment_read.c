/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/config/params.h"
#include "lib/doc/scalar.h"
#include "lib/spec/assignment_read.h"
#include "lib/spec/distribution.h"
#include "lib/spec/generator.h"
#include "lib/spec/product.h"
#include "lib/spec/other_tools.h"
#include "lib/util/cleanup.h"
#include "lib/util/index.h"

static enum sweep_code assignment_read_begin(const struct spec_context *context,
    const struct json_place *place, const char *where, struct assignment *out)
{
    *out = (struct assignment){.where = where,
        .place = place->key,
        .key = strdup(place->name),
        .unset = SIZE_MAX,
        .parameter = profile_parameter(context->profile, place->name)};
    return out->key != NULL ? SWEEP_OK : SWEEP_NO_MEMORY;
}

enum sweep_code assignment_read_fixed(const struct spec_context *context, const json_t *value,
    const struct json_place *place, struct assignment *out)
{
    const struct reading r = {context, out, false, NULL};
    const struct placed_value at = {(json_t *)value, place};
    size_t index;
    enum sweep_code code = assignment_read_begin(context, place, "fixed", out);
    if (code != SWEEP_OK)
        return code;
    return reading_add_choice(&r, &at, &index);
}

/* --- axes --------------------------------------------------------------------------------- */

/* The index of the axis with this key, or of the same parameter; a new one if there is none. */
static enum sweep_code assignment_read_find_axis(
    const struct axis_reading *r, const struct json_place *place, size_t *index)
{
    const struct parameter *parameter = profile_parameter(r->context->profile, place->name);
    const char *name = place->name;
    struct assignment new;
    if (parameter != NULL)
        name = parameter->name;
    *index = index_find(r->axes->known, name, strlen(name));
    if (*index != SIZE_MAX)
        return SWEEP_OK;
    *index = r->axes->count;
    if (!index_add(&r->axes->known, name, strlen(name), *index))
        return SWEEP_NO_MEMORY;
    enum sweep_code code = assignment_read_begin(r->context, place, r->where, &new);
    if (code != SWEEP_OK)
        return code;
    return assignments_append(r->axes, &new);
}

/* Checks that the values of an axis are a list that can be read. */
static enum sweep_code assignment_read_check_list(
    const struct reading *r, const struct placed_value *at)
{
    const char *key = r->assignment->key;
    const struct sweep_place *place = &at->place->value;
    uint64_t limit = r->context->limits->runs;
    if (!json_is_array(at->value)) {
        const char *code = "wrong-type";
        const char *hint = "a value for all runs goes into \"fixed\"";
        const char *text = json_string_value(at->value);
        if (other_tools_axis(key) != NULL)
            hint = other_tools_axis(key);
        else if (text != NULL && other_tools_text(text) != NULL)
            hint = other_tools_text(text);
        struct together together;
        if (reading_has_fields(r)) {
            parameter_together(r->context->profile, r->assignment->parameter, &together);
            code = together.code;
            hint = together.hint;
        }
        return reading_refuse(r, place, code, hint, "axis \"%s\" must be a list of values, got %s",
            key, value_type_name(at->value));
    }
    if (json_array_size(at->value) == 0)
        return reading_refuse(r, place, "empty-axis", NULL, "axis \"%s\" is empty", key);
    if (json_array_size(at->value) > limit)
        return reading_refuse(r, place, "too-many-runs", NULL,
            "axis \"%s\" has %zu values; the limit is %llu runs", key, json_array_size(at->value),
            (unsigned long long)limit);
    return SWEEP_OK;
}

static enum sweep_code assignment_read_add_list(
    const struct reading *r, const struct placed_value *at)
{
    enum sweep_code code = assignment_read_check_list(r, at);
    if (code != SWEEP_OK)
        return code;
    const struct placed_value first = {json_array_get(at->value, 0), at->place->first};
    /* Values of one field alone: report it once, not for every value. */
    if (reading_has_fields(r) && !json_is_object(first.value))
        return reading_check_fields(r, &first);
    const struct json_place *place = at->place->first;
    for (size_t i = 0; place != NULL && code != SWEEP_NO_MEMORY; i++) {
        const struct placed_value one = {json_array_get(at->value, i), place};
        size_t index;
        enum sweep_code read = reading_add_choice(r, &one, &index);
        if (read == SWEEP_OK)
            read = reading_list_choice(r, index, &place->value);
        code = reading_worse(code, read);
        place = place->next;
    }
    return code;
}

/* Values that are computed, or from a file. If they share one place, only the first wrong one is
 * reported. */
static enum sweep_code assignment_read_add_generated(
    const struct reading *r, const struct placed_value *at)
{
    struct generated generated = {0};
    enum sweep_code code = generator_read(r, at, &generated);
    if (code != SWEEP_OK)
        return code;
    const struct json_place *place = generated.place->first;
    for (size_t i = 0; place != NULL && code != SWEEP_NO_MEMORY; i++) {
        const struct placed_value one = {json_array_get(generated.values, i), place};
        size_t index;
        enum sweep_code read = reading_add_choice(r, &one, &index);
        if (read == SWEEP_OK)
            read = reading_list_choice(r, index, &place->value);
        code = reading_worse(code, read);
        if (code != SWEEP_OK && generated.one_place)
            break;
        place = place->next;
    }
    generated_deinit(&generated);
    return code;
}

/* An axis whose values are drawn when the base is known. */
static enum sweep_code assignment_read_distribution(
    const struct reading *r, const struct placed_value *at)
{
    if (strcmp(r->list->where, "grid") != 0)
        return reading_refuse(r, &at->place->value, "bad-generator",
            "give the values as a list, or move the axis to \"grid\"",
            "a distribution is for axes of \"grid\"");
    struct assignment *axis = r->assignment;
    const char *path = axis->key;
    if (axis->parameter != NULL)
        path = axis->parameter->fields[0].path;
    r->list->distribution = calloc(1, sizeof *r->list->distribution);
    if (r->list->distribution == NULL || assignment_add_path(axis, path) != SWEEP_OK)
        return SWEEP_NO_MEMORY;
    return distribution_read(r, at, r->list->distribution);
}

enum sweep_code axis_read_list(
    const struct axis_reading *reading, const struct placed_value *at, struct structure *list)
{
    enum sweep_code code = assignment_read_find_axis(reading, at->place, &list->axis);
    if (code != SWEEP_OK)
        return code;
    const struct reading r = {reading->context, &reading->axes->items[list->axis], true, list};
    if (reading_has_fields(&r) && json_is_object(at->value))
        return product_read(&r, at);
    if (distribution_is(at->value))
        return assignment_read_distribution(&r, at);
    if (json_is_object(at->value))
        return assignment_read_add_generated(&r, at);
    return assignment_read_add_list(&r, at);
}

enum sweep_code axis_append_value(
    const struct axis_reading *reading, size_t axis, const struct placed_value *at)
{
    const struct reading r = {reading->context, &reading->axes->items[axis], false, NULL};
    size_t index;
    return reading_add_choice(&r, at, &index);
}

enum sweep_code axis_read_value(
    const struct axis_reading *reading, const struct placed_value *at, size_t *axis, size_t *choice)
{
    enum sweep_code code = assignment_read_find_axis(reading, at->place, axis);
    if (code != SWEEP_OK)
        return code;
    const struct reading r = {reading->context, &reading->axes->items[*axis], true, NULL};
    return reading_add_choice(&r, at, choice);
}
