/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "lib/doc/scalar.h"
#include "lib/findings/findings.h"
#include "lib/spec/is_object.h"
#include "lib/util/limits.h"
#include "sweep/generate.h"

enum sweep_code spec_check_is_object(
    const struct json_source *source, struct sweep_findings *findings)
{
    if (json_is_object(source->value))
        return SWEEP_OK;
    return FINDING_ERROR(findings, "wrong-type", source->root->value, NULL, NULL,
        "a spec is a JSON object, got %s", value_type_name(source->value));
}

enum sweep_code sweep_spec_check_json(
    const char *text, size_t length, const char *file, struct sweep_findings *findings)
{
    assert(text != NULL && file != NULL && findings != NULL);
    struct json_source *source = NULL;
    struct sweep_limits limits = limits_default;
    for (size_t i = 0; sweep_limit_in(&limits, i) != NULL; i++)
        *sweep_limit_in(&limits, i) = UINT64_MAX;
    limits = limits_of(&limits);
    const struct json_input input = {
        .text = text, .length = length, .file = file, .limits = &limits};
    enum sweep_code code = json_source_parse_input(&input, findings, &source);
    if (code == SWEEP_OK)
        code = spec_check_is_object(source, findings);
    json_source_free(source);
    return code;
}
