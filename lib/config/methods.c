/* SPDX-License-Identifier: Apache-2.0
 *
 * The with_* methods. Each looks its parameter up in the profile of the trainer.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/config/builder.h"
#include "lib/config/params.h"
#include "lib/findings/findings.h"
#include "lib/trainer/known_paths.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

/* --- any parameter ------------------------------------------------------------------------ */

static void methods_fail_unknown(struct sweep_builder *builder, const char *method)
{
    const struct profile *profile = &builder->trainer->profile;
    struct suggestion suggestion = {.word = method};
    char did_you_mean[128] = "";
    for (size_t i = 0; i < profile->n_parameters; i++) {
        suggestion_offer(&suggestion, profile->parameters[i].name);
        if (profile->parameters[i].alias != NULL)
            suggestion_offer(&suggestion, profile->parameters[i].alias);
    }
    if (suggestion.best != NULL)
        snprintf(did_you_mean, sizeof did_you_mean, "; did you mean \"%s\"?", suggestion.best);
    builder_fail(builder, SWEEP_INVALID,
        "ValueError: there is no method with_%s: %s %s has no parameter \"%s\"%s", method,
        profile->trainer, profile->version, method, did_you_mean);
}

/* The parameter of a method; NULL after an error. */
static const struct parameter *methods_find(struct sweep_builder *builder, const char *method)
{
    if (!builder_is_usable(builder))
        return NULL;
    const struct parameter *parameter = profile_parameter(&builder->trainer->profile, method);
    if (parameter == NULL)
        methods_fail_unknown(builder, method);
    return parameter;
}

/* Warns if the trainer does not take what a method sets, and names the parameter that it takes. */
static void methods_warn_if_superseded(
    struct sweep_builder *builder, const struct parameter *parameter)
{
    struct path_diagnostic diagnostic;
    char hint[80];
    if (parameter->successor == NULL)
        return;
    known_paths_check(&builder->trainer->profile, NULL, builder->base->tree,
        parameter->fields[0].path, &diagnostic);
    if (diagnostic.verdict == PATH_KNOWN)
        return;
    snprintf(hint, sizeof hint, "use with_%s", parameter->successor);
    FINDING_WARNING(builder->findings, diagnostic.code, (struct sweep_place){0},
        parameter->fields[0].path, hint, "%s", diagnostic.message);
    if (findings_oom(builder->findings))
        builder_fail(builder, SWEEP_NO_MEMORY, "out of memory");
}

static void methods_apply(
    struct sweep_builder *builder, const struct parameter *parameter, const json_t *argument)
{
    struct operations operations = {0};
    struct argument_diagnostic diagnostic;
    enum sweep_code code = parameter_operations(parameter, argument, ".", &operations, &diagnostic);
    if (code == SWEEP_OK) {
        json_t *copy = json_deep_copy(argument);
        builder_apply(builder, &operations,
            json_pack("{s:s, s:o}", "with", parameter->name, "argument", copy));
    } else if (code == SWEEP_INVALID) {
        const char *kind = "ValueError";
        if (strcmp(diagnostic.code, "wrong-type") == 0)
            kind = "TypeError";
        builder_fail(builder, code, "%s: %s", kind, diagnostic.message);
    } else {
        builder_fail(builder, code, "out of memory");
    }
    operations_deinit(&operations);
}

struct sweep_builder *sweep_with(
    struct sweep_builder *builder, const char *method, const json_t *argument)
{
    const struct parameter *parameter = methods_find(builder, method != NULL ? method : "");
    if (parameter == NULL)
        return builder;
    CLEANUP_JSON json_t *null = json_null();
    const char *refusal = NULL;
    if (json_is_object(argument) || json_is_array(argument))
        refusal = builder_refusal(argument, YAML_MAX_DEPTH);
    if (refusal != NULL)
        return builder_fail(builder, SWEEP_INVALID, "ValueError: %s %s", method, refusal);
    methods_apply(builder, parameter, argument != NULL ? argument : null);
    if (builder_is_usable(builder))
        methods_warn_if_superseded(builder, parameter);
    return builder;
}

/* --- one method each ---------------------------------------------------------------------- */

