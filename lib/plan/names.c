/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/doc/path.h"
#include "lib/plan/names.h"

const char *names_path_of(const struct profile *profile, const char *recipe, const char *name)
{
    const struct parameter *parameter = profile_parameter(profile, name);
    if (parameter != NULL && parameter->n_fields == 1)
        return field_path(&parameter->fields[0], recipe);
    char stem[PATH_MAX_BYTES];
    size_t length = strcspn(name, ".");
    snprintf(stem, sizeof stem, "%.*s", (int)length, name);
    parameter = profile_parameter(profile, stem);
    for (size_t i = 0; parameter != NULL && name[length] == '.' && i < parameter->n_fields; i++)
        if (strcmp(parameter->fields[i].name, name + length + 1) == 0)
            return field_path(&parameter->fields[i], recipe);
    return name;
}
