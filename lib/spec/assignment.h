/* SPDX-License-Identifier: Apache-2.0
 *
 * From a key and a JSON value to an assignment: which parameter or path it is, what each value
 * does.
 */
#ifndef LIB_SPEC_ASSIGNMENT_H
#define LIB_SPEC_ASSIGNMENT_H

#include "lib/spec/spec.h"

/* How to write LoRA's parameters, shown wherever one of them comes alone. */
extern const char lora_hint[];

/* Reads one key of "fixed". On SWEEP_INVALID the assignment holds what could be understood. */
enum sweep_code assignment_read_fixed(const struct spec_context *context, const json_t *value,
    const struct json_place *place, struct assignment *out);

/* Reads one axis of "grid". */
enum sweep_code assignment_read_axis(const struct spec_context *context, const json_t *value,
    const struct json_place *place, struct assignment *out);

/* Appends an assignment and takes it over (also on failure). */
enum sweep_code assignments_append(struct assignments *assignments, struct assignment *assignment);

/* Lets the assignment set `to` where it set the path `from`. */
enum sweep_code assignment_redirect(
    struct assignment *assignment, const char *from, const char *to);

void assignment_deinit(struct assignment *assignment);
void assignments_deinit(struct assignments *assignments);

#endif
