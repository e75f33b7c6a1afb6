/* SPDX-License-Identifier: Apache-2.0
 *
 * "tags": strings for people, which are copied into the manifest.
 */
#ifndef LIB_SPEC_TAGS_H
#define LIB_SPEC_TAGS_H

#include "lib/spec/context.h"

/* *out is a new reference. */
enum sweep_code tags_read(
    const struct spec_context *context, const struct placed_value *at, json_t **out);

#endif
