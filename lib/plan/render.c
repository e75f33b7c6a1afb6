/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "lib/plan/output_dir.h"
#include "lib/plan/render.h"
#include "lib/plan/runs.h"
#include "lib/util/cleanup.h"

void plan_render(const struct sweep_plan *plan, uint64_t index, const size_t *choices,
    struct strbuf *scratch, struct strbuf *out)
{
    output_fill(plan, index, choices, scratch);
    out->length = 0;
    if (scratch->oom)
        out->oom = true;
    else
        pieces_render(&plan->pieces, choices, scratch, out);
}

char *sweep_plan_config(const struct sweep_plan *plan, uint64_t index, size_t *length)
{
    CLEANUP_FREE size_t *choices = calloc(plan->spec.axes.count + 1, sizeof *choices);
    CLEANUP_STRBUF struct strbuf scratch = {0};
    struct strbuf out = {0};
    if (choices == NULL || index >= plan->spec.runs)
        return NULL;
    plan_choices(plan, index, choices);
    plan_render(plan, index, choices, &scratch, &out);
    *length = out.length;
    return strbuf_steal(&out);
}
