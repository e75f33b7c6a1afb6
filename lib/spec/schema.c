/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdint.h>

#include "lib/doc/schema.h"
#include "lib/slurm/option_schema.h"
#include "lib/spec/generator.h"
#include "lib/spec/spec.h"
#include "lib/spec/then.h"
#include "lib/spec/value_schema.h"
#include "lib/trainer/trainer.h"
#include "lib/util/cleanup.h"
#include "sweep/generate.h"

#define SCHEMA_NAME_CHARACTERS "[A-Za-z0-9._-]"
/* A path of which a shell interprets nothing. */
#define SCHEMA_PATH "^(?!-)(?=.*[A-Za-z0-9])[A-Za-z0-9._/-]*"

/* --- strings ------------------------------------------------------------------------------ */

static json_t *spec_schema_name(void)
{
    return json_pack("{s:s, s:s, s:i}", "type", "string", "pattern",
        "^[A-Za-z0-9]" SCHEMA_NAME_CHARACTERS "*$", "maxLength", SPEC_MAX_NAME);
}

static json_t *spec_schema_file(void)
{
    json_t *members = json_object();
    schema_put(&members, "file", schema_string());
    json_t *schema = schema_object(members, json_false());
    schema_put(&schema, "required", json_pack("[s]", "file"));
    return schema;
}

/* One of the base configs that the profile names, or a file. */
static json_t *spec_schema_base(const struct profile *profile)
{
    json_t *names = json_array();
    for (size_t i = 0; i < profile->n_recipes; i++)
        for (size_t k = 0; profile->recipes[i].configs[k] != NULL; k++)
            schema_add(&names, json_string(profile->recipes[i].configs[k]));
    json_t *name = schema_string();
    if (names == NULL || json_array_size(names) > 0)
        schema_put(&name, "enum", json_incref(names));
    json_decref(names);
    return schema_any(name, spec_schema_file());
}

/* One of the recipes that the profile names, or a path to the user's own. */
static json_t *spec_schema_recipe(const struct profile *profile)
{
    json_t *names = json_array();
    for (size_t i = 0; i < profile->n_recipes; i++)
        schema_add(&names, json_string(profile->recipes[i].name));
    json_t *path = json_pack("{s:s, s:s, s:i}", "type", "string", "pattern",
        SCHEMA_PATH "[./][A-Za-z0-9._/-]*$", "maxLength", SPEC_MAX_RECIPE - 1);
    if (names == NULL || json_array_size(names) > 0)
        return schema_any(json_pack("{s:o}", "enum", names), path);
    json_decref(names);
    return path;
}

/* --- axes --------------------------------------------------------------------------------- */

/* Not a row of the table: {"file": "values.csv", "column": "lr"}. */
static json_t *spec_schema_column(void)
{
    json_t *members = json_object();
    schema_put(&members, "file",
        schema_describe(schema_string(), "A CSV file; the first line names the columns"));
    schema_put(&members, "column", json_pack("{s:s}", "type", "string"));
    json_t *schema = schema_object(members, json_false());
    schema_put(&schema, "required", json_pack("[s, s]", "file", "column"));
    return schema;
}

static json_t *spec_schema_generator_kind(const struct generator_kind *kind)
{
    json_t *list = json_pack("{s:s, s:{s:s}, s:I, s:I}", "type", "array", "items", "type", "number",
        "minItems", (json_int_t)kind->min, "maxItems", (json_int_t)kind->max);
    json_t *members = json_object();
    schema_put(&members, kind->name, schema_describe(list, "%s: %s", kind->usage, kind->about));
    if (kind->has_digits)
        schema_put(&members, "digits",
            schema_describe(schema_int(1, DECIMAL_MAX_ROUNDED),
                "Significant digits that values are rounded to; default %d", GENERATOR_DIGITS));
    json_t *schema = schema_object(members, json_false());
    schema_put(&schema, "required", json_pack("[s]", kind->name));
    return schema;
}

/* Objects that make values, or those that they are drawn from. */
static json_t *spec_schema_generators(bool drawn)
{
    json_t *kinds = json_array();
    for (size_t i = 0; i < generator_kind_count; i++)
        if ((generator_kinds[i].fill == NULL) == drawn)
            schema_add(&kinds, spec_schema_generator_kind(&generator_kinds[i]));
    if (!drawn)
        schema_add(&kinds, schema_ref(NULL, "column"));
    return json_pack("{s:o}", "oneOf", kinds);
}

/* --- structure ---------------------------------------------------------------------------- */

static json_t *spec_schema_cases(void)
{
    return schema_any(schema_list(schema_ref(NULL, "point")), spec_schema_file());
}

