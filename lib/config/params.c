/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/config/data_source.h"
#include "lib/config/params.h"
#include "lib/doc/scalar.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

/* --- one value ---------------------------------------------------------------------------- */

static bool params_has_type(enum field_type type, const json_t *value)
{
    switch (type) {
    case FIELD_INT:
        return json_is_integer(value);
    case FIELD_FLOAT:
        return json_is_number(value);
    case FIELD_BOOL:
        return json_is_boolean(value);
    case FIELD_STRING:
        return json_is_string(value);
    case FIELD_STRING_OR_MAPPING:
        break;
    }
    return json_is_string(value) || json_is_object(value);
}

static bool params_is_in_range(enum field_range range, double number)
{
    switch (range) {
    case FIELD_POSITIVE:
        return number > 0;
    case FIELD_NON_NEGATIVE:
        return number >= 0;
    case FIELD_FRACTION:
        return number >= 0 && number < 1;
    case FIELD_ANY:
    case FIELD_NOT_EMPTY:
        break;
    }
    return true;
}

static bool params_is_empty(const json_t *value)
{
    if (json_is_object(value))
        return json_object_size(value) == 0;
    return json_string_length(value) == 0;
}

const char *field_check(
    const struct field *field, const json_t *value, char *message, size_t message_size)
{
    static const char *const types[] = {"int", "float", "bool", "str", "str or dict"};
    static const char *const ranges[] = {"", "positive", "non-negative", "in [0, 1)", ""};
    static const char *const codes[] = {"", "not-positive", "negative", "not-fraction", ""};
    if (!params_has_type(field->type, value)) {
        snprintf(message, message_size, "%s must be %s, got %s", field->name, types[field->type],
            value_type_name(value));
        return "wrong-type";
    }
    if (!params_is_in_range(field->range, json_number_value(value))) {
        CLEANUP_STRBUF struct strbuf text = {0};
        value_write(&text, value, SCALAR_IN_BLOCK);
        snprintf(message, message_size, "%s must be %s, got %s", field->name, ranges[field->range],
            text.data != NULL ? text.data : "another value");
        return codes[field->range];
    }
    if (field->range == FIELD_NOT_EMPTY && params_is_empty(value)) {
        snprintf(message, message_size, "%s cannot be empty", field->name);
        return "empty";
    }
    return NULL;
}

json_t *field_value(const struct field *field, const json_t *value)
{
    if (field->type == FIELD_FLOAT && json_is_integer(value))
        return json_real((double)json_integer_value(value));
    return json_incref((json_t *)value);
}

/* --- arguments ---------------------------------------------------------------------------- */

void parameter_field_names(
    const struct parameter *parameter, const char *quote, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < parameter->n_fields; i++) {
        const char *before = ", ";
        if (i == 0)
            before = "";
        else if (i + 1 == parameter->n_fields)
            before = " and ";
        int more = snprintf(
            out + used, size - used, "%s%s%s%s", before, quote, parameter->fields[i].name, quote);
        if (more < 0 || (size_t)more >= size - used)
            return;
        used += (size_t)more;
    }
}

void group_together(const struct path_group *group, struct together *out)
{
    out->code = group->code;
    if (group->hint != NULL) {
        snprintf(out->hint, sizeof out->hint, "%s", group->hint);
        return;
    }
    CLEANUP_STRBUF struct strbuf paths = {0};
    for (size_t i = 0; group->paths[i] != NULL; i++)
        strbuf_printf(&paths, "%s%s", i > 0 ? ", " : "", group->paths[i]);
    snprintf(out->hint, sizeof out->hint, "set all of %s", paths.oom ? "them" : paths.data);
}

