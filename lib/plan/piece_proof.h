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

/* A value of an axis and its edits; borrowed. */
struct piece_edit {
    const struct choice *choice;
    const struct edits *edits;
};

/* Values of an axis that were read back. A few, since each other value is compared with all of
 * them. */
enum { PIECE_MAX_PROOFS = 8 };
struct piece_proofs {
    struct piece_edit items[PIECE_MAX_PROOFS];
    size_t count;
};

/* False if the edits of a value cannot read otherwise than those of another value of the axis that
 * was read back in the base: a scalar, a list in brackets or a mapping takes the place of another
 * one, and a mapping has the same keys as that. Only the scalars and the list are new then. Strings
 * and lists are read back by themselves; numbers, bools and null are written in forms that the
 * tests of value_write() cover. */
bool piece_proof_is_needed(const struct piece_proofs *proofs, const struct piece_edit *one);

/* Notes a value that was read back, if there is room. */
void piece_proof_keep(struct piece_proofs *proofs, const struct piece_edit *one);

#endif
