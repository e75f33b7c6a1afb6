/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/findings/findings.h"
#include "lib/plan/axis_effects.h"
#include "lib/plan/combinations.h"

enum { AXIS_EFFECTS_REASON = 300 };

/* Whether an axis makes no difference in any of the runs that were checked so far. */
struct axis_effect {
    bool is_dead;
    char reason[AXIS_EFFECTS_REASON]; /* as the profile says it; "": the recipe never reads it */
};

bool axis_effects_init(struct axis_effects *out, const struct sweep_plan *plan)
{
    size_t n = plan->spec.axes.count;
    *out = (struct axis_effects){.plan = plan, .items = calloc(n + 1, sizeof *out->items)};
    if (out->items == NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        if (plan->spec.axes.items[i].n_paths > 0) {
            out->items[i].is_dead = true;
            out->n_dead++;
        }
    return true;
}

void axis_effects_deinit(struct axis_effects *effects)
{
    free(effects->items);
    *effects = (struct axis_effects){0};
}

/* True if the value at a path makes no difference in the config that was checked last. */
static bool axis_effects_is_dead(
    struct checker *checker, const char *path, char reason[AXIS_EFFECTS_REASON])
{
    char key[PATH_MAX_BYTES];
    snprintf(key, sizeof key, "%.*s", (int)strcspn(path, "."), path);
    reason[0] = '\0';
    if (checker->recipe != NULL && !recipe_reads(checker->recipe, key) &&
        !resolved_refers_to(&checker->config, key))
        return true;
    const char *inert = rules_inert(checker->rules, path);
    if (inert == NULL)
        return false;
    snprintf(reason, AXIS_EFFECTS_REASON, "%s", inert);
    return true;
}

void axis_effects_update(struct axis_effects *effects, struct checker *checker)
{
    for (size_t i = 0; i < effects->plan->spec.axes.count && effects->n_dead > 0; i++) {
        const struct assignment *axis = &effects->plan->spec.axes.items[i];
        struct axis_effect *effect = &effects->items[i];
        if (!effect->is_dead)
            continue;
        for (size_t k = 0; k < axis->n_paths && effect->is_dead; k++)
            effect->is_dead = axis_effects_is_dead(checker, axis->paths[k], effect->reason);
        if (!effect->is_dead)
            effects->n_dead--;
    }
}

/* Sets *out to the number of different runs if the axis made no difference. */
static enum sweep_code axis_effects_count_without(
    const struct axis_effects *effects, size_t axis, uint64_t *out)
{
    struct combinations combinations;
    struct axis_set others;
    if (!axis_set_init(&others, effects->plan->spec.axes.count))
        return SWEEP_NO_MEMORY;
    for (size_t i = 0; i < others.size; i++)
        if (i != axis)
            axis_set_add(&others, i);
    enum sweep_code code = combinations_find(effects->plan, &others, &combinations);
    *out = combinations.count;
    combinations_deinit(&combinations);
    axis_set_deinit(&others);
    return code;
}

static enum sweep_code axis_effects_report_one(
    const struct axis_effects *effects, size_t index, struct sweep_findings *findings)
{
    const struct sweep_plan *plan = effects->plan;
    const struct assignment *axis = &plan->spec.axes.items[index];
    const struct axis_effect *effect = &effects->items[index];
    char reason[PATH_MAX_BYTES + AXIS_EFFECTS_REASON];
    uint64_t different = 0;
    if (effect->reason[0] != '\0')
        snprintf(reason, sizeof reason, "%s", effect->reason);
    else
        snprintf(reason, sizeof reason, "%s never reads \"%s\"", plan->recipe, axis->paths[0]);
    /* What is only counted needs no text. */
    if (!findings_are_full(findings, SWEEP_ERROR)) {
        enum sweep_code code = axis_effects_count_without(effects, index, &different);
        if (code != SWEEP_OK)
            return code;
    }
    return FINDING_ERROR(findings, "dead-axis", axis->place, axis->paths[0],
        "every run would be made once for each of its values",
        "%s changes nothing: %s; %llu of %llu runs would repeat others", axis->key, reason,
        (unsigned long long)(plan->spec.runs - different), (unsigned long long)plan->spec.runs);
}

enum sweep_code axis_effects_report(
    const struct axis_effects *effects, struct sweep_findings *findings)
{
    enum sweep_code result = SWEEP_OK;
    for (size_t i = 0; i < effects->plan->spec.axes.count && result != SWEEP_NO_MEMORY; i++) {
        if (!effects->items[i].is_dead || effects->plan->spec.axes.items[i].n_choices < 2)
            continue;
        enum sweep_code reported = axis_effects_report_one(effects, i, findings);
        if (reported != SWEEP_OK)
            result = reported;
    }
    return result;
}
