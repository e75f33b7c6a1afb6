/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading "grid", "zip", "cases" and "sweep".
 */
#ifndef LIB_SPEC_STRUCTURE_READ_H
#define LIB_SPEC_STRUCTURE_READ_H

#include "lib/spec/assignment_read.h"

/* A key that says what a node of "sweep" is. */
struct structure_key {
    const char *name;
    enum structure_kind kind;
    const char *about; /* for the JSON Schema */
};

enum { STRUCTURE_KEYS = 4 };
extern const struct structure_key structure_keys[STRUCTURE_KEYS];

/* Each reads the value of the key that reading->where names. *out is the structure, with its size;
 * NULL if nothing could be read. After SWEEP_INVALID it is not complete. */
enum sweep_code structure_read_grid(
    const struct axis_reading *reading, const struct placed_value *at, struct structure **out);
enum sweep_code structure_read_zip(
    const struct axis_reading *reading, const struct placed_value *at, struct structure **out);
enum sweep_code structure_read_cases(
    const struct axis_reading *reading, const struct placed_value *at, struct structure **out);

/* An object of axes, or one of {"product": […]}, {"zip": […]}, {"union": […]}, {"cases": […]}. */
enum sweep_code structure_read_node(
    const struct axis_reading *reading, const struct placed_value *at, struct structure **out);

#endif
