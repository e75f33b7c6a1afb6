/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/scalar.h"
#include "lib/findings/findings.h"
#include "lib/spec/tags.h"

static enum sweep_code tags_read_one(
    struct sweep_findings *findings, const json_t *tag, const struct json_place *at)
{
    if (!json_is_string(tag))
        return FINDING_ERROR(findings, "wrong-type", at->value, "/tags", NULL,
            "a tag must be str, got %s", value_type_name(tag));
    if (json_string_length(tag) == 0)
        return FINDING_ERROR(findings, "empty", at->value, "/tags", NULL, "a tag cannot be empty");
    return SWEEP_OK;
}

enum sweep_code tags_read(
    const struct spec_context *context, const struct placed_value *at, json_t **out)
{
    enum sweep_code result = SWEEP_OK;
    size_t i = 0;
    if (!json_is_array(at->value))
        return FINDING_ERROR(context->findings, "wrong-type", at->place->value, "/tags",
            "write [\"a tag\"]", "tags must be a list of strings, got %s",
            value_type_name(at->value));
    for (const struct json_place *tag = at->place->first; tag != NULL; tag = tag->next) {
        enum sweep_code code =
            tags_read_one(context->findings, json_array_get(at->value, i++), tag);
        if (code != SWEEP_OK)
            result = code;
    }
    *out = json_deep_copy(at->value);
    if (*out == NULL)
        return SWEEP_NO_MEMORY;
    return result;
}
