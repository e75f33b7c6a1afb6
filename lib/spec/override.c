/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/doc/path.h"
#include "lib/doc/yaml.h"
#include "lib/findings/findings.h"
#include "lib/spec/spec.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

/* Reports that the value of `key` is not one in YAML, with the likely cause. */
static void override_refuse_value(const char *key, const char *text,
    const struct sweep_finding *cause, const struct spec_context *context)
{
    const struct sweep_place place = {.file = "--set"};
    if (cause != NULL)
        FINDING_ERROR(context->findings, "bad-value", place, NULL, cause->hint,
            "%s: not a YAML value: %s", key, cause->message);
    else
        FINDING_ERROR(context->findings, "bad-value", place, NULL, "write it on one line",
            "%s: not one YAML value: %s", key, text);
}

/* The value of `v: TEXT` read as YAML; NULL after a finding, or without memory. */
static json_t *override_read_value(
    const char *key, const char *text, const struct spec_context *context)
{
    CLEANUP_STRBUF struct strbuf document = {0};
    struct sweep_findings *inner = sweep_findings_new();
    struct yaml_doc *doc = NULL;
    json_t *value = NULL;
    strbuf_printf(&document, "v: %s\n", text);
    if (!document.oom &&
        yaml_parse(document.data, document.length, "value", inner, &doc) == SWEEP_OK &&
        json_object_size(doc->tree) == 1)
        value = json_incref(json_object_get(doc->tree, "v"));
    const struct sweep_finding *note = sweep_findings_get(inner, 0);
    if (value != NULL && note != NULL)
        FINDING_NOTE(context->findings, note->code, ((struct sweep_place){.file = "--set"}), NULL,
            note->hint, "%s: %s", key, note->message);
    if (value == NULL)
        override_refuse_value(key, text, sweep_findings_get(inner, 0), context);
    yaml_doc_free(doc);
    sweep_findings_free(inner);
    return value;
}

static bool override_overlaps(const struct assignment *a, const struct assignment *b)
{
    for (size_t i = 0; i < a->n_paths; i++)
        for (size_t k = 0; k < b->n_paths; k++)
            if (path_overlaps(a->paths[i], b->paths[k]))
                return true;
    return false;
}

static enum sweep_code override_read(const struct spec_context *context, const json_t *value,
    const struct json_place *at, struct assignment *out)
{
    if (json_is_object(value) && profile_parameter(context->profile, at->name) != NULL)
        return FINDING_ERROR(context->findings, "bad-value", at->value, NULL,
            "set its config paths instead", "%s takes no mapping here", at->name);
    enum sweep_code code = assignment_read_fixed(context, value, at, out);
    out->where = "--set";
    return code;
}

enum sweep_code spec_override(
    struct spec *spec, const char *text, const struct spec_context *context)
{
    const struct sweep_place place = {.file = "--set"};
    const char *equals = strchr(text, '='), *value_text = "true";
    if (equals == NULL && text[0] == '~')
        equals = text + strlen(text);
    else if (equals != NULL)
        value_text = equals + 1;
    if (equals == NULL || equals == text)
        return FINDING_ERROR(context->findings, "bad-value", place, NULL, NULL,
            "an override is written path=value, or ~path to delete: %s", text);
    CLEANUP_FREE char *key = text_duplicate(text, (size_t)(equals - text));
    if (key == NULL)
        return SWEEP_NO_MEMORY;
    CLEANUP_JSON json_t *value = override_read_value(key, value_text, context);
    if (value == NULL)
        return SWEEP_INVALID;
    const struct json_place at = {.value = place,
        .key = place,
        .name = key,
        .text = value_text,
        .length = strlen(value_text)};
    struct assignment assignment = {0};
    enum sweep_code code = override_read(context, value, &at, &assignment);
    if (code != SWEEP_OK) {
        assignment_deinit(&assignment);
        return code;
    }
    for (size_t i = spec->fixed.count; i-- > 0;)
        if (override_overlaps(&spec->fixed.items[i], &assignment))
            assignments_remove(&spec->fixed, i);
    return assignments_append(&spec->fixed, &assignment);
}
