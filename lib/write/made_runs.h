/* SPDX-License-Identifier: Apache-2.0
 *
 * The runs that sweeps of the same name in a queue have: sweep_growth_new().
 */
#ifndef LIB_WRITE_MADE_RUNS_H
#define LIB_WRITE_MADE_RUNS_H

#include "lib/plan/growth.h"

/* True for NAME-DIGEST, the directory of a sweep of this name. */
bool made_runs_is_of_name(const char *directory, const char *name);

#endif
