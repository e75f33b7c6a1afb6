/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "lib/spec/generated.h"

void generated_deinit(struct generated *generated)
{
    json_decref(generated->values);
    free(generated->place);
    free(generated->labels);
    *generated = (struct generated){0};
}
