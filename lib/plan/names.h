/* SPDX-License-Identifier: Apache-2.0
 *
 * Names in templates and expressions.
 */
#ifndef LIB_PLAN_NAMES_H
#define LIB_PLAN_NAMES_H

#include "lib/trainer/profile.h"

/* The config path that a name means: of a parameter ("lr"), of a field of one ("lora.rank"), or the
 * name itself. A parameter wins over a path of the same spelling. */
const char *names_path_of(const struct profile *profile, const char *recipe, const char *name);

#endif
