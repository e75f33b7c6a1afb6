/* SPDX-License-Identifier: Apache-2.0
 *
 * "extends": what a spec inherits from others. The result is one text's worth of values and places,
 * in which each value has its place in the file that it is from.
 */
#ifndef LIB_SPEC_EXTENDS_H
#define LIB_SPEC_EXTENDS_H

#include "lib/spec/input_files.h"

enum { EXTENDS_MAX_DEPTH = 8 };

struct extends {
    struct json_source merged; /* borrows from the sources, except the members below */
    struct json_place root;
    struct json_place *end_of; /* the list of members that `end` is the end of; NULL: not known */
    struct json_place **end;
};

/* Puts `spec` on top of what it extends. The sources, of which the inherited ones are in
 * context->inputs, must outlive *out. Always to be released with extends_deinit(). */
enum sweep_code extends_read(
    const struct json_source *spec, const struct spec_context *context, struct extends *out);
void extends_deinit(struct extends *extends);

#endif
