/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "lib/findings/codes.h"
#include "lib/trainer/trainer.h"
#include "lib/util/text.h"
#include "sweep/validate.h"

static struct sweep_explanation explain_from_code(const struct code_text *text)
{
    return (struct sweep_explanation){
        .code = text->code, .summary = text->summary, .why = text->why, .example = text->example};
}

static struct sweep_explanation explain_from_rule(const struct rule *rule)
{
    static const char *const severities[] = {"error", "warning", "note"};
    return (struct sweep_explanation){.code = rule->code,
        .id = rule->id,
        .severity = severities[rule->severity],
        .summary = rule->message,
        .why = rule->why,
        .hint = rule->hint,
        .when = rule->when,
        .file = rule->file,
        .fails = phase_phrases[rule->phase],
        .raises = rule->raises,
        .source = rule->source,
        .executed = rule->executed,
        .recipes = rule->recipes,
        .components = rule->components,
        .keys = rule->keys};
}

bool sweep_explain(const struct sweep_trainer *trainer, const char *code, size_t index,
    struct sweep_explanation *out)
{
    assert(trainer != NULL && out != NULL);
    const struct profile *profile = &trainer->profile;
    const struct code_text *text;
    for (size_t i = 0; (text = code_text_at(i)) != NULL; i++)
        if ((code == NULL || strcmp(text->code, code) == 0) && index-- == 0) {
            *out = explain_from_code(text);
            return true;
        }
    for (size_t i = 0; i < profile->n_rules; i++)
        if ((code == NULL || strcmp(profile->rules[i].code, code) == 0) && index-- == 0) {
            *out = explain_from_rule(&profile->rules[i]);
            return true;
        }
    return false;
}

const char *sweep_explain_nearest(const struct sweep_trainer *trainer, const char *code)
{
    assert(trainer != NULL && code != NULL);
    struct suggestion suggestion = {.word = code};
    const struct code_text *text;
    for (size_t i = 0; (text = code_text_at(i)) != NULL; i++)
        suggestion_offer(&suggestion, text->code);
    for (size_t i = 0; i < trainer->profile.n_rules; i++)
        suggestion_offer(&suggestion, trainer->profile.rules[i].code);
    return suggestion.best;
}
