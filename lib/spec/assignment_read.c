/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/config/params.h"
#include "lib/doc/scalar.h"
#include "lib/spec/assignment_read.h"
#include "lib/spec/product.h"
#include "lib/util/cleanup.h"

static enum sweep_code assignment_read_begin(
    const struct reading *r, const struct json_place *place, const char *where)
{
    *r->assignment = (struct assignment){.where = where,
        .place = place->key,
        .key = strdup(place->name),
        .parameter = profile_parameter(r->context->profile, place->name)};
    return r->assignment->key != NULL ? SWEEP_OK : SWEEP_NO_MEMORY;
}

enum sweep_code assignment_read_fixed(const struct spec_context *context, const json_t *value,
    const struct json_place *place, struct assignment *out)
{
    const struct reading r = {context, out};
    const struct placed_value at = {(json_t *)value, place};
    enum sweep_code code = assignment_read_begin(&r, place, "fixed");
    if (code == SWEEP_OK)
        code = assignment_reserve(out, 1);
    if (code != SWEEP_OK)
        return code;
    return reading_add_choice(&r, &at);
}

/* What a choice does, as a string: equal strings mean equal runs. */
static bool assignment_read_write_key(const struct choice *choice, struct strbuf *out)
{
    for (size_t k = 0; k < choice->operations.count; k++) {
        const struct operation *operation = &choice->operations.items[k];
        CLEANUP_FREE char *text = NULL;
        if (operation->value != NULL)
            text = json_dumps(operation->value, JSON_ENCODE_ANY | JSON_SORT_KEYS);
        strbuf_printf(out, "%s=%s\n", operation->path, text != NULL ? text : "-");
    }
    strbuf_append(out, "", 0);
    return !out->oom;
}

/* Two equal values would make two equal runs. */
static enum sweep_code assignment_read_check_distinct(const struct reading *r)
{
    const struct assignment *axis = r->assignment;
    enum sweep_code code = SWEEP_OK;
    CLEANUP_JSON json_t *seen = json_object();
    if (seen == NULL)
        return SWEEP_NO_MEMORY;
    for (size_t i = 0; i < axis->n_choices; i++) {
        CLEANUP_STRBUF struct strbuf key = {0};
        const struct choice *choice = &axis->choices[i];
        if (!assignment_read_write_key(choice, &key))
            return SWEEP_NO_MEMORY;
        if (json_object_get(seen, key.data) != NULL)
            code = reading_refuse(r, &choice->place, "duplicate-value", NULL,
                "axis \"%s\" lists %s twice; those runs would be identical", axis->key,
                choice->label);
        else if (json_object_set_new(seen, key.data, json_true()) != 0)
            return SWEEP_NO_MEMORY;
    }
    return code;
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
    code = assignment_reserve(r->assignment, json_array_size(at->value));
    const struct json_place *place = at->place->first;
    for (size_t i = 0; place != NULL && code != SWEEP_NO_MEMORY; i++) {
        const struct placed_value one = {json_array_get(at->value, i), place};
        code = reading_worse(code, reading_add_choice(r, &one));
        place = place->next;
    }
    return code;
}

enum sweep_code assignment_read_axis(const struct spec_context *context, const json_t *value,
    const struct json_place *place, struct assignment *out)
{
    const struct reading r = {context, out};
    const struct placed_value at = {(json_t *)value, place};
    enum sweep_code code = assignment_read_begin(&r, place, "grid");
    if (code != SWEEP_OK)
        return code;
    if (reading_has_fields(&r) && json_is_object(value))
        code = product_read(&r, &at);
    else
        code = assignment_read_add_list(&r, &at);
    if (code == SWEEP_NO_MEMORY)
        return code;
    return reading_worse(code, assignment_read_check_distinct(&r));
}
