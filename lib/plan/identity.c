/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/plan/identity.h"
#include "lib/plan/resources.h"

/* Every part is preceded by its length, and every list by its count, so that no two inputs give the
 * same bytes to the digest. */
static void identity_add_string(struct sha256_ctx *context, const char *string)
{
    digest_add(context, string, strlen(string));
}

static void identity_add_number(struct sha256_ctx *context, uint64_t number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    identity_add_string(context, digits);
}

static void identity_add_words(struct sha256_ctx *context, const char *const *words, size_t n)
{
    identity_add_number(context, n);
    for (size_t i = 0; i < n; i++)
        identity_add_string(context, words[i]);
}

static void identity_add_trainer(struct sha256_ctx *context, const struct sweep_plan *plan)
{
    size_t n;
    identity_add_string(context, sweep_trainer_name(plan->trainer));
    identity_add_string(context, sweep_trainer_version(plan->trainer));
    identity_add_string(context, plan->recipe);
    for (size_t i = 0; i < resources_count(plan); i++) {
        const char *const *launch = plan_launch(plan, resources_options(plan, i));
        for (n = 0; launch[n] != NULL;)
            n++;
        identity_add_words(context, launch, n);
    }
    const char *const *paths = plan->trainer->profile.volatile_paths;
    for (n = 0; paths != NULL && paths[n] != NULL;)
        n++;
    identity_add_words(context, paths, n);
    if (plan->spec.processes > 0)
        identity_add_number(context, plan->spec.processes);
}

static void identity_add_axes(struct sha256_ctx *context, const struct assignments *axes)
{
    identity_add_number(context, axes->count);
    for (size_t i = 0; i < axes->count; i++) {
        const struct assignment *axis = &axes->items[i];
        identity_add_words(context, (const char *const *)axis->paths, axis->n_paths);
    }
}

static void identity_add_pieces(struct sha256_ctx *context, const struct pieces *pieces)
{
    identity_add_number(context, pieces->count);
    for (size_t i = 0; i < pieces->count; i++) {
        const struct piece *piece = &pieces->items[i];
        identity_add_number(context, piece->start);
        identity_add_number(context, piece->end);
        identity_add_number(context, piece->n_texts);
        for (size_t k = 0; k < piece->n_texts; k++)
            digest_add(context, piece->texts[k].text, piece->texts[k].length);
    }
}

static void identity_add_templates(struct sha256_ctx *context, const struct sweep_plan *plan)
{
    identity_add_number(context, plan->n_templates);
    for (size_t i = 0; i < plan->n_templates; i++) {
        const struct template *template = &plan->templates[i];
        identity_add_number(context, template->n_parts);
        for (size_t k = 0; k < template->n_parts; k++) {
            const struct part *part = &template->parts[k];
            identity_add_number(context, part->kind);
            identity_add_number(context, part->axis);
            digest_add(context, part->text, part->length);
            if (part->path != NULL)
                identity_add_string(context, part->path);
        }
    }
}

/* An override on the command line is not in the text of the spec. */
static void identity_add_computed(struct sha256_ctx *context, const struct computed_list *computed)
{
    for (size_t i = 0; i < computed->count; i++)
        identity_add_string(context, computed->items[i].text);
}

/* Only if there are any, so that they do not rename the sweeps that have none. */
static void identity_add_inputs(struct sha256_ctx *context, const struct input_files *inputs)
{
    if (inputs->count == 0)
        return;
    identity_add_string(context, "inputs");
    identity_add_number(context, inputs->count);
    identity_add_string(context, "kept"); /* with the sweep */
    for (size_t i = 0; i < inputs->count; i++) {
        identity_add_string(context, inputs->items[i].path);
        digest_add(context, inputs->items[i].text, inputs->items[i].length);
    }
}

static void identity_add_then(struct sha256_ctx *context, const struct sweep_plan *then)
{
    const char *const *launch = plan_launch(then, &then->spec.slurm);
    size_t n = 0;
    while (launch[n] != NULL)
        n++;
    identity_add_string(context, "then");
    identity_add_string(context, then->recipe);
    identity_add_words(context, launch, n);
    digest_add(context, then->base_text, then->base_length);
    digest_add(context, then->doc->text, then->doc->length);
}

void identity_set(struct sweep_plan *plan)
{
    struct sha256_ctx context;
    sha256_init(&context);
    identity_add_string(&context, SWEEP_FORMAT);
    digest_add(&context, plan->source->text, plan->source->length);
    digest_add(&context, plan->base_text, plan->base_length);
    identity_add_trainer(&context, plan);
    digest_add(&context, plan->doc->text, plan->doc->length);
    identity_add_axes(&context, &plan->spec.axes);
    identity_add_pieces(&context, &plan->pieces);
    identity_add_templates(&context, plan);
    identity_add_computed(&context, &plan->computed);
    identity_add_inputs(&context, &plan->inputs);
    if (plan->spec.base_file != NULL)
        identity_add_string(&context, "base.yaml");
    if (plan->then != NULL)
        identity_add_then(&context, plan->then);
    digest_finish(&context, plan->input_digest);
    memcpy(plan->digest, plan->input_digest, sizeof plan->digest);
    snprintf(plan->directory, sizeof plan->directory, "%s-%.8s", plan->spec.name, plan->digest);
}

void identity_grow(struct sweep_plan *plan, const struct strbuf *inherited)
{
    struct sha256_ctx context;
    sha256_init(&context);
    identity_add_string(&context, "growth");
    identity_add_string(&context, plan->input_digest);
    identity_add_number(&context, plan->first);
    digest_add(&context, inherited->data, inherited->length);
    digest_finish(&context, plan->digest);
    snprintf(plan->directory, sizeof plan->directory, "%s-%.8s", plan->spec.name, plan->digest);
}
