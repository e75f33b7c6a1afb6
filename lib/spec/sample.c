/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/doc/scalar.h"
#include "lib/findings/findings.h"
#include "lib/spec/sample.h"

static const char sample_hint[] = "write {\"n\": 20, \"method\": \"random\", \"seed\": 0}";

const char *const sample_methods[SAMPLE_METHODS] = {"random", "sobol", "lhs"};

#define SAMPLE_REFUSE(context, place, code, ...)                                                   \
    FINDING_ERROR((context)->findings, (code), (place), "sample", sample_hint, __VA_ARGS__)

static enum sweep_code sample_read_n(const struct spec_context *context, const json_t *value,
    const struct json_place *place, struct sample *out)
{
    uint64_t limit = context->limits->runs;
    json_int_t n = json_integer_value(value);
    if (!json_is_integer(value))
        return SAMPLE_REFUSE(context, place->value, "wrong-type",
            "the number of samples must be "
            "int, got %s",
            value_type_name(value));
    if (n < 1 || (uint64_t)n > limit)
        return SAMPLE_REFUSE(context, place->value, "bad-value",
            "the number of samples must be 1 to %llu", (unsigned long long)limit);
    out->n = (uint64_t)n;
    return SWEEP_OK;
}

static enum sweep_code sample_read_method(const struct spec_context *context, const json_t *value,
    const struct json_place *place, struct sample *out)
{
    const char *name = json_string_value(value);
    for (size_t i = 0; name != NULL && i < SAMPLE_METHODS; i++)
        if (strcmp(sample_methods[i], name) == 0) {
            out->method = (enum sample_method)i;
            return SWEEP_OK;
        }
    return SAMPLE_REFUSE(
        context, place->value, "bad-value", "method must be \"random\", \"sobol\" or \"lhs\"");
}

static enum sweep_code sample_read_seed(const struct spec_context *context, const json_t *value,
    const struct json_place *place, struct sample *out)
{
    if (!json_is_integer(value))
        return SAMPLE_REFUSE(context, place->value, "wrong-type", "seed must be int, got %s",
            value_type_name(value));
    out->seed = json_integer_value(value);
    return SWEEP_OK;
}

static enum sweep_code sample_read_member(const struct spec_context *context, const json_t *value,
    const struct json_place *member, struct sample *out)
{
    if (strcmp(member->name, "n") == 0)
        return sample_read_n(context, value, member, out);
    if (strcmp(member->name, "method") == 0)
        return sample_read_method(context, value, member, out);
    if (strcmp(member->name, "seed") == 0)
        return sample_read_seed(context, value, member, out);
    if (json_place_is_comment(member))
        return SWEEP_OK;
    return SAMPLE_REFUSE(
        context, member->key, "unknown-key", "sample has no \"%.60s\"", member->name);
}

enum sweep_code sample_read(
    const struct spec_context *context, const struct placed_value *at, struct sample *out)
{
    *out = (struct sample){.place = at->place->value};
    if (!json_is_object(at->value))
        return sample_read_n(context, at->value, at->place, out);
    if (json_object_get(at->value, "n") == NULL)
        return SAMPLE_REFUSE(context, at->place->value, "missing-key", "sample has no \"n\"");
    enum sweep_code result = SWEEP_OK;
    for (const struct json_place *member = at->place->first; member != NULL;
         member = member->next) {
        enum sweep_code code =
            sample_read_member(context, json_object_get(at->value, member->name), member, out);
        if (code != SWEEP_OK)
            result = code;
    }
    return result;
}
