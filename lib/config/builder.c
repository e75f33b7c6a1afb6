/* SPDX-License-Identifier: Apache-2.0
 *
 * The values are the truth here: operations change a tree of values, by the plain merge. The text
 * is made from the difference between the base and that tree, when it is asked for. So what was
 * changed and changed back leaves no trace in it.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/trainer/known_paths.h"
#include "lib/config/builder.h"
#include "lib/config/params.h"
#include "lib/util/cleanup.h"
#include "lib/findings/findings.h"
#include "lib/util/text.h"
#include "sweep/validate.h"

struct sweep_builder *builder_fail(
    struct sweep_builder *builder, enum sweep_code code, const char *format, ...)
{
    if (builder->error.code == SWEEP_OK) {
        va_list args;
        va_start(args, format);
        vsnprintf(builder->error.message, sizeof builder->error.message, format, args);
        va_end(args);
        builder->error.code = code;
    }
    return builder;
}

static bool usable(const struct sweep_builder *builder)
{
    return builder != NULL && builder->error.code == SWEEP_OK;
}

/* --- operations --------------------------------------------------------------------------- */

/* Applies operations to a copy of the tree and, when all fit, takes it over together with `record`,
 * which becomes part of the metadata (stolen). */
static struct sweep_builder *apply(
    struct sweep_builder *builder, const struct operations *operations, json_t *record)
{
    json_t *tree = json_deep_copy(builder->tree);
    enum sweep_code code = tree == NULL || record == NULL ? SWEEP_NO_MEMORY : SWEEP_OK;
    struct mismatch mismatch;
    for (size_t i = 0; code == SWEEP_OK && i < operations->count; i++) {
        code =
            merge_check(&builder->trainer->profile.dialect, tree, &operations->items[i], &mismatch);
        if (code == SWEEP_OK)
            code = merge_operation(tree, &operations->items[i]);
    }
    if (code == SWEEP_OK && json_array_append(builder->operations, record) != 0)
        code = SWEEP_NO_MEMORY;
    json_decref(record);
    if (code == SWEEP_OK) {
        json_decref(builder->tree);
        builder->tree = tree;
        return builder;
    }
    json_decref(tree);
    if (code == SWEEP_NO_MEMORY)
        return builder_fail(builder, code, "out of memory");
    if (mismatch.old_type == NULL)
        return builder_fail(builder, code,
            "ValueError: \"%s\" cannot be set: a list or a value "
            "is in its way, or it is not a config path",
            mismatch.path);
    return builder_fail(builder, code, "TypeError: %s is %s; %s cannot take its place",
        mismatch.path, mismatch.old_type, mismatch.new_type);
}

enum sweep_code builder_change(struct sweep_builder *builder, const char *path, const json_t *value)
{
    struct operation operation = {(char *)path, (json_t *)value};
    json_t *copy = value == NULL ? NULL : json_deep_copy(value);
    CLEANUP_JSON json_t *record = value == NULL ? json_pack("{s:s}", "delete", path)
                                                : json_pack("{s:{s:o}}", "override", path, copy);
    if (record == NULL)
        return SWEEP_NO_MEMORY;
    enum sweep_code code = merge_operation(builder->tree, &operation);
    if (code == SWEEP_OK && json_array_append(builder->operations, record) != 0)
        code = SWEEP_NO_MEMORY;
    return code;
}

/* Finds a key, at any depth of mappings, that no path leads to; `where` gets the way to it, which
 * is then no config path. */
static bool find_unreachable_key(
    const json_t *object, const char *prefix, char where[PATH_MAX_BYTES])
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)object, key, value) {
        char inner[PATH_MAX_BYTES];
        snprintf(inner, sizeof inner, "%s%s%s", prefix, *prefix != '\0' ? "." : "", key);
        if (*key == '\0' || strchr(key, '.') != NULL) {
            memcpy(where, inner, sizeof inner);
            return true;
        }
        if (json_is_object(value) && find_unreachable_key(value, inner, where))
            return true;
    }
    return false;
}

struct sweep_builder *sweep_builder_override(struct sweep_builder *builder, const json_t *object)
{
    if (!usable(builder))
        return builder;
    if (!json_is_object(object))
        return builder_fail(builder, SWEEP_INVALID, "TypeError: overrides must be dict, got %s",
            value_type_name(object));
    char where[PATH_MAX_BYTES];
    if (find_unreachable_key(object, "", where))
        return builder_fail(builder, SWEEP_INVALID,
            "ValueError: \"%s\" is not a key: paths are written as nested mappings", where);
    const char *key;
    struct operations operations = {0};
    json_t *value;
    enum sweep_code code = SWEEP_OK;
    json_object_foreach ((json_t *)object, key, value)
        if (code == SWEEP_OK)
            code = operations_add(&operations, key, value);
    json_t *copy = json_deep_copy(object);
    if (code != SWEEP_OK) {
        json_decref(copy);
        builder_fail(builder, code, "out of memory");
    } else
        apply(builder, &operations, json_pack("{s:o}", "override", copy));
    operations_deinit(&operations);
    return builder;
}

