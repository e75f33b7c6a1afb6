/* SPDX-License-Identifier: Apache-2.0
 *
 * Which values of an axis have to be written into the base and read back.
 */
#ifndef LIB_PLAN_PIECE_PROOF_H
#define LIB_PLAN_PIECE_PROOF_H

#include "lib/doc/edit.h"
#include "lib/spec/assignment.h"

/* The splices of one axis value, in order of position. */
struct edits {
    struct splice *items;
    size_t count;
};

/* False if the edits of a value cannot read otherwise than those of another value of the axis that
 * was read back in the base: a scalar or a list in brackets takes the place of another one. Only
 * that is new then, and is read back by itself; numbers, bools and null are written in forms that
 * the tests of value_write() cover. */
bool piece_proof_is_needed(
    const struct choice *choice, const struct edits *edits, const struct edits *proven);

#endif