/* A node that has one of structure_keys. */
static json_t *spec_schema_special_node(const struct structure_key *key)
{
    json_t *members = json_object(), *value;
    if (key->kind == STRUCTURE_CASES)
        value = schema_ref(NULL, "cases");
    else
        value = schema_list(schema_ref(NULL, "node"));
    if (key->kind == STRUCTURE_PRODUCT || key->kind == STRUCTURE_ZIP)
        value = schema_any(value, schema_ref(NULL, "node-axes"));
    schema_put(&members, key->name, schema_describe(value, "%s", key->about));
    schema_put(&members, "where", schema_ref(NULL, "where"));
    json_t *schema = schema_object(members, json_false());
    schema_put(&schema, "required", json_pack("[s]", key->name));
    return schema;
}

/* Axes in a node; "where" is a filter there. */
static json_t *spec_schema_node_axes(const struct profile *profile)
{
    json_t *schema = value_schema_object(profile, VALUE_SCHEMA_AXES);
    json_t *members = json_incref(json_object_get(schema, "properties"));
    schema_put(&members, "where", schema_ref(NULL, "where"));
    schema_put(&schema, "properties", members);
    return schema;
}

static json_t *spec_schema_node(void)
{
    json_t *kinds = json_array(), *names = json_array();
    for (size_t i = 0; i < STRUCTURE_KEYS; i++) {
        schema_add(&kinds, spec_schema_special_node(&structure_keys[i]));
        schema_add(&names, json_pack("{s:[s]}", "required", structure_keys[i].name));
    }
    json_t *axes = schema_ref(NULL, "node-axes");
    schema_put(&axes, "not", json_pack("{s:o}", "anyOf", names));
    schema_add(&kinds, axes);
    return json_pack("{s:o}", "oneOf", kinds);
}

/* --- filters ------------------------------------------------------------------------------ */

static json_t *spec_schema_one_or_list(json_t *one)
{
    json_t *list = json_pack("{s:s, s:O}", "type", "array", "items", one);
    return schema_any(one, list);
}

/* The value of a key of such an object: a value, a list of values, or fields that have such. */
static json_t *spec_schema_condition(void)
{
    json_t *scalar = json_pack("{s:[s, s, s, s]}", "type", "string", "number", "boolean", "null");
    json_t *fields = json_pack(
        "{s:s, s:{s:s}}", "type", "object", "additionalProperties", "$ref", "#/$defs/condition");
    return schema_any(spec_schema_one_or_list(scalar), fields);
}

/* One item of "exclude": an expression, or an object of what a point must have. */
static json_t *spec_schema_exclusion(const struct profile *profile)
{
    json_t *keys = value_schema_object(profile, VALUE_SCHEMA_CONDITIONS);
    schema_put(&keys, "minProperties", json_integer(1));
    return schema_any(schema_string(), keys);
}

/* --- samples, repeats, order -------------------------------------------------------------- */

/* An int from 1, or an object with it as "n". */
static json_t *spec_schema_count(json_t *members)
{
    schema_put(&members, "n", schema_int(1, -1));
    json_t *schema = schema_object(members, json_false());
    schema_put(&schema, "required", json_pack("[s]", "n"));
    return schema_any(schema_int(1, -1), schema);
}

static json_t *spec_schema_sample(void)
{
    json_t *methods = json_array(), *members = json_object();
    for (size_t i = 0; i < SAMPLE_METHODS; i++)
        schema_add(&methods, json_string(sample_methods[i]));
    schema_put(&members, "method", json_pack("{s:o, s:s}", "enum", methods, "default", "random"));
    schema_put(&members, "seed", json_pack("{s:s, s:i}", "type", "integer", "default", 0));
    return spec_schema_count(members);
}

static json_t *spec_schema_repeat(void)
{
    json_t *members = json_object();
    schema_put(&members, "first", schema_describe(schema_int(0, INT32_MAX), "The first seed"));
    return spec_schema_count(members);
}

static json_t *spec_schema_order(void)
{
    json_t *members = json_object();
    schema_put(&members, "shuffled", json_pack("{s:s}", "type", "integer"));
    json_t *seeded = schema_object(members, json_false());
    schema_put(&seeded, "required", json_pack("[s]", "shuffled"));
    return schema_any(json_pack("{s:s}", "const", "shuffled"), seeded);
}

/* --- then --------------------------------------------------------------------------------- */

static json_t *spec_schema_then(void)
{
    json_t *members = json_object();
    const struct spec_key *key;
    for (size_t i = 0; (key = spec_key(i)) != NULL; i++)
        if (then_has_key(key->name))
            schema_put(&members, key->name,
                schema_describe(schema_ref(NULL, key->definition), "%s", key->about));
    json_t *schema = schema_object(members, json_false());
    schema_put(&schema, "required", json_pack("[s]", "base"));
    return schema;
}

