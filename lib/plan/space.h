/* SPDX-License-Identifier: Apache-2.0
 *
 * The space that a plan needs on a file system.
 */
#ifndef LIB_PLAN_SPACE_H
#define LIB_PLAN_SPACE_H

#include "lib/plan/plan.h"

/* The bytes and inodes of the sweep directory if files take whole blocks of `block` bytes. An upper
 * bound, except if the report is very long; it overestimates slightly. */
void plan_space(const struct sweep_plan *plan, uint64_t block, struct sweep_space *out);

#endif
