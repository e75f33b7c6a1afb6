/* SPDX-License-Identifier: Apache-2.0
 *
 * "repeat": every run several times, with another seed each.
 */
#ifndef LIB_SPEC_REPEAT_H
#define LIB_SPEC_REPEAT_H

#include "lib/spec/assignment_read.h"

/* Reads 3, or {"n": 3, "first": 10}, into a new STRUCTURE_AXIS of the trainer's seed. */
enum sweep_code repeat_read(
    const struct axis_reading *reading, const struct placed_value *at, struct structure **out);

#endif
