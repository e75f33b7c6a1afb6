/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts of a JSON Schema (2020-12). A part is NULL if memory ran out, and so is everything that is
 * made of it, so that only the whole schema needs to be checked.
 */
#ifndef LIB_DOC_SCHEMA_H
#define LIB_DOC_SCHEMA_H

#include <jansson.h>

/* All of these return new references and take those that they are given. */

/* {"$ref": "#/$defs/PREFIX.NAME"}; without "PREFIX." if it is NULL. */
json_t *schema_ref(const char *prefix, const char *name);

/* A string that is not empty. */
json_t *schema_string(void);

/* An array of at least one item. */
json_t *schema_list(json_t *items);

/* An int; `max` is left out if it is less than `min`. */
json_t *schema_int(json_int_t min, json_int_t max);

/* An object with these members, and others as `others` says. Keys that begin with // are
 * comments. */
json_t *schema_object(json_t *properties, json_t *others);

json_t *schema_any(json_t *first, json_t *second);

/* Adds a member to an object, or an item to an array. On failure *whole becomes NULL. */
void schema_put(json_t **whole, const char *key, json_t *value);
void schema_add(json_t **whole, json_t *item);

/* Adds "description". */
json_t *schema_describe(json_t *schema, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
