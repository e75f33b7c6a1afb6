/* SPDX-License-Identifier: Apache-2.0
 *
 * Strings of a spec that are computed for each run: "={name}-{run}". While a spec is compiled, a
 * token takes the place of such a string, a word that YAML needs no quotes for. So the configs are
 * edited, compared and cut with the token in them, and the string is put in when a run is written.
 */
#ifndef LIB_SPEC_COMPUTED_H
#define LIB_SPEC_COMPUTED_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "sweep/error.h"

/* The bytes of a token: "sweepd_computed_000012". */
enum { COMPUTED_BYTES = 22 };

struct computed {
    char *text; /* without the "="; owned */
    char *path; /* the key that it is given to, for findings; owned */
    struct sweep_place place;
};

/* All of a spec, each text once. The index of an item is the number in its token. */
struct computed_list {
    struct computed *items;
    size_t count;
};

void computed_deinit(struct computed_list *list);

/* True for a string that begins with "=": a template, or an escaped "==". */
bool computed_is_special(const json_t *value);

/* Appends a text unless the list has it, and returns its token as a new string value; NULL without
 * memory. */
json_t *computed_add(struct computed_list *list, const struct computed *item);

/* The first token in a text and its index, or NULL. */
const char *computed_find(const struct computed_list *list, const char *text, size_t *index);

#endif
