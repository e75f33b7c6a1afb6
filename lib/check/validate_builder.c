/* SPDX-License-Identifier: Apache-2.0
 *
 * The builder's call of the validator: here because configs are built without knowing checks.
 */
#include <assert.h>
#include <stdlib.h>

#include "lib/config/builder.h"
#include "lib/findings/findings.h"
#include "sweep/validate.h"

enum sweep_code sweep_builder_validate(
    const struct sweep_builder *builder, const char *recipe, struct sweep_findings *findings)
{
    assert(findings != NULL);
    char *text = NULL;
    size_t length;
    struct sweep_error error = {0};
    enum sweep_code code = sweep_builder_text(builder, &text, &length, &error);
    if (code == SWEEP_INVALID)
        return FINDING_ERROR(
            findings, "builder", (struct sweep_place){0}, NULL, NULL, "%s", error.message);
    if (code != SWEEP_OK)
        return code;
    if (recipe == NULL && builder->base_kind == SWEEP_SOURCE_BASE)
        recipe = profile_recipe_of(&builder->trainer->profile, builder->base_origin);
    const char *file = builder->origin != NULL ? builder->origin : "config";
    code = sweep_validate(builder->trainer, text, length, file, recipe, findings);
    free(text);
    return code;
}