/* Calls a method with a value, which is released. */
static struct sweep_builder *methods_with(
    struct sweep_builder *builder, const char *method, json_t *argument)
{
    CLEANUP_JSON json_t *value = argument;
    if (builder_is_usable(builder) && value == NULL)
        return builder_fail(builder, SWEEP_NO_MEMORY, "out of memory");
    return sweep_with(builder, method, value);
}

static struct sweep_builder *methods_with_string(
    struct sweep_builder *builder, const char *method, const char *value)
{
    if (value == NULL)
        return methods_with(builder, method, json_null());
    if (builder_is_usable(builder) && utf8_valid_prefix(value, strlen(value)) < strlen(value))
        return builder_fail(builder, SWEEP_INVALID, "ValueError: %s is not UTF-8", method);
    return methods_with(builder, method, json_string(value));
}

/* JSON has no infinities and no NaN. */
static struct sweep_builder *methods_fail_not_finite(
    struct sweep_builder *builder, const char *method, double value)
{
    const struct parameter *parameter = methods_find(builder, method);
    const char *shown = "nan";
    if (parameter == NULL)
        return builder;
    if (isinf(value))
        shown = value > 0 ? "inf" : "-inf";
    return builder_fail(builder, SWEEP_INVALID, "ValueError: %s must be finite, got %s",
        parameter->fields[0].name, shown);
}

static struct sweep_builder *methods_with_number(
    struct sweep_builder *builder, const char *method, double value)
{
    if (!isfinite(value))
        return methods_fail_not_finite(builder, method, value);
    return methods_with(builder, method, json_real(value));
}

/* Two ints, for the fields of the parameter in their order. */
static struct sweep_builder *methods_with_pair(
    struct sweep_builder *builder, const char *method, int64_t first, int64_t second)
{
    const struct parameter *parameter = methods_find(builder, method);
    if (parameter == NULL)
        return builder;
    if (parameter->n_fields != 2)
        return builder_fail(builder, SWEEP_INVALID,
            "ValueError: %s takes %zu values in the profile of %s %s, not 2", method,
            parameter->n_fields, builder->trainer->profile.trainer,
            builder->trainer->profile.version);
    return methods_with(builder, method,
        json_pack("{s:I, s:I}", parameter->fields[0].name, (json_int_t)first,
            parameter->fields[1].name, (json_int_t)second));
}

#define WITH_STRING(method)                                                                        \
    struct sweep_builder *sweep_with_##method(struct sweep_builder *builder, const char *value)    \
    {                                                                                              \
        return methods_with_string(builder, #method, value);                                       \
    }
#define WITH_NUMBER(method)                                                                        \
    struct sweep_builder *sweep_with_##method(struct sweep_builder *builder, double value)         \
    {                                                                                              \
        return methods_with_number(builder, #method, value);                                       \
    }
#define WITH_INT(method)                                                                           \
    struct sweep_builder *sweep_with_##method(struct sweep_builder *builder, int64_t value)        \
    {                                                                                              \
        return methods_with(builder, #method, json_integer(value));                                \
    }
#define WITH_BOOL(method)                                                                          \
    struct sweep_builder *sweep_with_##method(struct sweep_builder *builder, bool value)           \
    {                                                                                              \
        return methods_with(builder, #method, json_boolean(value));                                \
    }
#define WITH_PAIR(method)                                                                          \
    struct sweep_builder *sweep_with_##method(                                                     \
        struct sweep_builder *builder, int64_t first, int64_t second)                              \
    {                                                                                              \
        return methods_with_pair(builder, #method, first, second);                                 \
    }

/* clang-format off */
WITH_STRING(dataset)
WITH_STRING(output_dir)
WITH_NUMBER(learning_rate)
WITH_INT(batch_size)
WITH_INT(epochs)
WITH_INT(gradient_accumulation_steps)
WITH_INT(max_seq_length)
WITH_INT(seed)
WITH_STRING(dtype)
WITH_BOOL(packed)
WITH_BOOL(activation_checkpointing)
WITH_BOOL(compile)
WITH_STRING(dataset_template)
WITH_NUMBER(weight_decay)
WITH_INT(warmup_steps)
WITH_NUMBER(lora_dropout)
WITH_NUMBER(clip_grad_norm)
WITH_STRING(checkpoint_dir)
WITH_STRING(device)
WITH_BOOL(activation_offloading)
WITH_STRING(prompt_template)
WITH_PAIR(lora_params)
/* clang-format on */
