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

/* Reads one key of "fixed". On SWEEP_INVALID the assignment holds what could be read. */
enum sweep_code assignment_read_fixed(const struct spec_context *context, const json_t *value,
    const struct json_place *place, struct assignment *out);

/* Reads one axis of "grid". */
enum sweep_code assignment_read_axis(const struct spec_context *context, const json_t *value,
    const struct json_place *place, struct assignment *out);

#endif
