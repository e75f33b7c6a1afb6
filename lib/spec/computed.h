/* SPDX-License-Identifier: Apache-2.0
 *
 * Values of a spec that are computed for each run: a template, "={name}-{run}", or an expression,
 * "=2*lora.rank". While a spec is compiled, a token takes the place of such a value, a word that
 * YAML needs no quotes for. So the configs are edited, compared and cut with the token in them, and
 * the value is put in when a run is written.
 */
#ifndef LIB_SPEC_COMPUTED_H
#define LIB_SPEC_COMPUTED_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/trainer/profile.h"
#include "sweep/error.h"

/* The bytes of a token: "sweepd_computed_000012". */
enum { COMPUTED_BYTES = 22 };

struct computed {
    char *text;                /* without the "="; owned */
    const struct field *field; /* what the value must be; NULL: anything; borrowed */
    char *path;                /* the key that it is given to; owned */
    struct sweep_place place;
    json_t *old;  /* the base's value that it takes the place of; NULL: not known; owned */
    bool is_then; /* of the config of "then", in which {output_dir} is the run's directory */
};

/* All of a spec, each text once for each key and field. The index of an item is the number in its
 * token. */
struct computed_list {
    struct computed *items;
    size_t count;
    json_t *index; /* of the items, by field and text; see lib/util/index.h */
};

void computed_deinit(struct computed_list *list);

/* True for a string that begins with "=": a template, or an escaped "==". */
bool computed_is_special(const json_t *value);

/* True if it has placeholders in braces; an expression otherwise. */
bool computed_is_template(const struct computed *item);

/* Appends a text unless the list has it, and returns its token as a new string value; NULL without
 * memory. */
json_t *computed_add(struct computed_list *list, const struct computed *item);

/* The token of a text that the list has for this field and key; NULL if it has not, or without
 * memory. */
json_t *computed_token(const struct computed_list *list, const struct computed *item);

/* Adds the expressions in the braces of a template. What has none of the characters of an operator
 * or a call is the name of a value, which needs no expression. False without memory. */
bool computed_add_braces(struct computed_list *list, const struct computed *template);

/* True if the expression is in braces of the template. */
bool computed_has_brace(const struct computed *template, const struct computed *expression);

/* The index of the expression that a value is the token of; SIZE_MAX if it is not one. */
size_t computed_expression(const struct computed_list *list, const json_t *value);

/* A copy of a value with null, which any type can replace, for each expression in it; NULL without
 * memory. */
json_t *computed_without_expressions(const struct computed_list *list, json_t *value);

/* The first token in a text and its index, or NULL. */
const char *computed_find(const struct computed_list *list, const char *text, size_t *index);

#endif
