/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers as Python's repr() writes them: 0.0003, 1e-05, 1.0, 1e+16, 42.
 */
#ifndef LIB_DOC_NUMBER_H
#define LIB_DOC_NUMBER_H

#include <jansson.h>

#include "lib/util/strbuf.h"

/* Appends an int or a finite float; a float in the shortest form that reads back the same. */
void number_write_repr(struct strbuf *out, const json_t *number);

#endif
