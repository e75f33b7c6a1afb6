/* SPDX-License-Identifier: Apache-2.0
 *
 * What a plan takes of a file system, before anything is written.
 */
#ifndef LIB_PLAN_SPACE_H
#define LIB_PLAN_SPACE_H

#include "lib/plan/plan.h"

/* The bytes and inodes of the sweep directory where files take whole blocks of `block` bytes. Never
 * less than it takes but for a very long report; above that by little. */
void plan_space(const struct sweep_plan *plan, uint64_t block, struct sweep_space *out);

#endif
