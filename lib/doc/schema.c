/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>

#include "lib/doc/schema.h"
#include "lib/util/cleanup.h"

void schema_put(json_t **whole, const char *key, json_t *value)
{
    if (value != NULL && json_object_set_new(*whole, key, value) == 0)
        return;
    json_decref(*whole);
    *whole = NULL;
}

void schema_add(json_t **whole, json_t *item)
{
    if (item != NULL && json_array_append_new(*whole, item) == 0)
        return;
    json_decref(*whole);
    *whole = NULL;
}

json_t *schema_ref(const char *prefix, const char *name)
{
    if (prefix == NULL)
        return json_pack("{s:s++}", "$ref", "#/$defs/", name, "");
    return json_pack("{s:s+++}", "$ref", "#/$defs/", prefix, ".", name);
}

json_t *schema_string(void)
{
    return json_pack("{s:s, s:i}", "type", "string", "minLength", 1);
}

json_t *schema_list(json_t *items)
{
    return json_pack("{s:s, s:o, s:i}", "type", "array", "items", items, "minItems", 1);
}

json_t *schema_int(json_int_t min, json_int_t max)
{
    json_t *schema = json_pack("{s:s, s:I}", "type", "integer", "minimum", min);
    if (max >= min)
        schema_put(&schema, "maximum", json_integer(max));
    return schema;
}

json_t *schema_object(json_t *properties, json_t *others)
{
    return json_pack("{s:s, s:o, s:{s:b}, s:o}", "type", "object", "properties", properties,
        "patternProperties", "^//", 1, "additionalProperties", others);
}

json_t *schema_any(json_t *first, json_t *second)
{
    return json_pack("{s:[o, o]}", "anyOf", first, second);
}

json_t *schema_describe(json_t *schema, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    schema_put(&schema, "description", json_vsprintf(format, args));
    va_end(args);
    return schema;
}
