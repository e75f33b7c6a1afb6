/* SPDX-License-Identifier: Apache-2.0
 *
 * Checking a config again after a few of its values changed. What does not read a changed value
 * would find what it found before: nothing, for only configs without any complaint are kept.
 */
#ifndef LIB_CHECK_RECHECK_H
#define LIB_CHECK_RECHECK_H

#include "lib/check/checker.h"
#include "lib/doc/similar.h"

struct again;

/* Prepares for changes of a document about which the checker, whose last run it was, had nothing to
 * say. Both must outlive it. NULL when memory is exhausted. */
struct again *again_new(struct checker *checker, const struct similar *similar);
void again_free(struct again *again);

/* Whether there is still nothing to say of the tree that similar_read() gave last. False also when
 * only a full check can tell. */
bool again_clean(struct again *again, const json_t *tree);

#endif
