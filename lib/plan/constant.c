/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "lib/findings/findings.h"
#include "lib/plan/constant.h"
#include "lib/plan/runs.h"
#include "lib/util/cleanup.h"

static enum sweep_code constant_note(
    const struct assignment *axis, size_t choice, struct sweep_findings *findings)
{
    size_t n = axis->n_choices;
    if (axis->unset != SIZE_MAX)
        n--;
    if (choice == axis->unset)
        FINDING_NOTE(findings, "constant-axis", axis->place, axis->key, NULL,
            "the filters leave none of the %zu values of %s", n, axis->key);
    else
        FINDING_NOTE(findings, "constant-axis", axis->place, axis->key, NULL,
            "the filters leave one of the %zu values of %s: %s", n, axis->key,
            axis->choices[choice].label);
    return findings_oom(findings) ? SWEEP_NO_MEMORY : SWEEP_OK;
}

/* Sets `varies` of each axis that has another choice than in the first run. Ends when all have. */
static void constant_find(
    const struct sweep_plan *plan, const size_t *first, size_t *choices, bool *varies)
{
    size_t n = plan->spec.axes.count, constant = n;
    for (uint64_t run = 1; run < plan->spec.runs && constant > 0; run++) {
        plan_choices(plan, run, choices);
        for (size_t i = 0; i < n; i++)
            if (!varies[i] && choices[i] != first[i]) {
                varies[i] = true;
                constant--;
            }
    }
}

enum sweep_code constant_note_axes(const struct sweep_plan *plan, struct sweep_findings *findings)
{
    const struct spec *spec = &plan->spec;
    size_t n = spec->axes.count;
    if (!structure_is_filtered(spec->points) || spec->runs < 2)
        return SWEEP_OK;
    CLEANUP_FREE size_t *first = calloc(n + 1, sizeof *first);
    CLEANUP_FREE size_t *choices = calloc(n + 1, sizeof *choices);
    CLEANUP_FREE bool *varies = calloc(n + 1, sizeof *varies);
    if (first == NULL || choices == NULL || varies == NULL)
        return SWEEP_NO_MEMORY;
    plan_choices(plan, 0, first);
    for (size_t i = 0; i < n; i++)
        if (spec->axes.items[i].n_choices < 2)
            varies[i] = true;
    constant_find(plan, first, choices, varies);
    for (size_t i = 0; i < n; i++)
        if (!varies[i] && constant_note(&spec->axes.items[i], first[i], findings) != SWEEP_OK)
            return SWEEP_NO_MEMORY;
    return SWEEP_OK;
}
