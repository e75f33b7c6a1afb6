/* SPDX-License-Identifier: Apache-2.0
 *
 * The spec of a sweep directory with what it inherits from other specs, by the copies that the
 * sweep keeps in sweep.extends/.
 */
#ifndef DAEMON_SWEEPCTL_RETRY_INHERIT_H
#define DAEMON_SWEEPCTL_RETRY_INHERIT_H

#include <jansson.h>

/* Reads a JSON object, with comments, in a sweep directory. NULL with a message. */
json_t *retry_inherit_read(const char *sweep, const char *name);

/* Takes a reference to a sweep's spec, and returns one to the same spec on top of what it extends:
 * without "extends". NULL with a message. */
json_t *retry_inherit(const char *sweep, json_t *spec);

#endif
