/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/doc/path.h"
#include "lib/doc/schema.h"
#include "lib/spec/value_schema.h"
#include "lib/util/cleanup.h"

/* Names joined by single dots, maybe with a ~, as path_parse() takes them; or a comment. */
#define VALUE_PART "[^.\\u0000-\\u001f\\u007f]+"
static const char value_schema_names[] = "^//|^~?" VALUE_PART "(\\." VALUE_PART "){0,31}$";
_Static_assert((int)PATH_MAX_PARTS == 32, "the pattern above has the number");

/* The definitions of a parameter or path: its value, and an axis of such values. */
struct value_schema_name {
    const char *key; /* in the spec */
    const char *prefix, *axis_prefix;
    const char *name; /* of the definitions, after the prefix */
    bool numeric;
};

/* --- values ------------------------------------------------------------------------------- */

static json_t *value_schema_number(const char *type, enum field_range range)
{
    json_t *schema = json_pack("{s:s}", "type", type);
    if (range == FIELD_POSITIVE)
        schema_put(&schema, "exclusiveMinimum", json_integer(0));
    if (range == FIELD_NON_NEGATIVE || range == FIELD_FRACTION)
        schema_put(&schema, "minimum", json_integer(0));
    if (range == FIELD_FRACTION)
        schema_put(&schema, "exclusiveMaximum", json_integer(1));
    return schema;
}

static json_t *value_schema_typed(const struct field *field)
{
    json_t *schema;
    switch (field->type) {
    case FIELD_INT:
        return value_schema_number("integer", field->range);
    case FIELD_FLOAT:
        return value_schema_number("number", field->range);
    case FIELD_BOOL:
        return json_pack("{s:s}", "type", "boolean");
    case FIELD_STRING:
        schema = json_pack("{s:s}", "type", "string");
        break;
    case FIELD_STRING_OR_MAPPING:
        schema = json_pack("{s:[s, s]}", "type", "string", "object");
        break;
    }
    if (field->range == FIELD_NOT_EMPTY)
        schema_put(&schema, "minLength", json_integer(1));
    if (field->range == FIELD_NOT_EMPTY && field->type == FIELD_STRING_OR_MAPPING)
        schema_put(&schema, "minProperties", json_integer(1));
    return schema;
}

static json_t *value_schema_of_field(const struct field *field)
{
    json_t *schema = value_schema_typed(field);
    if (field->type == FIELD_STRING || field->type == FIELD_STRING_OR_MAPPING)
        return schema;
    return schema_any(schema, schema_ref(NULL, "computed"));
}

/* A config path may be null, or an interpolation; and a float if the component takes it. */
static json_t *value_schema_of_path(const struct field *field)
{
    json_t *schema = schema_any(value_schema_of_field(field), schema_ref(NULL, "untyped"));
    if (field->type == FIELD_INT)
        schema = schema_any(schema, value_schema_number("number", FIELD_POSITIVE));
    return schema;
}

static bool value_schema_is_numeric(const struct field *field)
{
    return field->type == FIELD_INT || field->type == FIELD_FLOAT;
}

/* What a field takes on an axis: a value, a list of values, or an object that makes them. */
static json_t *value_schema_of_several(const struct field *field)
{
    json_t *list = schema_list(value_schema_of_field(field));
    const char *generator = "column";
    if (value_schema_is_numeric(field))
        generator = "generator";
    json_t *several = schema_any(list, schema_ref(NULL, generator));
    return schema_any(value_schema_of_field(field), several);
}

/* An object with a value of each field; with `several`, each may have several values. */
static json_t *value_schema_of_fields(const struct parameter *parameter, bool several)
{
    json_t *members = json_object(), *required = json_array();
    for (size_t i = 0; i < parameter->n_fields; i++) {
        const struct field *field = &parameter->fields[i];
        json_t *value;
        if (several)
            value = value_schema_of_several(field);
        else
            value = value_schema_of_field(field);
        schema_put(&members, field->name, schema_describe(value, "Sets %s", field->path));
        schema_add(&required, json_string(field->name));
    }
    json_t *schema = schema_object(members, json_false());
    schema_put(&schema, "required", required);
    return schema;
}

/* True if `key` is a name of the parameter. */
static bool value_schema_is_named(const struct parameter *parameter, const char *key)
{
    return strcmp(parameter->name, key) == 0 ||
           (parameter->alias != NULL && strcmp(parameter->alias, key) == 0);
}

static json_t *value_schema_of_parameter(const struct parameter *parameter)
{
    if (parameter->n_fields > 1)
        return value_schema_of_fields(parameter, false);
    json_t *schema = value_schema_of_field(&parameter->fields[0]);
    if (value_schema_is_named(parameter, parameter->fields[0].path))
        schema = schema_any(schema, schema_ref(NULL, "untyped"));
    return schema;
}

/* --- definitions -------------------------------------------------------------------------- */