void parameter_together(
    const struct profile *profile, const struct parameter *parameter, struct together *out)
{
    const struct path_group *group = profile_group(profile, parameter->fields[0].path);
    out->code = "set-together";
    if (group != NULL)
        out->code = group->code;
    if (group != NULL && group->hint != NULL) {
        snprintf(out->hint, sizeof out->hint, "%s", group->hint);
        return;
    }
    CLEANUP_STRBUF struct strbuf fields = {0};
    for (size_t i = 0; i < parameter->n_fields; i++)
        strbuf_printf(&fields, "%s\"%s\": …", i > 0 ? ", " : "", parameter->fields[i].name);
    snprintf(out->hint, sizeof out->hint, "write \"%s\": {%s}", parameter->name,
        fields.oom ? "…" : fields.data);
}

static enum sweep_code params_refuse(struct argument_diagnostic *diagnostic, const char *code,
    const char *format, ...) SWEEP_PRINTF(3, 4);

static enum sweep_code params_refuse(
    struct argument_diagnostic *diagnostic, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_vformat(diagnostic->message, sizeof diagnostic->message, format, args);
    va_end(args);
    diagnostic->code = code;
    return SWEEP_INVALID;
}

static bool params_is_field(const struct parameter *parameter, const char *name)
{
    for (size_t i = 0; i < parameter->n_fields; i++)
        if (strcmp(parameter->fields[i].name, name) == 0)
            return true;
    return false;
}

/* An object must have exactly the parameter's fields. */
static enum sweep_code params_check_fields(const struct parameter *parameter,
    const json_t *argument, struct argument_diagnostic *diagnostic)
{
    const char *key;
    json_t *value;
    if (!json_is_object(argument)) {
        char names[160];
        parameter_field_names(parameter, "", names, sizeof names);
        return params_refuse(diagnostic, "wrong-type", "%s takes %s together, got %s",
            parameter->name, names, value_type_name(argument));
    }
    for (size_t i = 0; i < parameter->n_fields; i++)
        if (json_object_get(argument, parameter->fields[i].name) == NULL)
            return params_refuse(diagnostic, "wrong-type", "%s needs %s too", parameter->name,
                parameter->fields[i].name);
    json_object_foreach ((json_t *)argument, key, value)
        if (!params_is_field(parameter, key))
            return params_refuse(
                diagnostic, "wrong-type", "%s has no \"%.60s\"", parameter->name, key);
    return SWEEP_OK;
}

static const json_t *params_value(
    const struct parameter *parameter, size_t field, const json_t *argument)
{
    if (parameter->n_fields == 1)
        return argument;
    return json_object_get(argument, parameter->fields[field].name);
}

static enum sweep_code params_set_fields(
    const struct parameter *parameter, const json_t *argument, struct operations *out)
{
    for (size_t i = 0; i < parameter->n_fields; i++) {
        const struct field *field = &parameter->fields[i];
        CLEANUP_JSON json_t *value = field_value(field, params_value(parameter, i, argument));
        if (value == NULL || operations_add(out, field->path, value) != SWEEP_OK)
            return SWEEP_NO_MEMORY;
    }
    return SWEEP_OK;
}

enum sweep_code parameter_operations(const struct parameter *parameter, const json_t *argument,
    const char *directory, struct operations *out, struct argument_diagnostic *diagnostic)
{
    *diagnostic = (struct argument_diagnostic){0};
    if (parameter->n_fields > 1 && params_check_fields(parameter, argument, diagnostic) != SWEEP_OK)
        return SWEEP_INVALID;
    for (size_t i = 0; i < parameter->n_fields; i++) {
        diagnostic->code = field_check(&parameter->fields[i], params_value(parameter, i, argument),
            diagnostic->message, sizeof diagnostic->message);
        if (diagnostic->code != NULL)
            return SWEEP_INVALID;
    }
    if (parameter->data == NULL)
        return params_set_fields(parameter, argument, out);
    const char *name = json_string_value(argument);
    const struct data_source source = data_source_of(parameter->data, name, directory);
    return data_source_operations(parameter, &source, name, out);
}
