/* SPDX-License-Identifier: Apache-2.0
 *
 * From a key and a JSON value to an assignment: which parameter or config path it is, and what each
 * value does to the config.
 */
#ifndef LIB_SPEC_ASSIGNMENT_READ_H
#define LIB_SPEC_ASSIGNMENT_READ_H

#include "lib/doc/json_source.h"
#include "lib/spec/assignment.h"
#include "lib/spec/context.h"
#include "lib/spec/structure.h"

/* Reads one key of "fixed". On SWEEP_INVALID the assignment holds what could be read. */
enum sweep_code assignment_read_fixed(const struct spec_context *context, const json_t *value,
    const struct json_place *place, struct assignment *out);

/* What axes are read into; all borrowed. */
struct axis_reading {
    const struct spec_context *context;
    struct assignments *axes;
    const char *where; /* the key of the spec that is being read: "grid" */
};

/* Reads a list of values of an axis, `"lr": [1e-4, 2e-4]`, into a new STRUCTURE_AXIS. The axis may
 * exist already; it has each value once. */
enum sweep_code axis_read_list(
    const struct axis_reading *reading, const struct placed_value *at, struct structure *list);

/* Appends a value to an axis as its last choice, also if it has an equal one. */
enum sweep_code axis_append_value(
    const struct axis_reading *reading, size_t axis, const struct placed_value *at);

/* Reads one value of an axis. */
enum sweep_code axis_read_value(const struct axis_reading *reading, const struct placed_value *at,
    size_t *axis, size_t *choice);

#endif
