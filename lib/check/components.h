/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks components: mappings that name a class or function and hold its arguments.
 */
#ifndef LIB_CHECK_COMPONENTS_H
#define LIB_CHECK_COMPONENTS_H

#include "lib/check/check.h"

/* Checks that the component exists, that it has all arguments that it needs and no others, and that
 * their values are of the right types. */
void check_component(const struct check *check, const struct check_subject *component);

/* Checks only the argument `name` of it. */
void check_component_argument(
    const struct check *check, const struct check_subject *component, const char *name);

#endif
