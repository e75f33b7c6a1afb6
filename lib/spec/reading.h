/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading the values of one assignment. Only the sources of assignment_read.h use this header.
 */
#ifndef LIB_SPEC_READING_H
#define LIB_SPEC_READING_H

#include "lib/doc/json_source.h"
#include "lib/spec/assignment.h"
#include "lib/spec/context.h"
#include "lib/spec/structure.h"

/* The assignment being read. */
struct reading {
    const struct spec_context *context;
    struct assignment *assignment;
    bool is_axis;
    struct structure *list; /* the list of values being read, or NULL */
};

/* Adds an error at a place in the assignment. The message begins with the assignment's key, unless
 * it names the key already. */
enum sweep_code reading_refuse(const struct reading *r, const struct sweep_place *place,
    const char *code, const char *hint, const char *format, ...) SWEEP_PRINTF(5, 6);

/* Of two results, the one to go on with: no memory, else the first that is not SWEEP_OK. */
enum sweep_code reading_worse(enum sweep_code first, enum sweep_code second);

/* True if the assignment is to a parameter of several fields. */
bool reading_has_fields(const struct reading *r);

/* Appends a value of a field for people: as it is written, without quotes. */
void reading_put_label(struct strbuf *out, const struct json_place *place);

/* The value of a field, with a token for one that is computed; a new reference. */
enum sweep_code reading_take_field(const struct reading *r, const struct field *field,
    const struct placed_value *at, json_t **out);

/* Checks the value of a field and appends what it does. */
enum sweep_code reading_add_field(const struct reading *r, const struct field *field,
    const struct placed_value *at, struct operations *out);

/* Checks that a value is an object with exactly the parameter's fields. */
enum sweep_code reading_check_fields(const struct reading *r, const struct placed_value *at);

/* Reads one value. *index is that of its choice; a value that an axis has already gives the choice
 * that it has. */
enum sweep_code reading_add_choice(
    const struct reading *r, const struct placed_value *at, size_t *index);

/* The same with a choice that is read already; *choice is empty then. */
enum sweep_code reading_keep_choice(const struct reading *r, struct choice *choice, size_t *index);

/* Adds a choice to the list of values that is being read, at this place. */
enum sweep_code reading_list_choice(
    const struct reading *r, size_t index, const struct sweep_place *place);

#endif
