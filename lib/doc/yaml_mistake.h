/* SPDX-License-Identifier: Apache-2.0
 *
 * The likely cause of what libyaml rejects. libyaml reports where it cannot continue, which is
 * often a line after the mistake.
 */
#ifndef LIB_DOC_YAML_MISTAKE_H
#define LIB_DOC_YAML_MISTAKE_H

#include <stdbool.h>
#include <stddef.h>

/* What libyaml says. */
struct yaml_problem {
    const char *context, *problem; /* "" if it says nothing */
    size_t context_at, problem_at; /* byte offsets */
};

struct yaml_mistake {
    size_t offset, length; /* in bytes */
    char message[160];
    char hint[160]; /* "": none */
};

/* False if no cause is known. `text` is valid UTF-8. */
bool yaml_mistake_find(
    const char *text, size_t length, const struct yaml_problem *problem, struct yaml_mistake *out);

#endif
