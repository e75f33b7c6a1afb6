/* SPDX-License-Identifier: Apache-2.0
 *
 * "order": "shuffled", or {"shuffled": SEED}.
 */
#ifndef LIB_SPEC_SHUFFLE_H
#define LIB_SPEC_SHUFFLE_H

#include "lib/spec/context.h"

enum sweep_code shuffle_read(
    const struct spec_context *context, const struct placed_value *at, int64_t *seed);

#endif
