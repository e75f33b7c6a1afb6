/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/findings/findings.h"
#include "lib/spec/shuffle.h"

enum sweep_code shuffle_read(
    const struct spec_context *context, const struct placed_value *at, int64_t *seed)
{
    const json_t *given = json_object_get(at->value, "shuffled");
    const char *word = json_string_value(at->value);
    bool is_seeded = json_is_integer(given);
    *seed = json_integer_value(given);
    const struct json_place *member = at->place->first;
    for (; is_seeded && member != NULL; member = member->next)
        if (!json_place_is_comment(member) && strcmp(member->name, "shuffled") != 0)
            is_seeded = false;
    if (is_seeded || (word != NULL && strcmp(word, "shuffled") == 0))
        return SWEEP_OK;
    return FINDING_ERROR(context->findings, "bad-value", at->place->value, "/order", NULL,
        "order must be \"shuffled\" or {\"shuffled\": 7}");
}
