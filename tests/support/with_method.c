/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads lines of JSON, {"file", "method", "argument"}, and prints for each the config with that
 * method called on it: {"text"}, or {"error"}.
 */
#include <stdio.h>
#include <stdlib.h>

#include "sweep/builder.h"

static json_t *answer(const struct sweep_trainer *trainer, const json_t *ask)
{
    char *text = NULL;
    size_t length;
    struct sweep_error error = {0};
    struct sweep_builder *builder =
        sweep_builder_from_file(trainer, json_string_value(json_object_get(ask, "file")));
    sweep_with(builder, json_string_value(json_object_get(ask, "method")),
        json_object_get(ask, "argument"));
    json_t *result = sweep_builder_text(builder, &text, &length, &error) == SWEEP_OK
                         ? json_pack("{s:s%}", "text", text, length)
                         : json_pack("{s:s}", "error", error.message);
    sweep_builder_free(builder);
    free(text);
    return result;
}

int main(void)
{
    struct sweep_trainer *trainer = NULL;
    char *line = NULL;
    size_t size = 0;
    if (sweep_trainer_new(NULL, &trainer, NULL) != SWEEP_OK)
        return 1;
    for (ssize_t n; (n = getline(&line, &size, stdin)) > 0;) {
        json_t *ask = json_loadb(line, (size_t)n, 0, NULL), *result = answer(trainer, ask);
        char *out = json_dumps(result, JSON_COMPACT);
        puts(out);
        free(out);
        json_decref(result);
        json_decref(ask);
    }
    free(line);
    sweep_trainer_free(trainer);
    return 0;
}
