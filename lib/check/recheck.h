/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks a config that differs from a clean one in a few scalars. The clean one had no diagnostics,
 * so a check that does not read a changed scalar need not run again.
 */
#ifndef LIB_CHECK_RECHECK_H
#define LIB_CHECK_RECHECK_H

#include "lib/check/checker.h"
#include "lib/doc/similar.h"

struct recheck;

/* Prepares for changes of the known document of `similar`, which must be what the checker checked
 * last, without any diagnostic. Both must outlive the result. NULL if memory is exhausted. */
struct recheck *recheck_new(struct checker *checker, const struct similar *similar);
void recheck_free(struct recheck *recheck);

/* True if the tree that similar_read() returned last is clean too. False if it is not, and also if
 * only a full check can tell. */
bool recheck_is_clean(struct recheck *recheck, const json_t *tree);

#endif