struct sweep_builder *sweep_builder_delete(struct sweep_builder *builder, const char *path)
{
    struct path parts;
    if (!usable(builder))
        return builder;
    if (path == NULL || !path_parse(path, &parts))
        return builder_fail(builder, SWEEP_INVALID,
            "ValueError: \"%s\" is not a config path: names joined by single dots",
            path != NULL ? path : "");
    struct operation one = {(char *)path, NULL};
    struct operations operations = {&one, 1, 1};
    return apply(builder, &operations, json_pack("{s:s}", "delete", path));
}

/* Warns where torchtune no longer takes what a method sets, and says what it takes. */
static void warn_if_superseded(struct sweep_builder *builder, const struct parameter *parameter)
{
    struct path_diagnostic diagnostic;
    const struct profile *profile = &builder->trainer->profile;
    if (parameter->successor == NULL)
        return;
    known_paths_check(profile, NULL, builder->base->tree, parameter->fields[0].path, &diagnostic);
    if (diagnostic.verdict == PATH_KNOWN)
        return;
    char hint[80];
    snprintf(hint, sizeof hint, "use with_%s", parameter->successor);
    FINDING_WARNING(builder->findings, diagnostic.code, (struct sweep_place){0},
        parameter->fields[0].path, hint, "%s", diagnostic.message);
}

struct sweep_builder *sweep_with(
    struct sweep_builder *builder, const char *method, const json_t *argument)
{
    if (!usable(builder))
        return builder;
    const struct parameter *parameter =
        method == NULL ? NULL : profile_parameter(&builder->trainer->profile, method);
    if (parameter == NULL)
        return builder_fail(builder, SWEEP_INVALID, "ValueError: there is no method with_%s",
            method != NULL ? method : "");
    struct operations operations = {0};
    struct argument_diagnostic diagnostic;
    CLEANUP_JSON json_t *null = argument == NULL ? json_null() : NULL;
    argument = argument == NULL ? null : argument;
    enum sweep_code code = parameter_operations(parameter, argument, ".", &operations, &diagnostic);
    if (code == SWEEP_INVALID)
        builder_fail(builder, code, "%s: %s",
            strcmp(diagnostic.code, "wrong-type") == 0 ? "TypeError" : "ValueError",
            diagnostic.message);
    else if (code != SWEEP_OK)
        builder_fail(builder, code, "out of memory");
    else {
        json_t *copy = json_deep_copy(argument);
        apply(builder, &operations,
            json_pack("{s:s, s:o}", "with", parameter->name, "argument", copy));
        if (usable(builder))
            warn_if_superseded(builder, parameter);
        if (findings_oom(builder->findings))
            builder_fail(builder, SWEEP_NO_MEMORY, "out of memory");
    }
    operations_deinit(&operations);
    return builder;
}

/* --- methods ------------------------------------------------------------------------------ */

/* Calls a method with a value that is released. */
static struct sweep_builder *with_new(
    struct sweep_builder *builder, const char *method, json_t *argument)
{
    CLEANUP_JSON json_t *value = argument;
    if (usable(builder) && value == NULL)
        return builder_fail(builder, SWEEP_NO_MEMORY, "out of memory");
    return sweep_with(builder, method, value);
}

static struct sweep_builder *with_string(
    struct sweep_builder *builder, const char *method, const char *value)
{
    json_t *string = value != NULL ? json_string(value) : json_null();
    if (usable(builder) && string == NULL && value != NULL &&
        utf8_valid_prefix(value, strlen(value)) < strlen(value))
        return builder_fail(builder, SWEEP_INVALID, "ValueError: %s is not UTF-8", method);
    return with_new(builder, method, string);
}

/* JSON has no infinities and no NaN. */
static struct sweep_builder *with_number(
    struct sweep_builder *builder, const char *method, double value)
{
    if (usable(builder) && !isfinite(value))
        return builder_fail(builder, SWEEP_INVALID, "ValueError: %s must be finite, got %s",
            profile_parameter(&builder->trainer->profile, method)->fields[0].name,
            isnan(value) ? "nan"
            : value > 0  ? "inf"
                         : "-inf");
    return with_new(builder, method, json_real(value));
}

