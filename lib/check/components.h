/* SPDX-License-Identifier: Apache-2.0
 *
 * The components of a config: mappings that name a class or function and hold its arguments.
 */
#ifndef LIB_CHECK_COMPONENTS_H
#define LIB_CHECK_COMPONENTS_H

#include "lib/check/resolved.h"
#include "lib/trainer/profile.h"

/* What to say of components of packages that the profile does not know. */
enum strangers { STRANGERS_WARN, STRANGERS_REFUSE };

/* Checks the component in the mapping `node` at `path`: that it exists and has the arguments that
 * it is given, with values of their types, and is given those that it needs. */
void check_component(const struct view *view, const struct profile *profile, const json_t *node,
    const char *path, enum strangers strangers, const struct sink *sink);

/* Checks one argument of it again. */
void check_component_argument(const struct view *view, const struct profile *profile,
    const json_t *node, const char *path, const char *name, const struct sink *sink);

#endif
