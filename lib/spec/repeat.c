/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/doc/scalar.h"
#include "lib/findings/findings.h"
#include "lib/spec/repeat.h"
#include "lib/util/cleanup.h"

static const char repeat_hint[] = "write 3, or {\"n\": 3, \"first\": 10}";

#define REPEAT_REFUSE(reading, place, code, ...)                                                   \
    FINDING_ERROR((reading)->context->findings, (code), (place), "repeat", repeat_hint, __VA_ARGS__)

static enum sweep_code repeat_read_int(const struct axis_reading *r, const json_t *value,
    const struct json_place *place, json_int_t *out)
{
    const char *name = place->name != NULL ? place->name : "repeat";
    *out = json_integer_value(value);
    if (!json_is_integer(value))
        return REPEAT_REFUSE(
            r, place->value, "wrong-type", "%s must be int, got %s", name, value_type_name(value));
    return SWEEP_OK;
}

static enum sweep_code repeat_read_object(
    const struct axis_reading *r, const struct placed_value *at, json_int_t *n, json_int_t *first)
{
    enum sweep_code result = SWEEP_OK;
    const struct json_place *member = at->place->first;
    if (json_object_get(at->value, "n") == NULL)
        return REPEAT_REFUSE(r, at->place->value, "missing-key", "repeat has no \"n\"");
    for (; member != NULL; member = member->next) {
        const json_t *value = json_object_get(at->value, member->name);
        enum sweep_code code = SWEEP_OK;
        if (strcmp(member->name, "n") == 0)
            code = repeat_read_int(r, value, member, n);
        else if (strcmp(member->name, "first") == 0)
            code = repeat_read_int(r, value, member, first);
        else if (!json_place_is_comment(member))
            code = REPEAT_REFUSE(
                r, member->key, "unknown-key", "repeat has no \"%.60s\"", member->name);
        if (code != SWEEP_OK)
            result = code;
    }
    return result;
}

/* One choice for each seed. */
static enum sweep_code repeat_add_seeds(const struct axis_reading *r, const struct placed_value *at,
    json_int_t n, json_int_t first, struct structure *axis)
{
    for (json_int_t i = 0; i < n; i++) {
        char text[32];
        size_t choice;
        CLEANUP_JSON json_t *seed = json_integer(first + i);
        if (seed == NULL)
            return SWEEP_NO_MEMORY;
        int length = snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, first + i);
        struct json_place place = {.value = at->place->value,
            .key = at->place->key,
            .name = (char *)r->context->profile->seed,
            .text = text,
            .length = (size_t)length};
        const struct placed_value one = {seed, &place};
        enum sweep_code code = axis_read_value(r, &one, &axis->axis, &choice);
        if (code == SWEEP_OK)
            code = structure_add_choice(axis, choice);
        if (code != SWEEP_OK)
            return code;
    }
    structure_measure(axis);
    return SWEEP_OK;
}

enum sweep_code repeat_read(
    const struct axis_reading *reading, const struct placed_value *at, struct structure **out)
{
    const struct profile *profile = reading->context->profile;
    uint64_t limit = reading->context->limits->runs;
    json_int_t n = 1, first = 0;
    enum sweep_code code;
    if (profile->seed == NULL)
        return REPEAT_REFUSE(reading, at->place->key, "incomplete-profile",
            "the profile of %s %s does not say which parameter is the seed: it has no \"seed\"",
            profile->trainer, profile->version);
    if (json_is_object(at->value))
        code = repeat_read_object(reading, at, &n, &first);
    else
        code = repeat_read_int(reading, at->value, at->place, &n);
    if (code != SWEEP_OK)
        return code;
    if (n < 1 || (uint64_t)n > limit || first < 0 || first > INT32_MAX)
        return REPEAT_REFUSE(reading, at->place->value, "bad-value",
            "repeat must be 1 to %llu times, with seeds from 0 to %d", (unsigned long long)limit,
            INT32_MAX);
    struct structure *axis = structure_new(STRUCTURE_AXIS, reading->where, &at->place->key);
    if (axis == NULL)
        return SWEEP_NO_MEMORY;
    *out = axis;
    return repeat_add_seeds(reading, at, n, first, axis);
}