/* An axis: a list of the values that `name` defines, or an object that makes them. */
static json_t *value_schema_axis(const struct value_schema_name *name, bool unique)
{
    json_t *list = schema_list(schema_ref(name->prefix, name->name));
    if (unique)
        schema_put(&list, "uniqueItems", json_true());
    return schema_any(list, schema_ref(NULL, name->numeric ? "generator" : "column"));
}

static void value_schema_put(
    json_t **definitions, const char *prefix, const char *name, json_t *schema)
{
    CLEANUP_STRBUF struct strbuf key = {0};
    strbuf_printf(&key, "%s.%s", prefix, name);
    if (key.oom) {
        json_decref(schema);
        schema = NULL;
    }
    schema_put(definitions, strbuf_string(&key), schema);
}

static struct value_schema_name value_schema_parameter_name(const struct parameter *parameter)
{
    return (struct value_schema_name){parameter->name, "parameter", "parameter-axis",
        parameter->name, parameter->n_fields == 1 && value_schema_is_numeric(parameter->fields)};
}

static struct value_schema_name value_schema_path_name(const struct field *field)
{
    return (struct value_schema_name){
        field->path, "path", "path-axis", field->path, value_schema_is_numeric(field)};
}

static void value_schema_define_parameter(json_t **definitions, const struct parameter *parameter)
{
    const struct value_schema_name name = value_schema_parameter_name(parameter);
    json_t *axis;
    if (parameter->n_fields > 1)
        axis = schema_any(schema_list(schema_ref(name.prefix, name.name)),
            value_schema_of_fields(parameter, true));
    else
        axis = value_schema_axis(&name, parameter->fields[0].type != FIELD_STRING_OR_MAPPING);
    value_schema_put(definitions, name.prefix, name.name, value_schema_of_parameter(parameter));
    value_schema_put(definitions, name.axis_prefix, name.name, axis);
}

/* Defines the paths that a parameter sets, unless they are names of parameters. */
static void value_schema_define_paths(
    json_t **definitions, const struct profile *profile, const struct parameter *parameter)
{
    for (size_t i = 0; i < parameter->n_fields; i++) {
        const struct field *field = &parameter->fields[i];
        const struct value_schema_name name = value_schema_path_name(field);
        if (profile_parameter(profile, field->path) != NULL)
            continue;
        value_schema_put(definitions, name.prefix, name.name, value_schema_of_path(field));
        value_schema_put(definitions, name.axis_prefix, name.name, value_schema_axis(&name, false));
    }
}

void value_schema_define(json_t **definitions, const struct profile *profile)
{
    json_t *untyped = json_pack("{s:s}", "type", "null");
    if (profile->dialect.interpolation == INTERPOLATION_OMEGACONF)
        untyped =
            schema_any(untyped, json_pack("{s:s, s:s}", "type", "string", "pattern", "\\$\\{"));
    schema_put(definitions, "untyped", untyped);
    schema_put(definitions, "computed",
        schema_describe(json_pack("{s:s, s:s}", "type", "string", "pattern", "^=[^=]"),
            "Computed in each run from its other values: \"=2*NAME\""));
    for (size_t i = 0; i < profile->n_parameters; i++)
        value_schema_define_parameter(definitions, &profile->parameters[i]);
    for (size_t i = 0; i < profile->n_parameters; i++)
        value_schema_define_paths(definitions, profile, &profile->parameters[i]);
    schema_put(definitions, "path-axis",
        schema_any(json_pack("{s:s, s:i}", "type", "array", "minItems", 1),
            schema_ref(NULL, "generator")));
}

/* --- objects ------------------------------------------------------------------------------ */

static const char *const value_schema_types[] = {"int", "float", "bool", "str", "str or mapping"};
static const char *const value_schema_ranges[] = {"", " > 0", " >= 0", " in [0, 1)", ""};

static json_t *value_schema_describe(json_t *schema, const struct parameter *parameter)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_puts(&text, parameter->category == SCIENTIFIC ? "Scientific" : "Engineering");
    strbuf_puts(&text, " parameter: sets ");
    for (size_t i = 0; i < parameter->n_fields; i++) {
        const struct field *field = &parameter->fields[i];
        strbuf_printf(&text, "%s%s: %s%s", i > 0 ? ", " : "", field->path,
            value_schema_types[field->type], value_schema_ranges[field->range]);
    }
    if (parameter->successor != NULL)
        strbuf_printf(&text, ". The trainer no longer takes it: use %s", parameter->successor);
    if (parameter->successor != NULL)
        schema_put(&schema, "deprecated", json_true());
    if (text.oom) {
        json_decref(schema);
        return NULL;
    }
    return schema_describe(schema, "%s", strbuf_string(&text));
}

