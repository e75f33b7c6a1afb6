/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LIB_SPEC_GENERATED_H
#define LIB_SPEC_GENERATED_H

#include <stdbool.h>

#include "lib/doc/json_source.h"

/* A list of values, with places as if it were written where the generator is. */
struct generated {
    json_t *values;           /* owned */
    struct json_place *place; /* that of the list and then all others, in one block; owned */
    char *labels;             /* the texts of the places; NULL: borrowed; owned */
    bool one_place;           /* all values have the place of the generator */
};

void generated_deinit(struct generated *generated);

#endif