#define WITH_STRING(method)                                                                        \
    struct sweep_builder *sweep_with_##method(struct sweep_builder *builder, const char *value)    \
    {                                                                                              \
        return with_string(builder, #method, value);                                               \
    }
#define WITH_NUMBER(method)                                                                        \
    struct sweep_builder *sweep_with_##method(struct sweep_builder *builder, double value)         \
    {                                                                                              \
        return with_number(builder, #method, value);                                               \
    }
#define WITH_INT(method)                                                                           \
    struct sweep_builder *sweep_with_##method(struct sweep_builder *builder, int64_t value)        \
    {                                                                                              \
        return with_new(builder, #method, json_integer(value));                                    \
    }
#define WITH_BOOL(method)                                                                          \
    struct sweep_builder *sweep_with_##method(struct sweep_builder *builder, bool value)           \
    {                                                                                              \
        return with_new(builder, #method, json_boolean(value));                                    \
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
/* clang-format on */

struct sweep_builder *sweep_with_lora_params(
    struct sweep_builder *builder, int64_t rank, int64_t alpha)
{
    return with_new(builder, "lora_params",
        json_pack("{s:I, s:I}", "rank", (json_int_t)rank, "alpha", (json_int_t)alpha));
}

/* --- results ------------------------------------------------------------------------------ */

enum sweep_code sweep_builder_status(const struct sweep_builder *builder, struct sweep_error *error)
{
    if (builder == NULL)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    return builder->error.code == SWEEP_OK
               ? SWEEP_OK
               : sweep_error_set(error, builder->error.code, "%s", builder->error.message);
}

const struct sweep_findings *sweep_builder_findings(const struct sweep_builder *builder)
{
    return builder != NULL ? builder->findings : NULL;
}

enum sweep_code builder_document(
    const struct sweep_builder *builder, struct yaml_doc **out, struct sweep_error *error)
{
    struct operations operations = {0};
    struct yaml_doc *doc = NULL;
    enum sweep_code code = merge_difference(builder->base->tree, builder->tree, &operations);
    if (code == SWEEP_INVALID)
        sweep_error_set(error, code, "a key with a dot in it cannot be changed");
    if (code == SWEEP_OK)
        code = yaml_reparse(builder->base->text, builder->base->length, builder->base, &doc);
    for (size_t i = 0; code == SWEEP_OK && i < operations.count; i++)
        code = document_apply(&doc, &operations.items[i], error);
    operations_deinit(&operations);
    if (code != SWEEP_OK) {
        yaml_doc_free(doc);
        return sweep_error_set(error, code, "out of memory");
    }
    *out = doc;
    return SWEEP_OK;
}

enum sweep_code sweep_builder_build(
    const struct sweep_builder *builder, json_t **out, struct sweep_error *error)
{
    enum sweep_code code = sweep_builder_status(builder, error);
    if (code != SWEEP_OK)
        return code;
    json_t *copy = json_deep_copy(builder->tree);
    if (copy == NULL)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    *out = copy;
    return SWEEP_OK;
}

enum sweep_code sweep_builder_text(
    const struct sweep_builder *builder, char **text, size_t *length, struct sweep_error *error)
{
    struct yaml_doc *doc = NULL;
    enum sweep_code code = sweep_builder_status(builder, error);
    if (code == SWEEP_OK)
        code = builder_document(builder, &doc, error);
    if (code != SWEEP_OK)
        return code;
    *text = doc->text;
    *length = doc->length;
    doc->text = NULL;
    yaml_doc_free(doc);
    return SWEEP_OK;
}

enum sweep_code sweep_builder_validate(
    const struct sweep_builder *builder, const char *recipe, struct sweep_findings *findings)
{
    char *text = NULL;
    size_t length;
    struct sweep_error error = {0};
    enum sweep_code code = sweep_builder_text(builder, &text, &length, &error);
    if (code == SWEEP_INVALID)
        return FINDING_ERROR(
            findings, "builder", (struct sweep_place){0}, NULL, NULL, "%s", error.message);
    if (code != SWEEP_OK)
        return code;
    if (recipe == NULL && builder->base_kind == SWEEP_SOURCE_BASE)
        recipe = profile_recipe_of(&builder->trainer->profile, builder->base_origin);
    const char *file = builder->origin != NULL ? builder->origin : "config";
    code = sweep_validate(builder->trainer, text, length, file, recipe, findings);
    free(text);
    return code;
}