/* --- the whole ---------------------------------------------------------------------------- */

/* What the definition of each key in the table of spec.c refers to, and what these refer to. */
static json_t *spec_schema_definitions(const struct profile *profile)
{
    json_t *all = json_object();
    json_t *tags = json_pack("{s:s, s:o}", "type", "array", "items", schema_string());
    schema_put(&all, "text", schema_string());
    schema_put(&all, "name", spec_schema_name());
    schema_put(&all, "tags", tags);
    schema_put(&all, "extends", spec_schema_one_or_list(schema_string()));
    schema_put(&all, "base", spec_schema_base(profile));
    schema_put(&all, "recipe", spec_schema_recipe(profile));
    schema_put(&all, "processes", schema_int(1, SPEC_MAX_PROCESSES));
    schema_put(&all, "fixed", value_schema_object(profile, VALUE_SCHEMA_FIXED));
    schema_put(&all, "grid", value_schema_object(profile, VALUE_SCHEMA_GRID));
    schema_put(&all, "zip", value_schema_object(profile, VALUE_SCHEMA_AXES));
    schema_put(&all, "cases", spec_schema_cases());
    schema_put(&all, "point", value_schema_object(profile, VALUE_SCHEMA_POINT));
    schema_put(&all, "node", spec_schema_node());
    schema_put(&all, "node-axes", spec_schema_node_axes(profile));
    schema_put(&all, "where", spec_schema_one_or_list(schema_string()));
    schema_put(&all, "exclude", spec_schema_one_or_list(schema_ref(NULL, "exclusion")));
    schema_put(&all, "exclusion", spec_schema_exclusion(profile));
    schema_put(&all, "condition", spec_schema_condition());
    schema_put(&all, "sample", spec_schema_sample());
    schema_put(&all, "order", spec_schema_order());
    schema_put(&all, "repeat", spec_schema_repeat());
    schema_put(&all, "layout", json_pack("{s:[s, s]}", "enum", "files", "packed"));
    schema_put(&all, "slurm", slurm_schema("#/$defs/slurm"));
    schema_put(&all, "setup", setup_schema());
    schema_put(&all, "run_with", setup_run_with_schema());
    schema_put(&all, "resume", setup_resume_schema());
    schema_put(&all, "then", spec_schema_then());
    schema_put(&all, "generator", spec_schema_generators(false));
    schema_put(&all, "distribution", spec_schema_generators(true));
    schema_put(&all, "column", spec_schema_column());
    value_schema_define(&all, profile);
    return all;
}

/* What is demanded of a spec that inherits nothing. */
static json_t *spec_schema_complete(const struct profile *profile, json_t *required)
{
    json_t *not_null = json_pack("{s:{s:s}}", "not", "type", "null");
    json_t *options = json_pack("{s:O}", "additionalProperties", not_null);
    json_t *members = json_pack("{s:o, s:o, s:O}", "fixed", value_schema_not_null(profile), "slurm",
        options, "setup", options);
    return json_pack("{s:o, s:o, s:o}", "required", required, "properties", members,
        "additionalProperties", not_null);
}

static json_t *spec_schema_spec(const struct profile *profile)
{
    json_t *members = json_object(), *required = json_array();
    const struct spec_key *key;
    for (size_t i = 0; (key = spec_key(i)) != NULL; i++) {
        json_t *value =
            schema_any(schema_ref(NULL, key->definition), json_pack("{s:s}", "type", "null"));
        schema_put(&members, key->name, schema_describe(value, "%s", key->about));
        if (key->required)
            schema_add(&required, json_string(key->name));
    }
    json_t *whole = json_pack("{s:s, s:s+++, s:s}", "$schema",
        "https://json-schema.org/draft/2020-12/schema", "title", "Sweep spec for ",
        profile->trainer, " ", profile->version, "description", "See sweep-spec(5).");
    json_t *object = schema_object(members, json_false());
    if (object == NULL || json_object_update(whole, object) != 0) {
        json_decref(whole);
        whole = NULL;
    }
    json_decref(object);
    schema_put(&whole, "if", json_pack("{s:{s:[s]}}", "not", "required", "extends"));
    schema_put(&whole, "then", spec_schema_complete(profile, required));
    schema_put(&whole, "$defs", spec_schema_definitions(profile));
    return whole;
}

enum sweep_code sweep_spec_schema(
    const struct sweep_trainer *trainer, char **text, struct sweep_error *error)
{
    assert(trainer != NULL && text != NULL);
    CLEANUP_JSON json_t *schema = spec_schema_spec(&trainer->profile);
    *text = NULL;
    if (schema != NULL)
        *text = json_dumps(schema, JSON_INDENT(1));
    if (*text == NULL)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    return SWEEP_OK;
}