/* A member of an object of the kind. */
static json_t *value_schema_member(
    enum value_schema_kind kind, const struct value_schema_name *name)
{
    json_t *axis;
    switch (kind) {
    case VALUE_SCHEMA_POINT:
        break;
    case VALUE_SCHEMA_FIXED: /* null removes what is inherited */
        return schema_any(schema_ref(name->prefix, name->name), json_pack("{s:s}", "type", "null"));
    case VALUE_SCHEMA_AXES:
        return schema_ref(name->axis_prefix, name->name);
    case VALUE_SCHEMA_GRID:
        axis = schema_ref(name->axis_prefix, name->name);
        if (name->numeric)
            axis = schema_any(axis, schema_ref(NULL, "distribution"));
        return axis;
    case VALUE_SCHEMA_CONDITIONS:
    case VALUE_SCHEMA_KINDS:
        return schema_ref(NULL, "condition");
    }
    return schema_ref(name->prefix, name->name);
}

/* A config path of which no more is known than that it is one. */
static json_t *value_schema_other(enum value_schema_kind kind)
{
    if (kind == VALUE_SCHEMA_CONDITIONS)
        return schema_ref(NULL, "condition");
    if (kind == VALUE_SCHEMA_AXES)
        return schema_ref(NULL, "path-axis");
    if (kind == VALUE_SCHEMA_GRID)
        return schema_any(schema_ref(NULL, "path-axis"), schema_ref(NULL, "distribution"));
    return json_object();
}

/* The value of "~path". */
static json_t *value_schema_deletion(enum value_schema_kind kind)
{
    if (kind == VALUE_SCHEMA_FIXED)
        return json_pack("{s:[b, n]}", "enum", 1);
    json_t *boolean = json_pack("{s:s}", "type", "boolean");
    if (kind == VALUE_SCHEMA_POINT)
        return boolean;
    json_t *list = schema_list(boolean);
    schema_put(&list, "uniqueItems", json_true());
    return schema_any(list, schema_ref(NULL, "column"));
}

static void value_schema_add_parameter(
    json_t **members, enum value_schema_kind kind, const struct parameter *parameter)
{
    const struct value_schema_name name = value_schema_parameter_name(parameter);
    schema_put(members, parameter->name,
        value_schema_describe(value_schema_member(kind, &name), parameter));
    if (parameter->alias != NULL)
        schema_put(members, parameter->alias,
            value_schema_describe(value_schema_member(kind, &name), parameter));
}

/* Adds the paths that parameters set. */
static void value_schema_add_paths(
    json_t **members, enum value_schema_kind kind, const struct parameter *parameter)
{
    for (size_t i = 0; i < parameter->n_fields; i++) {
        const struct field *field = &parameter->fields[i];
        const struct value_schema_name name = value_schema_path_name(field);
        if (json_object_get(*members, field->path) == NULL)
            schema_put(members, field->path,
                schema_describe(value_schema_member(kind, &name), "Config path: %s%s",
                    value_schema_types[field->type], value_schema_ranges[field->range]));
    }
}

json_t *value_schema_object(const struct profile *profile, enum value_schema_kind kind)
{
    json_t *members = json_object();
    for (size_t i = 0; i < profile->n_parameters; i++)
        value_schema_add_parameter(&members, kind, &profile->parameters[i]);
    for (size_t i = 0; i < profile->n_parameters; i++)
        value_schema_add_paths(&members, kind, &profile->parameters[i]);
    /* For completion only: what such a key takes depends on the recipe. */
    for (size_t i = 0; i < profile->n_keys; i++) {
        const struct config_key *key = &profile->keys[i];
        if (json_object_get(members, key->name) == NULL)
            schema_put(&members, key->name,
                schema_describe(value_schema_other(kind), "Config path: %s", key->type.notation));
    }
    json_t *schema = schema_object(members, value_schema_other(kind));
    json_t *patterns = json_object_get(schema, "patternProperties");
    json_t *deletion = value_schema_deletion(kind);
    if (kind != VALUE_SCHEMA_CONDITIONS && json_object_set(patterns, "^~", deletion) != 0) {
        json_decref(schema);
        schema = NULL;
    }
    json_decref(deletion);
    schema_put(&schema, "propertyNames", json_pack("{s:s}", "pattern", value_schema_names));
    return schema;
}

json_t *value_schema_not_null(const struct profile *profile)
{
    CLEANUP_STRBUF struct strbuf names = {0};
    strbuf_puts(&names, "^(~.*");
    for (size_t i = 0; i < profile->n_parameters; i++) {
        const struct parameter *parameter = &profile->parameters[i];
        if (value_schema_is_named(parameter, parameter->fields[0].path))
            continue;
        strbuf_printf(&names, "|%s", parameter->name);
        if (parameter->alias != NULL)
            strbuf_printf(&names, "|%s", parameter->alias);
    }
    strbuf_puts(&names, ")$");
    if (names.oom)
        return NULL;
    return json_pack(
        "{s:{s:{s:{s:s}}}}", "patternProperties", strbuf_string(&names), "not", "type", "null");
}
