/* SPDX-License-Identifier: Apache-2.0
 *
 * An axis of a parameter of several fields that gives a list for each field.
 */
#ifndef LIB_SPEC_PRODUCT_H
#define LIB_SPEC_PRODUCT_H

#include "lib/spec/reading.h"

/* Reads {"rank": [8, 16], "alpha": [16, 32]}: a choice for each combination, the last field varies
 * fastest. */
enum sweep_code product_read(const struct reading *r, const struct placed_value *at);

#endif
